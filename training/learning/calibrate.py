"""Honest confidence: a temperature for the probabilities, a threshold for what is a digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

KEPT = 0.998  # of validation digits read right, at least, are never called "not a digit"
KEPT_ANEW = 0.99  # of those written anew
TURNED_AWAY = 0.99  # of non-digits suffices: below that, the threshold spares unusual digits
MARGIN = 1e-4  # below a quantile, since single precision may differ by less


@dataclass(frozen=True)
class Calibration:
    """``temperature`` divides the logits; below ``threshold`` of digitness is no digit."""

    temperature: float
    threshold: float


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Return the temperature with the least cross-entropy on ``logits`` (n, 10).

    C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern neural networks" (2017).
    """
    best, reach = 1.0, 10.0
    for _ in range(3):  # each grid is ten times finer than the one before
        grid = [best * reach ** (step / 20) for step in range(-20, 21)]
        losses = [float(functional.cross_entropy(logits / t, labels)) for t in grid]
        best, reach = grid[losses.index(min(losses))], reach**0.1
    return round(best, 4)


def fit_threshold(
    digits: NDArray[np.float32],
    negatives: NDArray[np.float32],
    anew: NDArray[np.float32] | None = None,
) -> float:
    """Choose the digitness (n,) that keeps digits, and no higher than non-digits ask for.

    ``digits`` and ``anew`` are of those that are read right. ``anew`` is that of digits written
    anew, where there are any: pictures by other hands have less digitness than MNIST's, and
    must be kept as well.
    """
    keeps = float(np.quantile(digits, 1 - KEPT, method="lower"))
    if anew is not None:
        keeps = min(keeps, float(np.quantile(anew, 1 - KEPT_ANEW, method="lower")))
    turns_away = float(np.quantile(negatives, TURNED_AWAY))
    return round(max(0.0, min(keeps - MARGIN, turns_away)), 6)
