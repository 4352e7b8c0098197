"""What a line is written with: digits to copy, and a hand with its pen and habits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthesis.lines import allographs
from training.synthesis.lines.forms import Form
from training.synthesis.negatives.glyphs import Sources

HIGH = 64  # pixels of a digit on the canvas
SOURCES = ("scans", "strokes", "font", "mixed")
SOURCE_SHARES = (0.3, 0.48, 0.1, 0.12)

Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Samples:
    """Digits to write with: ``scans`` (n, 28, 28) with ``labels``, ``fonts`` (f, 10, side, side).

    All are uint8, ink high. ``sources`` give letters and other signs, which read as nothing.
    """

    scans: Grey
    labels: NDArray[np.int64]
    fonts: Grey
    sources: Sources

    def scan_of(self, generator: Generator, digit: int) -> Grey:
        """Return a digit of MNIST's, of any writer."""
        while True:
            index = int(generator.integers(len(self.labels)))
            if self.labels[index] == digit:
                scan: Grey = self.scans[index]
                return scan


@dataclass(frozen=True)
class Hand:
    """How one line is written; lengths are shares of a digit's height."""

    source: str  # "scans", "strokes", "font" or "mixed"
    font: int
    forms: tuple[Form, ...]  # of the ten digits, where they are strokes
    pen: float
    aspect: float
    gap: float
    unevenness: float
    slant: float
    rise: float
    small_zeros: float
    ligatures: float


def draw_hand(generator: Generator, fonts: int) -> Hand:
    """Choose the hand that writes a line."""
    spacing = generator.random()
    gap = (
        generator.uniform(0.03, 0.25) if spacing < 0.62
        else generator.uniform(-0.1, 0.03) if spacing < 0.88
        else generator.uniform(0.25, 0.9)
    )  # fmt: skip
    return Hand(
        source=str(generator.choice(SOURCES, p=SOURCE_SHARES)),
        font=int(generator.integers(fonts)),
        forms=allographs.choose(generator),
        pen=float(np.exp(generator.uniform(math.log(0.035), math.log(0.16)))),
        aspect=float(np.exp(generator.normal(0, 0.2))),
        gap=float(gap),
        unevenness=float(generator.uniform(0.02, 0.1)),
        slant=float(generator.normal(0.16, 0.22)),
        rise=float(generator.normal(0, 0.03)),
        small_zeros=float(generator.uniform(0.55, 0.95)) if generator.random() < 0.25 else 1.0,
        ligatures=0.5 if generator.random() < 0.2 else 0.0,
    )  # fmt: skip
