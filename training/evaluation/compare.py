"""Which of two models is better, and whether that is more than chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation import robustness
from training.evaluation.scores import Reader
from training.mnist import Digits

CLEAN = "clean"
LEVEL = 0.01  # a difference as large comes by chance in fewer than so many comparisons


@dataclass(frozen=True)
class Comparison:
    """Accuracies of two models on the same ``n`` digits of one split.

    ``only_first`` digits are read right by the first alone, ``only_second`` by the second;
    ``p_value`` is McNemar's, exact and two-sided (Psychometrika 12, 1947).
    """

    split: str
    n: int
    first: float
    second: float
    only_first: int
    only_second: int
    p_value: float

    @property
    def second_is_worse(self) -> bool:
        """Whether the second reads fewer digits right, by more than chance explains."""
        return self.only_second < self.only_first and self.p_value < LEVEL


def compare(first: Reader, second: Reader, digits: Digits) -> list[Comparison]:
    """Compare two models on ``digits`` as they are ("clean") and on every named split."""
    return [compare_on(name, first, second, digits) for name in (CLEAN, *robustness.SPLITS)]


def compare_on(name: str, first: Reader, second: Reader, digits: Digits) -> Comparison:
    """Compare two models on ``digits`` as they are (``CLEAN``) or in one named split."""
    images = digits.images if name == CLEAN else robustness.served(name, digits.images)
    right = [
        reader(images).probabilities.argmax(axis=1) == digits.labels for reader in (first, second)
    ]
    return compare_answers(name, *right)


def compare_answers(split: str, first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Comparison:
    """Compare which of n digits either model reads right."""
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    return Comparison(
        split,
        len(first),
        float(first.mean()),
        float(second.mean()),
        only_first,
        only_second,
        mcnemar(only_first, only_second),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """Return how probable so uneven a split of the disagreements is between equal models."""
    n, fewer = only_first + only_second, min(only_first, only_second)
    tail = ways = 1
    for k in range(fewer):
        ways = ways * (n - k) // (k + 1)
        tail += ways
    return min(1.0, float(2 * tail / 2**n))


def objections(served: Reader, candidate: Reader, validation: Digits) -> list[str]:
    """Say on which splits ``candidate`` is worse than ``served`` beyond chance.

    On digits as they are first: where it is worse on those, the splits are not tried.
    """
    clean = compare_on(CLEAN, served, candidate, validation)
    splits = () if clean.second_is_worse else robustness.SPLITS
    compared = [clean, *(compare_on(name, served, candidate, validation) for name in splits)]
    return [
        f"on {c.split} it reads {c.second:.2%} of {c.n:,} validation digits right, "
        f"the served one {c.first:.2%} (p = {c.p_value:.1g})"
        for c in compared
        if c.second_is_worse
    ]
