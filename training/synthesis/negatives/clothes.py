"""Clothes between random measures, as filled outlines: shirts, coats, dresses, trousers."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from training.synthesis.canvas import SIDE, Path, both_sides, filled

MIDDLE = SIDE / 2
SEAM = 50  # how bright a seam, an opening or a shadow is, of 255


def shade(generator: Generator) -> int:
    """Return the brightness of a part that is not the brightest."""
    return int(generator.integers(150, 256))


def top(generator: Generator) -> Image.Image:
    """A shirt, a pullover, a coat: a body and two sleeves, with a neck, seams, a front."""
    high, low = generator.uniform(4, 12), SIDE - generator.uniform(4, 16)
    chest, hem = generator.uniform(15, 24), generator.uniform(15, 27)
    neck, drop = generator.uniform(4, 11), generator.uniform(1, 7)
    shoulder = high + drop
    body = np.array([(neck, high), (chest, shoulder), (chest - 1, high + 22), (hem, low)])
    sleeve = _sleeve(generator, chest, shoulder, low)
    image = _dressed(generator, [] if generator.random() < 0.08 else [sleeve], body)
    _trim(generator, image, high, low, neck)
    return image


def _sleeve(generator: Generator, chest: float, shoulder: float, low: float) -> Path:
    """A sleeve from the shoulder, that hangs down to the hem or ends above the elbow."""
    length = low - shoulder if generator.random() < 0.6 else generator.uniform(14, 28)
    fall = length * generator.uniform(0.75, 1.05)
    spread = generator.uniform(3, 20) if fall > 30 else generator.uniform(8, 18)
    cuff, x, y = generator.uniform(5, 11), chest + spread, shoulder + fall
    outside = [(chest - 3, shoulder - 1), (chest + 3, shoulder + 1), (x, y)]
    return np.array([*outside, (x - cuff, y + 2), (chest - 2, shoulder + 16)])


def _dressed(generator: Generator, sleeves: list[Path], body: Path) -> Image.Image:
    """Fill a body's right half and its ``sleeves``, if any, on both sides."""
    sides = [sleeve * (way, 1) + (MIDDLE, 0) for sleeve in sleeves for way in (1, -1)]
    return filled([*sides, both_sides(body)], [shade(generator)] * len(sides) + [255])


def _neck(image: Image.Image, neck: float, high: float, deep: float) -> None:
    pen = ImageDraw.Draw(image)
    pen.ellipse((MIDDLE - neck, high - deep, MIDDLE + neck, high + deep), fill=0)


def _trim(generator: Generator, image: Image.Image, high: float, low: float, neck: float) -> None:
    """Cut a neck out, and perhaps draw a front that opens, with buttons, or seams."""
    _neck(image, neck, high, generator.uniform(1, 14))
    pen = ImageDraw.Draw(image)
    if generator.random() < 0.4:
        gap = generator.uniform(0, 5)
        front = [(MIDDLE, high), (MIDDLE - gap, low + 1), (MIDDLE + gap, low + 1)]
        pen.polygon(front, fill=int(generator.integers(0, 120)), outline=SEAM)
        for y in np.arange(high + 12, low, generator.uniform(8, 14)):
            pen.circle((MIDDLE + 3, float(y)), 1.5, fill=SEAM)
    if generator.random() < 0.4:
        for way in (-1, 1):
            seam = [(MIDDLE + 18 * way, high + 6), (MIDDLE + 17 * way, low - 8)]
            pen.line(seam, fill=SEAM, width=2)


def dress(generator: Generator) -> Image.Image:
    """A long dress: straps or sleeves, a waist, a skirt that is narrow or wide."""
    high, low = generator.uniform(3, 8), SIDE - generator.uniform(3, 8)
    waist_at = generator.uniform(26, 42)
    bust, waist = generator.uniform(8, 16), generator.uniform(6, 12)
    hem, neck = waist * generator.uniform(1, 2.6), generator.uniform(3, 8)
    hip = (waist + hem) / 2 + generator.uniform(-1, 3)
    upper = [(neck, high), (neck + 3, high), (bust, high + 16), (waist, waist_at)]
    body = np.array([*upper, (hip, (waist_at + low) / 2), (hem, low)])
    has_sleeves = generator.random() < 0.4
    sleeves = [_short_sleeve(generator, neck, bust, high)] if has_sleeves else []
    image = _dressed(generator, sleeves, body)
    _neck(image, neck, high, generator.uniform(2, 16))
    if generator.random() < 0.4:
        belt = (MIDDLE - waist - 1, waist_at, MIDDLE + waist + 1, waist_at + 3)
        ImageDraw.Draw(image).rectangle(belt, fill=int(generator.integers(0, 256)))
    return image


def _short_sleeve(generator: Generator, neck: float, bust: float, high: float) -> Path:
    reach, fall = generator.uniform(4, 16), generator.uniform(8, 44)
    x, y = bust + reach, high + fall
    return np.array([(neck, high), (bust, high + 3), (x, y), (x - 6, y + 2), (bust - 2, 22)])


def trousers(generator: Generator) -> Image.Image:
    """Two legs from one waist, with or without a gap, long or short."""
    high, low = generator.uniform(3, 8), SIDE - generator.uniform(3, 8)
    waist, hip = generator.uniform(10, 15), generator.uniform(12, 18)
    crotch = generator.uniform(22, 36)
    gap, cuff = generator.uniform(-1, 6), generator.uniform(7, 12)
    if generator.random() < 0.15:
        low = generator.uniform(48, 64)
    outside = [(-0.5, high), (waist, high), (hip, crotch - 6), (gap + cuff, low)]
    leg = np.array([*outside, (gap, low), (0, crotch)])
    image = filled([leg * (way, 1) + (MIDDLE, 0) for way in (1, -1)], [255, shade(generator)])
    pen = ImageDraw.Draw(image)
    if generator.random() < 0.7:
        width = int(generator.integers(1, 4))
        pen.line([(MIDDLE, high + 4), (MIDDLE, low)], fill=SEAM, width=width)
    if generator.random() < 0.5:
        pen.line([(MIDDLE - waist, high + 5), (MIDDLE + waist, high + 5)], fill=SEAM, width=2)
    return image
