"""How good a reader of numbers is: whole texts, single digits, and whether it knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.evaluation.goals import Figure, share

SUREST = 0.8  # share of the pictures, the surest, of which accuracy is given by itself
BINS = 15
SMALLEST = 30  # answers, of which accuracy is given


@dataclass(frozen=True)
class Read:
    """What one picture says, what was read, and how sure the reader was (0 to 1)."""

    label: str
    text: str
    confidence: float

    @property
    def is_right(self) -> bool:
        """Whether all of it was read as it is."""
        return self.text == self.label


@dataclass(frozen=True)
class ReadingScores:
    """Measured on ``n`` pictures; shares with their 95 % intervals (Wilson).

    ``error_rate`` is the edit distance of all texts over the number of all digits; ``surest``
    the accuracy of the surest 80 %; ``ece`` the mean gap of confidence and accuracy over 15 bins
    that hold equally many.
    """

    n: int
    whole: Figure
    error_rate: float
    surest: Figure
    ece: float


def score(answers: Sequence[Read]) -> ReadingScores:
    """Score ``answers``, of which there must be one at least."""
    right = np.array([answer.is_right for answer in answers])
    confidence = np.array([answer.confidence for answer in answers])
    order = np.argsort(-confidence, kind="stable")
    surest = right[order[: max(1, round(SUREST * len(order)))]]
    errors = sum(edit_distance(answer.text, answer.label) for answer in answers)
    digits = sum(len(answer.label) for answer in answers)
    bins = [b for b in np.array_split(order, BINS) if len(b)]
    gaps = [len(b) * abs(float(confidence[b].mean() - right[b].mean())) for b in bins]
    return ReadingScores(
        n=len(answers),
        whole=share(int(right.sum()), len(right)),
        error_rate=errors / max(digits, 1),
        surest=share(int(surest.sum()), len(surest)),
        ece=sum(gaps) / len(answers),
    )


def coverage(answers: Sequence[Read]) -> list[tuple[float, float]]:
    """Return how accurate the surest part of ``answers`` is: (share answered, accuracy), both in %.

    The curve of Y. Geifman and R. El-Yaniv, "Selective classification for deep neural networks"
    (NeurIPS 2017). Parts of fewer than ``SMALLEST`` answers say nothing and are left out.
    """
    order = sorted(answers, key=lambda answer: -answer.confidence)
    right = np.cumsum([answer.is_right for answer in order])
    counts = range(min(SMALLEST, len(order)), len(order) + 1)
    return [(100 * n / len(order), 100 * float(right[n - 1]) / n) for n in counts]


def edit_distance(one: str, other: str) -> int:
    """Return how many signs must be added, removed or changed (V. Levenshtein, 1966)."""
    row = list(range(len(other) + 1))
    for i, first in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, second in enumerate(other, 1):
            changed = diagonal + (first != second)
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, changed)
    return row[-1]
