"""Measurements of a served model with ONNX Runtime: ``python -m training evaluate``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import Problem
from app.recognition import images
from app.recognition.recogniser import Recogniser
from training.evaluation import scores
from training.evaluation.measure import MAX_PIXELS, Classifier
from training.evaluation.scores import Floats, Miss, Outputs, Reader, Scores
from training.mnist import Digits
from training.synthesis.negatives.mixture import draw_negatives

BATCH = 256
NEGATIVES = 2_000
NEGATIVES_SEED = 1_000_003  # of negatives that no run was trained on

# Test digits whose label most of five people disagreed with (C. Northcutt, A. Athalye,
# J. Mueller, "Pervasive label errors", 2021), with their majority; None where there is none.
CORRECTIONS: dict[int, int | None] = {
    947: 9, 1621: 6, 1901: 4, 2130: None, 2462: 0, 2597: 3, 2654: None, 3520: None,
    3558: 0, 5937: 3, 6651: 6, 6783: 6, 8527: None, 9679: None, 9729: 6,
}  # fmt: skip


@dataclass(frozen=True)
class Examination:
    """The figures of a model on labelled digits and on negatives.

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
    """Return a function that classifies pictures with a served model."""

    def read(pictures: Floats) -> Outputs:
        parts = [
            recogniser.run(pictures[start : start + BATCH])
            for start in range(0, len(pictures), BATCH)
        ]
        return Outputs(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    return read


def classifier_of(recogniser: Recogniser) -> Classifier:
    """Return a served model as a classifier that rejects as the service does."""
    name = f"{recogniser.name}/{recogniser.version}"
    return Classifier(name, reader_of(recogniser), recogniser.threshold)


def examine(read: Reader, digits: Digits, threshold: float) -> Examination:
    """Measure a model on MNIST's test ``digits`` and on held-out negatives."""
    outputs = read(digits.images)
    answers = outputs.probabilities.argmax(axis=1)
    negatives = draw_negatives(NEGATIVES, digits.images, NEGATIVES_SEED, held_out=True)
    others = read(negatives).digitness
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
    """Return on which test digits people agree, and the corrected labels (n,)."""
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
    """Classify the pictures ``*_LABEL.*`` in ``folder`` as the service does.

    Return (file name, label, answer) of each; the answer to a picture that was rejected or could
    not be decoded is the reason.
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
