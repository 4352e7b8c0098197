"""The goals of a model, and the rows of the table that compares it with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

Z = 1.959964  # two-sided 95 % of a normal distribution


@dataclass(frozen=True)
class Goal:
    """A lower ``bound`` of a figure, or an upper one where ``at_most``."""

    bound: float
    at_most: bool = False

    def is_met_by(self, value: float) -> bool:
        """Return whether ``value`` is on the right side of the bound, or on it."""
        return value <= self.bound if self.at_most else value >= self.bound


GOALS = {
    "MNIST test": Goal(0.9978),
    "drawn-28": Goal(0.985),
    "drawn-large": Goal(0.99),
    "paper-photos": Goal(51 / 52),
    "usps": Goal(0.985),
    "ECE on MNIST test": Goal(0.002, at_most=True),
    "ECE on drawings and photos": Goal(0.015, at_most=True),
    "accepted: MNIST test": Goal(0.995),
    "accepted: drawings and photos": Goal(0.98),
    "rejected: blank": Goal(0.99),
    "rejected: noise": Goal(0.99),
    "rejected: paper-grain": Goal(0.99),
    "rejected: fashion-mnist": Goal(0.99),
    "rejected: letter": Goal(0.90),
    "time of the model": Goal(150, at_most=True),
}
CORRUPTED = Goal(0.99)  # accuracy on a robustness split, as a share of that on clean digits


@dataclass(frozen=True)
class Figure:
    """``value`` measured on ``n``, with its 95 % interval from ``low`` to ``high``."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """A row of the table: a figure of each model, in their order; None where there is none.

    ``unit`` is "%" for shares, else "µs". Rows of ``n`` 0 were not measured.
    """

    group: str
    name: str
    n: int
    figures: tuple[Figure | None, ...] = ()
    goal: Goal | None = None
    unit: str = "%"

    def verdict(self, figure: Figure | None) -> str:
        """Return "met", "missed", or "" where there is no goal."""
        if self.goal is None or figure is None:
            return ""
        return "met" if self.goal.is_met_by(figure.value) else "missed"

    def goal_in_words(self) -> str:
        """Return the goal as text, such as "≥ 99.00%"."""
        if self.goal is None:
            return ""
        return f"{'≤' if self.goal.at_most else '≥'} {self.in_words(self.goal.bound)}"

    def in_words(self, value: float) -> str:
        """Return ``value`` as text, with its unit."""
        return f"{value:.2%}" if self.unit == "%" else f"{value:,.0f} {self.unit}"


def share(right: int, n: int) -> Figure:
    """Return ``right`` of ``n`` with Wilson's interval (JASA 22, 1927)."""
    part, spread = right / n, Z * Z / n
    middle = part + spread / 2
    half = math.sqrt(spread * part * (1 - part) + spread * spread / 4)
    return Figure(part, (middle - half) / (1 + spread), (middle + half) / (1 + spread))


def as_markdown(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Write a table with a column for each of ``names``; whether a goal is met is the first's."""
    head = f"| on | n | goal | | {' | '.join(names)} |\n|---|---|---|---|{'---|' * len(names)}"
    return "\n".join([head, *(_line(row, len(names)) for row in rows)])


def as_card(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the first model's figures of ``rows``, as its card stores them."""
    return [
        {
            "group": row.group,
            "name": row.name,
            "n": row.n,
            "unit": row.unit,
            "goal": row.goal_in_words(),
            "verdict": row.verdict(row.figures[0]),
            **{key: round(number, 6) for key, number in asdict(row.figures[0]).items()},
        }
        for row in rows
        if row.n and row.figures[0]
    ]


def _line(row: Row, columns: int) -> str:
    figures = row.figures or (None,) * columns
    n, verdict = (f"{row.n:,}", row.verdict(figures[0])) if row.n else ("–", "not measured")
    cells = (_cell(row, figure) for figure in figures)
    return f"| {row.name} | {n} | {row.goal_in_words()} | {verdict} | {' | '.join(cells)} |"


def _cell(row: Row, figure: Figure | None) -> str:
    if figure is None:
        return "–"
    low, high = (row.in_words(end).removesuffix("%").removesuffix(f" {row.unit}")
                 for end in (figure.low, figure.high))  # fmt: skip
    return f"{row.in_words(figure.value)} ({low}–{high})"
