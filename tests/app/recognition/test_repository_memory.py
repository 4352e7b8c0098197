"""The repository releases the memory of models that were removed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.recognition import heap
from app.recognition.repository import Repository
from app.recognition.verification import Rules
from tests.conftest import ROOT
from tests.support.models import publish


def test_memory_is_given_back_a_look_after_models_went(tmp_path, monkeypatch):
    publish(tmp_path, 1)
    repository = Repository.load(tmp_path, default="digits", rules=Rules("digits", "cpu"))
    repository.refresh()
    given: list[str] = []
    monkeypatch.setattr(heap, "give_back", lambda: given.append(repository.get().version))
    (tmp_path / "digits" / "1").rename(tmp_path / "digits" / "2")
    repository.refresh()
    assert given == []  # a request of this moment may still hold the old one
    repository.refresh()
    repository.refresh()
    assert given == ["2"]


SWAPS = """
import os, pathlib, sys
from app.recognition.repository import Repository
from app.recognition.verification import Rules
from tests.support.models import publish

def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

models = pathlib.Path(sys.argv[1])
publish(models, 1)
repository = Repository.load(models, default="digits", rules=Rules("digits", "cpu", max_batch=8))
for version in range(2, 402):
    (models / "digits" / str(version - 1)).rename(models / "digits" / str(version))
    repository.refresh()
    assert repository.get().version == str(version)
    if version == 101:
        early = resident()
print((resident() - early) / 1e6)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_stays_flat_over_four_hundred_swaps(tmp_path):
    """Models that are never let go make 1,700 MB; ``benchmarks.swaps`` does 1,000 swaps."""
    done = subprocess.run(
        [sys.executable, "-c", SWAPS, tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 5  # MB, from the 100th swap to the 400th
