"""Who reads: the service's own path, and RapidOCR in a process of its own."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.errors import Problem
from app.recognition import images, lines
from app.recognition.reader import Reader
from app.recognition.recogniser import Recogniser
from benchmarks.reading.sets import Shown
from training.evaluation.reading import Read

MAX_PIXELS = 100_000_000
PEER = Path(__file__).with_name("peer.py")

Answers = tuple[list[Read], float]  # with the CPU seconds a picture
Reads = Callable[[Sequence[Shown]], Answers]


def ours(reader: Reader) -> Reads:
    """Read as POST /read does: bytes in, text and confidence out."""

    def read(shown: Sequence[Shown]) -> Answers:
        begun = time.process_time()
        answers = [_read(reader, one) for one in shown]
        return answers, (time.process_time() - begun) / max(len(shown), 1)

    return read


def single(recogniser: Recogniser) -> Reads:
    """Classify as POST /predict does: one digit, or none."""

    def read(shown: Sequence[Shown]) -> Answers:
        begun = time.process_time()
        answers = [_predict(recogniser, one) for one in shown]
        return answers, (time.process_time() - begun) / max(len(shown), 1)

    return read


def rapidocr(python: Path) -> Reads:
    """Read by RapidOCR, which ``python`` can import."""

    def read(shown: Sequence[Shown]) -> Answers:
        with tempfile.TemporaryDirectory() as folder:
            for number, one in enumerate(shown):
                (Path(folder) / f"{number:06d}{_suffix(one.picture)}").write_bytes(one.picture)
            done = subprocess.run(
                [python, PEER, folder], capture_output=True, text=True, check=True
            )
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        answers = [
            Read(one.label, row["text"], row["score"]) for one, row in zip(shown, rows, strict=True)
        ]
        return answers, sum(row["seconds"] for row in rows) / max(len(rows), 1)

    return read


def _read(reader: Reader, one: Shown) -> Read:
    try:
        line = lines.read_line(one.picture, max_pixels=MAX_PIXELS)
    except Problem:
        return Read(one.label, "", 0.0)
    (reading,) = reader.read([line])
    return Read(one.label, reading.text, reading.confidence)


def _predict(recogniser: Recogniser, one: Shown) -> Read:
    try:
        drawing = images.read(one.picture, max_pixels=MAX_PIXELS)
    except Problem:
        return Read(one.label, "", 0.0)
    (prediction,), _ = recogniser.recognise(drawing.pixels[None], [drawing.is_blank])
    text = "" if prediction.digit is None else str(prediction.digit)
    return Read(one.label, text, prediction.confidence)


def _suffix(picture: bytes) -> str:
    return ".jpg" if picture.startswith(b"\xff\xd8") else ".png"
