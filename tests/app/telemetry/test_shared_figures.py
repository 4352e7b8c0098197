"""Metrics in files that workers share: never half made, whole while they are there, few."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from app.recognition.recogniser import Prediction
from app.telemetry import metrics, shared
from tests.conftest import ROOT
from tests.support.watching import until

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


def count(folder, place, pid, number):
    """Let ``pid`` have counted ``number`` in a file of the version ``place``."""
    home = shared.home(folder, place)
    home.mkdir(parents=True, exist_ok=True)
    figures = MmapedDict(str(home / f"counter_{pid}.db"))
    figures.write_value(mmap_key("pictures", "pictures_total", [], [], "help"), number, 0.0)
    figures.close()


def total(folder, place):
    files = shared.home(folder, place).glob("*.db")
    return sum(row[1] for path in files for row in MmapedDict.read_all_values_from_file(str(path)))


def serve(folder, pid, *places):
    state = {"served": [[*place, "hash", "cpu"] for place in places]}
    (folder / f"state_{pid}.json").write_text(json.dumps(state))


def test_figures_of_a_version_stay_whole_until_no_worker_serves_it(tmp_path):
    old, new = ("digits", "1"), ("digits", "2")
    for pid, number in ((11, 5), (12, 7)):
        count(tmp_path, old, pid, number)
        serve(tmp_path, pid, old)
    serve(tmp_path, 11, new)
    shared.leave(tmp_path, 11, [shared.home(tmp_path, old)])
    assert total(tmp_path, old) == 12  # a sum that sank would look like a counter that was reset
    serve(tmp_path, 12, new)
    shared.leave(tmp_path, 12, [shared.home(tmp_path, old)])
    assert not shared.home(tmp_path, old).exists()


def test_figures_that_a_worker_is_counting_are_never_removed(tmp_path):
    soon = ("digits", "2")  # that worker answers by it already, and tells so in a moment
    count(tmp_path, soon, 11, 1)
    serve(tmp_path, 12, ("digits", "1"))
    shared.leave(tmp_path, 12, [])
    assert total(tmp_path, soon) == 1


def test_figures_of_a_version_outlast_all_workers(tmp_path):
    place = ("digits", "1")
    for pid in (11, 12):
        count(tmp_path, place, pid, 3)
        serve(tmp_path, pid, place)
    for pid in (11, 12):
        shared.merge_dead(tmp_path, pid)
    assert total(tmp_path, place) == 6


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
