"""Runs on few digits, in this process or in ones of their own, which can be killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from multiprocessing import get_context

from tests.training import small_data
from training.__main__ import main

CONTEXT = get_context("forkserver")
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
        assert process.is_alive(), (folder / "output").read_text()
        time.sleep(0.01)
    process.kill()
    process.join(timeout=20)
    return only_run(folder)


def run_killed_while_writing(mnist_folder, folder, name, count):
    """Run until ``name`` is written for the ``count``-th time, die halfway, return the folder."""
    process = launch(mnist_folder, folder, name, count)
    process.join(timeout=200)
    assert process.exitcode == -signal.SIGKILL, (folder / "output").read_text()
    return only_run(folder)


def launch(mnist_folder, folder, *dying):
    """Train in a process that has PyTorch from the start; it writes to ``folder``/output."""
    CONTEXT.set_forkserver_preload([__name__])
    process = CONTEXT.Process(target=_train, args=(mnist_folder, folder, *dying))
    process.start()
    return process


def _train(mnist_folder, folder, name="", count=0):
    os.environ["DIGITS_DATA_DIR"] = str(mnist_folder)
    with open(folder / "output", "w") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    small_data.accept(mnist_folder)
    small_data.die(name, count)
    sys.exit(main([*FLAGS, *places(folder)]))


def places(folder):
    return ["--runs-dir", str(folder / "runs"), "--models-dir", str(folder / "models")]


def only_run(folder):
    (run,) = (folder / "runs").iterdir()
    return run
