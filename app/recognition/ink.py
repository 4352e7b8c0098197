"""Which pixels are ink: the polarity, the paper behind it, and the specks that are neither."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter, ImageOps

FLAT = 8  # grey levels of 255, up to which paper counts as even
LEAST_CONTRAST = 24  # grey levels between ink and paper, below which nothing is written
RULING = 0.02  # of a picture's area: where less is grey, there are no lines on the paper
FINE = 64  # pixels on the shorter side, from which a picture shows more than the digit itself
WRITTEN = 64  # of 255: what is darker counts as part of a stroke
SPECK = 0.04  # of the heaviest part's ink: what has less is dirt
IS_WRITTEN = [255 if level > WRITTEN else 0 for level in range(256)]

Grey = NDArray[np.uint8]
Histogram = NDArray[np.int_]


def find_ink(image: Image.Image) -> Image.Image | None:
    """Return the ink of an "L" picture as an "L" image, 0 for paper and 255 for full ink.

    None where nothing stands out from the paper.
    """
    dark = image if _paper_is_light(image) else ImageOps.invert(image)
    depth, is_even = _even_depth(dark)
    is_fine = min(dark.size) >= FINE
    if is_fine and not is_even:
        depth = _uneven_depth(image if _ink_is_dark_locally(image) else ImageOps.invert(image))
    if is_fine:
        depth = _without_ruling(depth)
    floor, full = _levels(_histogram(depth), is_fine)
    if full - floor < LEAST_CONTRAST:
        return None
    ink = depth.point(_table((np.arange(256) - floor) * (255.0 / (full - floor))))
    return _without_specks(ink) if is_fine else ink


def _paper_is_light(image: Image.Image) -> bool:
    """Tell the polarity: paper covers most of a picture and most of its border.

    Either alone is misled, the one by bold digits cut out tightly, the other by ink that
    reaches the border.
    """
    counts = _histogram(image)
    low, high = _quantiles(counts, (0.001, 0.999))
    middle = (low + high) // 2
    area = counts[middle + 1 :].sum() / counts.sum()
    return bool(area + (_edge(image) > middle).mean() > 1)


def _even_depth(dark: Image.Image) -> tuple[Image.Image, bool]:
    """Return the share of the light that ink takes away, 0..255, from paper of one level.

    The level is the border's median; the second value says whether the border is even.
    """
    edge = np.sort(_edge(dark))
    low, paper, high = (int(edge[round(q * (edge.size - 1))]) for q in (0.1, 0.5, 0.9))
    table = _table((paper - np.arange(256)) * (255.0 / max(paper, 1)))
    return dark.point(table), high - low <= FLAT


def _uneven_depth(dark: Image.Image) -> Image.Image:
    """Return the share of the light that ink takes away, 0..255, from paper as it lies there."""
    values, paper = np.asarray(dark), np.asarray(_paper(dark))
    taken = np.subtract(paper, values, where=values < paper, out=np.zeros_like(values))
    return Image.fromarray((taken * np.float32(255) / np.maximum(paper, 1)).astype(np.uint8))


def _ink_is_dark_locally(image: Image.Image) -> bool:
    """Tell the polarity where light is uneven: ink is rare and far from what is around it.

    So the third moment of the difference takes the ink's sign, while a shadow's two sides
    cancel out.
    """
    small = image.reduce(max(1, min(image.size) // 80))
    around = small.filter(ImageFilter.BoxBlur(max(small.size) // 6))
    difference = np.asarray(small, np.float32) - np.asarray(around, np.float32)
    return bool((difference**3).sum() < 0)


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


def _without_ruling(depth: Image.Image) -> Image.Image:
    """Take away what runs through nearly all of a row or a column and is lighter than the ink."""
    counts = _histogram(depth)
    lighter = int(0.6 * _quantiles(counts, (0.998,))[0])
    if counts[FLAT:lighter].sum() < RULING * counts.sum():
        return depth
    values = np.asarray(depth)
    rows = np.quantile(values[:, ::4], 0.15, axis=1).astype(np.uint8)
    columns = np.quantile(values[::4], 0.15, axis=0).astype(np.uint8)
    rows[rows > lighter] = 0  # a stroke of a digit that was cut out tightly
    columns[columns > lighter] = 0
    ruling = np.maximum(rows[:, None], columns[None, :])
    return Image.fromarray(values - np.minimum(values, ruling))


def _levels(counts: Histogram, is_fine: bool) -> tuple[int, int]:
    """Find the depth at which ink begins, and the depth of full ink.

    ``counts`` is the histogram of depths. Ink and paper are told apart by Otsu's threshold
    (IEEE Trans. SMC 9, 1979). In a fine picture the edge of a stroke is narrow, so the ramp
    between paper and ink is steep, and keeps stains out; in a coarse one the greys of the
    edge say where the stroke ends, and only paper's grain is cut off.
    """
    threshold = _otsu(counts)
    if not counts[threshold + 1 :].any():
        return 0, 0
    if is_fine:
        return threshold // 3, threshold + 2 * threshold // 3
    middle, upper = _quantiles(counts[: threshold + 1], (0.5, 0.75))
    grain = middle + 4 * (upper - middle)  # 2.7 standard deviations where the grain is Gaussian
    (full,) = _quantiles(counts[threshold + 1 :], (0.75,))
    return min(grain, 4 * threshold // 5), threshold + 1 + full


def _otsu(counts: Histogram) -> int:
    below = np.cumsum(counts, dtype=np.float64)
    moment = np.cumsum(counts * np.arange(256.0))
    between = (moment[-1] * below - moment * below[-1]) ** 2
    weight = below * (below[-1] - below)
    separation = np.divide(between, weight, out=np.zeros(256), where=weight > 0)
    best = np.flatnonzero(separation == separation.max())  # many, where no pixel lies between
    return int(best[0] + best[-1]) // 2


def _without_specks(ink: Image.Image) -> Image.Image:
    """Blank whatever has much less ink than the heaviest part, or lies along the border.

    Strokes are joined where less than a cell, a sixtieth of the picture, parts them.
    """
    cell = max(1, max(ink.size) // 60)
    labels = label_parts(np.asarray(ink.point(IS_WRITTEN).reduce(cell)) > 0)
    is_part = labels >= 0
    masses = np.bincount(labels[is_part], weights=np.asarray(ink.reduce(cell))[is_part])
    if masses.size < 2:
        return ink
    touches, lies_along = _border_contact(labels, masses.size)
    large = masses >= SPECK * masses.max()
    inside = large & ~lies_along & (~touches | (masses == masses.max()))
    kept = inside if inside.any() else large
    stays = np.append(kept, False)[labels]  # label -1, paper, is the last
    near = Image.fromarray(stays).convert("L").filter(ImageFilter.MaxFilter(3))
    whole = near.resize((near.width * cell, near.height * cell), Image.Resampling.NEAREST)
    return ImageChops.darker(ink, whole.crop((0, 0, *ink.size)))


def _border_contact(
    labels: NDArray[np.int_], parts: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which parts touch a side of the picture, and which over a fifth of its length.

    A table's edge, a shadow or a scanner's lid lies along it; a stroke only runs out of it.
    """
    touches, lies_along = np.zeros(parts, bool), np.zeros(parts, bool)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        contact = np.bincount(side[side >= 0], minlength=parts)
        touches |= contact > 0
        lies_along |= contact > side.size / 5
    return touches, lies_along


def label_parts(mask: NDArray[np.bool_]) -> NDArray[np.int_]:
    """Label the 8-connected parts of ``mask`` (h, w) from 0 on; elsewhere is -1.

    Row by row, the runs of set pixels join the runs that they touch in the row above.
    """
    rows, starts, stops = _runs(mask)
    parents = list(range(len(rows)))
    above = 0
    for run, row in enumerate(rows):
        while rows[above] < row - 1 or (rows[above] < row and stops[above] < starts[run]):
            above += 1
        touching = above
        while rows[touching] < row and starts[touching] <= stops[run]:
            parents[_root(parents, touching)] = _root(parents, run)
            touching += 1
    roots = [_root(parents, run) for run in range(len(rows))]
    _, part = np.unique(np.array(roots, dtype=np.int_), return_inverse=True)
    labels = np.full(mask.shape, -1)
    labels[mask] = np.repeat(part, np.subtract(stops, starts))
    return labels


def _runs(mask: NDArray[np.bool_]) -> tuple[list[int], list[int], list[int]]:
    """Return the runs of set pixels in reading order: row, first column, column after the last."""
    padded = np.pad(mask, ((0, 0), (1, 1)))
    turns = np.diff(padded.astype(np.int8), axis=1)
    rows, starts = np.nonzero(turns == 1)
    return rows.tolist(), starts.tolist(), np.nonzero(turns == -1)[1].tolist()


def _root(parents: list[int], run: int) -> int:
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run


def _edge(image: Image.Image) -> Grey:
    values = np.asarray(image)
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


def _histogram(image: Image.Image) -> Histogram:
    return np.array(image.histogram())


def _quantiles(counts: Histogram, shares: tuple[float, ...]) -> list[int]:
    below = np.cumsum(counts)
    return [int(np.searchsorted(below, share * below[-1])) for share in shares]


def _table(levels: NDArray[np.floating]) -> list[int]:
    """Round to a table for ``Image.point``."""
    return list(np.clip(np.rint(levels), 0, 255).astype(np.uint8).tolist())
