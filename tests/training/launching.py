"""Runs on few digits, in this process or in ones of their own, which can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from tests.conftest import ROOT
from tests.training import small_data
from training.__main__ import main

FLAGS = [
    "--network", "784-15-10", "--epochs", "6", "--batch-size", "20", "--validation", "300",
    "--threads", "1", "--dropout", "0.1", "--augment", "0.5", "--fine-tune", "2",
]  # fmt: skip


def run_training(folder, *flags):
    """Train in this process; return the exit status and the run's folder."""
    status = main([*FLAGS, *places(folder), *flags])
    return status, max((folder / "runs").iterdir())


def run_killed_from_outside(mnist_folder, folder):
    """Start a run, kill it as soon as it has saved something, and return its folder."""
    process = launch(mnist_folder, folder)
    while not list(folder.glob("runs/*/last.pt")):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    return only_run(folder)


def run_killed_while_writing(mnist_folder, folder, name, count):
    """Run until ``name`` is written for the ``count``-th time, die halfway, return the folder."""
    process = launch(mnist_folder, folder, DIE_WRITING=f"{name} {count}")
    output, _ = process.communicate(timeout=200)
    assert process.returncode == -signal.SIGKILL, output
    return only_run(folder)


def launch(mnist_folder, folder, **environment):
    needed = {"DIGITS_DATA_DIR": str(mnist_folder), "PATH": os.environ["PATH"]}
    return subprocess.Popen(
        [sys.executable, "-c", small_data.SCRIPT, mnist_folder, *FLAGS, *places(folder)],
        cwd=ROOT, env={**needed, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def places(folder):
    return ["--runs-dir", str(folder / "runs"), "--models-dir", str(folder / "models")]


def only_run(folder):
    (run,) = (folder / "runs").iterdir()
    return run
