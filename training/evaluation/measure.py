"""The project's table, measured: pictures in, answers out, as the service gives them.

A rejected digit counts as wrong. Pictures are read from files by the service's own decoder and
brought to 28x28 by what each contestant brings along for that, in the service's case its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.errors import Problem
from app.recognition import images
from training.evaluation import robustness, scores
from training.evaluation.goals import GOALS, SPOILED, Figure, Row, share
from training.evaluation.scores import Outputs, Reader
from training.mnist import Pictures, Scans, as_served

Grey = NDArray[np.uint8]
See: TypeAlias = Callable[[Pictures], NDArray[np.float32]]  # to (n, 28, 28)

DRAWN = ("drawn-28", "drawn-large", "paper-photos")
FOLDERS = (*DRAWN, "usps")
KINDS = ("blank", "noise", "paper-grain", "fashion-mnist", "letter")
SPOILED_DIGITS = 2_000  # the first of the test digits: images.py takes milliseconds for each
MAX_PIXELS = 100_000_000
UNREADABLE = np.zeros((1, 1), np.uint8)


@dataclass(frozen=True)
class Contestant:
    """A network with what prepares its pictures.

    Below ``threshold`` of digitness it rejects, and with one what is blank; None: it never does.
    """

    name: str
    read: Reader
    threshold: float | None
    see: See = as_served


@dataclass(frozen=True)
class Answers:
    """What a contestant said of n pictures."""

    outputs: Outputs
    rejected: NDArray[np.bool_]

    def right(self, labels: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which are read as ``labels`` (n,) say, and not rejected."""
        read: NDArray[np.bool_] = self.outputs.probabilities.argmax(axis=1) == labels
        return read & ~self.rejected


@dataclass(frozen=True)
class Labelled:
    """Pictures with what they show: a digit, or a kind of thing that is none."""

    pictures: Sequence[Grey]
    labels: tuple[str, ...]

    @property
    def digits(self) -> NDArray[np.int64]:
        """Return the labels as numbers; raises ``ValueError`` where they are none."""
        return np.array([int(label) for label in self.labels])


def measure(contestants: Sequence[Contestant], test: Scans, folder: Path | None) -> list[Row]:
    """Measure all rows that need no clock, on MNIST's ``test`` digits and what ``folder`` has.

    ``folder`` holds folders of pictures ``NUMBER_LABEL.EXT``; rows without theirs have n = 0.
    """
    plain = ask(contestants, test.grey)
    real = {name: _load(folder, name) for name in (*FOLDERS, "not-digits")}
    drawn = _joined([real[name] for name in DRAWN])
    answers = ask(contestants, drawn.pictures) if drawn else []
    return [
        _right("digits", "MNIST test", plain, test.labels),
        *_folders(contestants, real),
        *_spoiled(contestants, plain, test),
        _calibration("ECE on MNIST test", plain, test.labels),
        _calibration("ECE on drawings and photos", answers, drawn.digits if drawn else None),
        _kept("digits kept: MNIST test", plain),
        _kept("digits kept: drawings and photos", answers),
        *_turned_away(contestants, real["not-digits"]),
    ]


def ask(contestants: Sequence[Contestant], pictures: Pictures) -> list[Answers]:
    """Let each of ``contestants`` read ``pictures``, prepared once for all that do so alike."""
    seen = {see: see(pictures) for see in {one.see for one in contestants}}
    return [_answer(one, seen[one.see]) for one in contestants]


def right_row(
    name: str,
    contestants: Sequence[Contestant],
    pictures: Pictures,
    labels: NDArray[np.int64],
) -> Row:
    """Return how many of ``pictures`` each contestant reads as ``labels`` (n,) say."""
    answers = ask(contestants, pictures)
    return _right("digits", name, answers, labels)


def _answer(contestant: Contestant, seen: NDArray[np.float32]) -> Answers:
    outputs = contestant.read(seen)
    if contestant.threshold is None:
        return Answers(outputs, np.zeros(len(seen), bool))
    blank = ~seen.any(axis=(1, 2))
    return Answers(outputs, blank | (outputs.digitness < contestant.threshold))


def read_folder(folder: Path) -> Labelled:
    """Decode the pictures ``*_LABEL.*`` of ``folder`` as the service does."""
    paths = sorted(folder.glob("*_*.*"))
    return Labelled([_decoded(path) for path in paths], tuple(_label(path) for path in paths))


def _label(path: Path) -> str:
    return path.stem.rpartition("_")[2]


def _decoded(path: Path) -> Grey:
    try:
        return np.asarray(images.decode(path.read_bytes(), max_pixels=MAX_PIXELS))
    except Problem:
        return UNREADABLE


def _load(folder: Path | None, name: str) -> Labelled | None:
    found = read_folder(folder / name) if folder else None
    return found if found and found.labels else None


def _joined(parts: list[Labelled | None]) -> Labelled | None:
    """Put ``parts`` together; None where one is missing."""
    found = [part for part in parts if part]
    if len(found) < len(parts):
        return None
    return Labelled(
        [picture for part in found for picture in part.pictures],
        tuple(label for part in found for label in part.labels),
    )


def _folders(contestants: Sequence[Contestant], real: dict[str, Labelled | None]) -> list[Row]:
    rows = []
    for name in FOLDERS:
        found = real[name]
        answers = ask(contestants, found.pictures) if found else []
        rows.append(_right("digits", name, answers, found.digits if found else None))
    return rows


def _spoiled(contestants: Sequence[Contestant], plain: list[Answers], test: Scans) -> list[Row]:
    """Give each split's accuracy as a share of the same model's on the digits as they are."""
    labels = test.labels[:SPOILED_DIGITS]
    clean = [answers.right(test.labels)[: len(labels)].mean() for answers in plain]
    ink = test.grey[: len(labels)].astype(np.float32) / np.float32(255)
    rows = []
    for split in robustness.SPLITS:
        pictures = robustness.pictures(split, ink)
        right = [answers.right(labels) for answers in ask(contestants, pictures)]
        shares = [_divided(_share(r), c) for r, c in zip(right, clean, strict=True)]
        name = f"{split}, as a share of clean"
        rows.append(Row("spoiled", name, len(labels), tuple(shares), SPOILED))
    return rows


def _turned_away(contestants: Sequence[Contestant], found: Labelled | None) -> list[Row]:
    kinds = np.array(found.labels if found else KINDS)
    answers = ask(contestants, found.pictures) if found else []
    rows = []
    for kind in (*KINDS, *sorted(set(kinds) - set(KINDS))):
        name, members = f"turned away: {kind}", kinds == kind
        figures = tuple(_share(a.rejected[members]) for a in answers)
        n = int(members.sum()) if answers else 0
        rows.append(Row("no digit", name, n, figures, GOALS.get(name)))
    return rows


def _right(group: str, name: str, answers: list[Answers], labels: NDArray[np.int64] | None) -> Row:
    if labels is None:
        return Row(group, name, 0, goal=GOALS.get(name))
    figures = tuple(_share(a.right(labels)) for a in answers)
    return Row(group, name, len(labels), figures, GOALS.get(name))


def _kept(name: str, answers: list[Answers]) -> Row:
    figures = tuple(_share(~a.rejected) for a in answers)
    return Row("no digit", name, len(answers[0].rejected) if answers else 0, figures, GOALS[name])


def _calibration(name: str, answers: list[Answers], labels: NDArray[np.int64] | None) -> Row:
    """Compare confidence and accuracy of the best of the ten digits, rejected or not."""
    if labels is None:
        return Row("calibration", name, 0, goal=GOALS[name])
    ece = scores.expected_calibration_error
    figures = [
        Figure(ece(p, labels), *scores.interval(ece, p, labels))
        for p in (a.outputs.probabilities for a in answers)
    ]
    return Row("calibration", name, len(labels), tuple(figures), GOALS[name])


def _share(which: NDArray[np.bool_]) -> Figure:
    return share(int(which.sum()), len(which)) if len(which) else Figure(0, 0, 1)


def _divided(figure: Figure, by: float) -> Figure:
    by = by or 1.0  # who reads nothing right unspoiled has nothing to lose
    return Figure(figure.value / by, figure.low / by, figure.high / by)
