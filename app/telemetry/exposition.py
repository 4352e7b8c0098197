"""What /metrics shows: the metrics of all workers together, and what each of them serves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from prometheus_client import REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from app.recognition.snapshot import Snapshot
from app.settings import shared_dir
from app.telemetry import shared

SERVED = ("model", "version", "sha256", "provider")
NODES = ("model", "version", "provider")
REFUSED = ("model", "version", "reason")

Own = Callable[[], dict[str, Any]]


def state_of(snapshot: Snapshot) -> dict[str, Any]:
    """Describe what one worker serves and refuses, as rows of labels."""
    loaded = [model for versions in snapshot.models.values() for model in versions]
    return {
        "served": [[m.name, m.version, m.sha256, m.provider] for m in loaded],
        "nodes": [[m.name, m.version, p, n] for m in loaded for p, n in m.nodes.items()],
        "refused": [[*place, reason] for place, reason in snapshot.refused.items()],
    }


def families(own: Own) -> list[Metric]:
    """Collect all metrics; a single process has no shared state, and asks ``own`` instead."""
    folder = shared_dir()
    if folder is None:
        return [*_ours(REGISTRY.collect()), *_model_families([own()])]
    with shared.locked(folder, alone=False):
        figures = MultiProcessCollector.merge(shared.files(folder))
        return [*_ours(figures), *_model_families(shared.states(folder))]


def text(own: Own) -> bytes:
    """Return all metrics in Prometheus' text format."""
    return generate_latest(_Ready(families(own)))


class _Ready(Collector):
    """A collector of metrics that are collected already."""

    def __init__(self, collected: list[Metric]) -> None:
        self._collected = collected

    def collect(self) -> Iterator[Metric]:
        """Yield them."""
        yield from self._collected


def _ours(collected: Iterable[Metric]) -> list[Metric]:
    return [family for family in collected if family.name.startswith("digits_")]


def _model_families(workers: list[dict[str, Any]]) -> list[Metric]:
    count = GaugeMetricFamily("digits_workers", "Worker processes", value=len(workers))
    served = GaugeMetricFamily("digits_model_info", "Workers that serve this model", labels=SERVED)
    refused = GaugeMetricFamily(
        "digits_model_refused", "Workers that refuse this version", labels=REFUSED
    )
    nodes = GaugeMetricFamily("digits_model_nodes", "Nodes a provider computes", labels=NODES)
    for family, kind in ((served, "served"), (refused, "refused")):
        rows = Counter(tuple(row) for worker in workers for row in worker[kind])
        for labels, number in sorted(rows.items()):
            family.add_metric(labels, number)
    for row in sorted({tuple(row) for worker in workers for row in worker["nodes"]}):
        nodes.add_metric(row[:-1], row[-1])
    return [count, served, refused, nodes]
