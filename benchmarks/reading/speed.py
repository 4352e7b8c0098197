"""What reading costs: CPU time from the bytes of a picture to the answer, on one core.

The pictures are made of MNIST's test digits by a seeded generator: numbers of six digits as a
program draws them, and as a camera sees them on paper. Each row gives the median, and in place of
an interval the middle half of all pictures (IQR).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from benchmarks.scenes import photographed
from training.evaluation.goals import Figure, Goal, Row
from training.evaluation.reading_pictures import SEED, Shown
from training.evaluation.reading_table import Reads
from training.mnist import Scans

Times = Callable[[Sequence[Shown]], list[float]]  # CPU seconds of each picture

DIGITS = 6
DRAWN, PHOTO = (600, 150), (1600, 400)  # pixels, across and down
PAPER, PEN, DIM = 0.85, 0.2, 0.35  # light given back, and the share missing at the dark end
WARM_UP = 5  # pictures that are not counted


def measure(times: Sequence[Times], scans: Scans, count: int) -> list[Row]:
    """Time ``count`` pictures of each kind by each of ``times``, the first of which has goals."""
    drawn, photos = numbers(scans, count + WARM_UP, draw), numbers(scans, count + WARM_UP, snap)
    return [
        _row("CPU, 6 digits drawn, PNG of 600×150", times, drawn, 8_000),
        _row("CPU, 6 digits photographed, JPEG of 1600×400", times, photos, 25_000),
    ]


def one_by_one(read: Reads) -> Times:
    """Time ``read`` on each picture by itself."""
    return lambda shown: [read([one])[1] for one in shown]


def numbers(
    scans: Scans, count: int, picture: Callable[[Generator, list[NDArray[np.uint8]]], bytes]
) -> list[Shown]:
    """Return ``count`` numbers of six digits of ``scans``, each as ``picture`` shows it."""
    generator = np.random.default_rng(SEED)
    found = []
    for chosen in generator.integers(len(scans.labels), size=(count, DIGITS)):
        label = "".join(str(scans.labels[i]) for i in chosen)
        found.append(Shown(picture(generator, [scans.grey[i] for i in chosen]), label))
    return found


def draw(generator: Generator, digits: list[NDArray[np.uint8]]) -> bytes:
    """Draw ``digits`` dark on white: a PNG file."""
    buffer = io.BytesIO()
    ink = _written(generator, digits, DRAWN)
    Image.fromarray((255 * (1 - ink)).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def snap(generator: Generator, digits: list[NDArray[np.uint8]]) -> bytes:
    """Photograph ``digits`` on paper that is lit from one side: a JPEG file."""
    page = PAPER + (PEN - PAPER) * _written(generator, digits, PHOTO)
    return photographed(page * np.linspace(1, 1 - DIM, PHOTO[0]), generator)


def _written(
    generator: Generator, digits: list[NDArray[np.uint8]], size: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the ink (h, w), 0 to 1, of ``digits`` side by side, each a little up or down."""
    width, height = size
    cell = width // DIGITS
    ink = np.zeros((height, width))
    for place, digit in enumerate(digits):
        large = Image.fromarray(digit).resize((cell, cell), Image.Resampling.BICUBIC)
        top = (height - cell) // 2 + int(generator.integers(-cell // 12, cell // 12 + 1))
        ink[top : top + cell, place * cell : (place + 1) * cell] = np.asarray(large) / 255
    return ink


def _row(name: str, times: Sequence[Times], shown: list[Shown], micros: float) -> Row:
    figures = tuple(_middle(each(shown)[WARM_UP:]) for each in times)
    goal = Goal(micros, at_most=True)
    return Row("time", name, len(shown) - WARM_UP, figures, goal, "µs")


def _middle(seconds: list[float]) -> Figure:
    low, median, high = (1e6 * float(q) for q in np.quantile(seconds, (0.25, 0.5, 0.75)))
    return Figure(median, low, high)
