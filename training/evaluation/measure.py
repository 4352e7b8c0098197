"""Measurement of the project's table: from the bytes of a picture to the answer.

A rejected digit counts as wrong. Picture files are decoded by the service's own decoder and
brought to 28x28 by each classifier's own preprocessing.
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
from training.evaluation.goals import CORRUPTED, GOALS, Figure, Row, share
from training.evaluation.scores import Outputs, Reader
from training.mnist import Pictures, Scans, as_served

Grey = NDArray[np.uint8]
See: TypeAlias = Callable[[Pictures], NDArray[np.float32]]  # to (n, 28, 28)

DRAWN = ("drawn-28", "drawn-large", "paper-photos")
FOLDERS = (*DRAWN, "usps")
KINDS = ("blank", "noise", "paper-grain", "fashion-mnist", "letter")
CORRUPTED_DIGITS = 2_000  # the first test digits: images.py takes milliseconds for each
MAX_PIXELS = 100_000_000
UNREADABLE = np.zeros((1, 1), np.uint8)


@dataclass(frozen=True)
class Classifier:
    """A network, or a baseline, with its preprocessing ``see``.

    It rejects blank pictures and those of less digitness than ``threshold``; None never rejects.
    """

    name: str
    read: Reader
    threshold: float | None
    see: See = as_served


@dataclass(frozen=True)
class Answers:
    """A classifier's answers to n pictures."""

    outputs: Outputs
    rejected: NDArray[np.bool_]

    def correct(self, labels: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which answers equal ``labels`` (n,) and are not rejected."""
        read: NDArray[np.bool_] = self.outputs.probabilities.argmax(axis=1) == labels
        return read & ~self.rejected


@dataclass(frozen=True)
class Labelled:
    """Pictures with their labels: a digit, or a kind of negative."""

    pictures: Sequence[Grey]
    labels: tuple[str, ...]

    @property
    def digits(self) -> NDArray[np.int64]:
        """Return the labels as numbers; raises ``ValueError`` for a kind of negative."""
        return np.array([int(label) for label in self.labels])


def measure(classifiers: Sequence[Classifier], test: Scans, folder: Path | None) -> list[Row]:
    """Measure all rows but those of time, on MNIST's ``test`` digits and pictures in ``folder``.

    ``folder`` holds folders of pictures ``NUMBER_LABEL.EXT``; rows without theirs have n = 0.
    """
    plain = ask(classifiers, test.grey)
    real = {name: _load(folder, name) for name in (*FOLDERS, "not-digits")}
    drawn = _joined([real[name] for name in DRAWN])
    answers = ask(classifiers, drawn.pictures) if drawn else []
    return [
        _accuracy_row("MNIST test", plain, test.labels),
        *_folders(classifiers, real),
        *_corrupted(classifiers, plain, test),
        _calibration("ECE on MNIST test", plain, test.labels),
        _calibration("ECE on drawings and photos", answers, drawn.digits if drawn else None),
        _acceptance_row("accepted: MNIST test", plain),
        _acceptance_row("accepted: drawings and photos", answers),
        *_rejection_rows(classifiers, real["not-digits"]),
    ]


def ask(classifiers: Sequence[Classifier], pictures: Pictures) -> list[Answers]:
    """Return the answers of each of ``classifiers``; equal preprocessing runs once."""
    seen = {see: see(pictures) for see in {one.see for one in classifiers}}
    return [_answer(one, seen[one.see]) for one in classifiers]


def accuracy_row(
    name: str,
    classifiers: Sequence[Classifier],
    pictures: Pictures,
    labels: NDArray[np.int64],
) -> Row:
    """Return the accuracy of each classifier on ``pictures`` with ``labels`` (n,)."""
    answers = ask(classifiers, pictures)
    return _accuracy_row(name, answers, labels)


def _answer(classifier: Classifier, seen: NDArray[np.float32]) -> Answers:
    outputs = classifier.read(seen)
    if classifier.threshold is None:
        return Answers(outputs, np.zeros(len(seen), bool))
    blank = ~seen.any(axis=(1, 2))
    return Answers(outputs, blank | (outputs.digitness < classifier.threshold))


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
    """Join ``parts``; None where one is missing."""
    found = [part for part in parts if part]
    if len(found) < len(parts):
        return None
    return Labelled(
        [picture for part in found for picture in part.pictures],
        tuple(label for part in found for label in part.labels),
    )


def _folders(classifiers: Sequence[Classifier], real: dict[str, Labelled | None]) -> list[Row]:
    rows = []
    for name in FOLDERS:
        found = real[name]
        answers = ask(classifiers, found.pictures) if found else []
        rows.append(_accuracy_row(name, answers, found.digits if found else None))
    return rows


def _corrupted(classifiers: Sequence[Classifier], plain: list[Answers], test: Scans) -> list[Row]:
    """Give each robustness split's accuracy as a share of the same model's on clean digits."""
    labels = test.labels[:CORRUPTED_DIGITS]
    clean = [answers.correct(test.labels)[: len(labels)].mean() for answers in plain]
    ink = test.grey[: len(labels)].astype(np.float32) / np.float32(255)
    rows = []
    for split in robustness.SPLITS:
        pictures = robustness.pictures(split, ink)
        correct = [answers.correct(labels) for answers in ask(classifiers, pictures)]
        shares = [_divided(_share(each), c) for each, c in zip(correct, clean, strict=True)]
        name = f"{split}, as a share of clean"
        rows.append(Row("corrupted", name, len(labels), tuple(shares), CORRUPTED))
    return rows


def _rejection_rows(classifiers: Sequence[Classifier], found: Labelled | None) -> list[Row]:
    kinds = np.array(found.labels if found else KINDS)
    answers = ask(classifiers, found.pictures) if found else []
    rows = []
    for kind in (*KINDS, *sorted(set(kinds) - set(KINDS))):
        name, members = f"rejected: {kind}", kinds == kind
        figures = tuple(_share(a.rejected[members]) for a in answers)
        n = int(members.sum()) if answers else 0
        rows.append(Row("rejection", name, n, figures, GOALS.get(name)))
    return rows


def _accuracy_row(name: str, answers: list[Answers], labels: NDArray[np.int64] | None) -> Row:
    if labels is None:
        return Row("digits", name, 0, goal=GOALS.get(name))
    figures = tuple(_share(a.correct(labels)) for a in answers)
    return Row("digits", name, len(labels), figures, GOALS.get(name))


def _acceptance_row(name: str, answers: list[Answers]) -> Row:
    figures = tuple(_share(~a.rejected) for a in answers)
    return Row("rejection", name, len(answers[0].rejected) if answers else 0, figures, GOALS[name])


def _calibration(name: str, answers: list[Answers], labels: NDArray[np.int64] | None) -> Row:
    """Compare confidence and accuracy of the most probable digit, rejected or not."""
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
    by = by or 1.0  # a model without a correct answer on clean digits
    return Figure(figure.value / by, figure.low / by, figure.high / by)
