"""Pictures for measuring the reader: real ones from folders, and lines of MNIST's test digits."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageOps

from training.mnist import Scans

SEED = 20_261_130
ENLARGED = 3  # times MNIST's pixels
NOTHING = ("letter", "blank", "paper-grain", "noise", "doodle", "fashion-mnist")


@dataclass(frozen=True)
class Shown:
    """A picture file and the digits that it shows; "" where it shows no number."""

    picture: bytes
    label: str


def from_folder(folder: Path, kinds: tuple[str, ...] | None = None) -> list[Shown]:
    """Read ``NUMBER_LABEL.EXT``; with ``kinds``, those of these labels, which show no number."""
    found = []
    for path in sorted(folder.glob("*_*.*")):
        label = path.stem.split("_", 1)[1]
        if kinds is None:
            found.append(Shown(path.read_bytes(), label))
        elif label in kinds:
            found.append(Shown(path.read_bytes(), ""))
    return found


def spaced(generator: Generator) -> float:
    """Return the paper between two digits' ink, in pixels of MNIST's."""
    return float(generator.uniform(3, 14))


def touching(generator: Generator) -> float:
    """Return a gap about nothing: digits that touch, and overlap by up to three pixels."""
    return float(generator.uniform(-3, 0.5))


def lines(scans: Scans, count: int, gap: Callable[[Generator], float]) -> list[Shown]:
    """Set 2 to 8 digits of ``scans`` side by side, with ``gap``, as dark ink on white."""
    generator = np.random.default_rng(SEED)
    return [_line(generator, scans, gap) for _ in range(count)]


def singles(scans: Scans, count: int) -> list[Shown]:
    """Return the first ``count`` digits as pictures of one digit each."""
    return [
        Shown(_file(grey), str(label))
        for grey, label in zip(scans.grey[:count], scans.labels[:count], strict=True)
    ]


def _line(generator: Generator, scans: Scans, gap: Callable[[Generator], float]) -> Shown:
    chosen = generator.integers(len(scans.labels), size=int(generator.integers(2, 9)))
    canvas = np.zeros((48, 60 + 44 * len(chosen)), np.uint8)
    x = 20.0
    for index in chosen:
        ink = _cut(scans.grey[index])
        drift = int(generator.integers(-2, 3))
        place = canvas[10 + drift : 38 + drift, round(x) : round(x) + ink.shape[1]]
        np.maximum(place, ink, out=place)
        x = max(round(x) + ink.shape[1] + gap(generator), 0)
    whole = canvas[:, : int(x) + 20]
    return Shown(_file(whole, ENLARGED), "".join(str(scans.labels[i]) for i in chosen))


def _cut(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut empty columns away."""
    columns = np.flatnonzero(grey.max(axis=0) > 40)
    return grey[:, columns[0] : columns[-1] + 1]


def _file(ink: NDArray[np.uint8], times: int = 4) -> bytes:
    image = ImageOps.invert(Image.fromarray(ink))
    size = image.width * times, image.height * times
    buffer = io.BytesIO()
    image.resize(size, Image.Resampling.BICUBIC).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
