"""Histograms of the 256 grey levels, and tables that map each level to another.

Work on a histogram or a table costs the same for a picture of any size. So decisions are made on
them, and the pixels are read as seldom as possible.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LEVELS = np.arange(256.0)
AS_IT_IS = bytes(range(256))
FEW = 4096  # pixels: up to this many, NumPy counts faster than Pillow

Grey = NDArray[np.uint8]
Histogram = NDArray[np.float64]  # how many pixels have each of 256 levels
Table = bytes  # a level for each of 256
Part = tuple[slice, slice]  # rows and columns
WHOLE: Part = (slice(None), slice(None))


def histogram(values: Grey, part: Part, paper: int = 0) -> Histogram:
    """Count the levels of a picture that is all ``paper`` outside of ``part``."""
    inner = values[part]
    if inner.size <= FEW:
        counts = np.bincount(inner.ravel(), minlength=256).astype(np.float64)
    else:
        counts = np.array(Image.fromarray(inner).histogram(), np.float64)
    counts[paper] += values.size - inner.size
    return counts


def moved(counts: Histogram, table: Table) -> Histogram:
    """Return the histogram that a picture with histogram ``counts`` has after ``look_up``."""
    there = np.bincount(np.frombuffer(table, np.uint8), weights=counts, minlength=256)
    return there.astype(np.float64, copy=False)


def look_up(values: Grey, table: Table, part: Part) -> Grey:
    """Map each level of ``part`` by ``table``; the rest is paper, and becomes 0."""
    inner = values[part]
    found = np.frombuffer(inner.tobytes().translate(table), np.uint8).reshape(inner.shape)
    if inner.size == values.size:
        return found
    ink = np.zeros(values.shape, np.uint8)
    ink[part] = found
    return ink


def otsu(counts: Histogram, below: Histogram) -> int:
    """Return Otsu's threshold of a histogram; ``below`` is its cumulative sum."""
    moment = (counts * LEVELS).cumsum()
    total, of_all = below[-1], moment[-1]
    weight = np.maximum(below * (total - below), 1)
    separation = (of_all * below - total * moment) ** 2 / weight
    first, last = separation.argmax(), separation[::-1].argmax()
    return int(first + 255 - last) // 2  # several are best where no pixel lies between: the middle


@lru_cache(maxsize=512)
def depth_table(paper: int, is_light: bool) -> Table:
    """Return the table from level to depth; dark paper is inverted, ``paper`` is its level then."""
    table = _table((paper - LEVELS) * (255.0 / max(paper, 1)))
    return table if is_light else table[::-1]


@lru_cache(maxsize=1024)
def ramp(floor: int, full: int) -> Table:
    """Return the table from depth to ink: 0 up to ``floor``, 255 from ``full`` on."""
    return _table((LEVELS - floor) * (255.0 / (full - floor)))


def _table(levels: NDArray[np.floating]) -> Table:
    return bytes(np.rint(levels).clip(0, 255).astype(np.uint8))
