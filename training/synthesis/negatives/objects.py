"""Objects on an empty background, filled and shaded, as in photographs and catalogues.

Clothes, shoes, bags, vessels drawn from ``outlines.py``, with light, folds and patterns, and
pictograms in greys; no photograph is among them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from training.synthesis.canvas import SIDE, Grey, clouds, turned
from training.synthesis.negatives.glyphs import Sources
from training.synthesis.negatives.outlines import OUTLINES
from training.synthesis.snapshots import compressed

FILLING = 0.6  # share that fills 28x28 from edge to edge, as small catalogues' pictures do
SIZES = (28, 28, 40, 56, 84, 112)  # pixels a side of the others
Surface = NDArray[np.float32]  # (SIDE, SIDE), 0..1


def shaded_object(generator: Generator, sources: Sources) -> Grey:
    """An object of one of ``OUTLINES``, with light, folds and patterns."""
    outline = OUTLINES[int(generator.integers(len(OUTLINES)))](generator)
    outline = outline.filter(ImageFilter.GaussianBlur(float(generator.uniform(0, 1.2))))
    light = _light(generator) * (np.asarray(outline) / 255)
    return _shown(generator, turned((light * 255).astype(np.uint8), generator, 8))


def pictogram(generator: Generator, sources: Sources) -> Grey:
    """A pictogram in greys, with more or less contrast and light across it."""
    cells = sources.pictures
    cell = cells[int(generator.integers(len(cells)))]
    image = Image.fromarray(cell if generator.random() < 0.5 else cell[:, ::-1])
    grey = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float32) / 255
    seen = grey ** generator.uniform(0.4, 1.8)
    if generator.random() < 0.6:
        seen = seen * _light(generator)
    return _shown(generator, turned((seen * 255).astype(np.uint8), generator, 8))


def _shown(generator: Generator, grey: Grey) -> Grey:
    """Crop the object; vary size, sharpness, grain, JPEG compression and polarity."""
    filling = generator.random() < FILLING
    side = 28 if filling else int(generator.choice(SIZES))
    image = _framed(Image.fromarray(grey), side, 1.0 if filling else generator.uniform(0.4, 1))
    if generator.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(side / 28 * generator.uniform(0.2, 0.9)))
    seen = np.asarray(image)
    if generator.random() < 0.2:
        grain = generator.normal(0, generator.uniform(2, 12), seen.shape)
        seen = (seen + grain).clip(0, 255).astype(np.uint8)
    if generator.random() < 0.2:
        seen = compressed(seen, int(generator.integers(20, 90)))
    return 255 - seen if generator.random() < 0.3 else seen


def _framed(image: Image.Image, side: int, share: float) -> Image.Image:
    """Crop ``image`` and put it in the middle of ``side`` pixels, of which it takes a share."""
    cut = image.crop(image.getbbox())
    scale = side * share / max(cut.size)
    small = cut.resize([max(round(s * scale), 1) for s in cut.size])
    frame = Image.new("L", (side, side))
    frame.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    return frame


def _light(generator: Generator) -> Surface:
    """Return how bright an object's surface is (SIDE, SIDE), 0..1: light, folds, a pattern."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE - 0.5
    angle = generator.uniform(0, 2 * math.pi)
    level = generator.uniform(0.35, 1.0)
    surface = level + generator.uniform(0, 0.5) * (x * math.cos(angle) + y * math.sin(angle))
    surface = surface + generator.uniform(0, 0.2) * clouds(generator, SIDE, 6)
    if generator.random() < 0.4:  # stripes, or checks
        pitch, tilt = generator.uniform(8, 50), generator.choice([0, math.pi / 2, 0.8])
        wave = np.sin((x * math.cos(tilt) + y * math.sin(tilt)) * 2 * math.pi * pitch / 3)
        surface = surface - generator.uniform(0.1, 0.6) * (wave > generator.uniform(-0.5, 0.7))
    if generator.random() < 0.4:
        surface = surface + generator.normal(0, generator.uniform(0.05, 0.3), (SIDE, SIDE))
    if generator.random() < 0.4:  # a print, a buckle, an opening
        left, top = generator.uniform(-0.3, 0.1, 2)
        patch = (x > left) & (x < left + 0.25) & (y > top) & (y < top + generator.uniform(0.1, 0.4))
        surface = np.where(patch, generator.uniform(0, 1), surface)
    return np.asarray(surface.clip(0.02, 1), np.float32)
