"""Pictures of the page's square paper: two digits, one digit, or no digit, drawn from a seed.

The digits are of MNIST's validation split, the letters and drawings of held-out fonts and
pictograms: the models have seen none of them in training. The page's thresholds are chosen by
these pictures alone.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageOps

from training.evaluation.reading_pictures import Shown, spaced
from training.mnist import Scans
from training.synthesis.lines.no_numbers import DRAWN, Kind
from training.synthesis.negatives.glyphs import Sources
from training.synthesis.negatives.line_drawings import letter, word

PAIRS = ("two digits, paper between", "two digits that touch or overlap")
AT_EDGE = "two digits, one at the paper's edge"
ONE = "one digit"
NEGATIVES = ("no digit: letters and words", "no digit: line drawings")

SEED = 20_261_201
SIDE = 280  # pixels of the page's paper
COVERED = (0.5, 0.9)  # of the paper's side, by the longer side of the ink
BEYOND = 4  # pixels by which a digit goes over the paper's edge
MARGIN = 12  # pixels of paper around the ink, at least
SIZES = (0.85, 1.15)  # of the second digit, compared with the first
WRITTEN = 40  # of 255: what counts as ink
DRIFT = 2  # pixels of MNIST that the second digit is higher or lower than the first, at most
OVERLAP = 3  # pixels of MNIST by which two digits overlap, at most

Grey = NDArray[np.uint8]  # ink high
Start = Callable[[Generator, Grey, Grey], float]  # of two digits, the column of the second


def draw(scans: Scans, count: int) -> dict[str, list[Shown]]:
    """Draw ``count`` pictures of each kind, and ``4 * count`` of one digit, from ``scans``.

    Those without a digit have the label "".
    """
    sources = Sources(np.zeros((1, 28, 28), np.float32), held_out=True)
    generator = np.random.default_rng(SEED)
    pair, negative = partial(_pair, generator, scans), partial(_negative, generator, sources)
    return {
        PAIRS[0]: [pair(_apart) for _ in range(count)],
        PAIRS[1]: [pair(_overlapping) for _ in range(count)],
        AT_EDGE: [pair(_apart, at_edge=True) for _ in range(count)],
        ONE: [_one(generator, scans) for _ in range(4 * count)],
        NEGATIVES[0]: [negative((letter, word)[i % 2]) for i in range(count)],
        NEGATIVES[1]: [negative(DRAWN[i % len(DRAWN)]) for i in range(count)],
    }


def _pair(generator: Generator, scans: Scans, start: Start, *, at_edge: bool = False) -> Shown:
    """Return two digits of about one size, side by side."""
    i, j = generator.integers(len(scans.labels), size=2)
    right = _scaled(_cut(scans.grey[j]), generator.uniform(*SIZES))
    drift = int(generator.integers(-DRIFT, DRIFT + 1))
    pair = _on_a_line(_cut(scans.grey[i]), right, drift)
    ink = _side_by_side(*pair, max(round(start(generator, *pair)), 0))
    return Shown(_on_paper(generator, ink, at_edge), f"{scans.labels[i]}{scans.labels[j]}")


def _one(generator: Generator, scans: Scans) -> Shown:
    i = int(generator.integers(len(scans.labels)))
    return Shown(_on_paper(generator, scans.grey[i]), str(scans.labels[i]))


def _negative(generator: Generator, sources: Sources, kind: Kind) -> Shown:
    return Shown(_on_paper(generator, kind(generator, sources)), "")


def _apart(generator: Generator, left: Grey, right: Grey) -> float:
    """Return the column where ``right`` begins, with paper between the two."""
    return int(left.shape[1]) + spaced(generator)


def _overlapping(generator: Generator, left: Grey, right: Grey) -> float:
    return _first_touch(left, right) - float(generator.uniform(0, OVERLAP))


def _on_a_line(left: Grey, right: Grey, drift: int) -> tuple[Grey, Grey]:
    """Pad two digits to one height, so that their feet are ``drift`` rows apart."""
    feet = (max(drift, 0), max(-drift, 0))
    height = max(ink.shape[0] + foot for ink, foot in zip((left, right), feet, strict=True))
    padded = [
        np.pad(ink, ((height - foot - ink.shape[0], foot), (0, 0)))
        for ink, foot in zip((left, right), feet, strict=True)
    ]
    return padded[0], padded[1]


def _first_touch(left: Grey, right: Grey) -> int:
    """Return the column of ``right``, coming from the right, at which its ink meets ``left``'s."""
    ends = left.shape[1] - (left[:, ::-1] > WRITTEN).argmax(axis=1)
    starts = (right > WRITTEN).argmax(axis=1)
    shared = (left > WRITTEN).any(axis=1) & (right > WRITTEN).any(axis=1)
    return int((ends - starts)[shared].max(initial=0))


def _side_by_side(left: Grey, right: Grey, start: int) -> Grey:
    whole = np.zeros((left.shape[0], max(left.shape[1], start + right.shape[1])), np.uint8)
    whole[:, : left.shape[1]] = left
    place = whole[:, start : start + right.shape[1]]
    np.maximum(place, right, out=place)
    return whole


def _cut(ink: Grey) -> Grey:
    """Cut away the rows and columns around the ink."""
    rows, columns = (np.flatnonzero((ink > WRITTEN).any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(ink: Grey, times: float) -> Grey:
    size = round(ink.shape[1] * times) or 1, round(ink.shape[0] * times) or 1
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BICUBIC))


def _on_paper(generator: Generator, ink: Grey, at_edge: bool = False) -> bytes:
    """Return a PNG file: ``ink`` in some size somewhere on white paper, or over its left edge."""
    cut = _cut(ink)
    drawn = _scaled(cut, SIDE * generator.uniform(*COVERED) / max(cut.shape))
    x, y = (int(generator.integers(MARGIN, SIDE - MARGIN - side + 1)) for side in drawn.shape[::-1])
    sheet = Image.new("L", (SIDE, SIDE))
    sheet.paste(Image.fromarray(drawn), (-BEYOND if at_edge else x, y))
    file = io.BytesIO()
    ImageOps.invert(sheet).save(file, "PNG", compress_level=1)
    return file.getvalue()
