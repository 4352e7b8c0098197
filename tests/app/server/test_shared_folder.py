"""The folder that workers share: what killed services have left goes, and nothing else."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys

import pytest

from app.server import shared_folder
from tests.conftest import ROOT

MASTER = """
import os, sys, time
from app.server import shared_folder
print(shared_folder.make(sys.argv[1]), flush=True)
worker = os.fork()
print(worker, flush=True) if worker else None
time.sleep(60)
"""


@pytest.fixture
def parent(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_folder, "_held", [])
    return tmp_path


@pytest.fixture
def start(parent):
    """Return what starts a process that makes a folder and forks: both, and the folder."""
    begun = []

    def start():
        command = [sys.executable, "-c", MASTER, str(parent)]
        master = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        begun.append(master)
        assert master.stdout
        folder, worker = master.stdout.readline().strip(), int(master.stdout.readline())
        return master, worker, parent / folder

    yield start
    for master in begun:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(master.pid, signal.SIGKILL)
        master.communicate()


def test_folder_of_a_service_that_was_killed_is_removed_at_the_next_start(parent, start):
    (master, worker, dead), (_, _, alive) = start(), start()
    assert {dead, alive} == set(parent.iterdir())
    master.kill()
    master.wait()
    third = shared_folder.make(str(parent))
    assert {dead, alive, third} == set(parent.iterdir())  # its worker is still at work
    os.kill(worker, signal.SIGKILL)
    master.stdout.read()  # to its end: the worker is gone
    fourth = shared_folder.make(str(parent))
    assert {alive, third, fourth} == set(parent.iterdir())


def test_folders_that_are_not_the_services_stay(parent):
    foreign = parent / "digits-data"
    foreign.mkdir()
    link = parent / "digits-link"
    link.symlink_to(foreign)
    (foreign / "picture.png").touch()
    shutil.rmtree(shared_folder.make(str(parent)))
    assert (foreign / "picture.png").exists()
    assert link.is_symlink()
