"""The pictures that a load sends: digits as programs, the page and telephones send them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tests.support.browser import STROKES
from tests.support.pictures import Digit, file_of, plain, read_mnist

INK = (20, 26, 43, 255)  # the page's own, on white
PEN = 22  # pixels

Labelled = tuple[bytes, int]


def small() -> Iterator[Labelled]:
    """Yield MNIST's test digits, 28x28, white on black."""
    digits = read_mnist()
    for digit, label in zip(digits.images, digits.labels.tolist(), strict=True):
        yield plain(digit), label


def canvases() -> Iterator[Labelled]:
    """Yield drawings as the page sends them: 280x280 RGBA."""
    for digit, strokes in STROKES.items():
        fine = Image.new("RGBA", (1120, 1120), "white")
        draw = ImageDraw.Draw(fine)
        for stroke in strokes:
            points = [(4 * x, 4 * y) for x, y in stroke]
            draw.line(points, INK, width=4 * PEN, joint="curve")
            for x, y in (points[0], points[-1]):
                draw.circle((x, y), 2 * PEN, INK)
        yield file_of(fine.reduce(4)), digit


def photos() -> Iterator[Labelled]:
    """Yield photographs of digits on paper, 1200x1600, light from above, with a camera's grain."""
    digits, random = read_mnist(), np.random.default_rng(0)
    for digit, label in zip(digits.images, digits.labels.tolist(), strict=True):
        yield _photo(digit, random), label


def _photo(digit: Digit, random: np.random.Generator) -> bytes:
    ink = Image.fromarray(digit).resize((700, 700), Image.Resampling.BICUBIC)
    ink = ink.filter(ImageFilter.GaussianBlur(12)).point(lambda level: 5 * (level - 100))
    page = np.zeros((1600, 1200), np.float32)
    left, top = random.integers(50, 450), random.integers(50, 850)
    page[top : top + 700, left : left + 700] = np.asarray(ink) / np.float32(255)
    light = np.linspace(10, -10, 1600, dtype=np.float32)[:, None]
    grain = random.normal(0, 4, page.shape).astype(np.float32)
    grey = Image.fromarray(np.clip(210 - 160 * page + light + grain, 0, 255).astype(np.uint8))
    colour = Image.merge("RGB", [grey, grey, grey.point(lambda level: 0.95 * level)])
    return file_of(colour.filter(ImageFilter.GaussianBlur(1)), "JPEG", quality=88)
