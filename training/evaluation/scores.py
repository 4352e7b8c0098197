"""Scores of a network, computed from its outputs; each comes with its n."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15
RESAMPLES = 300

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Outputs:
    """A model's outputs for n pictures: ``probabilities`` (n, 10) and ``digitness`` (n,)."""

    probabilities: Floats
    digitness: Floats


Reader = Callable[[Floats], Outputs]  # of pictures (n, 28, 28)


@dataclass(frozen=True)
class Scores:
    """Measured on ``n`` digits; ``kept`` is the acceptance rate, 0 to 1."""

    n: int
    accuracy: float
    nll: float
    brier: float
    ece: float
    kept: float


@dataclass(frozen=True)
class Miss:
    """A misclassified digit: place in the set, label, the answer ``read``, confidence in 0..1."""

    index: int
    label: int
    read: int
    confidence: float


def score(outputs: Outputs, labels: NDArray[np.int64], threshold: float) -> Scores:
    """Score ``outputs`` against ``labels`` (n,)."""
    return Scores(
        n=len(labels),
        accuracy=float((outputs.probabilities.argmax(axis=1) == labels).mean()),
        nll=negative_log_likelihood(outputs.probabilities, labels),
        brier=brier(outputs.probabilities, labels),
        ece=expected_calibration_error(outputs.probabilities, labels),
        kept=float((outputs.digitness >= threshold).mean()),
    )


def negative_log_likelihood(probabilities: Floats, labels: NDArray[np.int64]) -> float:
    """Return the mean of -log p(label), in nats."""
    given = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(given.clip(1e-12)).mean())


def brier(probabilities: Floats, labels: NDArray[np.int64]) -> float:
    """Return the mean squared distance from the one-hot label, 0 to 2 (Brier, 1950)."""
    wanted = np.eye(10)[labels]
    return float(((probabilities - wanted) ** 2).sum(axis=1).mean())


def expected_calibration_error(probabilities: Floats, labels: NDArray[np.int64]) -> float:
    """Return the mean gap of confidence and accuracy, over 15 bins of equal number.

    Of bins of equal width, the last would hold nearly all of MNIST.
    """
    counts, confidences, accuracies = reliability(probabilities, labels)
    return float((counts * np.abs(confidences - accuracies)).sum() / len(labels))


def reliability(
    probabilities: Floats, labels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return number, mean confidence and accuracy of each bin, the least confident first."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    order = np.argsort(confidence, kind="stable")
    bins = [b for b in np.array_split(order, BINS) if len(b)]
    return (
        np.array([len(b) for b in bins]),
        np.array([confidence[b].mean() for b in bins]),
        np.array([right[b].mean() for b in bins]),
    )


def interval(
    figure: Callable[[Floats, NDArray[np.int64]], float],
    probabilities: Floats,
    labels: NDArray[np.int64],
) -> tuple[float, float]:
    """Return the 95 % interval of ``figure`` by bootstrap, seeded (Efron, 1979)."""
    generator = np.random.default_rng(0)
    n = len(labels)
    drawn = [generator.integers(n, size=n) for _ in range(RESAMPLES)]
    low, high = np.percentile([figure(probabilities[d], labels[d]) for d in drawn], (2.5, 97.5))
    return float(low), float(high)


def area_under_curve(digits: Floats, others: Floats) -> float:
    """Return how often a digit has more digitness than a negative (AUROC, 0 to 1)."""
    values = np.concatenate([digits, others])
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place][: len(digits)].sum()
    return float((rank - len(digits) * (len(digits) + 1) / 2) / (len(digits) * len(others)))


def confusion(read: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the confusion matrix (10, 10): row the label, column the answer."""
    return np.bincount(labels * 10 + read, minlength=100).reshape(10, 10)


def misses(probabilities: Floats, labels: NDArray[np.int64]) -> tuple[Miss, ...]:
    """List the misclassified digits, the most confident first."""
    answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(answers != labels)
    order = wrong[np.argsort(-confidence[wrong], kind="stable")]
    return tuple(Miss(int(i), int(labels[i]), int(answers[i]), float(confidence[i])) for i in order)
