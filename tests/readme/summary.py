"""The README's five rows: how good and how fast, taken from the tables in docs/."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from app.settings import ROOT

RECOGNITION = ROOT / "docs" / "recognition.md"
BENCHMARKS = ROOT / "docs" / "benchmarks.md"
PLACE = re.compile(r"(?<=<!-- summary -->\n).*?(?=<!-- /summary -->)", re.DOTALL)
ROUNDS = re.compile(r"\| 28×28 PNG \| 16 \| Digits \|.* (?P<n>\d+) \|")
EXAMPLE, RIVAL = "PyTorch's MNIST example, resized", "FastAPI + uvicorn"


@dataclass(frozen=True)
class Figure:
    """A row of a table in docs/: ``title`` is what it is called there, ``words`` in the README."""

    words: str
    title: str


GOOD = (
    Figure("accuracy, MNIST test digits", "MNIST test"),
    Figure("accuracy, other people's drawings of 28×28", "drawn-28"),
    Figure("accuracy, photos of digits on paper", "paper-photos"),
)
FAST = (
    Figure("processor time, drawing of 280×280", "CPU a request, 280×280 canvas"),
    Figure("answers per second, 16 connections", "answers a second, 16 connections"),
)


def table() -> str:
    """Return the rows as Markdown; raises ``LookupError`` where docs/ has no such row."""
    rows = ["| | n | Digits | compared with | |", "|---|---|---|---|---|"]
    for figure in GOOD:
        n, _, _, ours, theirs, *_ = cells(RECOGNITION, figure.title)
        rows.append(
            f"| {figure.words} | {n} | {ours} | {theirs} | PyTorch's MNIST example, resized |"
        )
    rounds = re.search(ROUNDS, BENCHMARKS.read_text(encoding="utf-8"))
    for figure in FAST:
        ours, theirs, *_ = cells(BENCHMARKS, figure.title)
        n = f"{rounds['n']} rounds" if rounds else ""
        rows.append(f"| {figure.words} | {n} | {ours} | {theirs} | {RIVAL} |")
    return "\n".join(rows) + "\n"


def cells(page: Path, title: str) -> list[str]:
    """Return the cells of the first row of ``page`` that begins with ``title``, without it."""
    for line in page.read_text(encoding="utf-8").splitlines():
        first, *others = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("|") and first == title:
            return others
    raise LookupError(f"{page.name} has no row {title!r}")
