"""Pictures that are no digit, drawn here: what the gate learns to turn away.

Only what nobody would call a digit: a stroke like "|" or a ring is left out, since it may be
a 1 or a 0. Each picture is taken through the service's own normalisation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from app.recognition.images import normalise

Grey = NDArray[np.uint8]
CHUNK = 1000  # pictures that a process draws at a time
SIDE = 84  # pixels of a drawing's canvas: three times what the network sees
LETTERS = "ABDEFHKMNPRVWXYGabdefhkmnprtvwxyÄÖÜÆÑÅ"  # not O, l, S, Z, q: they are digits' doubles
SIGNS = "#%&$?+=*@<>{}~^"


def draw_negatives(count: int, digits: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Draw ``count`` pictures (count, 28, 28), ink high, all kinds alike often.

    ``digits`` (n, 28, 28) supplies the pieces of those that are made of digits.
    """
    pieces = digits[np.random.default_rng(seed).integers(len(digits), size=CHUNK)]
    sizes = [min(CHUNK, count - start) for start in range(0, count, CHUNK)]
    tasks = (sizes, [pieces] * len(sizes), [(seed, chunk) for chunk in range(len(sizes))])
    if len(sizes) == 1:  # starting processes takes longer
        return _draw(sizes[0], pieces, (seed, 0))
    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:
        return np.concatenate(list(pool.map(_draw, *tasks)))


def _draw(count: int, digits: NDArray[np.float32], seed: tuple[int, int]) -> NDArray[np.float32]:
    generator = np.random.default_rng(seed)
    pictures: list[NDArray[np.float32]] = []
    while len(pictures) < count:
        kind = KINDS[len(pictures) % len(KINDS)]
        drawing = normalise(kind(generator, digits))
        if not drawing.is_blank:
            pictures.append(drawing.pixels)
    return np.stack(pictures)


def scribble(generator: Generator, digits: NDArray[np.float32]) -> Grey:
    """A line that wanders to and fro without lifting the pen."""
    knots = generator.uniform(8, SIDE - 8, (generator.integers(9, 18), 2))
    return _stroke(generator, [_smooth(knots)])


def strokes(generator: Generator, digits: NDArray[np.float32]) -> Grey:
    """Five to nine straight strokes across each other."""
    return _stroke(
        generator,
        [generator.uniform(6, SIDE - 6, (2, 2)) for _ in range(generator.integers(5, 10))],
    )


def curl(generator: Generator, digits: NDArray[np.float32]) -> Grey:
    """A spiral or a wave: curves of a pen that write nothing."""
    t = np.linspace(0, generator.uniform(5, 8) * math.pi, 150)
    if generator.random() < 0.5:
        path = np.stack([t * np.cos(t), t * np.sin(t)], 1) * 34 / t[-1] + SIDE / 2
    else:
        height = generator.uniform(6, 22)
        path = np.stack([6 + t * 72 / t[-1], SIDE / 2 + height * np.sin(t)], 1)
    return _turned(_stroke(generator, [path]), generator, 180)


def shape(generator: Generator, digits: NDArray[np.float32]) -> Grey:
    """A filled blot, a polygon with its diagonals, a star, a house, a face."""
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
    return _turned(np.asarray(image), generator, 25)


def sign(generator: Generator, digits: NDArray[np.float32]) -> Grey:
    """A letter that is no digit's double, or a sign, bent by a random affine map."""
    text = str(generator.choice(list(LETTERS + SIGNS)))
    image = Image.new("L", (SIDE, SIDE))
    size = int(generator.integers(44, 64))
    pen = ImageDraw.Draw(image)
    heaviness = int(generator.integers(0, 4))
    pen.text(
        (SIDE / 2, SIDE / 2), text, 255, ImageFont.load_default(size),
        anchor="mm", stroke_width=heaviness,
    )  # fmt: skip
    shear = float(generator.uniform(-0.3, 0.3))
    slanted = image.transform(
        image.size, Image.Transform.AFFINE, (1, shear, -shear * SIDE / 2, 0, 1, 0),
        Image.Resampling.BILINEAR,
    )  # fmt: skip
    return _turned(np.asarray(slanted), generator, 20)


def texture(generator: Generator, digits: NDArray[np.float32]) -> Grey:
    """Stripes, checks or clouds over the whole picture."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    angle, period = generator.uniform(0, math.pi), generator.uniform(5, 20)
    wave = np.sin((x * math.cos(angle) + y * math.sin(angle)) * 2 * math.pi / period)
    across = np.sin((y * math.cos(angle) - x * math.sin(angle)) * 2 * math.pi / period)
    cloud = Image.fromarray(generator.normal(0, 1, (9, 9)).astype(np.float32))
    clouds = np.asarray(cloud.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    field = (wave, wave * across, clouds)[generator.integers(3)]
    return ((field > generator.uniform(-0.3, 0.5)) * 255).astype(np.uint8)


def noise(generator: Generator, digits: NDArray[np.float32]) -> Grey:
    """Specks, from single pixels to blots."""
    side = int(generator.choice([14, 21, 28, 42]))
    specks = generator.random((side, side)) < generator.uniform(0.08, 0.5)
    image = Image.fromarray((specks * 255).astype(np.uint8))
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def two_digits(generator: Generator, digits: NDArray[np.float32]) -> Grey:
    """Two or three digits side by side, or one on the other."""
    pieces = [_digit(generator, digits) for _ in range(generator.integers(2, 4))]
    if generator.random() < 0.2:
        return np.concatenate(pieces[:2], axis=0)
    step = int(generator.integers(14, 22))
    row = np.zeros((28, 28 + step * (len(pieces) - 1)), np.uint8)
    for index, piece in enumerate(pieces):
        place = row[:, index * step : index * step + 28]
        np.maximum(place, piece, out=place)
    return row


def shuffled(generator: Generator, digits: NDArray[np.float32]) -> Grey:
    """A digit cut into nine to sixteen pieces, put together in another order."""
    parts = int(generator.integers(3, 5))
    edges = np.linspace(4, 24, parts + 1).astype(int)
    tile = int(edges[1] - edges[0])
    digit = _digit(generator, digits)
    tiles = [digit[y : y + tile, x : x + tile] for y in edges[:-1] for x in edges[:-1]]
    mixed: list[Grey] = [
        np.rot90(tiles[i], int(generator.integers(4))) for i in generator.permutation(len(tiles))
    ]
    rows = [np.concatenate(mixed[i * parts : (i + 1) * parts], 1) for i in range(parts)]
    return np.pad(np.concatenate(rows, 0), 4)


def overlaid(generator: Generator, digits: NDArray[np.float32]) -> Grey:
    """A digit that is struck out, or two written over each other at a right angle."""
    first, second = _digit(generator, digits), np.rot90(_digit(generator, digits))
    if generator.random() < 0.5 and min(first.mean(), second.mean()) > 30:
        return np.asarray(np.maximum(first, second))
    canvas = np.kron(first, np.ones((3, 3), np.uint8))
    return np.asarray(
        np.maximum(canvas, _stroke(generator, [_across(generator) for _ in range(4)]))
    )


KINDS: tuple[Callable[[Generator, NDArray[np.float32]], Grey], ...] = (
    scribble, strokes, curl, shape, sign, sign, texture, noise, two_digits, shuffled, overlaid,
)  # fmt: skip


def _digit(generator: Generator, digits: NDArray[np.float32]) -> Grey:
    return np.asarray(digits[generator.integers(len(digits))] * 255).astype(np.uint8)


def _smooth(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay a Catmull-Rom curve through ``knots`` (n, 2)."""
    before, start, end, after = (knots[i : len(knots) - 3 + i] for i in range(4))
    t = np.linspace(0, 1, 12)[:, None, None]
    bend = (2 * before - 5 * start + 4 * end - after) * t**2
    bend = bend + (3 * start - 3 * end + after - before) * t**3
    curve = 0.5 * (2 * start + (end - before) * t + bend)
    return np.asarray(curve.transpose(1, 0, 2).reshape(-1, 2))


def _stroke(generator: Generator, paths: list[NDArray[np.float64]]) -> Grey:
    image = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    width = int(generator.integers(3, 9))
    for path in paths:
        pen.line([(x, y) for x, y in path.tolist()], fill=255, width=width, joint="curve")
    return np.asarray(image)


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


def _across(generator: Generator) -> NDArray[np.float64]:
    """Return the ends of a line through the middle, at a random angle: (2, 2)."""
    angle, middle = generator.uniform(0, math.pi), generator.normal(SIDE / 2, 7, 2)
    reach = 32 * np.array([math.cos(angle), math.sin(angle)])
    return np.stack([middle - reach, middle + reach])


def _turned(grey: Grey, generator: Generator, most: float) -> Grey:
    degrees = float(generator.uniform(-most, most))
    return np.asarray(Image.fromarray(grey).rotate(degrees, Image.Resampling.BILINEAR))
