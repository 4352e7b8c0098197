"""Calibration: a temperature for the probabilities, a digitness threshold for rejection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

ACCEPTED = 0.998  # least acceptance rate of correctly classified validation digits
ACCEPTED_SYNTHETIC = 0.99  # the same of synthetic ones
REJECTED = 0.99  # of negatives, which suffices: a higher threshold would reject more unusual digits
MARGIN = 1e-4  # below a quantile, since single precision may differ by less


@dataclass(frozen=True)
class Calibration:
    """``temperature`` divides the logits; digitness below ``threshold`` rejects."""

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
    synthetic: NDArray[np.float32] | None = None,
) -> float:
    """Return the highest threshold that accepts the digits, or a lower one that suffices.

    It accepts 99.8 % of ``digits`` and 99 % of ``synthetic``, which stand for other people's
    digits. Where a lower one already rejects 99 % of ``negatives``, that one is returned.
    All are digitness (n,); the digits are those that are classified correctly.
    """
    accepting = float(np.quantile(digits, 1 - ACCEPTED, method="lower"))
    if synthetic is not None:
        least = float(np.quantile(synthetic, 1 - ACCEPTED_SYNTHETIC, method="lower"))
        accepting = min(accepting, least)
    rejecting = float(np.quantile(negatives, REJECTED))
    return round(max(0.0, min(accepting - MARGIN, rejecting)), 6)
