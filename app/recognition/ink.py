"""Find the ink of a picture: whether it is dark or light (the polarity), and the paper level."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.recognition.fields import find_field
from app.recognition.levels import (
    AS_IT_IS,
    LEVELS,
    WHOLE,
    Grey,
    Histogram,
    Part,
    Table,
    depth_table,
    histogram,
    look_up,
    moved,
    otsu,
    ramp,
)
from app.recognition.paper import NARROW, uneven_depth
from app.recognition.specks import WRITTEN, without_specks

FLAT = 8  # grey levels of 255, up to which paper counts as even
LEAST_CONTRAST = 24  # grey levels between ink and paper, below which nothing is written
FAINTEST = 10  # grey levels between ink and paper where it is clear, below which nothing is written
CLEARLY = 12.0  # standard deviations of the paper's levels between it and faint ink; grain makes 7
ROUNDING = 0.3  # standard deviation of levels that are rounded to whole numbers
RULING = 0.02  # of a picture's area: where less is grey, there are no lines on the paper
FINE = 64  # pixels on the shorter side: smaller pictures show the digit alone, and no lines
EXTREMES = np.array([0.001, 0.999])  # of a picture's area: the lightest and darkest, but for specks
SET = b"\1"


class Depth(NamedTuple):
    """The share of the light that ink takes away, 0..255, at each pixel.

    It is what ``table`` makes of ``values`` (h, w), and 0 outside ``part``; ``counts`` is its
    histogram. ``is_uneven`` says that the paper's level was estimated for each pixel.
    """

    values: Grey
    table: Table
    counts: Histogram
    part: Part
    is_uneven: bool = False


def find_ink(image: Image.Image, *, of_line: bool = False) -> Grey | None:
    """Return the ink of an "L" picture (h, w), 0 for paper and 255 for full ink.

    None where nothing stands out from the paper. Everything is decided from the histogram,
    and the pixels are mapped by one table at the end, unless the paper is uneven. In a picture
    ``of_line``, a line of digits, ink may reach the border.
    """
    values = np.frombuffer(image.tobytes(), np.uint8).reshape(image.height, image.width)
    field = find_field(values)
    if field is None:
        return _ink(values, of_line=of_line)
    inner = _ink(np.ascontiguousarray(values[field]), of_line=of_line)
    if inner is None:
        return None
    ink = np.zeros(values.shape, np.uint8)
    ink[field] = inner
    return ink


def _ink(values: Grey, *, of_line: bool) -> Grey | None:
    is_fine = min(values.shape) >= FINE
    depth = _depth(values)
    ink = _of_depth(depth, is_fine=is_fine, of_line=of_line)
    if ink is None or of_line or not depth.is_uneven or not _runs_off(ink):
        return ink
    narrow = _as_it_is(uneven_depth(Image.fromarray(values), NARROW))
    other = _of_depth(narrow, is_fine=is_fine, of_line=of_line)
    return ink if other is None or _runs_off(other) else other


def _of_depth(depth: Depth, *, is_fine: bool, of_line: bool) -> Grey | None:
    if is_fine:
        depth = _without_ruling(depth)
    floor, full = _levels(depth.counts, is_fine)
    if full - floor < LEAST_CONTRAST and not (is_fine and _is_faint_ink(depth.counts)):
        return None
    ink = look_up(depth.values, depth.table.translate(ramp(floor, full)), depth.part)
    return without_specks(ink, of_line=of_line) if is_fine else ink


def _runs_off(ink: Grey) -> bool:
    """Whether ink reaches the border: it may be a shadow's edge, as most digits stand free."""
    return any(bool((side > WRITTEN).any()) for side in (ink[0], ink[-1], ink[:, 0], ink[:, -1]))


def ink_box(ink: Grey) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom of what is written; None where nothing is."""
    return _bounds(ink > WRITTEN)


def lasting(taken: Grey) -> Grey:
    """Return each row's 0.15 quantile of depth: ``np.quantile``, in a third of its time."""
    place, share = divmod(0.15 * (taken.shape[1] - 1), 1)
    ordered = np.partition(taken, (int(place), int(place) + 1), axis=1)
    below, above = ordered[:, int(place)], ordered[:, int(place) + 1]
    step = above - below
    between = below + step * share if share < 0.5 else above - step * (1 - share)
    depth: Grey = between.astype(np.uint8)
    return depth


def _depth(values: Grey) -> Depth:
    """Subtract the paper: the median of the border, or in uneven light a level per pixel."""
    edge = np.sort(np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]))
    is_fine = min(values.shape) >= FINE
    part = _other_than(values, edge[0]) if is_fine and edge[0] == edge[-1] else WHOLE
    counts = histogram(values, part, edge[0])
    is_light = _paper_is_light(counts, edge)
    low, paper, high = _quantiles(edge, is_light)
    if high - low > FLAT and is_fine:
        return _as_it_is(uneven_depth(Image.fromarray(values)))._replace(is_uneven=True)
    table = depth_table(paper, is_light)
    return Depth(values, table, moved(counts, table), part)


def _as_it_is(depth: Grey) -> Depth:
    return Depth(depth, AS_IT_IS, histogram(depth, WHOLE), WHOLE)


def _other_than(values: Grey, level: int) -> Part:
    """Return the smallest part of a picture outside of which every pixel is ``level``."""
    left, top, right, bottom = _bounds(values != level) or (0, 0, 0, 0)
    return slice(top, bottom), slice(left, right)


def _bounds(mask: NDArray[np.bool_]) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom of what is set; None where nothing is."""
    flat, width = mask.tobytes(), mask.shape[1]
    if SET not in flat:
        return None
    top, bottom = flat.find(SET) // width, flat.rfind(SET) // width + 1
    columns = mask[top:bottom].any(axis=0).tobytes()
    return columns.find(SET), top, columns.rfind(SET) + 1, bottom


def _paper_is_light(counts: Histogram, edge: Grey) -> bool:
    """Find the polarity: paper covers most of a picture and most of its sorted border.

    The two shares are added, as each alone can fail: the area where a bold digit is cropped
    tightly, the border where ink reaches it.
    """
    if edge[-1] == 0:
        return False  # nothing is darker
    below = counts.cumsum()
    low, high = below.searchsorted(below[-1] * EXTREMES).tolist()
    if high - low <= FLAT:  # what is written, if anything, is smaller than specks
        darkest, lightest = counts.nonzero()[0][[0, -1]].tolist()
        if lightest - darkest >= LEAST_CONTRAST:
            low, high = darkest, lightest
    middle = (low + high) // 2
    area = (below[-1] - below[middle]) / below[-1]
    light = edge.size - int(edge.searchsorted(middle, "right"))
    return bool(area + light / edge.size > 1)


def _ruling_limit(counts: Histogram) -> int:
    """Return the depth up to which there may be ruled lines; 0 where too few pixels are grey."""
    below = counts.cumsum()
    lighter = int(0.6 * int(below.searchsorted(0.998 * below[-1])))
    return lighter if counts[FLAT:lighter].sum() >= RULING * counts.sum() else 0


def _without_ruling(depth: Depth) -> Depth:
    """Remove ruled lines: lighter than the ink, and through nearly all of a row or column."""
    lighter = _ruling_limit(depth.counts)
    if not lighter:
        return depth
    taken = look_up(depth.values, depth.table, depth.part)
    rows, columns = lasting(taken[:, ::4]), lasting(taken[::4].T)
    rows[rows > lighter] = 0  # a stroke of a digit that was cut out tightly
    columns[columns > lighter] = 0
    if not (rows.any() or columns.any()):
        return depth
    ruling = np.maximum(rows[:, None], columns[None, :])
    return _as_it_is(taken - np.minimum(taken, ruling))


def _is_faint_ink(counts: Histogram) -> bool:
    """Whether two depths stand apart as ink and paper do: far, beside how much the paper varies."""
    below = counts.cumsum()
    threshold = otsu(counts, below)
    if not 0 < below[threshold] < below[-1]:
        return False
    paper, ink = counts[: threshold + 1], counts[threshold + 1 :]
    mean = paper @ LEVELS[: threshold + 1] / paper.sum()
    varies = math.sqrt(paper @ (LEVELS[: threshold + 1] - mean) ** 2 / paper.sum())
    apart = ink @ LEVELS[threshold + 1 :] / ink.sum() - mean
    level = int(np.diff(counts.nonzero()[0]).min())  # of grey, in those of depth
    return bool(apart >= max(FAINTEST * level, CLEARLY * (varies + ROUNDING * level)))


def _levels(counts: Histogram, is_fine: bool) -> tuple[int, int]:
    """Find the depth at which ink begins, and the depth of full ink.

    ``counts`` is the histogram of depths. Ink and paper are told apart by Otsu's threshold
    (IEEE Trans. SMC 9, 1979). In a fine picture the edge of a stroke is narrow, so the ramp
    between paper and ink is steep, and keeps stains out; in a coarse one the greys of the
    edge say where the stroke ends, and only paper's grain is cut off.
    """
    below = counts.cumsum()
    threshold = otsu(counts, below)
    total, paper = below[-1], below[threshold]
    if paper == total:
        return 0, 0
    if is_fine:
        return threshold // 3, threshold + 2 * threshold // 3
    shares = 0.5 * paper, 0.75 * paper, paper + 0.75 * (total - paper)
    middle, upper, full = below.searchsorted(shares).tolist()
    grain = middle + 4 * (upper - middle)  # 2.7 standard deviations where the grain is Gaussian
    return min(grain, 4 * threshold // 5), full


def _quantiles(edge: Grey, is_light: bool) -> list[int]:
    """Return the 0.1, 0.5 and 0.9 quantiles of a sorted border, inverted unless ``is_light``."""
    last = edge.size - 1
    places = [round(share * last) for share in (0.1, 0.5, 0.9)]
    if is_light:
        return [int(edge[place]) for place in places]
    return [255 - int(edge[last - place]) for place in places]
