"""Line drawings: negatives with the strokes of a pen, such as letters, words, signs, pictograms.

``handwriting.written`` varies their hand, pen and picture as it does with synthetic digits, so
that the digitness head has to learn what is written, not how.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from training.synthesis.canvas import Grey, Path, fitted, stroke, wobble
from training.synthesis.negatives.glyphs import CELL, Cells, Sources

ROOM = 44  # pixels of a cell that several glyphs side by side take


def letter(generator: Generator, sources: Sources) -> Grey:
    """A letter of a handwriting font."""
    return _one_of(generator, sources.letters)


def drawing(generator: Generator, sources: Sources) -> Grey:
    """A pictogram, drawn with lines."""
    cell = _one_of(generator, sources.drawings)
    return cell if generator.random() < 0.5 else cell[:, ::-1]


def word(generator: Generator, sources: Sources) -> Grey:
    """Two or three letters side by side."""
    count = int(generator.integers(2, 4))
    return _side_by_side(generator, [_one_of(generator, sources.letters) for _ in range(count)])


def letter_and_digit(generator: Generator, sources: Sources) -> Grey:
    """A digit with a letter before or after it."""
    digit = sources.digits[int(generator.integers(len(sources.digits)))]
    large = Image.fromarray((digit * 255).astype(np.uint8)).resize((CELL, CELL))
    pair = [np.asarray(large), _one_of(generator, sources.letters)]
    return _side_by_side(generator, pair if generator.random() < 0.5 else pair[::-1])


def sign(generator: Generator, sources: Sources) -> Grey:
    """A tick, an arrow, a question mark and the like."""
    paths = SIGNS[int(generator.integers(len(SIGNS)))](generator)
    bent = wobble(generator, fitted(generator, paths), float(generator.uniform(0, 4)))
    return np.asarray(Image.fromarray(stroke(generator, bent, (4, 10))).resize((CELL, CELL)))


def _one_of(generator: Generator, cells: Cells) -> Grey:
    return np.asarray(cells[int(generator.integers(len(cells)))])


def _side_by_side(generator: Generator, cells: list[Grey]) -> Grey:
    """Crop the glyphs, set them in a row, and scale that to one cell."""
    cut = [image.crop(image.getbbox()) for image in map(Image.fromarray, cells)]
    gaps = [int(generator.integers(2, 10)) for _ in cut]
    wide, high = sum(part.width for part in cut) + sum(gaps[1:]), max(p.height for p in cut)
    row, x = Image.new("L", (wide, high)), 0
    for part, gap in zip(cut, [*gaps[1:], 0], strict=True):
        row.paste(part, (x, high - part.height))
        x += part.width + gap
    row = row.filter(ImageFilter.MaxFilter(3))  # or else the strokes become too thin to be drawn
    scale = ROOM / max(wide, high)
    small = row.resize((max(round(wide * scale), 1), max(round(high * scale), 1)))
    cell = Image.new("L", (CELL, CELL))
    cell.paste(small, ((CELL - small.width) // 2, (CELL - small.height) // 2))
    return np.asarray(cell)


Paths = list[Path]


def _lines(*lines: list[tuple[float, float]]) -> Paths:
    return [np.array(line, float) for line in lines]


def _arc(x: float, y: float, reach: float, first: float = 0, last: float = 360) -> Path:
    """Return a part of a circle, in degrees clockwise from the right."""
    t = np.radians(np.linspace(first, last, 30))
    return np.stack([x + reach * np.cos(t), y + reach * np.sin(t)], 1)


def _tick(generator: Generator) -> Paths:
    deep, far = generator.uniform(0.15, 0.4), generator.uniform(0.8, 1.2)
    return _lines([(0, 0.5), (deep, 1), (deep + far, 0)])


def _arrow(generator: Generator) -> Paths:
    """Any way but up: that may be a 1."""
    angle, wide = math.radians(generator.uniform(0, 180)), generator.uniform(0.6, 0.9)
    cos, sin = math.cos(angle), math.sin(angle)
    head = generator.uniform(0.6, 0.9)  # large, or a thick pen leaves a bar
    wings = [(1 - head * math.cos(a), head * math.sin(a)) for a in (-wide, wide)]
    shape = _lines([(-1, 0), (1, 0)], [wings[0], (1, 0), wings[1]])
    return [path @ np.array([[cos, sin], [-sin, cos]]) for path in shape]


def _question(generator: Generator) -> Paths:
    drop = generator.uniform(2.0, 2.5)
    return [
        np.concatenate([_arc(0, 0, 0.6, 180, 400), [(0, 0.75), (0, 1.2)]]), _arc(0, drop, 0.12),
    ]  # fmt: skip


def _plus(generator: Generator) -> Paths:
    at = generator.uniform(-0.15, 0.15)
    return _lines([(-1, 0), (1, 0)], [(at, -1), (at, 1)])


def _equals(generator: Generator) -> Paths:
    gap, third = generator.uniform(0.5, 0.9), generator.random() < 0.3
    rows = _lines([(-1, 0), (1, 0)], [(-1, gap), (1, gap)])
    return rows + _lines([(0.5, -0.6), (-0.5, gap + 0.6)] if third else [(-1, 0), (1, 0)])


def _divide(generator: Generator) -> Paths:
    gap = generator.uniform(0.5, 0.7)
    return [*_lines([(-1, 0), (1, 0)]), _arc(0, -gap, 0.12), _arc(0, gap, 0.12)]


def _heart(generator: Generator) -> Paths:
    t = np.linspace(0, 2 * math.pi, 60)
    deep = generator.uniform(5.5, 8)
    y = -13 * np.cos(t) + deep * np.cos(2 * t) + 2 * np.cos(3 * t) + np.cos(4 * t)
    return [np.stack([16 * np.sin(t) ** 3, y], 1)]


def _star(generator: Generator) -> Paths:
    t = np.radians(np.arange(6) * 144 - 90)
    tips = np.stack([np.cos(t), np.sin(t)], 1)
    return [tips + generator.normal(0, 0.06, (6, 2))]


def _asterisk(generator: Generator) -> Paths:
    turns = np.radians(np.arange(3) * 60 + generator.uniform(0, 60))
    tips = np.stack([np.cos(turns), np.sin(turns)], 1)
    return [np.stack([-tip, tip]) for tip in tips]


def _percent(generator: Generator) -> Paths:
    reach = generator.uniform(0.25, 0.4)
    return [*_lines([(0.9, -1), (-0.9, 1)]), _arc(-0.6, -0.6, reach), _arc(0.6, 0.6, reach)]


def _smiley(generator: Generator) -> Paths:
    first, last = (20, 160) if generator.random() < 0.7 else (200, 340)
    mouth = _arc(0, 0.1 if first < 90 else 0.7, 0.5, first, last)
    return [_arc(0, 0, 1), _arc(-0.4, -0.3, 0.12), _arc(0.4, -0.3, 0.12), mouth]


def _pi(generator: Generator) -> Paths:
    return _lines([(-1, -0.6), (1, -0.6)], [(-0.5, -0.6), (-0.6, 0.8)], [(0.5, -0.6), (0.55, 0.8)])


def _root(generator: Generator) -> Paths:
    return _lines(
        [(-1, 0), (-0.7, -0.1), (-0.4, 0.8), (0, -0.8), (generator.uniform(1, 1.6), -0.8)]
    )


def _hash(generator: Generator) -> Paths:
    lean = generator.uniform(-0.2, 0.3)
    rows = [[(-1.0, y), (1.0, y)] for y in (-0.35, 0.35)]
    return _lines(*rows, *[[(x + lean, -1.0), (x - lean, 1.0)] for x in (-0.35, 0.35)])


SIGNS: tuple[Callable[[Generator], Paths], ...] = (
    _tick, _arrow, _arrow, _question, _plus, _equals, _divide, _heart, _star, _asterisk, _percent,
    _smiley, _pi, _root, _hash,
)  # fmt: skip
LINE_DRAWINGS: tuple[Callable[[Generator, Sources], Grey], ...] = (
    (letter,) * 13 + (drawing,) * 2 + (sign,) * 2 + (word,) * 2 + (letter_and_digit,)
)


def line_drawings(generator: Generator, sources: Sources, count: int) -> NDArray[np.float32]:
    """Draw ``count`` line drawings (count, CELL, CELL), 0..1, of mixed kinds."""
    kinds = [LINE_DRAWINGS[i % len(LINE_DRAWINGS)] for i in generator.permutation(count)]
    drawn = [kind(generator, sources) for kind in kinds]
    return np.stack(drawn).astype(np.float32) / np.float32(255)
