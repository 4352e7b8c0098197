"""Outlines of things, filled: clothes, shoes, bags, vessels, stones; parts differ in brightness.

None is drawn after a picture: they are polygons between random measures.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageChops, ImageDraw

from training.canvas import SIDE, Path, smooth

MIDDLE = SIDE / 2
MIRROR = np.array([-1, 1])
SEAM = 50  # how bright a seam, an opening or a shadow is, of 255


def _filled(outlines: list[Path], shades: list[int] | None = None) -> Image.Image:
    image = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    for outline, shade in zip(outlines, shades or [255] * len(outlines), strict=True):
        pen.polygon([(x, y) for x, y in outline.tolist()], fill=shade)
    return image


def _both_sides(side: Path) -> Path:
    """Return the outline of which ``side`` (n, 2), right of the middle, is one half."""
    return np.concatenate([side, side[::-1] * MIRROR]) + (MIDDLE, 0)


def _shade(generator: Generator) -> int:
    return int(generator.integers(150, 256))


def mirrored(generator: Generator) -> Image.Image:
    """A vessel, a lamp: one outline, the same on both sides."""
    count = int(generator.integers(4, 9))
    heights = np.linspace(generator.uniform(4, 20), SIDE - generator.uniform(4, 20), count)
    widths = generator.uniform(5, 36) * np.exp(generator.normal(0, 0.4, count))
    side = np.stack([widths.clip(9, 38), heights], 1)
    side = smooth(np.concatenate([side[:1], side, side[-1:]])) if generator.random() < 0.6 else side
    return _filled([_both_sides(side)])


def top(generator: Generator) -> Image.Image:
    """A shirt, a pullover, a coat: a body and two sleeves, with a neck, seams, a front."""
    high, low = generator.uniform(4, 12), SIDE - generator.uniform(4, 16)
    chest, hem = generator.uniform(15, 24), generator.uniform(15, 27)
    neck, drop = generator.uniform(4, 11), generator.uniform(1, 7)
    body = np.array([(neck, high), (chest, high + drop), (chest - 1, high + 22), (hem, low)])
    length = low - high - drop if generator.random() < 0.6 else generator.uniform(14, 28)
    fall = length * generator.uniform(0.75, 1.05)
    spread = generator.uniform(3, 20) if fall > 30 else generator.uniform(8, 18)
    cuff, shoulder = generator.uniform(5, 11), high + drop
    x, y = chest + spread, shoulder + fall
    sleeve = np.array([(chest - 3, shoulder - 1), (chest + 3, shoulder + 1), (x, y)])
    sleeve = np.concatenate([sleeve, [(x - cuff, y + 2), (chest - 2, shoulder + 16)]])
    sides = (
        [] if generator.random() < 0.08 else [sleeve + (MIDDLE, 0), sleeve * MIRROR + (MIDDLE, 0)]
    )
    image = _filled([*sides, _both_sides(body)], [_shade(generator)] * len(sides) + [255])
    _trim(generator, image, high, low, neck)
    return image


def _trim(generator: Generator, image: Image.Image, high: float, low: float, neck: float) -> None:
    """Cut a neck out, and perhaps draw a front that opens, with buttons, and a collar."""
    pen, deep = ImageDraw.Draw(image), generator.uniform(1, 14)
    pen.ellipse((MIDDLE - neck, high - deep, MIDDLE + neck, high + deep), fill=0)
    if generator.random() < 0.4:
        gap = generator.uniform(0, 5)
        front = [(MIDDLE, high), (MIDDLE - gap, low + 1), (MIDDLE + gap, low + 1)]
        pen.polygon(front, fill=int(generator.integers(0, 120)), outline=SEAM)
        for y in np.arange(high + 12, low, generator.uniform(8, 14)):
            pen.circle((MIDDLE + 3, float(y)), 1.5, fill=SEAM)
    if generator.random() < 0.4:
        pen.line([(MIDDLE - 18, high + 6), (MIDDLE - 17, low - 8)], fill=SEAM, width=2)
        pen.line([(MIDDLE + 18, high + 6), (MIDDLE + 17, low - 8)], fill=SEAM, width=2)


def dress(generator: Generator) -> Image.Image:
    """A long dress: straps or sleeves, a waist, a skirt that is narrow or wide."""
    high, low = generator.uniform(3, 8), SIDE - generator.uniform(3, 8)
    waist_at = generator.uniform(26, 42)
    bust, waist = generator.uniform(8, 16), generator.uniform(6, 12)
    hem, neck = waist * generator.uniform(1, 2.6), generator.uniform(3, 8)
    hip = (waist + hem) / 2 + generator.uniform(-1, 3)
    side = [(neck, high), (neck + 3, high), (bust, high + 16), (waist, waist_at)]
    side += [(hip, (waist_at + low) / 2), (hem, low)]
    outline = _both_sides(np.array(side))
    sleeves: list[Path] = []
    if generator.random() < 0.4:
        reach, fall = generator.uniform(4, 16), generator.uniform(8, 44)
        sleeve = np.array([(neck, high), (bust, high + 3), (bust + reach, high + fall)])
        sleeve = np.concatenate([sleeve, [(bust + reach - 6, high + fall + 2), (bust - 2, 22)]])
        sleeves = [sleeve + (MIDDLE, 0), sleeve * MIRROR + (MIDDLE, 0)]
    image = _filled([*sleeves, outline], [_shade(generator)] * len(sleeves) + [255])
    pen, deep = ImageDraw.Draw(image), float(generator.uniform(2, 16))
    pen.ellipse((MIDDLE - neck, high - deep, MIDDLE + neck, high + deep), fill=0)
    if generator.random() < 0.4:
        belt = (MIDDLE - waist - 1, waist_at, MIDDLE + waist + 1, waist_at + 3)
        pen.rectangle(belt, fill=int(generator.integers(0, 256)))
    return image


def trousers(generator: Generator) -> Image.Image:
    """Two legs from one waist, with or without a gap, long or short."""
    high, low = generator.uniform(3, 8), SIDE - generator.uniform(3, 8)
    waist, hip = generator.uniform(10, 15), generator.uniform(12, 18)
    crotch = generator.uniform(22, 36)
    gap, cuff = generator.uniform(-1, 6), generator.uniform(7, 12)
    if generator.random() < 0.15:
        low = generator.uniform(48, 64)
    leg = np.array([(-0.5, high), (waist, high), (hip, crotch - 6), (gap + cuff, low), (gap, low)])
    leg = np.concatenate([leg, [(0, crotch)]])
    legs = [leg + (MIDDLE, 0), leg * MIRROR + (MIDDLE, 0)]
    image = _filled(legs, [255, _shade(generator)])
    pen = ImageDraw.Draw(image)
    if generator.random() < 0.7:
        pen.line(
            [(MIDDLE, high + 4), (MIDDLE, low)], fill=SEAM, width=int(generator.integers(1, 4))
        )
    if generator.random() < 0.5:
        pen.line([(MIDDLE - waist, high + 5), (MIDDLE + waist, high + 5)], fill=SEAM, width=2)
    return image


def shoe(generator: Generator) -> Image.Image:
    """A low shoe or an ankle boot from its side: a sole, an upper, a shaft, a heel."""
    ground, toe, heel = SIDE - generator.uniform(10, 26), SIDE - 3.0, 4.0
    boot = generator.random() < 0.5
    shaft = ground - (generator.uniform(40, 66) if boot else generator.uniform(18, 32))
    shaft, raised = (
        max(shaft, 3.0),
        generator.uniform(0, 4) if not boot else generator.uniform(0, 14),
    )
    instep = generator.uniform(26, 44) if boot else generator.uniform(20, 34)
    nose = ground - generator.uniform(6, 14)
    bend = [(instep, shaft + generator.uniform(-3, 6)), (instep + 5, ground - 24)]
    upper = [(heel, shaft), *bend, (toe - 16, nose - 5), (toe - 4, nose), (toe, ground)]
    upper += [(instep, ground), (heel + 18, ground - raised), (heel, ground - raised / 3)]
    sole = [(heel, ground), (toe, ground), (toe - 1, ground + 4), (instep, ground + 4)]
    sole += [(heel + 16, ground + 4 - raised), (heel + 14, ground + 5), (heel, ground + 5)]
    shapes = [np.array(upper) + generator.normal(0, 1, (len(upper), 2)), np.array(sole)]
    image = _filled(shapes, [255, int(generator.integers(60, 256))])
    pen = ImageDraw.Draw(image)
    for _ in range(int(generator.integers(0, 5))):  # laces, stripes, seams
        x, y = generator.uniform(instep - 8, toe - 20), generator.uniform(ground - 24, ground - 4)
        across, shade = generator.uniform(-10, 10, 2), int(generator.integers(20, 256))
        pen.line([(x, y), (x + across[0], y + across[1])], fill=shade, width=2)
    if generator.random() < 0.3:
        pen.line([(instep - 4, shaft), (instep - 10, ground - 8)], fill=SEAM, width=4)
    return _either_way(generator, image)


def sandal(generator: Generator) -> Image.Image:
    """A thin or wedged sole, a heel or none, and a few straps with holes between them."""
    image = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    ground, rise = SIDE - generator.uniform(14, 26), generator.uniform(0, 34)
    thick = generator.uniform(3, 9)
    insole = smooth(
        np.array([(0, ground - rise), (4, ground - rise), (22, ground - rise * 0.9),
                  (50, ground - 2), (66, ground), (80, ground - 3), (84, ground - 3)], float)
    )  # fmt: skip
    pen.line([(x, y) for x, y in insole.tolist()], fill=255, width=int(thick))
    if rise > 10:
        back, width = ground - rise, generator.uniform(3, 10)
        wedge = [(4, back), (50, ground), (4, ground + 2)]
        heel = [(4, back), (10 + width, back), (6 + width / 2, ground + 2), (6, ground + 2)]
        foot = wedge if generator.random() < 0.4 else heel
        pen.polygon(foot, fill=_shade(generator))
    for _ in range(int(generator.integers(2, 6))):  # straps
        x, wide = generator.uniform(6, 62), generator.uniform(8, 24)
        base = float(np.interp(x + wide / 2, insole[:, 0], insole[:, 1]))
        tall, width = generator.uniform(8, 30), int(generator.integers(2, 8))
        pen.arc(
            (x, base - tall, x + wide, base + tall), 180, 360, fill=_shade(generator), width=width
        )
    if generator.random() < 0.5:  # one around the ankle
        tall = ground - rise - generator.uniform(18, 36)
        pen.line([(6, ground - rise), (4, tall), (26, tall + 4)], fill=255, width=4)
    return _either_way(generator, image)


def bag(generator: Generator) -> Image.Image:
    """A body, straight or tapered, with one handle or two, a flap, a buckle."""
    wide, high = generator.uniform(24, 40), generator.uniform(14, 46)
    taper, bottom = generator.uniform(-8, 6), SIDE - generator.uniform(3, 16)
    body = np.array([(wide + taper, high), (wide, (high + bottom) / 2), (wide, bottom)])
    image = _filled([_both_sides(body)])
    pen = ImageDraw.Draw(image)
    if generator.random() < 0.85:
        grip, rise = wide * generator.uniform(0.3, 0.95), generator.uniform(8, max(high - 1, 9))
        box = (MIDDLE - grip, high - rise, MIDDLE + grip, high + rise)
        pen.arc(box, 180, 360, fill=_shade(generator), width=int(generator.integers(2, 8)))
    if generator.random() < 0.5:
        flap = high + (bottom - high) * generator.uniform(0.15, 0.6)
        pen.line([(MIDDLE - wide, flap), (MIDDLE + wide, flap)], fill=SEAM, width=2)
        pen.rectangle(
            (MIDDLE - 5, flap - 4, MIDDLE + 5, flap + 5), fill=int(generator.integers(256))
        )
    return image


def blob(generator: Generator) -> Image.Image:
    """A thing of no shape that has a name: a stone, a leaf, a cloud."""
    count = int(generator.integers(5, 12))
    angles = np.arange(count + 3) * 2 * math.pi / count
    reach = generator.uniform(12, 40, count)
    ring = np.stack([np.cos(angles), np.sin(angles)], 1) * np.resize(reach, count + 3)[:, None]
    ring = ring * (1, generator.uniform(0.5, 1))
    return _filled([smooth(ring) + MIDDLE])


def pair(generator: Generator) -> Image.Image:
    """Two of the others at once."""
    first, second = mirrored(generator), blob(generator)
    shift = int(generator.integers(-20, 21))
    return ImageChops.lighter(first, ImageChops.offset(second, shift, -shift // 2))


def _either_way(generator: Generator, image: Image.Image) -> Image.Image:
    return image if generator.random() < 0.5 else image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


OUTLINES: tuple[Callable[[Generator], Image.Image], ...] = (
    top, top, top, dress, dress, trousers, trousers, shoe, shoe, sandal, sandal, bag, bag,
    mirrored, blob, pair,
)  # fmt: skip
