"""Figures in files that workers share: who reads them never meets one that is half made."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from app.telemetry import shared
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
