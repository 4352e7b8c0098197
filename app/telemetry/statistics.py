"""Triton's statistics extension, computed from the metrics that /metrics shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client.metrics_core import Metric

Place = tuple[str, str]  # model and version
Figures = Mapping[str, float]

COMPUTE_INPUT = ("decode", "normalise")


def model_statistics(families: Iterable[Metric], places: list[Place]) -> list[dict[str, Any]]:
    """Return the statistics of each version in ``places`` since the service started."""
    figures: dict[Place, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for family in families:
        for sample in family.samples:
            labels = sample.labels
            place = (labels.get("model", ""), labels.get("version", ""))
            figures[place][f"{sample.name}/{labels.get('stage', '')}"] += sample.value
    return [_statistics(place, figures[place]) for place in places]


def _statistics(place: Place, figures: Figures) -> dict[str, Any]:
    count = int(figures["digits_batch_size_count/"])
    stage_s = {
        name.partition("/")[2]: value
        for name, value in figures.items()
        if name.startswith("digits_stage_duration_seconds_sum/")
    }
    failed = int(figures["digits_failed_inferences_total/"])
    failed_s = figures["digits_failed_inference_seconds_total/"]
    return {
        "name": place[0],
        "version": place[1],
        "last_inference": int(1000 * figures["digits_last_inference_timestamp_seconds/"]),
        "inference_count": int(figures["digits_batch_size_sum/"]),
        "execution_count": count,
        "inference_stats": {
            "success": _duration(count, sum(stage_s.values())),
            "fail": _duration(failed, failed_s),
            "queue": _duration(count, stage_s.get("queue", 0)),
            "compute_input": _duration(count, sum(stage_s.get(s, 0) for s in COMPUTE_INPUT)),
            "compute_infer": _duration(count, stage_s.get("infer", 0)),
            "compute_output": _duration(count, stage_s.get("encode", 0)),
            "cache_hit": _duration(0, 0),
            "cache_miss": _duration(0, 0),
        },
        "batch_stats": [],
    }


def _duration(count: int, seconds: float) -> dict[str, int]:
    return {"count": count, "ns": int(1e9 * seconds)}
