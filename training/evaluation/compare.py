"""Which of two models is better, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation import robustness
from training.evaluation.scores import Reader
from training.mnist import Digits

CLEAN = "clean"
LEVEL = 0.01  # of significance


@dataclass(frozen=True)
class Comparison:
    """Accuracies of two models on the same ``n`` digits of one split.

    Only the first classifies ``only_first`` digits correctly, only the second ``only_second``;
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
    def p_text(self) -> str:
        """``p_value`` as text; floating-point numbers end near 1e-300."""
        return f"{self.p_value:.2g}" if self.p_value else "< 1e-300"

    @property
    def second_is_worse(self) -> bool:
        """Whether the second's accuracy is significantly lower."""
        return self.only_second < self.only_first and self.p_value < LEVEL


def compare(first: Reader, second: Reader, digits: Digits) -> Iterator[Comparison]:
    """Compare two models on clean ``digits``, then on one robustness split after the other."""
    for name in (CLEAN, *robustness.SPLITS):
        yield compare_on(name, first, second, digits)


def compare_on(name: str, first: Reader, second: Reader, digits: Digits) -> Comparison:
    """Compare two models on ``digits``, clean or in one robustness split."""
    images = digits.images if name == CLEAN else robustness.served(name, digits.images)
    right = [
        reader(images).probabilities.argmax(axis=1) == digits.labels for reader in (first, second)
    ]
    return compare_answers(name, *right)


def compare_answers(split: str, first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Comparison:
    """Compare two models by which of n digits each classifies correctly."""
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
    """Return the p-value of the exact two-sided test that both models are equally accurate."""
    n, fewer = only_first + only_second, min(only_first, only_second)
    tail = ways = 1
    for k in range(fewer):
        ways = ways * (n - k) // (k + 1)
        tail += ways
    return min(1.0, float(2 * tail / 2**n))


def objections(served: Reader, candidate: Reader, validation: Digits) -> list[str]:
    """Return on which splits ``candidate`` is significantly worse than ``served``, one a line.

    Clean digits come first: if it is worse on those, the robustness splits are not tried.
    """
    clean = compare_on(CLEAN, served, candidate, validation)
    splits = () if clean.second_is_worse else robustness.SPLITS
    compared = [clean, *(compare_on(name, served, candidate, validation) for name in splits)]
    return [
        f"on {c.split} validation digits its accuracy is {c.second:.2%}, the served one's "
        f"{c.first:.2%} (n = {c.n:,}, p {'= ' if c.p_value else ''}{c.p_text})"
        for c in compared
        if c.second_is_worse
    ]
