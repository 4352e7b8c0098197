"""Paper in uneven light: its level is estimated for each pixel."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from app.recognition.levels import Grey

WIDE = 1 / 6  # of the longer side
NARROW = 1 / 24


def uneven_depth(image: Image.Image, reach: float = WIDE) -> Grey:
    """Return the share of the paper's light, 0..255, that ink takes away at each pixel.

    Strokes are narrower than twice ``reach``, a share of the picture's longer side; shadows and
    patches of light that are wider count as paper.
    """
    dark = image if _ink_is_dark_locally(image) else ImageOps.invert(image)
    paper = np.asarray(_paper(dark, reach))
    taken = (paper - np.minimum(np.asarray(dark), paper)).astype(np.float32)
    taken *= np.float32(255)
    taken /= np.maximum(paper, 1)
    depth: Grey = taken.astype(np.uint8)
    return depth


def _ink_is_dark_locally(image: Image.Image) -> bool:
    """Find the polarity in uneven light: ink is rare, and far from the grey around it.

    So the third moment of the difference takes the ink's sign, while the two sides of a shadow, or
    of a patch of light, cancel out; the less is around, the better.
    """
    small = image.reduce(max(1, min(image.size) // 80))
    around = small.filter(ImageFilter.BoxBlur(max(small.size) // 12))
    difference = np.asarray(small, np.float32) - np.asarray(around, np.float32)
    return bool((difference * difference * difference).sum() < 0)


def _paper(dark: Image.Image, share: float) -> Image.Image:
    """Estimate the light paper behind dark ink, as if nothing were written on it.

    A morphological closing: the lightest pixel around, in a window wider than a stroke.
    """
    small = dark.reduce(max(1, min(dark.size) // 80))
    values = np.asarray(small)
    reach = max(1, int(max(values.shape) * share))
    wider = np.pad(values, 2 * reach, mode="edge")  # without it the border would come out too dark
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
