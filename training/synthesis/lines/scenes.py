"""A line of ink on paper, as cheques, forms, meters, screens and cameras show it."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from training.synthesis.snapshots import compressed

Grey = NDArray[np.uint8]
Light = NDArray[np.float32]  # (h, w), 0..1
Box = tuple[int, int, int, int]

SIZES = (22, 90)  # pixels that the line is high in the picture
INKED = [0] * 77 + [255] * 179  # of 255: what is ink for sure, to tell where the line is
ON_SCREEN = 0.15  # share that is drawn on a screen: one level of paper, one of ink


def show(generator: Generator, ink: Grey, beside: Grey) -> tuple[Grey, Box | None]:
    """Put ``ink`` (h, w) into a picture; ``beside`` is another line, of which edges may be seen.

    Also return where the ink is in the picture: left, top, right, bottom; None where there is none.
    """
    height = int(np.exp(generator.uniform(*np.log(SIZES))))
    placed = _placed(generator, _sized(generator, ink, height), height)
    strength = generator.uniform(0.75, 1.0) * placed
    if generator.random() < ON_SCREEN:
        light = 1 - placed * generator.uniform(0.7, 1)
    else:
        light = _paper(generator, placed.shape, height)
        if generator.random() < 0.3:
            strength = np.maximum(strength, _neighbours(generator, beside, placed.shape, height))
        light = light * (1 - strength * generator.uniform(0.5, 0.97))
        light = _forms(generator, light, height)
    box = Image.fromarray((placed * 255).astype(np.uint8)).point(INKED).getbbox()
    return _taken(generator, light, height), box


def _sized(generator: Generator, ink: Grey, height: int) -> Light:
    stretch = math.exp(generator.normal(0, 0.12))
    size = (max(3, round(ink.shape[1] * height / ink.shape[0] * stretch)), height)
    if ink.size == 1:
        size = (int(height * generator.uniform(1, 6)), height)
    image = Image.fromarray(ink).resize(size, Image.Resampling.BOX)
    turned = generator.normal(0, 1.2)
    if abs(turned) > 0.3 and ink.size > 1:
        image = image.rotate(float(turned), Image.Resampling.BILINEAR, expand=True)
    return np.asarray(image, np.float32) / np.float32(255)


def _placed(generator: Generator, ink: Light, height: int) -> Light:
    """Leave room around ``ink``, or cut it off a little."""
    tight = generator.random() < 0.5
    most = 0.25 if tight else 0.9
    top, bottom, left, right = (int(height * s) for s in generator.uniform(-0.04, most, 4))
    room = np.pad(ink, [(max(top, 0), max(bottom, 0)), (max(left, 0), max(right, 0))])
    y, x = max(-top, 0), max(-left, 0)
    return room[y : room.shape[0] - max(-bottom, 0), x : room.shape[1] - max(-right, 0)]


def _paper(generator: Generator, shape: tuple[int, ...], height: int) -> Light:
    """Return paper (h, w): its light, patterns printed on it, grain."""
    high, wide = shape
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    light = np.full(shape, generator.uniform(0.5, 1.0), np.float32)
    light *= 1 + generator.uniform(0, 0.25) * (
        (x / wide - 0.5) * generator.choice([-1, 1]) + (y / high - 0.5) * generator.uniform(-1, 1)
    )
    kind = generator.random()
    if kind < 0.3:
        light *= 1 - _guilloche(generator, x, y, height)
    elif kind < 0.45:
        light *= 1 - _halftone(generator, x, y, height)
    elif kind < 0.52:
        cells = generator.normal(0, 1, (max(high // 6, 2), max(wide // 6, 2))).astype(np.float32)
        cloud = np.asarray(Image.fromarray(cells).resize((wide, high), Image.Resampling.BICUBIC))
        light *= 1 + cloud * np.float32(generator.uniform(0.01, 0.08))
    if generator.random() < 0.1:  # the edge of a shadow, or another sheet
        edge = generator.uniform(0, wide)
        soft = generator.uniform(0.5, height / 2)
        light *= 1 - generator.uniform(0.05, 0.35) * (1 - np.tanh((x - edge) / soft)) / 2
    return np.asarray(light + generator.normal(0, generator.uniform(0, 0.035), shape), np.float32)


def _guilloche(generator: Generator, x: Light, y: Light, height: int) -> Light:
    """Fine wavy lines, as printed on cheques."""
    printed = np.zeros_like(x)
    for _ in range(int(generator.integers(1, 4))):
        angle = generator.uniform(0, math.pi)
        pitch = max(2.5, height * generator.uniform(0.06, 0.3))
        along = x * math.cos(angle) + y * math.sin(angle)
        across = y * math.cos(angle) - x * math.sin(angle)
        bend = height * generator.uniform(0, 0.4)
        wave = bend * np.sin(along * 2 * math.pi / (height * generator.uniform(0.5, 3)))
        lines = np.sin((across + wave) * 2 * math.pi / pitch) > generator.uniform(0.2, 0.9)
        printed = np.maximum(printed, lines * np.float32(generator.uniform(0.04, 0.2)))
    return np.asarray(printed, np.float32)


def _halftone(generator: Generator, x: Light, y: Light, height: int) -> Light:
    """A screen of dots, squares or checks, light or dark."""
    pitch = max(2.2, height * generator.uniform(0.06, 0.2))
    angle = generator.uniform(0, math.pi / 2) if generator.random() < 0.5 else 0.0
    u, v = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    dots = np.sin(u * 2 * math.pi / pitch) * np.sin(v * 2 * math.pi / pitch)
    mask = dots > generator.uniform(-0.2, 0.6)
    return np.asarray(mask * np.float32(generator.uniform(0.04, 0.18)), np.float32)


def _forms(generator: Generator, light: Light, height: int) -> Light:
    """Rule lines below or above, a comb of boxes, or one upright line at an end."""
    ruled = light.copy()
    kind = generator.random()
    if kind < 0.3:
        for _ in range(int(generator.integers(1, 3))):
            _rule(generator, ruled, height)
    elif kind < 0.36:
        pitch = height * generator.uniform(0.6, 1.2)
        places = np.arange(generator.uniform(0, pitch), light.shape[1], pitch)
        _uprights(generator, ruled, places, height)
    elif kind < 0.42:
        inside = generator.integers(0, max(height // 3, 1))
        ends = (inside, light.shape[1] - 1 - inside)
        _uprights(generator, ruled, generator.choice(ends, 1), height)
    return ruled


def _rule(generator: Generator, ruled: Light, height: int) -> None:
    """Draw a line from side to side, in the lower quarter or the upper sixth."""
    high, thick = len(ruled), max(1, round(height * generator.uniform(0.01, 0.06)))
    below = high - 1 - int(generator.integers(0, max(high // 4, 1)))
    place = below if generator.random() < 0.6 else int(generator.integers(0, max(high // 6, 1)))
    row = ruled[place : place + thick]
    np.minimum(row, generator.uniform(0.1, 0.75), out=row)


def _uprights(generator: Generator, ruled: Light, places: NDArray[np.number], height: int) -> None:
    """Draw upright lines at ``places``."""
    thick = max(1, round(height * generator.uniform(0.01, 0.04)))
    level = generator.uniform(0.15, 0.8)
    for place in places.astype(int):
        column = ruled[:, place : place + thick]
        np.minimum(column, level, out=column)


def _neighbours(generator: Generator, beside: Grey, shape: tuple[int, ...], height: int) -> Light:
    """Draw the edge of another line, seen above or below."""
    wide = max(4, round(beside.shape[1] * height / beside.shape[0]))
    image = Image.fromarray(beside).resize((wide, height), Image.Resampling.BOX)
    line = np.asarray(image, np.float32) / np.float32(255)
    seen = min(max(1, int(height * generator.uniform(0.03, 0.18))), shape[0])
    left = int(generator.integers(0, max(shape[1] - 4, 1)))
    width = min(wide, shape[1] - left)
    ink = np.zeros(shape, np.float32)
    if generator.random() < 0.5:
        ink[:seen, left : left + width] = line[-seen:, :width]
    else:
        ink[-seen:, left : left + width] = line[:seen, :width]
    return ink * np.float32(generator.uniform(0.5, 1))


def _taken(generator: Generator, light: Light, height: int) -> Grey:
    """Blur, dim, add the sensor's noise, compress, invert: what a camera or scanner does."""
    grey = Image.fromarray((light.clip(0, 1) * 255).astype(np.uint8))
    if generator.random() < 0.5:
        grey = grey.filter(
            ImageFilter.GaussianBlur(float(height / 40 * generator.uniform(0.2, 1.3)))
        )
    values: NDArray[np.floating] = np.asarray(grey, np.float32)
    if generator.random() < 0.3:
        values = values * generator.uniform(0.35, 1) + generator.uniform(0, 60)
    if generator.random() < 0.4:
        values = values + generator.normal(0, generator.uniform(1, 6), values.shape)
    seen = values.clip(0, 255).astype(np.uint8)
    if generator.random() < 0.4:
        seen = compressed(seen, int(generator.integers(25, 92)))
    return 255 - seen if generator.random() < 0.15 else seen
