"""What a reader adds to the service's start and memory: ``python -m benchmarks.starts``.

The service is started by turns with the models of the repository and with those but the reader.
Memory is that of all processes (PSS), when they have been ready for two seconds, and again after
some readings. Needs the standard library alone, as ``benchmarks/load/calls.py`` does and says why.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.settings import ROOT, Settings
from benchmarks.load import calls
from benchmarks.load.services import Service, recipes, running

FOLDER = ROOT / "runs" / "starts"
NUMBER = ROOT / "docs" / "number.png"
READER = "reader"
SETTLED_S = 2.0
READINGS = 50


@dataclass(frozen=True)
class Started:
    """Seconds to the first right answer, CPU seconds when settled, and memory in 10^6 bytes."""

    start_s: float
    cpu_s: float
    pss_mb: float
    read_mb: float | None = None  # after ``READINGS``; None where there is no reader


ROWS = {  # of the table: title and format of each figure
    "start_s": ("start to the first right answer", "{:.2f} s"),
    "cpu_s": ("CPU time, all processes, until all are ready", "{:.2f} s"),
    "pss_mb": ("memory (PSS, all processes)", "{:.1f} MB"),
    "read_mb": (f"memory after {READINGS} readings", "{:.1f} MB"),
}


def main() -> None:
    """Print a table."""
    options = _options()
    prepared = calls.prepare(FOLDER / "calls.json")
    without: list[Started] = []
    beside: list[Started] = []
    with tempfile.TemporaryDirectory() as folder:
        fewer = Path(folder) / "models"
        shutil.copytree(Settings.models_dir, fewer, ignore=shutil.ignore_patterns(READER))
        for _ in range(options.rounds):
            without.append(start(fewer, options.workers, prepared))
            beside.append(start(Settings.models_dir, options.workers, prepared))
    print(table(without, beside))


def start(models: Path, workers: int, prepared: dict[str, Any]) -> Started:
    """Start the service with ``models``, let it settle, and stop it."""
    recipe = recipes(workers)["digits"]
    given = {**recipe.environment, "DIGITS_MODELS_DIR": str(models)}
    recipe = replace(recipe, environment=given)
    with running(recipe, Path(sys.executable), prepared, FOLDER / "log") as service:
        time.sleep(SETTLED_S)
        settled = Started(service.start_s, service.cpu_s(), service.pss_mb())
        if not (models / READER).exists():
            return settled
        _read(service)
        return replace(settled, read_mb=service.pss_mb())


def _read(service: Service) -> None:
    picture = NUMBER.read_bytes()
    for _ in range(READINGS):
        with urllib.request.urlopen(f"{service.url}/read", picture, timeout=30) as answer:
            answer.read()


def table(without: Sequence[Started], beside: Sequence[Started]) -> str:
    """Return medians, with the middle half (IQR) in brackets, as Markdown."""
    lines = [f"| n = {len(beside)} | without a reader | with one | more |", "|---|---|---|---|"]
    for name, (title, shape) in ROWS.items():
        before, after = ([getattr(one, name) for one in some] for some in (without, beside))
        cells = _cell(before, shape), _cell(after, shape), _more(before, after, shape)
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(values: Sequence[float | None], shape: str) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    quarters = statistics.quantiles(known, method="inclusive") if known[1:] else 3 * known
    low, middle, high = (shape.format(value) for value in quarters)
    return f"{middle} ({low.split()[0]}–{high.split()[0]})"


def _more(before: Sequence[float | None], after: Sequence[float | None], shape: str) -> str:
    """Return the median of the differences, as each round had both one after the other."""
    known = [b - a for a, b in zip(before, after, strict=True) if a is not None and b is not None]
    return shape.format(statistics.median(known)) if known else "–"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="Starts of each (default: 7)")
    parser.add_argument("--workers", type=int, default=2, help="Worker processes (default: 2)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
