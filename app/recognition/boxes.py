"""Where the signs of a line lie in its picture: from the network's frames to boxes of ink."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.recognition.lines import HEIGHT, Line

INK = 0.4  # of a line's values, from paper at 0 to ink at 1: what counts as a stroke
REACH = round(0.8 * HEIGHT)  # columns that a sign spans at most at each side of its middle
GAP = 2  # columns of paper within a sign, where its stroke is broken

Box = tuple[float, float, float, float]  # left, top, width, height, in the picture's pixels


def find_boxes(line: Line, spans: Sequence[tuple[float, float]]) -> list[Box]:
    """Return the box of each sign, whose first column and the one past its last are ``spans``.

    A network's frames show the middle of a sign, not its ends. Two neighbours are parted where
    there is the least ink between their middles, and each box shrinks to the ink inside it.
    """
    ink = line.pixels > INK
    width = ink.shape[1]
    inside = [(min(max(a, 0), width - 1), min(max(b, 1), width)) for a, b in spans]
    middles = [min(int((a + b) / 2), width - 1) for a, b in inside]
    counts = ink.sum(axis=0)
    windows = _windows(counts, middles)
    found = []
    for (first, last), window, middle in zip(inside, windows, middles, strict=True):
        columns = _columns(counts > 0, window, middle) or (int(first), math.ceil(last))
        found.append(_in_picture(line, columns, _rows(ink[:, slice(*columns)])))
    return found


def _windows(counts: NDArray[np.int_], middles: list[int]) -> list[tuple[int, int]]:
    """Return how far each sign may reach: its first column, and the one past its last."""
    cuts = [_cut(counts, a, b) for a, b in zip(middles, middles[1:], strict=False)]
    starts, stops = [0, *cuts], [*cuts, len(counts)]
    return [
        (max(start, middle - REACH), min(stop, middle + REACH))
        for start, stop, middle in zip(starts, stops, middles, strict=True)
    ]


def _cut(counts: NDArray[np.int_], first: int, last: int) -> int:
    """Return the column between two with the least ink, of several the one most in the middle."""
    between = np.arange(first, max(last, first) + 1)
    distance = np.abs(between - (first + last) / 2) / (len(between) + 1)
    return int(between[np.argmin(counts[between] + distance)])


def _columns(
    written: NDArray[np.bool_], window: tuple[int, int], middle: int
) -> tuple[int, int] | None:
    """Return the run of inked columns nearest to ``middle``; None where all is paper."""
    inked = np.flatnonzero(written[slice(*window)]) + window[0]
    if not len(inked):
        return None
    runs = np.split(inked, np.flatnonzero(np.diff(inked) > GAP + 1) + 1)
    nearest = min(runs, key=lambda run: max(run[0] - middle, middle - run[-1], 0))
    return int(nearest[0]), int(nearest[-1]) + 1


def _rows(ink: NDArray[np.bool_]) -> tuple[int, int]:
    rows = np.flatnonzero(ink.any(axis=1))
    return (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, HEIGHT)


def _in_picture(line: Line, columns: tuple[int, int], rows: tuple[int, int]) -> Box:
    assert line.box is not None
    left, top, width, height = line.box
    across, down = width / line.pixels.shape[1], height / HEIGHT
    return (
        left + across * columns[0], top + down * rows[0],
        across * (columns[1] - columns[0]), down * (rows[1] - rows[0]),
    )  # fmt: skip
