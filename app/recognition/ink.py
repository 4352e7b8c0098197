"""Which pixels are ink: the polarity, and the paper behind it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from app.recognition.specks import WRITTEN, Grey, without_specks

FLAT = 8  # grey levels of 255, up to which paper counts as even
LEAST_CONTRAST = 24  # grey levels between ink and paper, below which nothing is written
RULING = 0.02  # of a picture's area: where less is grey, there are no lines on the paper
FINE = 64  # pixels on the shorter side, from which a picture shows more than the digit itself
FEW = 4096  # pixels, up to which NumPy counts levels sooner than Pillow
EXTREMES = np.array([0.001, 0.999])  # of a picture's area: the lightest and darkest, but for specks
LEVELS = np.arange(256.0)
AS_IT_IS = bytes(range(256))
SET = b"\1"

Histogram = NDArray[np.float64]  # how often each of 256 levels is there
Table = bytes  # a level for each of 256
Part = tuple[slice, slice]  # rows and columns
WHOLE: Part = (slice(None), slice(None))


def find_ink(image: Image.Image) -> Grey | None:
    """Return the ink of an "L" picture (h, w), 0 for paper and 255 for full ink.

    None where nothing stands out from the paper. What is wanted of a picture is told by its
    histogram; its pixels are looked up in one table at the end, unless the paper is uneven.
    """
    values, table, counts, part = _depth(image)
    is_fine = min(image.size) >= FINE
    if is_fine and (lighter := _ruling_limit(counts)):
        values, table = _without_ruling(_look_up(values, table, part), lighter), AS_IT_IS
        counts, part = _histogram(values, WHOLE), WHOLE
    floor, full = _levels(counts, is_fine)
    if full - floor < LEAST_CONTRAST:
        return None
    ink = _look_up(values, table.translate(_ramp(floor, full)), part)
    return without_specks(ink) if is_fine else ink


def ink_box(ink: Grey) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom of what is written; None where nothing is."""
    return _bounds(ink > WRITTEN)


def _depth(image: Image.Image) -> tuple[Grey, Table, Histogram, Part]:
    """Return the share of the light that ink takes away, 0..255, and how often each is there.

    It is what the table, the second value, makes of the first. Paper of one level is that of
    the border's median. Outside the part, the last value, all is paper.
    """
    values = np.frombuffer(image.tobytes(), np.uint8).reshape(image.height, image.width)
    edge = np.sort(np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]))
    is_fine = min(image.size) >= FINE
    part = _other_than(values, edge[0]) if is_fine and edge[0] == edge[-1] else WHOLE
    counts = _histogram(values, part, edge[0])
    is_light = _paper_is_light(counts, edge)
    low, paper, high = _quantiles(edge, is_light)
    if high - low > FLAT and is_fine:
        depth = _uneven_depth(image if _ink_is_dark_locally(image) else ImageOps.invert(image))
        return depth, AS_IT_IS, _histogram(depth, WHOLE), WHOLE
    table = _depth_table(paper, is_light)
    return values, table, _moved(counts, table), part


def _other_than(values: Grey, level: int) -> Part:
    """Return the part of a picture outside of which all is of one level."""
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
    """Tell the polarity: paper covers most of a picture and most of its sorted border.

    Either alone is misled, the one by bold digits cut out tightly, the other by ink that
    reaches the border.
    """
    if edge[-1] == 0:
        return False  # nothing is darker
    below = counts.cumsum()
    middle = below.searchsorted(below[-1] * EXTREMES).sum() // 2
    area = (below[-1] - below[middle]) / below[-1]
    light = edge.size - int(edge.searchsorted(middle, "right"))
    return bool(area + light / edge.size > 1)


def _uneven_depth(dark: Image.Image) -> Grey:
    """Return the share of the light that ink takes away, 0..255, from paper as it lies there."""
    paper = np.asarray(_paper(dark))
    taken = (paper - np.minimum(np.asarray(dark), paper)).astype(np.float32)
    taken *= np.float32(255)
    taken /= np.maximum(paper, 1)
    depth: Grey = taken.astype(np.uint8)
    return depth


def _ink_is_dark_locally(image: Image.Image) -> bool:
    """Tell the polarity where light is uneven: ink is rare and far from what is around it.

    So the third moment of the difference takes the ink's sign, while a shadow's two sides
    cancel out.
    """
    small = image.reduce(max(1, min(image.size) // 80))
    around = small.filter(ImageFilter.BoxBlur(max(small.size) // 6))
    difference = np.asarray(small, np.float32) - np.asarray(around, np.float32)
    return bool((difference * difference * difference).sum() < 0)


def _paper(dark: Image.Image) -> Image.Image:
    """Estimate the light paper behind dark ink, as if nothing were written on it.

    A morphological closing: the lightest pixel around, in a window wider than a stroke.
    """
    small = dark.reduce(max(1, min(dark.size) // 80))
    values = np.asarray(small)
    reach = max(values.shape) // 6
    wider = np.pad(values, 2 * reach, mode="edge")  # or else the border's light would be lost
    closed = _extreme(_extreme(wider, reach, np.maximum), reach, np.minimum)
    return Image.fromarray(closed).resize(dark.size, Image.Resampling.BILINEAR)


def _extreme(values: Grey, reach: int, pick: np.ufunc) -> Grey:
    """Return the extreme of each square window of 2 ``reach`` + 1 that lies within ``values``."""
    for _ in range(2):
        width = 1
        while width <= 2 * reach:
            step = min(width, 2 * reach + 1 - width)
            values = pick(values[:-step], values[step:])
            width += step
        values = values.T
    return np.ascontiguousarray(values)


def _ruling_limit(counts: Histogram) -> int:
    """Return the depth up to which there may be ruling; 0 where too little is grey for any."""
    below = counts.cumsum()
    lighter = int(0.6 * int(below.searchsorted(0.998 * below[-1])))
    return lighter if counts[FLAT:lighter].sum() >= RULING * counts.sum() else 0


def _without_ruling(depth: Grey, lighter: int) -> Grey:
    """Take away what runs through nearly all of a row or a column and is lighter than the ink."""
    rows = np.quantile(depth[:, ::4], 0.15, axis=1).astype(np.uint8)
    columns = np.quantile(depth[::4], 0.15, axis=0).astype(np.uint8)
    rows[rows > lighter] = 0  # a stroke of a digit that was cut out tightly
    columns[columns > lighter] = 0
    ruling = np.maximum(rows[:, None], columns[None, :])
    return depth - np.minimum(depth, ruling)


def _levels(counts: Histogram, is_fine: bool) -> tuple[int, int]:
    """Find the depth at which ink begins, and the depth of full ink.

    ``counts`` is the histogram of depths. Ink and paper are told apart by Otsu's threshold
    (IEEE Trans. SMC 9, 1979). In a fine picture the edge of a stroke is narrow, so the ramp
    between paper and ink is steep, and keeps stains out; in a coarse one the greys of the
    edge say where the stroke ends, and only paper's grain is cut off.
    """
    below = counts.cumsum()
    threshold = _otsu(counts, below)
    total, paper = below[-1], below[threshold]
    if paper == total:
        return 0, 0
    if is_fine:
        return threshold // 3, threshold + 2 * threshold // 3
    shares = 0.5 * paper, 0.75 * paper, paper + 0.75 * (total - paper)
    middle, upper, full = below.searchsorted(shares).tolist()
    grain = middle + 4 * (upper - middle)  # 2.7 standard deviations where the grain is Gaussian
    return min(grain, 4 * threshold // 5), full


def _otsu(counts: Histogram, below: Histogram) -> int:
    moment = (counts * LEVELS).cumsum()
    total, of_all = below[-1], moment[-1]
    weight = np.maximum(below * (total - below), 1)
    separation = (of_all * below - total * moment) ** 2 / weight
    first, last = separation.argmax(), separation[::-1].argmax()
    return int(first + 255 - last) // 2  # many are best, where no pixel lies between


def _histogram(values: Grey, part: Part, paper: int = 0) -> Histogram:
    """Count the levels, of which all are ``paper`` outside the part."""
    inner = values[part]
    if inner.size <= FEW:
        counts = np.bincount(inner.ravel(), minlength=256).astype(np.float64)
    else:
        counts = np.array(Image.fromarray(inner).histogram(), np.float64)
    counts[paper] += values.size - inner.size
    return counts


def _quantiles(edge: Grey, is_light: bool) -> list[int]:
    """Return the 0.1, 0.5 and 0.9 quantiles of a sorted border, inverted unless ``is_light``."""
    last = edge.size - 1
    places = [round(share * last) for share in (0.1, 0.5, 0.9)]
    if is_light:
        return [int(edge[place]) for place in places]
    return [255 - int(edge[last - place]) for place in places]


@lru_cache(maxsize=512)
def _depth_table(paper: int, is_light: bool) -> Table:
    """Return the depth of each level on paper of one level, which is that after an inversion."""
    table = _table((paper - LEVELS) * (255.0 / max(paper, 1)))
    return table if is_light else table[::-1]


@lru_cache(maxsize=1024)
def _ramp(floor: int, full: int) -> Table:
    """Return the ink of each depth: from 0 at ``floor`` to 255 at ``full``."""
    return _table((LEVELS - floor) * (255.0 / (full - floor)))


def _table(levels: NDArray[np.floating]) -> Table:
    return bytes(np.rint(levels).clip(0, 255).astype(np.uint8))


def _look_up(values: Grey, table: Table, part: Part) -> Grey:
    """Replace each level of a part by the table's; the rest is paper, which is 0 there."""
    inner = values[part]
    found = np.frombuffer(inner.tobytes().translate(table), np.uint8).reshape(inner.shape)
    if inner.size == values.size:
        return found
    ink = np.zeros(values.shape, np.uint8)
    ink[part] = found
    return ink


def _moved(counts: Histogram, table: Table) -> Histogram:
    """Return the histogram of what ``_look_up`` returns for values of this histogram."""
    return np.bincount(np.frombuffer(table, np.uint8), weights=counts, minlength=256)
