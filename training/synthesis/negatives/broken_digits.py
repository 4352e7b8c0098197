"""Negatives made of digits: several at once, digit fragments, struck-out digits."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthesis.canvas import SIDE, Grey, stroke
from training.synthesis.negatives.glyphs import Sources


def two_digits(generator: Generator, sources: Sources) -> Grey:
    """Two or three digits side by side, or one on the other."""
    digits = [_digit(generator, sources) for _ in range(generator.integers(2, 4))]
    if generator.random() < 0.2:
        return np.concatenate(digits[:2], axis=0)
    step = int(generator.integers(14, 22))
    row = np.zeros((28, 28 + step * (len(digits) - 1)), np.uint8)
    for index, digit in enumerate(digits):
        place = row[:, index * step : index * step + 28]
        np.maximum(place, digit, out=place)
    return row


def shuffled(generator: Generator, sources: Sources) -> Grey:
    """A digit cut into nine to sixteen fragments, put together in another order."""
    parts = int(generator.integers(3, 5))
    edges = np.linspace(4, 24, parts + 1).astype(int)
    tile = int(edges[1] - edges[0])
    digit = _digit(generator, sources)
    tiles = [digit[y : y + tile, x : x + tile] for y in edges[:-1] for x in edges[:-1]]
    mixed: list[Grey] = [
        np.rot90(tiles[i], int(generator.integers(4))) for i in generator.permutation(len(tiles))
    ]
    rows = [np.concatenate(mixed[i * parts : (i + 1) * parts], 1) for i in range(parts)]
    return np.pad(np.concatenate(rows, 0), 4)


def overlaid(generator: Generator, sources: Sources) -> Grey:
    """A digit that is struck out, or two digits on each other at a right angle."""
    first, second = _digit(generator, sources), np.rot90(_digit(generator, sources))
    if generator.random() < 0.5 and min(first.mean(), second.mean()) > 30:
        return np.asarray(np.maximum(first, second))
    canvas = np.kron(first, np.ones((3, 3), np.uint8))
    return np.asarray(np.maximum(canvas, stroke(generator, [_across(generator) for _ in range(4)])))


def _digit(generator: Generator, sources: Sources) -> Grey:
    digit = sources.digits[int(generator.integers(len(sources.digits)))]
    return np.asarray(digit * 255).astype(np.uint8)


def _across(generator: Generator) -> NDArray[np.float64]:
    """Return the ends of a line through the middle, at a random angle: (2, 2)."""
    angle, middle = generator.uniform(0, math.pi), generator.normal(SIDE / 2, 7, 2)
    reach = 32 * np.array([math.cos(angle), math.sin(angle)])
    return np.stack([middle - reach, middle + reach])
