"""Synthetic digits: MNIST's, redrawn as by another hand, with another pen, in another picture.

The augmentation of ``augment.py`` varies the 28x28 of the network's input. Here a digit is drawn
large before that, given what people add (a bar through the 7, a flag and a foot for the 1, a
slash through the 0), put on paper, perhaps saved as JPEG, and only then normalised as the
service does: so the network learns how people's pictures look after that.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from torch.nn import functional

from training.synthesis.snapshots import photographed

ENLARGED = 4
SIDE = 28 * ENLARGED
CHUNK = 500  # digits that a process makes at a time
DEGREES, SHEAR, ASPECT = 26.0, 0.3, 0.18
BEND, KNOTS = 6.0, 6  # pixels of the large drawing, at most; the grid that bends it
ADDED = 0.35  # of the sevens, ones and zeros get what some people write with them
ONE_PEN = 0.45  # share that is drawn with a pen of even width along the strokes' middle
AROUND = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))  # north, clockwise

Ink = NDArray[np.float32]  # (SIDE, SIDE), 0..1


def synthesize(
    images: NDArray[np.float32], labels: NDArray[np.int64], seed: int
) -> NDArray[np.float32]:
    """Return a synthetic digit (n, 28, 28) for each of ``images`` (n, 28, 28), in their order.

    ``labels`` (n,) say what may be added: a bar to a 7, a flag to a 1, a slash to a 0.
    """
    chunks = [slice(start, start + CHUNK) for start in range(0, len(labels), CHUNK)]
    parts = [(images[chunk], labels[chunk]) for chunk in chunks]
    make = partial(_synthesize_all, seed=seed)
    if len(parts) == 1:  # starting processes takes longer
        return make(parts[0], 0)
    context = get_context("forkserver")
    with ProcessPoolExecutor(None, context, torch.set_num_threads, (1,)) as pool:
        return np.concatenate(list(pool.map(make, parts, range(len(parts)))))


def _synthesize_all(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]], chunk: int, seed: int
) -> NDArray[np.float32]:
    generator = np.random.default_rng((seed, chunk))
    images, labels = digits
    drawn = [
        _with_addition(generator, ink, int(label)) if generator.random() < ADDED else ink
        for ink, label in zip(enlarged(images, ENLARGED), labels, strict=True)
    ]
    return written(generator, np.stack(drawn))


def written(generator: Generator, drawings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vary hand and pen of ``drawings`` (n, SIDE, SIDE), and photograph them: (n, 28, 28)."""
    warped = _warped(generator, drawings)
    even = round(ONE_PEN * len(drawings))
    drawn = [_evenly_penned(generator, line) for line in _middles(_halved(warped[:even]) > 0.5)]
    drawn += [_pressed(generator, ink) for ink in warped[even:]]
    return np.stack([photographed(generator, image) for image in drawn])


def enlarged(images: NDArray[np.float32], times: int) -> NDArray[np.float32]:
    """Enlarge ``images`` (n, h, w), 0..1, smoothly."""
    large = functional.interpolate(
        torch.from_numpy(images).unsqueeze(1), scale_factor=times, mode="bicubic"
    )
    smooth: NDArray[np.float32] = large.clamp(0, 1).squeeze(1).numpy()
    return smooth


def _halved(drawings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average (n, SIDE, SIDE) over 2x2 pixels: enough for a stroke's middle."""
    halved: NDArray[np.float32] = drawings.reshape(-1, SIDE // 2, 2, SIDE // 2, 2).mean((2, 4))
    return halved


def _with_addition(generator: Generator, ink: Ink, label: int) -> Ink:
    """Add what some people write with a 0, a 1 or a 7."""
    rows, columns = np.nonzero(ink > 0.5)
    if label not in ADDITIONS or not len(rows):
        return ink
    box = (columns.min(), rows.min(), columns.max(), rows.max())
    image = Image.fromarray((ink * 255).astype(np.uint8))
    pen, width = ImageDraw.Draw(image), int(generator.integers(5, 11))
    for line in ADDITIONS[label](generator, ink, *(float(side) for side in box)):
        pen.line(line, fill=255, width=width)
    return np.asarray(image, np.float32) / np.float32(255)


Line = list[tuple[float, float]]


def _bar(
    generator: Generator, ink: Ink, left: float, top: float, right: float, bottom: float
) -> list[Line]:
    """A short bar through the 7's stem, where that is alone in its row."""
    y = top + (bottom - top) * generator.uniform(0.45, 0.62)
    columns = np.flatnonzero(ink[int(y)] > 0.5)
    if not len(columns) or np.ptp(columns) > 30:
        return []
    x, reach = float(columns.mean()), generator.uniform(9, 20)
    rise = reach * generator.uniform(-0.1, 0.35)
    return [[(x - reach, y + rise), (x + reach, y - rise)]]


def _flag_and_foot(
    generator: Generator, ink: Ink, left: float, top: float, right: float, bottom: float
) -> list[Line]:
    """A flag at the 1's top, from short to nearly a 7's, a foot below, or both."""
    tip = float(ink[int(top)].argmax())
    sole = float(ink[int(bottom)].argmax())
    reach, drop = generator.uniform(8, 24), generator.uniform(0.5, 1.4)
    flag = [(tip, top + 3), (tip - reach, top + 3 + drop * reach)]
    wide = generator.uniform(9, 24)
    foot = [(sole - wide, bottom - 3), (sole + wide, bottom - 3)]
    return ([flag], [flag, foot], [flag, foot])[int(generator.integers(3))]


def _slash(
    generator: Generator, ink: Ink, left: float, top: float, right: float, bottom: float
) -> list[Line]:
    """A slash through the 0, from the lower left to the upper right."""
    out = generator.uniform(-0.15, 0.12)
    wide, high = (right - left) * out, (bottom - top) * out
    return [[(left - wide, bottom + high), (right + wide, top - high)]]


ADDITIONS = {0: _slash, 1: _flag_and_foot, 7: _bar}


def _warped(generator: Generator, drawings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rotate, shear, squeeze and bend ``drawings`` (n, SIDE, SIDE)."""
    n = len(drawings)
    turn, shear = np.radians(generator.uniform(-DEGREES, DEGREES, n)), _sides(generator, SHEAR, n)
    across, down = np.exp(_sides(generator, ASPECT, n)), np.exp(_sides(generator, ASPECT, n))
    cos, sin, none = np.cos(turn), np.sin(turn), np.zeros(n)
    rows = (
        np.stack([across * cos, across * (shear * cos - sin), none], 1),
        np.stack([down * sin, down * (shear * sin + cos), none], 1),
    )
    theta = torch.from_numpy(np.stack(rows, 1).astype(np.float32)) * 1.15  # room at the corners
    ink = torch.from_numpy(drawings).unsqueeze(1)
    share = generator.uniform(0, BEND * 2 / SIDE, (n, 1, 1, 1))
    knots = torch.from_numpy(
        (generator.normal(0, 1, (n, 2, KNOTS, KNOTS)) * share).astype(np.float32)
    )
    bend = functional.interpolate(knots, (SIDE, SIDE), mode="bicubic", align_corners=True)
    grid = functional.affine_grid(theta, list(ink.shape), align_corners=False)
    warped = functional.grid_sample(ink, grid + bend.permute(0, 2, 3, 1), align_corners=False)
    flat: NDArray[np.float32] = warped.squeeze(1).numpy()
    return flat


def _middles(written: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thin strokes (n, h, w) to lines of one pixel: Zhang and Suen (CACM 27, 1984)."""
    lines, still, step = np.pad(written, ((0, 0), (1, 1), (1, 1))), 0, 0
    while still < 2:
        p = [np.roll(lines, shift, (1, 2)) for shift in AROUND]
        north, east, south, west = p[::2]
        around = np.sum(p, axis=0, dtype=np.int8)
        ends = np.sum([~a & b for a, b in zip(p, p[1:] + p[:1], strict=True)], axis=0) == 1
        inner = (east & south & (north | west), north & west & (east | south))[step % 2]
        away = lines & (around >= 2) & (around <= 6) & ends & ~inner
        still = 0 if away.any() else still + 1
        lines, step = lines & ~away, step + 1
    middles: NDArray[np.bool_] = lines[:, 1:-1, 1:-1]
    return middles


def _evenly_penned(generator: Generator, middle: NDArray[np.bool_]) -> Image.Image:
    """Draw along ``middle`` (SIDE / 2, SIDE / 2) with a pen of one width, thin or a marker's."""
    line = Image.fromarray(middle).convert("L")
    for _ in range(int(generator.integers(0, 3))):
        line = line.filter(ImageFilter.MaxFilter(3))
    soft = line.resize((SIDE, SIDE)).filter(ImageFilter.GaussianBlur(1.8))
    cut = float(generator.uniform(25, 80))
    return soft.point([int(min(255, max(0, 128 + 6 * (v - cut)))) for v in range(256)])


def _pressed(generator: Generator, ink: Ink) -> Image.Image:
    """Draw with the digit's own pen, pressed harder or less."""
    image = Image.fromarray((ink * 255).astype(np.uint8))
    soft = image.filter(ImageFilter.GaussianBlur(float(generator.uniform(0.8, 2.5))))
    cut, steep = float(generator.uniform(80, 150)), float(generator.uniform(1, 8))
    return soft.point([int(min(255, max(0, 128 + steep * (v - cut)))) for v in range(256)])


def _sides(generator: Generator, most: float, count: int) -> NDArray[np.float64]:
    return generator.uniform(-most, most, count)
