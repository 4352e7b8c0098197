"""A picture of a line of writing becomes what the reader's network sees: 40 rows of ink.

The line is found by its ink (``ink.py``), cut out with a margin and scaled to one height. The
grey values go in, not the ink: the network has learned to tell patterned paper from writing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.recognition.ink import find_ink
from app.recognition.levels import Grey

HEIGHT = 40  # rows that the network sees
MARGIN = 0.15  # of the line's height, left around it
LONGEST, SHORTEST = 1280, 32  # columns that the network sees at most, and at least
WORKING_HEIGHT, WORKING_WIDTH = 160, 1600  # pixels, to which a larger picture is reduced first
WRITTEN = 96  # of 255: what counts as ink where the line is looked for
STRAY = 0.004  # share of the ink at each side that may lie outside of the line


@dataclass(frozen=True)
class Line:
    """``pixels`` (40, w) float32, paper about 0 and ink about 1; ``box`` in the picture's pixels.

    ``box`` is left, top, width, height of what was cut out; None where nothing is written.
    """

    pixels: NDArray[np.float32]
    box: tuple[float, float, float, float] | None


BLANK = Line(np.zeros((HEIGHT, SHORTEST), np.float32), None)


def find_line(grey: Image.Image) -> Line:
    """Cut the line of writing out of an "L" picture, dark on light or light on dark."""
    step = max(1, min(grey.height // WORKING_HEIGHT, max(grey.size) // WORKING_WIDTH + 1))
    step = max(step, max(grey.size) // WORKING_WIDTH)
    small = grey.reduce(step) if step > 1 else grey
    ink = find_ink(small)
    box = None if ink is None else _extent(ink)
    if ink is None or box is None:
        return BLANK
    left, top, right, bottom = box
    values = np.asarray(small)[top:bottom, left:right]
    pixels = _scaled(_levelled(values, ink[top:bottom, left:right]))
    return Line(pixels, (step * left, step * top, step * (right - left), step * (bottom - top)))


def _extent(ink: Grey) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom of nearly all ink, with a margin."""
    mask = ink > WRITTEN
    rows, columns = mask.sum(axis=1).cumsum(), mask.sum(axis=0).cumsum()
    total = int(rows[-1])
    if not total:
        return None
    ends = np.array([STRAY * total, (1 - STRAY) * total])
    top, bottom = rows.searchsorted(ends).tolist()
    left, right = columns.searchsorted(ends).tolist()
    margin = round(MARGIN * (bottom - top + 1)) + 1
    height, width = ink.shape
    return (
        max(left - margin, 0), max(top - margin, 0),
        min(right + 1 + margin, width), min(bottom + 1 + margin, height),
    )  # fmt: skip


def _levelled(values: Grey, ink: Grey) -> NDArray[np.float32]:
    """Bring paper to 0 and ink to 1, whichever is darker."""
    mask = ink > WRITTEN
    grey = values.astype(np.float32)
    if mask.any() and not mask.all() and grey[mask].mean() > grey[~mask].mean():
        grey = 255 - grey
    paper, full = np.percentile(grey, (70, 2))
    return np.asarray(((paper - grey) / max(paper - full, 8)).clip(-0.5, 1.5), np.float32)


def _scaled(line: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = line.shape
    columns = int(np.clip(round(width * HEIGHT / height), SHORTEST, LONGEST))
    image = Image.fromarray(line)
    resample = Image.Resampling.BOX if height > HEIGHT else Image.Resampling.BILINEAR
    return np.asarray(image.resize((columns, HEIGHT), resample), np.float32)
