"""Processors: workers follow the CPU quota, need next to none when idle, and fork no session."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.server import cpus
from app.settings import ROOT
from tests.conftest import launched
from tests.support.watching import children, figure, until

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def root(tmp_path):
    """Make a file system with a cgroup file for each name given."""

    def make(cgroup, **limits):
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text(cgroup)
        for place, text in limits.items():
            path = tmp_path / "sys/fs/cgroup" / place.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return make


def test_quota_of_a_container_counts(root, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert cpus.quota(root("0::/\n", cpu_dot_max="250000 100000\n")) == 2.5


def test_least_quota_of_all_groups_above_counts(root, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    given = {"pod__cpu_dot_max": "300000 100000\n", "pod__one__cpu_dot_max": "max 100000\n"}
    assert cpus.quota(root("0::/pod/one\n", **given)) == 3


def test_quota_of_the_older_cgroups_counts(root, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    folder = root("4:memory:/x\n3:cpu,cpuacct:/pod\n0::/\n")
    for name, text in (("cpu.cfs_quota_us", "50000\n"), ("cpu.cfs_period_us", "100000\n")):
        path = folder / "sys/fs/cgroup/cpu/pod" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert cpus.quota(folder) == 0.5


def test_affinity_counts_where_there_is_no_quota(root, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5, 6})
    assert cpus.quota(root("0::/\n", cpu_dot_max="max 100000\n")) == 3


@pytest.mark.parametrize(
    ("quota", "setting", "workers"), [(2.5, 0, 2), (0.5, 0, 1), (64.0, 0, 64), (0.5, 3, 3)]
)
def test_workers_follow_the_quota_unless_set(monkeypatch, quota, setting, workers):
    monkeypatch.setattr(cpus, "quota", lambda root: quota)
    assert cpus.workers_for(setting) == workers


def processor_time_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@LINUX
def test_idle_service_takes_less_than_a_hundredth_of_a_processor():
    environment = {"DIGITS_WORKERS": "2", "DIGITS_DEVICE": "cpu"}
    with launched(sys.executable, "-m", "app", **environment) as (url, process):
        until(lambda: figure(url, "digits_workers") == 2)
        everyone = [process.pid, *children(process.pid)]
        before, begun = sum(map(processor_time_s, everyone)), time.monotonic()
        time.sleep(8)
        used = sum(map(processor_time_s, everyone)) - before
        assert used / (time.monotonic() - begun) < 0.01


@LINUX
def test_sessions_are_opened_after_the_fork_and_add_no_threads():
    with launched(
        sys.executable, "-m", "app", DIGITS_WORKERS="1", DIGITS_THREADS="1", DIGITS_DEVICE="cpu"
    ) as (_, process):
        (worker,) = children(process.pid)
        assert "onnxruntime" in Path(f"/proc/{process.pid}/maps").read_text()
        assert threads(process.pid) == 1  # any other would be missing in a worker
        assert threads(worker) <= 3  # Gunicorn's, one for requests, the watch on models


@LINUX
def test_onnx_runtime_reports_to_nobody():
    code = "import app.recognition.session, os; print(len(os.listdir('/proc/self/task')))"
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # NumPy's threads
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    counted = subprocess.check_output([sys.executable, "-c", code], env=environment, cwd=ROOT)
    assert int(counted) == 1


def threads(pid):
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
