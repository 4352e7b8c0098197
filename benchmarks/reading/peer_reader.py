"""RapidOCR, which reads in a process of its own."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.reading.speed import Times
from training.evaluation.reading import Read
from training.evaluation.reading_pictures import Shown
from training.evaluation.reading_table import Answers, Reads

PEER = Path(__file__).with_name("peer.py")


def rapidocr(python: Path) -> Reads:
    """Read by RapidOCR, which ``python`` can import."""

    def read(shown: Sequence[Shown]) -> Answers:
        rows = _answers(python, shown)
        answers = [
            Read(one.label, row["text"], row["score"]) for one, row in zip(shown, rows, strict=True)
        ]
        return answers, sum(row["seconds"] for row in rows) / max(len(rows), 1)

    return read


def rapidocr_times(python: Path) -> Times:
    """Time RapidOCR, which ``python`` can import, on each picture by itself."""
    return lambda shown: [row["seconds"] for row in _answers(python, shown)]


def _answers(python: Path, shown: Sequence[Shown]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        for number, one in enumerate(shown):
            (Path(folder) / f"{number:06d}{_suffix(one.picture)}").write_bytes(one.picture)
        done = subprocess.run([python, PEER, folder], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def _suffix(picture: bytes) -> str:
    return ".jpg" if picture.startswith(b"\xff\xd8") else ".png"
