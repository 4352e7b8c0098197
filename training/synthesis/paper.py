"""Empty paper: negatives with grain, stains, folds and shadows, but no writing."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from training.synthesis.canvas import Grey, clouds

SIDES = (28, 28, 28, 48, 72, 120)  # pixels of a picture

Light = NDArray[np.float32]  # (side, side), the share given back, in grey levels


def paper(generator: Generator, sources: object) -> Grey:
    """Grain, with none to three of: stains, folds, fibres, shadows, smears, print shining through.

    Some of it has so little contrast that it is blank; blank ones are not trained on.
    """
    side = int(generator.choice(SIDES))
    light = generator.uniform(90, 250) + _grain(generator, side)
    for _ in range(int(generator.integers(0, 4))):
        mark = MARKS[int(generator.integers(len(MARKS)))]
        light = light + mark(generator, side)
    grey = light.clip(0, 255).astype(np.uint8)
    return 255 - grey if generator.random() < 0.25 else grey


def _grain(generator: Generator, side: int) -> Light:
    """Grain of one size, fine or coarse, and some of another."""
    grain = np.zeros((side, side), np.float32)
    for _ in range(int(generator.integers(1, 4))):
        cells = int(side / generator.choice([1, 1, 1.5, 2, 3, 5]))
        grain += generator.uniform(2, 22) * clouds(generator, side, max(cells, 3))
    return grain


def _stain(generator: Generator, side: int) -> Light:
    """A soft blot, or the ring that a cup leaves."""
    y, x = np.mgrid[0:side, 0:side] / side
    place, reach = generator.uniform(0, 1, 2), generator.uniform(0.1, 0.6)
    far = np.hypot(x - place[0], (y - place[1]) * generator.uniform(0.6, 1.6)) / reach
    far = far + 0.15 * clouds(generator, side, 5)
    ring = np.exp(-(((far - 1) / generator.uniform(0.1, 0.4)) ** 2))
    blot = 1 / (1 + np.exp((far - 1) * generator.uniform(3, 20)))
    shape = ring if generator.random() < 0.2 else blot
    return np.asarray(-generator.uniform(10, 70) * shape, np.float32)


def _fold(generator: Generator, side: int) -> Light:
    """A fold: light on one side of a line, dark on the other; several where it is crumpled."""
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    light = np.zeros((side, side))
    for _ in range(int(generator.integers(1, 6))):
        angle, offset = generator.uniform(0, 2 * math.pi), generator.uniform(-0.4, 0.4)
        far = (x * math.cos(angle) + y * math.sin(angle) - offset) * generator.uniform(4, 20)
        light += generator.uniform(8, 40) * far * np.exp(-(far**2))
        light += generator.uniform(0, 15) * np.tanh(far)
    return light.astype(np.float32)


def _fibres(generator: Generator, side: int) -> Light:
    """Hairs and fibres, short and thin, dark or light."""
    image = Image.new("L", (4 * side, 4 * side))
    pen = ImageDraw.Draw(image)
    for _ in range(int(generator.integers(3, 60))):
        start, angle = generator.uniform(0, 4 * side, 2), generator.uniform(0, 2 * math.pi)
        steps = angle + np.cumsum(generator.normal(0, 0.35, 8))
        reach = side * generator.uniform(0.02, 0.12)
        xs, ys = (
            start[0] + np.cumsum(reach * np.cos(steps)),
            start[1] + np.cumsum(reach * np.sin(steps)),
        )
        pen.line(list(zip(xs.tolist(), ys.tolist(), strict=True)), fill=255, width=side // 24 + 1)
    small = np.asarray(image.resize((side, side), Image.Resampling.BOX), np.float32)
    return small * np.float32(generator.uniform(-120, 50) / 255)


def _shadow(generator: Generator, side: int) -> Light:
    """Light that falls off to one side, or the soft edge of a shadow."""
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    angle, soft = generator.uniform(0, 2 * math.pi), generator.uniform(0.05, 1.0)
    across = (x * math.cos(angle) + y * math.sin(angle) - generator.uniform(-0.4, 0.4)) / soft
    return np.asarray(-generator.uniform(10, 90) * (1 + np.tanh(across)) / 2, np.float32)


def _smear(generator: Generator, side: int) -> Light:
    """Something wiped over the paper: clouds drawn out along one direction."""
    image = Image.fromarray(clouds(generator, side, max(side // 3, 4)))
    long = max(side // int(generator.integers(1, 6)), 2)
    narrow = image.resize((max(side // 14, 2), side)).resize((side, side), Image.Resampling.BICUBIC)
    drawn = narrow.rotate(float(generator.uniform(0, 180)), Image.Resampling.BILINEAR)
    fade = np.exp(-((np.arange(side) - generator.uniform(0, side)) ** 2) / long**2)[:, None]
    return np.asarray(-generator.uniform(10, 60) * np.asarray(drawn) * fade, np.float32)


def _print_through(generator: Generator, side: int) -> Light:
    """Rows of print from the other side, too faint and soft to read."""
    rows = np.zeros((side, side), np.float32)
    pitch = int(generator.integers(4, max(side // 4, 6)))
    for top in range(int(generator.integers(pitch)), side - pitch // 2, pitch):
        rows[top : top + pitch // 2] = generator.random(side) < generator.uniform(0.4, 0.9)
    soft = Image.fromarray(rows * 255).convert("L").filter(ImageFilter.GaussianBlur(side / 60))
    return np.asarray(soft, np.float32) * np.float32(-generator.uniform(10, 60) / 255)


MARKS = (_stain, _fold, _fibres, _shadow, _smear, _print_through)
