"""Clutter in a picture of a digit: patterns, lines, dust, neighbours, haze.

Forms, cheques and dim cameras leave these beside and behind the ink. None of MNIST-C's
corruptions is used here: they are for evaluation only.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

CLUTTERED = 0.45  # share of pictures that have one of these

Light = NDArray[np.float32]  # (side, side), 0..1, dark ink on light paper


def cluttered(generator: Generator, light: Light, ink: Light) -> Light:
    """Return ``light`` with one kind of clutter, or as it is; ``ink`` is what is written."""
    if generator.random() >= CLUTTERED:
        return light
    kind = KINDS[int(generator.integers(len(KINDS)))]
    return np.asarray(kind(generator, light, ink), np.float32)


def pattern(generator: Generator, light: Light, ink: Light) -> Light:
    """Fine wavy lines, hatching or a grid behind the ink, as on cheques and vouchers."""
    side = len(light)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    printed = np.zeros((side, side), np.float32)
    for _ in range(int(generator.integers(1, 3))):
        angle, pitch = generator.uniform(0, math.pi), max(2.2, side * generator.uniform(0.04, 0.15))
        along = x * math.cos(angle) + y * math.sin(angle)
        across = y * math.cos(angle) - x * math.sin(angle)
        bend = side * generator.uniform(0, 0.08)
        wave = bend * np.sin(along * 2 * math.pi / (side * generator.uniform(0.3, 1.2)))
        lines = np.sin((across + wave) * 2 * math.pi / pitch) > generator.uniform(0, 0.8)
        printed = np.maximum(printed, lines * generator.uniform(0.06, 0.3))
    patterned: Light = np.minimum(light, light.max() * (1 - printed))
    return patterned


def rules(generator: Generator, light: Light, ink: Light) -> Light:
    """Lines of a form near the digit: one below, one beside, or a box around it."""
    side, level = len(light), generator.uniform(0.2, 0.85)
    width = max(1, round(side * generator.uniform(0.015, 0.05)))
    ruled = light.copy()
    sides = generator.random(4) < generator.choice([0.3, 1.0], p=[0.7, 0.3])
    sides[0] |= not sides.any()
    for turn in np.flatnonzero(sides):
        turned = np.rot90(ruled, int(turn))
        place = side - width - int(generator.integers(0, max(1, side // 8)))
        turned[place : place + width] = np.minimum(turned[place : place + width], level)
    return ruled


def neighbours(generator: Generator, light: Light, ink: Light) -> Light:
    """The edge of what stands beside the digit, cut off by the frame."""
    side = len(light)
    columns = np.flatnonzero(ink.max(axis=0) > 0.5)
    if not len(columns):
        return light
    sliver = max(1, round(side * generator.uniform(0.03, 0.12)))
    left = bool(generator.random() < 0.5)
    source = ink[:, columns[-1] - sliver + 1 :] if left else ink[:, : columns[0] + sliver]
    part = source[::-1, :sliver] if left else source[::-1, -sliver:]
    beside = light.copy()
    place = beside[:, : part.shape[1]] if left else beside[:, side - part.shape[1] :]
    np.minimum(place, 1 - part * generator.uniform(0.4, 1), out=place)
    return beside


def dust(generator: Generator, light: Light, ink: Light) -> Light:
    """Specks and short hairs, light or dark."""
    side = len(light)
    dusty = light.copy()
    for _ in range(int(generator.integers(1, 12))):
        y, x = generator.integers(0, side, 2)
        high, wide = (1 + int(side * s) for s in generator.uniform(0, 0.05, 2))
        speck = dusty[y : y + high, x : x + wide]
        speck += np.float32(generator.uniform(-0.7, 0.4))
    return dusty


def scratch(generator: Generator, light: Light, ink: Light) -> Light:
    """A fold or a thin line through the picture, lighter than the ink or of the paper's light."""
    side = len(light)
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    angle, offset = generator.uniform(0, math.pi), generator.uniform(-0.35, 0.35)
    far = np.abs(x * math.cos(angle) + y * math.sin(angle) - offset) * side
    line = (generator.uniform(0.4, 1.2) + 0.5 - far).clip(0, 1)
    level = light.max() if generator.random() < 0.4 else generator.uniform(0.35, 0.8)
    return np.asarray(light + line * (level - light), np.float32)


def haze(generator: Generator, light: Light, ink: Light) -> Light:
    """Little contrast: faint ink, or a camera in fog, with the grain that is seen then."""
    contrast, black = generator.uniform(0.2, 0.6), generator.uniform(0, 0.4)
    grain = generator.normal(0, generator.uniform(0, 0.02), light.shape)
    return np.asarray(black + contrast * light + grain, np.float32)


KINDS: tuple[Callable[[Generator, Light, Light], Light], ...] = (
    pattern, pattern, rules, neighbours, dust, scratch, haze,
)  # fmt: skip
