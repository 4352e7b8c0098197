"""How good a network is, from its outputs alone: figures that always come with their n."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Outputs:
    """What a model says of n pictures: ``probabilities`` (n, 10) and ``digitness`` (n,)."""

    probabilities: Floats
    digitness: Floats


@dataclass(frozen=True)
class Scores:
    """Measured on ``n`` digits; ``kept`` is the share of them not rejected as no digit."""

    n: int
    accuracy: float
    nll: float
    brier: float
    ece: float
    kept: float


def score(outputs: Outputs, labels: NDArray[np.int64], threshold: float) -> Scores:
    """Score ``outputs`` against ``labels`` (n,)."""
    right = outputs.probabilities.argmax(axis=1) == labels
    return Scores(
        n=len(labels),
        accuracy=float(right.mean()),
        nll=float(negative_log_likelihood(outputs.probabilities, labels)),
        brier=float(brier(outputs.probabilities, labels)),
        ece=expected_calibration_error(outputs.probabilities.max(axis=1), right),
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


def expected_calibration_error(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Return the mean gap of confidence and accuracy, over 15 bins that hold alike many.

    Bins of equal number, since nearly all of MNIST lies in the last bin of equal width.
    """
    bins = np.array_split(np.argsort(confidence, kind="stable"), BINS)
    gaps = [len(b) * abs(confidence[b].mean() - right[b].mean()) for b in bins if len(b)]
    return float(sum(gaps) / len(confidence))
