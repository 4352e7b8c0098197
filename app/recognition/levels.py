"""Pictures told by their 256 levels: how often each is there, and what becomes of each.

A histogram and a table of 256 cost the same for a picture of any size, so what is found out about
a picture is found out of them, and its pixels are touched as seldom as may be.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LEVELS = np.arange(256.0)
AS_IT_IS = bytes(range(256))
FEW = 4096  # pixels, up to which NumPy counts levels sooner than Pillow

Grey = NDArray[np.uint8]
Histogram = NDArray[np.float64]  # how often each of 256 levels is there
Table = bytes  # a level for each of 256
Part = tuple[slice, slice]  # rows and columns
WHOLE: Part = (slice(None), slice(None))


def histogram(values: Grey, part: Part, paper: int = 0) -> Histogram:
    """Count the levels, of which all are ``paper`` outside the part."""
    inner = values[part]
    if inner.size <= FEW:
        counts = np.bincount(inner.ravel(), minlength=256).astype(np.float64)
    else:
        counts = np.array(Image.fromarray(inner).histogram(), np.float64)
    counts[paper] += values.size - inner.size
    return counts


def moved(counts: Histogram, table: Table) -> Histogram:
    """Return the histogram of what ``look_up`` returns for values of this histogram."""
    there = np.bincount(np.frombuffer(table, np.uint8), weights=counts, minlength=256)
    return there.astype(np.float64, copy=False)


def look_up(values: Grey, table: Table, part: Part) -> Grey:
    """Replace each level of a part by the table's; the rest is paper, which is 0 there."""
    inner = values[part]
    found = np.frombuffer(inner.tobytes().translate(table), np.uint8).reshape(inner.shape)
    if inner.size == values.size:
        return found
    ink = np.zeros(values.shape, np.uint8)
    ink[part] = found
    return ink


def otsu(counts: Histogram, below: Histogram) -> int:
    """Return the level that best parts a histogram, ``below`` being its cumulated sum."""
    moment = (counts * LEVELS).cumsum()
    total, of_all = below[-1], moment[-1]
    weight = np.maximum(below * (total - below), 1)
    separation = (of_all * below - total * moment) ** 2 / weight
    first, last = separation.argmax(), separation[::-1].argmax()
    return int(first + 255 - last) // 2  # many are best, where no pixel lies between


@lru_cache(maxsize=512)
def depth_table(paper: int, is_light: bool) -> Table:
    """Return the depth of each level on paper of one level, which is that after an inversion."""
    table = _table((paper - LEVELS) * (255.0 / max(paper, 1)))
    return table if is_light else table[::-1]


@lru_cache(maxsize=1024)
def ramp(floor: int, full: int) -> Table:
    """Return the ink of each depth: from 0 at ``floor`` to 255 at ``full``."""
    return _table((LEVELS - floor) * (255.0 / (full - floor)))


def _table(levels: NDArray[np.floating]) -> Table:
    return bytes(np.rint(levels).clip(0, 255).astype(np.uint8))
