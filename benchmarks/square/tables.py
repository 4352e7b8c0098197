"""The tables of docs/reading.md: what the page shows, and what other thresholds would show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from itertools import product

from benchmarks.square.answers import Asked, Count, Thresholds, count
from benchmarks.square.papers import NEGATIVES, ONE, PAIRS

DOUBTS = (0.9, 0.95, 0.99, 0.995, 0.999)
LIKELIES = (0.3, 0.5, 0.7, 0.9)  # coarse, as between finer steps chance would decide
MOST_NUMBERS = 0.001  # share of single digits that may become a number
MOST_ASKS = 0.05  # share of single digits that may need a second request

LESS = 0.95  # of the cost of the present thresholds: a smaller gain may be chance

RESULTS = (
    "| drawn on the square paper | n | as drawn | wrong number | wrong digit | no digit "
    "| asks `/read` |"
)
OTHERS = (
    "| digitness below | confidence from | two digits: as drawn | two digits: a wrong answer "
    "| no digit: a number | one digit: a number | one digit: asks `/read` |"
)
RULE = "|---" * 7 + "|"

Kinds = Mapping[str, Sequence[Asked]]


def results(kinds: Kinds, thresholds: Thresholds) -> str:
    """Return a row for each of ``kinds``: how many of its pictures end in which way."""
    rows = [_row(name, *astuple(count(asked, thresholds))) for name, asked in kinds.items()]
    return "\n".join([RESULTS, RULE, *rows])


def others(kinds: Kinds, thresholds: Thresholds) -> str:
    """Return a row for each other value of one threshold, on the pictures that are to choose by."""
    tried = {Thresholds(doubt, thresholds.likely) for doubt in DOUBTS}
    tried |= {Thresholds(thresholds.doubt, likely) for likely in LIKELIES} | {thresholds}
    rows = [_other(kinds, one) for one in sorted(tried, key=astuple)]
    return "\n".join([OTHERS, RULE, *rows])


def best(kinds: Kinds, present: Thresholds) -> Thresholds:
    """Choose thresholds: of those that do no harm to single digits, the least costly.

    At most ``MOST_NUMBERS`` of them become a number and ``MOST_ASKS`` need a second request. On
    pairs and negatives a wrong answer costs 1, and to find no digit where there is one costs ½.
    The ``present`` thresholds stay unless others cost clearly less.
    """
    costs = {each: _cost(kinds, each) for each in _grid() if _is_harmless(kinds, each)}
    least = min(costs, key=lambda each: costs[each], default=present)
    cost = _cost(kinds, present)
    gains = cost > 0 and costs.get(least, cost) <= LESS * cost
    return least if gains or not _is_harmless(kinds, present) else present


def _grid() -> list[Thresholds]:
    return [Thresholds(*pair) for pair in product(DOUBTS, LIKELIES)]


def _is_harmless(kinds: Kinds, thresholds: Thresholds) -> bool:
    one = count(kinds[ONE], thresholds)
    return one.numbers <= MOST_NUMBERS * one.n and one.asks <= MOST_ASKS * one.n


def _cost(kinds: Kinds, thresholds: Thresholds) -> float:
    found = _sum(kinds, PAIRS + NEGATIVES, thresholds)
    return found.numbers + found.digits + found.rejected / 2


def _other(kinds: Kinds, thresholds: Thresholds) -> str:
    pairs, negatives = (_sum(kinds, names, thresholds) for names in (PAIRS, NEGATIVES))
    one = count(kinds[ONE], thresholds)
    wrong = pairs.numbers + pairs.digits
    figures = (pairs.correct, wrong, negatives.numbers, one.numbers, one.asks)
    return _row(f"{thresholds.doubt}", thresholds.likely, *figures)


def _sum(kinds: Kinds, names: Sequence[str], thresholds: Thresholds) -> Count:
    return count([asked for name in names for asked in kinds[name]], thresholds)


def _row(name: str, *figures: float) -> str:
    cells = (f"{figure:,}" for figure in figures)
    return f"| {' | '.join([name, *cells])} |"
