"""Lines as the reader's network sees them: drawn, shown, prepared as the service does it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from app.recognition.lines import HEIGHT, find_line
from training.synthesis.lines import no_numbers, numbers, scenes, writing
from training.synthesis.lines.hand import HIGH, Samples
from training.synthesis.lines.numbers import OTHER
from training.synthesis.lines.scenes import Box

CHUNK = 2_500  # lines that a process draws at a time
LEVELS = 127.0  # of a byte a unit of ink; paper, which is 0, is stored as PAPER
PAPER = 64
NEGATIVES = 0.08  # share of pictures without any writing of a number
FOUND = 0.8  # of a line's width and height that has to be found for it to be learned from
STEP = 32  # columns: of few different lengths, as oneDNN compiles its kernels for each


@dataclass(frozen=True)
class Lines:
    """Lines of different lengths: ``pixels`` (40, w) uint8 each, with the ``texts`` they show."""

    pixels: tuple[NDArray[np.uint8], ...]
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def first(self, count: int) -> Lines:
        """Return the first ``count`` lines."""
        return Lines(self.pixels[:count], self.texts[:count])


def synthesize(count: int, samples: Samples, seed: int, skip: int = 0) -> Iterator[Lines]:
    """Draw ``count`` lines in chunks, as they are ready; the same for the same ``seed``.

    The first ``skip`` chunks are left out. They are drawn by a process for each core.
    """
    sizes = [min(CHUNK, count - start) for start in range(0, count, CHUNK)]
    draw = partial(_chunk, samples, seed)
    if len(sizes) == 1:  # starting processes takes longer
        yield from (draw(0, size) for size in sizes[skip:])
        return
    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:
        yield from pool.map(draw, range(skip, len(sizes)), sizes[skip:])


def _chunk(samples: Samples, seed: int, chunk: int, count: int) -> Lines:
    generator = np.random.default_rng((seed, chunk))
    pixels: list[NDArray[np.uint8]] = []
    texts: list[str] = []
    beside = np.zeros((HIGH, 4 * HIGH), np.uint8)
    while len(texts) < count:
        text, ink, seen = _drawn(generator, samples, beside)
        beside = ink if ink.size > 1 else beside
        if seen is not None:
            pixels.append(seen)
            texts.append(text)
    return Lines(tuple(pixels), tuple(texts))


def _drawn(
    generator: Generator, samples: Samples, beside: NDArray[np.uint8]
) -> tuple[str, NDArray[np.uint8], NDArray[np.uint8] | None]:
    """Return a text, its ink, and the line that is found; None where it is another line."""
    if generator.random() < NEGATIVES:
        seen = find_line(Image.fromarray(no_numbers.show(generator, samples.sources, beside)))
        return OTHER, beside, packed(seen.pixels) if seen.box else None
    text = numbers.text(generator)
    ink = writing.write(generator, text, samples)
    picture, place = scenes.show(generator, ink, beside)
    line = find_line(Image.fromarray(picture))
    is_found = place is None or (line.box is not None and _covers(line.box, place))
    return text, ink, packed(line.pixels) if is_found else None


def _covers(found: tuple[float, float, float, float], place: Box) -> bool:
    """Return whether nearly all of ``place`` lies in ``found``: left, top, width, height."""
    left, top, width, height = found
    wide = min(left + width, place[2]) - max(left, place[0])
    high = min(top + height, place[3]) - max(top, place[1])
    return wide > FOUND * (place[2] - place[0]) and high > FOUND * (place[3] - place[1])


def packed(pixels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Store a line (40, w) in bytes, in a quarter of the memory."""
    return (pixels * LEVELS + PAPER).round().clip(0, 255).astype(np.uint8)


def batch(pixels: list[NDArray[np.uint8]], margin: int = 4) -> NDArray[np.float32]:
    """Put lines side by side as (n, 1, 40, w): each begun after a margin, filled up with paper."""
    width = max(line.shape[1] for line in pixels) + 2 * margin
    whole = np.full((len(pixels), 1, HEIGHT, -(-width // STEP) * STEP), PAPER, np.uint8)
    for index, line in enumerate(pixels):
        whole[index, 0, :, margin : margin + line.shape[1]] = line
    return (whole.astype(np.float32) - PAPER) / np.float32(LEVELS)
