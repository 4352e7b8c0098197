"""What the page shows for a picture on its square paper: recognise.js, repeated in process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.recognition import images, lines
from app.recognition.reader import Reader, Reading
from app.recognition.recogniser import Prediction, Recogniser
from app.settings import ROOT, Settings
from training.evaluation.reading_pictures import Shown

SCRIPT = ROOT / "app" / "web" / "pages" / "static" / "recognise.js"
CONSTANT = re.compile(r"^const (DOUBT|LIKELY) = ([\d.]+);", re.MULTILINE)


@dataclass(frozen=True)
class Thresholds:
    """``doubt``: digitness below which /read is asked; ``likely``: confidence of a number."""

    doubt: float
    likely: float


@dataclass(frozen=True)
class Asked:
    """The answers of both endpoints for a picture that shows ``label``, "" for no digit."""

    label: str
    prediction: Prediction
    reading: Reading


@dataclass(frozen=True)
class Count:
    """How ``n`` pictures of a kind end: as drawn, as a wrong number, a wrong digit, or rejected.

    ``asks`` is the number of requests to /read.
    """

    n: int
    correct: int
    numbers: int
    digits: int
    rejected: int
    asks: int


def of_the_page() -> Thresholds:
    """Return the thresholds that recognise.js has."""
    found = dict(CONSTANT.findall(SCRIPT.read_text(encoding="utf-8")))
    return Thresholds(float(found["DOUBT"]), float(found["LIKELY"]))


def ask(recogniser: Recogniser, reader: Reader, shown: Iterable[Shown]) -> list[Asked]:
    """Ask both models for each picture, from its bytes on as the service does."""
    return [_ask(recogniser, reader, one) for one in shown]


def count(asked: Sequence[Asked], thresholds: Thresholds) -> Count:
    """Count what the page would show."""
    answers = [(one.label, answer(one, thresholds)) for one in asked]
    wrong = [shown for label, shown in answers if shown != label]
    return Count(
        n=len(asked),
        correct=len(answers) - len(wrong),
        numbers=sum(len(shown) > 1 for shown in wrong),
        digits=sum(len(shown) == 1 for shown in wrong),
        rejected=sum(not shown for shown in wrong),
        asks=sum(is_asked(one.prediction, thresholds) for one in asked),
    )


def answer(asked: Asked, thresholds: Thresholds) -> str:
    """Return what the page shows: a number, a digit, or "" for "No digit here"."""
    one, reading = asked.prediction, asked.reading
    if is_asked(one, thresholds) and is_number(reading, thresholds):
        return reading.text
    return "" if one.digit is None else str(one.digit)


def is_asked(one: Prediction, thresholds: Thresholds) -> bool:
    """Whether the page asks /read after this answer of /predict."""
    return one.rejected == "not_a_digit" or (
        one.rejected is None and one.digitness < thresholds.doubt
    )


def is_number(reading: Reading, thresholds: Thresholds) -> bool:
    """Whether the page shows this answer of /read."""
    return len(reading.digits) > 1 and reading.confidence >= thresholds.likely


def _ask(recogniser: Recogniser, reader: Reader, one: Shown) -> Asked:
    drawing = images.read(one.picture, max_pixels=Settings.max_pixels)
    (prediction,), _ = recogniser.recognise(np.stack([drawing.pixels]), [drawing.is_blank])
    line = lines.read_line(one.picture, max_pixels=Settings.max_pixels)
    return Asked(one.label, prediction, reader.read([line])[0])
