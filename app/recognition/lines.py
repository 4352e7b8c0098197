"""A picture of a line of writing becomes what the reader's network sees: 40 rows of ink.

The line is found by its ink (``ink.py``), cut out with a margin and scaled to one height. The
grey values go in, not the ink: the network has learned to tell patterned paper from writing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.recognition import images
from app.recognition.ink import find_ink
from app.recognition.levels import Grey

HEIGHT = 40  # rows that the network sees
MARGIN = 0.15  # of the line's height, left around it
LONGEST, SHORTEST = 1280, 32  # columns that the network sees at most, and at least
WORKING_HEIGHT, WORKING_WIDTH = 160, 1600  # pixels, to which a larger picture is reduced first
WRITTEN = 96  # of 255: what counts as ink where the line is looked for
BARE = 0.02  # of the ink of the fullest row: a row with less is paper between two lines
ALIKE = 0.4  # of the height of the tallest band of ink: a lower one is not a line of its own
BETWEEN = 0.2  # of that height: as much paper at least parts two lines
STRAY = 0.004  # share of the ink at each side that may lie outside of the line


@dataclass(frozen=True)
class Line:
    """``pixels`` (40, w) float32, paper about 0 and ink about 1; ``box`` in the picture's pixels.

    ``box`` is left, top, width, height of what was cut out; None where nothing is written.
    """

    pixels: NDArray[np.float32]
    box: tuple[float, float, float, float] | None


BLANK = Line(np.zeros((HEIGHT, SHORTEST), np.float32), None)


def read_line(data: bytes, *, max_pixels: int) -> Line:
    """Find the line in an image file; its ``box`` is in the pixels of the picture, upright.

    Raises ``UnsupportedImage``, ``TooManyPixels`` or ``UndecodableImage``.
    """
    return find_line(*decode(data, max_pixels=max_pixels))


def decode(data: bytes, *, max_pixels: int) -> tuple[Image.Image, float]:
    """Decode as ``images.decode`` does, as large as ``find_line`` can use it.

    Also returns how many pixels of the file are one of the image.
    """
    return images.decode_reduced(data, _useful, max_pixels=max_pixels)


def find_line(grey: Image.Image, scale: float = 1.0) -> Line:
    """Cut the line of writing out of an "L" picture, dark on light or light on dark.

    Of several lines it takes the one with the most ink. ``scale`` is the number of the box's
    pixels to one of ``grey``.
    """
    step = _step(grey.size)
    small = grey.reduce(step) if step > 1 else grey
    ink = find_ink(small, of_line=True)
    box = None if ink is None else _extent(ink)
    if ink is None or box is None:
        return BLANK
    left, top, right, bottom = box
    values = np.asarray(small)[top:bottom, left:right]
    pixels = _scaled(_levelled(values, ink[top:bottom, left:right]))
    right, bottom = min(step * right, grey.width), min(step * bottom, grey.height)
    corner = scale * step * left, scale * step * top
    return Line(pixels, (*corner, scale * right - corner[0], scale * bottom - corner[1]))


def _step(size: tuple[int, int]) -> int:
    """Return by how much a picture of ``size`` is reduced before its line is looked for."""
    width, height = size
    step = max(width, height) // WORKING_WIDTH
    return max(1, step, min(height // WORKING_HEIGHT, step + 1))


def _useful(size: tuple[int, int]) -> tuple[int, int]:
    step = _step(size)
    return max(1, size[0] // step), max(1, size[1] // step)


def _extent(ink: Grey) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom of nearly all ink of a line, with a margin."""
    mask = ink > WRITTEN
    start, stop = _heaviest_line(mask.sum(axis=1))
    mask[:start], mask[stop:] = False, False
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


def _heaviest_line(counts: NDArray[np.int_]) -> tuple[int, int]:
    """Return the rows, first and one past the last, of the line with the most ink.

    ``counts`` is the ink of each row. Lines are bands of inked rows that are about as tall as the
    tallest, with paper between them; where there are no two such bands, all rows are one line.
    """
    written = np.append(np.append(False, counts > BARE * counts.max(initial=0)), False)
    bands = np.flatnonzero(written[1:] != written[:-1]).reshape(-1, 2)
    tallest = int((bands[:, 1] - bands[:, 0]).max(initial=0))
    lines = [band for band in bands.tolist() if band[1] - band[0] >= ALIKE * tallest]
    gaps = [after[0] - before[1] for before, after in zip(lines, lines[1:], strict=False)]
    cuts = [0]
    for gap, line in zip(gaps, lines, strict=False):
        if gap >= BETWEEN * tallest:
            cuts.append(line[1] + gap // 2)
    cuts.append(len(counts))
    parts = list(zip(cuts, cuts[1:], strict=False))
    return max(parts, key=lambda part: int(counts[slice(*part)].sum()))


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
