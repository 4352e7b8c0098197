"""Which pixels are ink: the polarity, and the paper behind it."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from app.recognition.specks import WRITTEN, Grey, without_specks

FLAT = 8  # grey levels of 255, up to which paper counts as even
LEAST_CONTRAST = 24  # grey levels between ink and paper, below which nothing is written
RULING = 0.02  # of a picture's area: where less is grey, there are no lines on the paper
FINE = 64  # pixels on the shorter side, from which a picture shows more than the digit itself
LEVELS = np.arange(256.0)
AS_IT_IS = bytes(range(256))

Histogram = NDArray[np.int_]
Table = bytes  # a level for each of 256


def find_ink(image: Image.Image) -> Grey | None:
    """Return the ink of an "L" picture (h, w), 0 for paper and 255 for full ink.

    None where nothing stands out from the paper. What is wanted of a picture is told by its
    histogram; its pixels are looked up in one table at the end, unless the paper is uneven.
    """
    values, table, counts = _depth(image)
    is_fine = min(image.size) >= FINE
    if is_fine and (lighter := _ruling_limit(counts)):
        values, table = _without_ruling(_look_up(values, table), lighter), AS_IT_IS
        counts = _histogram(values)
    floor, full = _levels(counts, is_fine)
    if full - floor < LEAST_CONTRAST:
        return None
    ramp = _table((LEVELS - floor) * (255.0 / (full - floor)))
    ink = _look_up(values, table.translate(ramp))
    return without_specks(ink) if is_fine else ink


def ink_box(ink: Grey) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom of what is written; None where nothing is."""
    return Image.fromarray((ink > WRITTEN).view(np.uint8)).getbbox()


def _depth(image: Image.Image) -> tuple[Grey, Table, Histogram]:
    """Return the share of the light that ink takes away, 0..255, and how often each is there.

    It is what the table, the second value, makes of the first. Paper of one level is that of
    the border's median.
    """
    values, counts = np.asarray(image), np.array(image.histogram())
    edge = np.sort(np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]))
    is_light = _paper_is_light(counts, edge)
    low, paper, high = _at(edge if is_light else 255 - edge[::-1], (0.1, 0.5, 0.9))
    if high - low > FLAT and min(image.size) >= FINE:
        depth = _uneven_depth(image if _ink_is_dark_locally(image) else ImageOps.invert(image))
        return depth, AS_IT_IS, _histogram(depth)
    table = _table((paper - LEVELS) * (255.0 / max(paper, 1)))
    table = table if is_light else table[::-1]
    return values, table, _moved(counts, table)


def _paper_is_light(counts: Histogram, edge: Grey) -> bool:
    """Tell the polarity: paper covers most of a picture and most of its sorted border.

    Either alone is misled, the one by bold digits cut out tightly, the other by ink that
    reaches the border.
    """
    below = counts.cumsum().tolist()
    middle = (_quantile(below, 0.001) + _quantile(below, 0.999)) // 2
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
    lighter = int(0.6 * _quantile(counts.cumsum().tolist(), 0.998))
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
    cumulated = counts.cumsum()
    threshold, below = _otsu(counts, cumulated), cumulated.tolist()
    paper = below[threshold]
    if paper == below[-1]:
        return 0, 0
    if is_fine:
        return threshold // 3, threshold + 2 * threshold // 3
    middle, upper = bisect_left(below, 0.5 * paper), bisect_left(below, 0.75 * paper)
    grain = middle + 4 * (upper - middle)  # 2.7 standard deviations where the grain is Gaussian
    full = bisect_left(below, paper + 0.75 * (below[-1] - paper))
    return min(grain, 4 * threshold // 5), full


def _otsu(counts: Histogram, below: Histogram) -> int:
    moment = (counts * LEVELS).cumsum()
    between = (moment[-1] * below - moment * below[-1]) ** 2
    weight = below * (below[-1] - below)
    separation = between / np.maximum(weight, 1)
    best = np.flatnonzero(separation == separation.max())  # many, where no pixel lies between
    return int(best[0] + best[-1]) // 2


def _histogram(values: Grey) -> Histogram:
    return np.array(Image.fromarray(values).histogram())


def _quantile(below: list[int], share: float) -> int:
    """Return the level with ``share`` of all at or below it, of a cumulated histogram."""
    return bisect_left(below, share * below[-1])


def _at(ordered: Grey, shares: tuple[float, ...]) -> list[int]:
    """Return the values at ``shares`` of the way through sorted values."""
    return [int(ordered[round(share * (ordered.size - 1))]) for share in shares]


def _table(levels: NDArray[np.floating]) -> Table:
    """Round to a table for ``_look_up``."""
    return bytes(np.rint(levels).clip(0, 255).astype(np.uint8))


def _look_up(values: Grey, table: Table) -> Grey:
    """Replace each level by the table's."""
    return np.frombuffer(values.tobytes().translate(table), np.uint8).reshape(values.shape)


def _moved(counts: Histogram, table: Table) -> Histogram:
    """Return the histogram of what ``_look_up`` returns for values of this histogram."""
    moved = np.bincount(np.frombuffer(table, np.uint8), weights=counts, minlength=256)
    return moved.astype(np.int_)
