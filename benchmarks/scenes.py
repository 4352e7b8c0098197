"""Digits as people photograph them: paper, pen, light, camera.

Each scene is a function of a digit (28, 28) uint8, ink high, and a random generator, to the
bytes of a JPEG of 640x480. None of them is used in training.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 640, 480

Reflectance = NDArray[np.float64]  # (HEIGHT, WIDTH), 0..1: the share of light given back
Digit = NDArray[np.uint8]
Scene = Callable[[Digit, Generator], bytes]


def written(
    digit: Digit,
    random: Generator,
    *,
    side: int = 240,
    thicker: int = 1,
    paper: float = 0.9,
    pen: float = 0.2,
) -> Reflectance:
    """Write ``digit``, ``side`` pixels large, somewhere on paper; ``thicker`` is odd pixels."""
    ink = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    ink = ink.filter(ImageFilter.GaussianBlur(side / 60)).point(lambda v: 5 * (v - 100))
    ink = ink.filter(ImageFilter.MaxFilter(thicker)) if thicker > 1 else ink
    left, top = random.integers(10, WIDTH - side - 10), random.integers(10, HEIGHT - side - 10)
    page = np.zeros((HEIGHT, WIDTH))
    page[top : top + side, left : left + side] = np.asarray(ink) / 255
    return paper + (pen - paper) * page


def photographed(
    page: Reflectance,
    random: Generator,
    *,
    noise: float = 4,
    blur: float = 0.8,
    quality: int = 85,
) -> bytes:
    """Take a picture: ``noise`` in grey levels, ``blur`` in pixels, JPEG ``quality``."""
    grain = random.normal(0, noise, page.shape)
    grey = np.clip(page * 255 + grain, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    lens = ImageFilter.GaussianBlur(blur)
    Image.fromarray(grey).filter(lens).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def across(random: Generator) -> Reflectance:
    """Rise from -1 to 1 across the picture, in a random direction."""
    angle = random.uniform(0, 2 * np.pi)
    x, y = np.meshgrid(np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT))
    rise: Reflectance = (x * np.cos(angle) + y * np.sin(angle)) / np.sqrt(2)
    return rise


def gradient(digit: Digit, random: Generator) -> bytes:
    """Light from one side, a third of it left at the other."""
    return photographed(written(digit, random) * (0.675 + 0.325 * across(random)), random)


def shadow(digit: Digit, random: Generator) -> bytes:
    """A hand's shadow over part of the paper, soft at its edge."""
    edge = np.clip(0.5 + 12 * (across(random) - random.uniform(-0.4, 0.4)), 0, 1)
    return photographed(written(digit, random) * (1 - 0.45 * edge), random)


def ruled(digit: Digit, random: Generator) -> bytes:
    """Lined paper."""
    page = written(digit, random)
    for row in range(int(random.integers(0, 40)), HEIGHT - 2, 40):
        page[row : row + 2] = np.minimum(page[row : row + 2], 0.62)
    return photographed(page, random)


def squared(digit: Digit, random: Generator) -> bytes:
    """Squared paper."""
    page = written(digit, random)
    for pixel in range(int(random.integers(0, 30)), WIDTH - 2, 30):
        page[pixel : pixel + 2] = np.minimum(page[pixel : pixel + 2], 0.68)
        page[:, pixel : pixel + 2] = np.minimum(page[:, pixel : pixel + 2], 0.68)
    return photographed(page, random)


def table_edge(digit: Digit, random: Generator) -> bytes:
    """A strip of dark table along one side."""
    page = written(digit, random)
    page[:, : random.integers(5, 60)] = 0.3
    return photographed(page, random)


SCENES: dict[str, Scene] = {
    "plain": lambda d, r: photographed(written(d, r), r),
    "marker": lambda d, r: photographed(written(d, r, thicker=13), r),
    "pencil": lambda d, r: photographed(written(d, r, pen=0.62), r),
    "small": lambda d, r: photographed(written(d, r, side=60), r),
    "light from one side": gradient,
    "shadow": shadow,
    "lined paper": ruled,
    "squared paper": squared,
    "table's edge": table_edge,
    "dim and noisy": lambda d, r: photographed(written(d, r, paper=0.38, pen=0.16), r, noise=9),
    "very noisy": lambda d, r: photographed(written(d, r), r, noise=25),
    "out of focus": lambda d, r: photographed(written(d, r), r, blur=4),
    "JPEG quality 15": lambda d, r: photographed(written(d, r), r, quality=15),
    "chalk": lambda d, r: photographed(written(d, r, paper=0.2, pen=0.85), r, noise=8),
}
