"""A small canvas and pens, with which synthetic pictures are drawn."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Grey = NDArray[np.uint8]
Path = NDArray[np.float64]  # (n, 2), x and y in pixels
SIDE = 84  # pixels of a drawing's canvas: three times what the network sees


def stroke(generator: Generator, paths: list[Path], widths: tuple[int, int] = (3, 9)) -> Grey:
    """Draw ``paths`` with one pen, of a width in pixels from the first to below the second."""
    image = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    width = int(generator.integers(*widths))
    for path in paths:
        pen.line([(x, y) for x, y in path.tolist()], fill=255, width=width, joint="curve")
        if width > 4:  # a round end, or else a thick line ends as if cut
            for x, y in path[[0, -1]].tolist():
                pen.circle((x, y), width / 2 - 0.5, fill=255)
    return np.asarray(image)


def smooth(knots: Path) -> Path:
    """Lay a Catmull-Rom curve through ``knots`` (n, 2)."""
    before, start, end, after = (knots[i : len(knots) - 3 + i] for i in range(4))
    t = np.linspace(0, 1, 12)[:, None, None]
    bend = (2 * before - 5 * start + 4 * end - after) * t**2
    bend = bend + (3 * start - 3 * end + after - before) * t**3
    curve = 0.5 * (2 * start + (end - before) * t + bend)
    return np.asarray(curve.transpose(1, 0, 2).reshape(-1, 2))


def filled(outlines: list[Path], shades: list[int] | None = None) -> Image.Image:
    """Fill ``outlines`` one over the other, each in its grey of ``shades``, or in white."""
    image = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    for outline, shade in zip(outlines, shades or [255] * len(outlines), strict=True):
        pen.polygon([(x, y) for x, y in outline.tolist()], fill=shade)
    return image


def both_sides(side: Path) -> Path:
    """Return the outline of which ``side`` (n, 2), x right of the middle, is one half."""
    return np.concatenate([side, side[::-1] * (-1, 1)]) + (SIDE / 2, 0)


def turned(grey: Grey, generator: Generator, most: float) -> Grey:
    """Rotate by up to ``most`` degrees to either side."""
    degrees = float(generator.uniform(-most, most))
    return np.asarray(Image.fromarray(grey).rotate(degrees, Image.Resampling.BILINEAR))


def wobble(generator: Generator, paths: list[Path], amount: float) -> list[Path]:
    """Bend ``paths`` as a hand does: slow waves of about ``amount`` pixels across the canvas."""
    waves = generator.normal(0, amount / 2, (2, 3))
    phases, pace = generator.uniform(0, 2 * math.pi, (2, 3)), np.array([0.5, 1.0, 1.7])
    bent = []
    for path in paths:
        turn = path[:, ::-1, None] * (2 * math.pi * pace / SIDE)  # x by y, y by x
        bent.append(path + (waves * np.sin(turn + phases)).sum(axis=2))
    return bent


def fitted(generator: Generator, paths: list[Path]) -> list[Path]:
    """Shear, rotate and squeeze ``paths`` a little, and scale them to the canvas."""
    turn, shear = generator.normal(0, 0.12), generator.uniform(-0.35, 0.35)
    aspect = math.exp(generator.normal(0, 0.15))
    cos, sin = math.cos(turn), math.sin(turn)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[aspect, -shear], [0, 1]])
    moved = [path @ matrix.T for path in paths]
    points = np.concatenate(moved)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (SIDE - 24) / max(float((high - low).max()), 1e-6)
    return [(path - (low + high) / 2) * scale + SIDE / 2 for path in moved]


def clouds(generator: Generator, side: int, cells: int) -> NDArray[np.float32]:
    """Return soft random clouds (side, side), about ``cells`` across, of deviation 1 or less."""
    knots = Image.fromarray(generator.normal(0, 1, (cells, cells)).astype(np.float32))
    return np.asarray(knots.resize((side, side), Image.Resampling.BICUBIC))


def seen(generator: Generator, ink: Grey) -> Grey:
    """Vary size, polarity and sharpness of ``ink``, as clients' pictures do."""
    image = Image.fromarray(ink)
    if generator.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(float(generator.uniform(0.5, 2.0))))
    if generator.random() < 0.5:
        image = image.resize((28, 28), Image.Resampling.BOX)
    shown = np.asarray(image)
    return 255 - shown if generator.random() < 0.4 else shown
