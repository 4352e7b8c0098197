"""What the reader learns from and is judged by: synthesised lines, kept on disk while it runs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.recognition.lines import HEIGHT
from training import mnist
from training.material import stratified_split
from training.mnist import Scans
from training.runs import files
from training.synthesis.lines.hand import Samples
from training.synthesis.lines.samples import Lines, synthesize
from training.synthesis.negatives.glyphs import Sources, digit_fonts

HELD_OUT_DIGITS = 5_000  # of MNIST's 60,000, of which validation lines are made
SPLIT = 0  # the seed of that choice, as in training digits


@dataclass(frozen=True)
class LineFolder:
    """Lines in files of a folder, drawn once: ``part`` is "train" or "validation"."""

    folder: Path
    part: str

    def draw(self, count: int, samples: Samples, seed: int) -> Iterator[int]:
        """Draw ``count`` lines unless they are there; yield how many are, as they come."""
        done = len(self.paths())
        self.folder.mkdir(parents=True, exist_ok=True)
        drawn = 0
        for number, lines in enumerate(synthesize(count, samples, seed, skip=done)):
            drawn += len(lines)
            save(self.folder / f"{self.part}-{done + number:04d}.npz", lines)
            yield drawn

    def paths(self) -> list[Path]:
        """Return the files that are there, in order."""
        return sorted(self.folder.glob(f"{self.part}-*.npz"))

    def __iter__(self) -> Iterator[Lines]:
        """Yield the lines of each file."""
        return (load(path) for path in self.paths())


def sources(folder: Path) -> tuple[Samples, Samples]:
    """Return what lines to learn from, and lines to validate on, are written with.

    They share no digit of MNIST's and no font.
    """
    scans = mnist.load_scans(folder, "train")
    train, validation = stratified_split(scans.labels, HELD_OUT_DIGITS, SPLIT)
    return _samples(scans, train, held_out=False), _samples(scans, validation, held_out=True)


def _samples(scans: Scans, part: NDArray[np.int64], *, held_out: bool) -> Samples:
    sources = Sources(np.zeros((1, 28, 28), np.float32), held_out)
    return Samples(scans.grey[part], scans.labels[part], digit_fonts(held_out), sources)


def save(path: Path, lines: Lines) -> None:
    """Write ``lines`` as one compressed file, whole or not at all."""
    packed: dict[str, Any] = {
        "widths": np.array([pixels.shape[1] for pixels in lines.pixels]),
        "pixels": np.concatenate([pixels.T.ravel() for pixels in lines.pixels]),
        "texts": np.array(lines.texts),
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **packed)
    files.write(path, buffer.getvalue())


def load(path: Path) -> Lines:
    """Read what ``save`` wrote."""
    with np.load(path) as packed:
        ends = np.cumsum(packed["widths"] * HEIGHT)
        parts = np.split(packed["pixels"], ends[:-1])
        texts = tuple(str(text) for text in packed["texts"])
    return Lines(tuple(part.reshape(-1, HEIGHT).T for part in parts), texts)
