"""Outlines of objects, filled: clothes, shoes, bags, vessels, stones; parts differ in brightness.

No picture was copied: each is a polygon whose measures are random.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageChops, ImageDraw

from training.synthesis.canvas import SIDE, both_sides, filled, smooth
from training.synthesis.negatives.clothes import MIDDLE, SEAM, dress, shade, top, trousers
from training.synthesis.negatives.shoes import sandal, shoe


def bag(generator: Generator) -> Image.Image:
    """A body, straight or tapered, with one handle or two, a flap, a buckle."""
    wide, high = generator.uniform(24, 40), generator.uniform(14, 46)
    taper, bottom = generator.uniform(-8, 6), SIDE - generator.uniform(3, 16)
    body = np.array([(wide + taper, high), (wide, (high + bottom) / 2), (wide, bottom)])
    image = filled([both_sides(body)])
    pen = ImageDraw.Draw(image)
    if generator.random() < 0.85:
        grip, rise = wide * generator.uniform(0.3, 0.95), generator.uniform(8, max(high - 1, 9))
        box = (MIDDLE - grip, high - rise, MIDDLE + grip, high + rise)
        pen.arc(box, 180, 360, fill=shade(generator), width=int(generator.integers(2, 8)))
    if generator.random() < 0.5:
        flap = high + (bottom - high) * generator.uniform(0.15, 0.6)
        pen.line([(MIDDLE - wide, flap), (MIDDLE + wide, flap)], fill=SEAM, width=2)
        buckle = (MIDDLE - 5, flap - 4, MIDDLE + 5, flap + 5)
        pen.rectangle(buckle, fill=int(generator.integers(256)))
    return image


def mirrored(generator: Generator) -> Image.Image:
    """A vessel, a lamp: one outline, the same on both sides."""
    count = int(generator.integers(4, 9))
    heights = np.linspace(generator.uniform(4, 20), SIDE - generator.uniform(4, 20), count)
    widths = generator.uniform(5, 36) * np.exp(generator.normal(0, 0.4, count))
    side = np.stack([widths.clip(9, 38), heights], 1)
    side = smooth(np.concatenate([side[:1], side, side[-1:]])) if generator.random() < 0.6 else side
    return filled([both_sides(side)])


def blob(generator: Generator) -> Image.Image:
    """A shape without a name: like a stone, a leaf, a cloud."""
    count = int(generator.integers(5, 12))
    angles = np.arange(count + 3) * 2 * math.pi / count
    reach = generator.uniform(12, 40, count)
    ring = np.stack([np.cos(angles), np.sin(angles)], 1) * np.resize(reach, count + 3)[:, None]
    ring = ring * (1, generator.uniform(0.5, 1))
    return filled([smooth(ring) + MIDDLE])


def pair(generator: Generator) -> Image.Image:
    """Two of the other outlines at once."""
    first, second = mirrored(generator), blob(generator)
    shift = int(generator.integers(-20, 21))
    return ImageChops.lighter(first, ImageChops.offset(second, shift, -shift // 2))


OUTLINES: tuple[Callable[[Generator], Image.Image], ...] = (
    top, top, top, dress, dress, trousers, trousers, shoe, shoe, sandal, sandal, bag, bag,
    mirrored, blob, pair,
)  # fmt: skip
