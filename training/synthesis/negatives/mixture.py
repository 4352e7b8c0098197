"""Negatives: pictures that the digitness head learns to reject.

Only what nobody would call a digit: a stroke like "|" or a ring is left out, since it may be
a 1 or a 0. Each picture is normalised as the service does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app.recognition.images import normalise
from training.synthesis.canvas import SIDE, Grey, clouds, smooth, stroke, turned
from training.synthesis.digits.handwriting import SIDE as HAND
from training.synthesis.digits.handwriting import enlarged, written
from training.synthesis.negatives.broken_digits import overlaid, shuffled, two_digits
from training.synthesis.negatives.glyphs import CELL, Sources
from training.synthesis.negatives.letters import handwritten, printed
from training.synthesis.negatives.line_drawings import line_drawings
from training.synthesis.negatives.objects import pictogram, shaded_object
from training.synthesis.paper import paper

CHUNK = 1000  # pictures that a process draws at a time
WRITTEN = 0.42  # share of line drawings, varied in hand and pen as synthetic digits are


def draw_negatives(
    count: int, digits: NDArray[np.float32], seed: int, *, held_out: bool = False
) -> NDArray[np.float32]:
    """Draw ``count`` negatives (count, 28, 28), ink high: line drawings and ``PICTURES``, mixed.

    ``digits`` (n, 28, 28) supplies those of two digits, digit fragments and the like. With
    ``held_out`` the fonts and pictograms are those that are never trained on.
    """
    some = digits[np.random.default_rng(seed).integers(len(digits), size=CHUNK)]
    draw = partial(_draw, Sources(some, held_out), seed)
    sizes = [min(CHUNK, count - start) for start in range(0, count, CHUNK)]
    if len(sizes) == 1:  # starting processes takes longer
        return draw(0, sizes[0])
    context = get_context("forkserver")
    with ProcessPoolExecutor(None, context, torch.set_num_threads, (1,)) as pool:
        return np.concatenate(list(pool.map(draw, range(len(sizes)), sizes)))


def _draw(sources: Sources, seed: int, chunk: int, count: int) -> NDArray[np.float32]:
    generator = np.random.default_rng((seed, chunk))
    cells = line_drawings(generator, sources, math.ceil(WRITTEN * count))
    pictures = [p for p in written(generator, enlarged(cells, HAND // CELL)) if p.any()]
    while len(pictures) < count:
        kind = PICTURES[len(pictures) % len(PICTURES)]
        drawing = normalise(kind(generator, sources))
        if not drawing.is_blank:
            pictures.append(drawing.pixels)
    return np.stack(pictures)[generator.permutation(count)]


def scribble(generator: Generator, sources: Sources) -> Grey:
    """A line that runs to and fro without lifting the pen."""
    knots = generator.uniform(8, SIDE - 8, (generator.integers(12, 20), 2))
    return stroke(generator, [smooth(knots)])


def strokes(generator: Generator, sources: Sources) -> Grey:
    """Five to nine straight strokes across each other."""
    return stroke(
        generator,
        [generator.uniform(6, SIDE - 6, (2, 2)) for _ in range(generator.integers(5, 10))],
    )


def curl(generator: Generator, sources: Sources) -> Grey:
    """A spiral or a wave: curves of a pen that write nothing."""
    t = np.linspace(0, generator.uniform(5, 8) * math.pi, 150)
    if generator.random() < 0.5:
        path = np.stack([t * np.cos(t), t * np.sin(t)], 1) * 34 / t[-1] + SIDE / 2
    else:
        height = generator.uniform(6, 22)
        path = np.stack([6 + t * 72 / t[-1], SIDE / 2 + height * np.sin(t)], 1)
    return turned(stroke(generator, [path]), generator, 180)


def shape(generator: Generator, sources: Sources) -> Grey:
    """A filled polygon, one with its diagonals, a star, a face."""
    image = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    width = int(generator.integers(3, 9))
    corners = int(generator.integers(3, 7))
    which = generator.integers(4)
    if which == 0:
        turn = float(generator.uniform(0, 360))
        pen.regular_polygon((SIDE / 2, SIDE / 2, 34), corners, turn, fill=255)
    elif which == 1:
        points = _ring(corners + 2, generator)
        pen.line([p for a in points for b in points for p in (a, b)], fill=255, width=width)
    elif which == 2:
        points = _ring(5, generator)
        pen.line([points[i * 2 % 5] for i in range(6)], fill=255, width=width)
    else:
        _draw_face(pen, generator, width)
    return turned(np.asarray(image), generator, 25)


def texture(generator: Generator, sources: Sources) -> Grey:
    """Stripes, checks or clouds over the whole picture."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    angle, period = generator.uniform(0, math.pi), generator.uniform(5, 12)
    wave = np.sin((x * math.cos(angle) + y * math.sin(angle)) * 2 * math.pi / period)
    across = np.sin((y * math.cos(angle) - x * math.sin(angle)) * 2 * math.pi / period)
    field = (wave, wave * across, clouds(generator, SIDE, 9))[generator.integers(3)]
    return ((field > generator.uniform(-0.3, 0.5)) * 255).astype(np.uint8)


def noise(generator: Generator, sources: Sources) -> Grey:
    """Specks, from single pixels to blots."""
    side = int(generator.choice([14, 21, 28, 42]))
    specks = generator.random((side, side)) < generator.uniform(0.08, 0.5)
    image = Image.fromarray((specks * 255).astype(np.uint8))
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


PICTURES: tuple[Callable[[Generator, Sources], Grey], ...] = (
    shaded_object, pictogram, paper, handwritten, shaded_object, two_digits,
    shaded_object, printed, scribble,
    shaded_object, pictogram, paper, handwritten, shaded_object, shuffled,
    shaded_object, printed, strokes,
    shaded_object, pictogram, paper, curl, shaded_object, two_digits, texture, overlaid,
    paper, shape, noise,
)  # fmt: skip


def _ring(count: int, generator: Generator) -> list[tuple[float, float]]:
    angles = generator.uniform(0, 2 * math.pi) + np.arange(count) * 2 * math.pi / count
    reach = generator.uniform(24, 36, count)
    xs, ys = SIDE / 2 + reach * np.cos(angles), SIDE / 2 + reach * np.sin(angles)
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def _draw_face(pen: ImageDraw.ImageDraw, generator: Generator, width: int) -> None:
    pen.ellipse((8, 8, SIDE - 8, SIDE - 8), outline=255, width=width)
    for x in (30, 54):
        eye = int(generator.integers(2, 6))
        pen.ellipse((x - eye, 32 - eye, x + eye, 32 + eye), fill=255)
    pen.arc((26, 36, 58, 64), 10, 170, fill=255, width=width)
