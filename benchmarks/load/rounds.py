"""The rounds that were measured: kept in a file after each, so that a run can go on."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import statistics
import subprocess
import time
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from app.settings import OUTSIDE, PREFIX, ROOT
from benchmarks.load.calls import LoadError

Figures = dict[str, float]


@dataclass(frozen=True)
class Terms:
    """How long is measured, and with how many workers."""

    rounds: int
    seconds: float
    workers: int

    def are_at_least(self, other: Terms) -> bool:
        """Whether a run on these terms is as good as one on ``other``, and comparable."""
        long_enough = self.rounds >= other.rounds and self.seconds >= other.seconds
        return long_enough and self.workers == other.workers


@dataclass(frozen=True)
class Spread:
    """A median with the least and the greatest value, of ``n`` rounds."""

    median: float
    least: float
    most: float
    n: int


class Rounds:
    """What each round found, by cell and service, and on what machine."""

    def __init__(self, path: Path, terms: Terms, document: dict[str, Any]) -> None:
        self.path, self.terms = path, terms
        self.machine: dict[str, str] = document["machine"]
        self._rounds: dict[str, list[Figures]] = document["rounds"]

    @classmethod
    def open(cls, path: Path, terms: Terms, resume: bool) -> Rounds:
        """Start a new run, or continue with what is in ``path``.

        Raises ``LoadError`` where that was measured on other terms.
        """
        if not resume or not path.exists():
            return cls(path, terms, {"machine": describe_machine(), "rounds": {}})
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["terms"] != asdict(terms):
            raise LoadError(f"{path} was measured with {document['terms']}: no --resume then")
        return cls(path, terms, document)

    @classmethod
    def read(cls, path: Path) -> Rounds:
        """Read what was measured last, on whatever terms."""
        document = json.loads(path.read_text(encoding="utf-8"))
        return cls(path, Terms(**document["terms"]), document)

    def of(self, cell: str, service: str) -> list[Figures]:
        """Return the rounds of ``service`` in ``cell``, none if there are none."""
        return self._rounds.get(f"{cell}/{service}", [])

    def add(self, cell: str, service: str, figures: Figures) -> None:
        """Keep one more round, on disk as well."""
        self._rounds.setdefault(f"{cell}/{service}", []).append(figures)
        terms, rounds = asdict(self.terms), self._rounds
        document = {"terms": terms, "machine": self.machine, "rounds": rounds}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(json.dumps(document, indent=1), encoding="utf-8")
        unfinished.rename(self.path)

    def spread(self, cell: str, service: str, figure: str) -> Spread:
        """Return ``figure`` of all rounds. Raises ``LookupError`` where there is none."""
        return spread([figures[figure] for figures in self.of(cell, service)])


def spread(values: list[float]) -> Spread:
    """Return the median and the ends of ``values``."""
    if not values:
        raise LookupError("nothing was measured")
    return Spread(statistics.median(values), min(values), max(values), len(values))


def describe_machine() -> dict[str, str]:
    """Say on what the run is made, as far as it matters for speed."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": time.strftime("%d %B %Y", time.gmtime()),
        "commit": _commit(),
        "processor": f"{_processor()}, {os.cpu_count()} logical",
        "memory": f"{memory / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "ONNX Runtime": _onnx_runtime(),
        "settings": ", ".join(_settings()) or "default",
        "load average at the start": f"{os.getloadavg()[0]:.1f}",
    }


def _settings() -> list[str]:
    """Return the service's settings that are not the default, and of paths only their names."""
    names = {name for name in os.environ if name.startswith(PREFIX)} - OUTSIDE - {f"{PREFIX}BIND"}
    values = {name: os.environ[name] for name in sorted(names)}
    return [f"{name}={'a path' if os.sep in value else value}" for name, value in values.items()]


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _onnx_runtime() -> str:
    for package in ("onnxruntime-gpu", "onnxruntime"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return f"{metadata.version(package)} ({package})"
    return "missing"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
