"""The table of goals of a reader of numbers, each picture read from bytes to text."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from app.errors import Problem
from app.recognition import images, lines
from app.recognition.reader import Reader
from app.recognition.recogniser import Recogniser
from training.evaluation import reading_pictures as pictures
from training.evaluation.goals import Figure, Goal, Row, share
from training.evaluation.reading import Read, score
from training.evaluation.reading_pictures import Shown
from training.mnist import Scans

ONE_DIGIT = ("drawn-28", "drawn-large", "paper-photos")
MAX_PIXELS = 100_000_000

Answers = tuple[list[Read], float]  # with the CPU seconds a picture
Reads = Callable[[Sequence[Shown]], Answers]


def measure(
    readers: Sequence[Reads], predict: Reads | None, scans: Scans, folder: Path | None, count: int
) -> list[Row]:
    """Measure ``readers``, the first of which has the goals.

    ``scans`` are MNIST's test digits, of which ``count`` lines are made; ``folder`` holds folders
    of real pictures; ``predict`` classifies one digit, and a reader should be as good at that.
    """
    rows = amounts(readers, folder)
    for name, gap, goal in (
        ("spaced", pictures.spaced, 0.985),
        ("touching", pictures.touching, 0.95),
    ):
        shown = pictures.lines(scans, count, gap)
        rows.append(whole(f"lines of MNIST test digits, {name}", readers, shown, Goal(goal)))
    rows += one_digit(readers, predict, folder, pictures.singles(scans, count))
    return rows + no_number(readers, folder)


def amounts(readers: Sequence[Reads], folder: Path | None) -> list[Row]:
    """Measure whole amounts on cheques: accuracy, errors, and whether the reader knows."""
    shown = pictures.from_folder(folder / "number-strings") if folder else []
    name = "cheque amounts"
    if not shown:
        return [Row("amounts", name, 0)]
    answers = [read(shown) for read in readers]
    scores = [score(read) for read, _ in answers]
    rates = tuple(Figure(s.error_rate, s.error_rate, s.error_rate) for s in scores)
    eces = tuple(Figure(s.ece, s.ece, s.ece) for s in scores)
    n = len(shown)
    return [
        Row("amounts", f"{name}: correct", n, tuple(s.whole for s in scores), Goal(0.91)),
        Row("amounts", f"{name}: digit error rate", n, rates, Goal(0.025, at_most=True)),
        Row("amounts", f"{name}: correct among the surest 80 %", round(0.8 * n),
            tuple(s.surest for s in scores), Goal(0.97)),
        Row("amounts", f"{name}: ECE of the confidence", n, eces, Goal(0.03, at_most=True)),
        Row("amounts", f"{name}: CPU a picture", n, tuple(_time(a) for a in answers), unit="µs"),
    ]  # fmt: skip


def whole(name: str, readers: Sequence[Reads], shown: list[Shown], goal: Goal | None) -> Row:
    """Return the share of pictures of which all digits are correct."""
    figures = tuple(score(read(shown)[0]).whole for read in readers)
    return Row("lines", name, len(shown), figures, goal)


def one_digit(
    readers: Sequence[Reads], predict: Reads | None, folder: Path | None, test: list[Shown]
) -> list[Row]:
    """Measure pictures of one digit; the goal is 0.3 points less than ``predict`` at most."""
    kinds = {"MNIST test": test}
    if folder:
        kinds |= {name: pictures.from_folder(folder / name) for name in ONE_DIGIT}
    rows = []
    for name, shown in kinds.items():
        if shown:
            goal = Goal(_accuracy(predict(shown)) - 0.003) if predict else None
            rows.append(whole(f"one digit, {name}", readers, shown, goal))
    return rows


def no_number(readers: Sequence[Reads], folder: Path | None) -> list[Row]:
    """Return the share of pictures without a number that read as "" or are rejected."""
    if folder is None:
        return []
    rows = []
    for kind in pictures.NOTHING:
        shown = pictures.from_folder(folder / "not-digits", (kind,))
        if shown:
            rows.append(whole(f"no number: {kind}", readers, shown, Goal(0.95)))
    return rows


def ours(reader: Reader) -> Reads:
    """Read as POST /read does: bytes in, text and confidence out."""
    return _timed(partial(_read, reader))


def single(recogniser: Recogniser) -> Reads:
    """Classify as POST /predict does: one digit, or none."""
    return _timed(partial(_predict, recogniser))


def _timed(read_one: Callable[[Shown], Read]) -> Reads:
    def read(shown: Sequence[Shown]) -> Answers:
        begun = time.process_time()
        answers = [read_one(one) for one in shown]
        return answers, (time.process_time() - begun) / max(len(shown), 1)

    return read


def _accuracy(answers: Answers) -> float:
    right = [answer.is_right for answer in answers[0]]
    return share(sum(right), len(right)).value


def _time(answers: Answers) -> Figure:
    micros = 1e6 * answers[1]
    return Figure(micros, micros, micros)


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
