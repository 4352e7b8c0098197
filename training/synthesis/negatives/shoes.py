"""Shoes between random measures, seen from their side, as filled outlines."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from training.synthesis.canvas import SIDE, Path, filled, smooth
from training.synthesis.negatives.clothes import SEAM, shade

HEEL, TOE = 4.0, SIDE - 3.0  # how far a shoe reaches to the left and to the right


def shoe(generator: Generator) -> Image.Image:
    """A low shoe or an ankle boot: a sole, an upper, a shaft, a heel."""
    ground, is_boot = SIDE - generator.uniform(10, 26), generator.random() < 0.5
    tall = generator.uniform(40, 66) if is_boot else generator.uniform(18, 32)
    shaft, raised = max(ground - tall, 3.0), generator.uniform(0, 14 if is_boot else 4)
    instep = generator.uniform(26, 44) if is_boot else generator.uniform(20, 34)
    nose = ground - generator.uniform(6, 14)
    bend = [(instep, shaft + generator.uniform(-3, 6)), (instep + 5, ground - 24)]
    front = [(TOE - 16, nose - 5), (TOE - 4, nose), (TOE, ground), (instep, ground)]
    back = [(HEEL + 18, ground - raised), (HEEL, ground - raised / 3)]
    upper = np.array([(HEEL, shaft), *bend, *front, *back])
    upper = upper + generator.normal(0, 1, upper.shape)
    shades = [255, int(generator.integers(60, 256))]
    image = filled([upper, _sole(ground, instep, raised)], shades)
    _lace(generator, image, instep, ground)
    if generator.random() < 0.3:
        opening = [(instep - 4, shaft), (instep - 10, ground - 8)]
        ImageDraw.Draw(image).line(opening, fill=SEAM, width=4)
    return _either_way(generator, image)


def _sole(ground: float, instep: float, raised: float) -> Path:
    front = [(HEEL, ground), (TOE, ground), (TOE - 1, ground + 4), (instep, ground + 4)]
    back = [(HEEL + 16, ground + 4 - raised), (HEEL + 14, ground + 5), (HEEL, ground + 5)]
    return np.array(front + back)


def _lace(generator: Generator, image: Image.Image, instep: float, ground: float) -> None:
    """Draw up to four laces, stripes or seams."""
    pen = ImageDraw.Draw(image)
    for _ in range(int(generator.integers(0, 5))):
        x, y = generator.uniform(instep - 8, TOE - 20), generator.uniform(ground - 24, ground - 4)
        across, grey = generator.uniform(-10, 10, 2), int(generator.integers(20, 256))
        pen.line([(x, y), (x + across[0], y + across[1])], fill=grey, width=2)


def sandal(generator: Generator) -> Image.Image:
    """A thin or wedged sole, a heel or none, and a few straps with holes between them."""
    image = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    ground, rise = SIDE - generator.uniform(14, 26), generator.uniform(0, 34)
    thick, back = generator.uniform(3, 9), ground - rise
    rear = [(0, back), (4, back), (22, ground - rise * 0.9), (50, ground - 2)]
    insole = smooth(np.array([*rear, (66, ground), (80, ground - 3), (84, ground - 3)]))
    pen.line([(x, y) for x, y in insole.tolist()], fill=255, width=int(thick))
    if rise > 10:
        _heel(generator, pen, ground, back)
    _straps(generator, pen, insole)
    if generator.random() < 0.5:  # one around the ankle
        ankle = back - generator.uniform(18, 36)
        pen.line([(6, back), (4, ankle), (26, ankle + 4)], fill=255, width=4)
    return _either_way(generator, image)


def _heel(generator: Generator, pen: ImageDraw.ImageDraw, ground: float, back: float) -> None:
    """Draw a wedge or a heel, thin or thick."""
    width, sole = generator.uniform(3, 10), ground + 2
    wedge = [(4, back), (50, ground), (4, sole)]
    heel = [(4, back), (10 + width, back), (6 + width / 2, sole), (6, sole)]
    pen.polygon(wedge if generator.random() < 0.4 else heel, fill=shade(generator))


def _straps(generator: Generator, pen: ImageDraw.ImageDraw, insole: Path) -> None:
    for _ in range(int(generator.integers(2, 6))):
        x, wide = generator.uniform(6, 62), generator.uniform(8, 24)
        base = float(np.interp(x + wide / 2, insole[:, 0], insole[:, 1]))
        tall, width = generator.uniform(8, 30), int(generator.integers(2, 8))
        box = (x, base - tall, x + wide, base + tall)
        pen.arc(box, 180, 360, fill=shade(generator), width=width)


def _either_way(generator: Generator, image: Image.Image) -> Image.Image:
    return image if generator.random() < 0.5 else image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
