"""Figures in files that workers share: who reads them never meets one that is half made."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from app.recognition.recogniser import Prediction
from app.telemetry import metrics, shared
from tests.conftest import ROOT
from tests.watching import until

WORKER = "from app.telemetry import metrics; metrics.requests.labels('/predict', '200').inc()"


def test_files_of_a_worker_that_starts_are_made_when_nobody_reads(tmp_path):
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    with shared.locked(tmp_path, alone=False):
        worker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=ROOT, env=environment)
        time.sleep(1.5)
        assert worker.poll() is None
        assert list(tmp_path.glob("*.db")) == []
    assert worker.wait(timeout=60) == 0
    until(lambda: list(tmp_path.glob("counter_*.db")))


def test_pictures_of_a_batch_count_as_they_would_one_by_one():
    digits = [Prediction(n, n / 10, (), 1 - n / 20, None) for n in range(10) for _ in range(n)]
    predictions = [*digits, Prediction(None, 0.0, (), 0.1, "blank")]
    metrics.Meter("together", "1").count(predictions, [0.0] * len(metrics.STAGES))
    for one in predictions:
        metrics.Meter("apart", "1").count([one], [0.0] * len(metrics.STAGES))
    together, apart = (told(model) for model in ("together", "apart"))
    assert len(together) > 20
    assert together == pytest.approx(apart)


def told(model):
    """Return what is told of each picture that ``model`` answered."""
    return {
        (sample.name, sample.labels.get("le"), sample.labels.get("answer")): sample.value
        for metric in (metrics.answers, metrics.digitness, metrics.confidences)
        for family in metric.collect()
        for sample in family.samples
        if sample.labels["model"] == model and not sample.name.endswith("_created")
    }
