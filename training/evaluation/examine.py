"""All that is worth knowing of a model, through ONNX Runtime: ``python -m training evaluate``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import Problem
from app.recognition import images
from app.recognition.recogniser import Recogniser
from training.evaluation import scores
from training.evaluation.measure import MAX_PIXELS, Contestant
from training.evaluation.scores import Floats, Miss, Outputs, Reader, Scores
from training.mnist import Digits
from training.synthesis.negatives.mixture import draw_negatives

BATCH = 256
NEGATIVES = 2_000
NEGATIVES_SEED = 1_000_003  # none that any run has learned from

# Test digits whose label most of five readers did not share (C. Northcutt, A. Athalye,
# J. Mueller, "Pervasive label errors", 2021), with their majority; None where there is none.
CORRECTIONS: dict[int, int | None] = {
    947: 9, 1621: 6, 1901: 4, 2130: None, 2462: 0, 2597: 3, 2654: None, 3520: None,
    3558: 0, 5937: 3, 6651: 6, 6783: 6, 8527: None, 9679: None, 9729: 6,
}  # fmt: skip


@dataclass(frozen=True)
class Examination:
    """What a model showed on labelled digits and on non-digits.

    ``intervals`` are of 95 %; ``confusion`` is (10, 10), row the label.
    """

    scores: Scores
    intervals: dict[str, tuple[float, float]]
    corrected_n: int
    corrected_accuracy: float
    negatives_rejected: float
    digitness_auroc: float
    confusion: NDArray[np.int64]
    misses: tuple[Miss, ...]


def reader_of(recogniser: Recogniser) -> Reader:
    """Read through a served model."""

    def read(pictures: Floats) -> Outputs:
        parts = [
            recogniser.run(pictures[start : start + BATCH])
            for start in range(0, len(pictures), BATCH)
        ]
        return Outputs(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    return read


def contestant_of(recogniser: Recogniser) -> Contestant:
    """Let a served model answer as the service would."""
    name = f"{recogniser.name}/{recogniser.version}"
    return Contestant(name, reader_of(recogniser), recogniser.threshold)


def examine(read: Reader, digits: Digits, threshold: float) -> Examination:
    """Put MNIST's test ``digits`` to a model, and non-digits."""
    outputs = read(digits.images)
    answers = outputs.probabilities.argmax(axis=1)
    others = read(draw_negatives(NEGATIVES, digits.images, NEGATIVES_SEED, unseen=True)).digitness
    agreed, labels = corrected(digits.labels)
    return Examination(
        scores=scores.score(outputs, digits.labels, threshold),
        intervals=_intervals(outputs.probabilities, digits.labels),
        corrected_n=int(agreed.sum()),
        corrected_accuracy=float((answers == labels)[agreed].mean()),
        negatives_rejected=float((others < threshold).mean()),
        digitness_auroc=scores.area_under_curve(outputs.digitness, others),
        confusion=scores.confusion(answers, digits.labels),
        misses=scores.misses(outputs.probabilities, digits.labels),
    )


def corrected(labels: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which test digits readers agree on, and the labels (n,) that these then have."""
    agreed, better = np.ones(len(labels), bool), labels.copy()
    for index, digit in CORRECTIONS.items():
        if index >= len(labels):
            continue
        if digit is None:
            agreed[index] = False
        else:
            better[index] = digit
    return agreed, better


def read_pictures(recogniser: Recogniser, folder: Path) -> list[tuple[str, str, str]]:
    """Read the pictures ``*_LABEL.*`` in ``folder`` as the service would.

    Return (file name, label, what was read) of each; where it was rejected or could not be
    read, the reason stands for what was read.
    """
    answers = []
    for path in sorted(folder.glob("*_*.*")):
        label = path.stem.rpartition("_")[2]
        try:
            drawing = images.read(path.read_bytes(), max_pixels=MAX_PIXELS)
        except Problem as problem:
            answers.append((path.name, label, problem.code))
            continue
        (prediction,), _ = recogniser.recognise(drawing.pixels[None], [drawing.is_blank])
        answers.append((path.name, label, prediction.rejected or str(prediction.digit)))
    return answers


def _intervals(probabilities: Floats, labels: NDArray[np.int64]) -> dict[str, tuple[float, float]]:
    figures = {
        "nll": scores.negative_log_likelihood,
        "brier": scores.brier,
        "ece": scores.expected_calibration_error,
    }
    return {
        name: scores.interval(figure, probabilities, labels) for name, figure in figures.items()
    }
