"""Photographs and screenshots of drawings: cropped, on paper or screen, as JPEG, large or tiny."""

from __future__ import annotations

import io

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from app.recognition.images import normalise
from training.synthesis.canvas import Grey, clouds
from training.synthesis.clutter import cluttered

SIZES = (16, 20, 24, 28, 28, 28, 56, 80, 112, 112, 112, 160)  # pixels of a picture
ON_PAPER = 0.5  # share that is photographed; the rest is drawn on a screen
RULED = 64  # pixels a side, from which images.py takes ruling away
ALIKE = 0.6  # cosine of a picture and its ink alone, below which too little is left of it

Ink = NDArray[np.float32]  # (h, w), 0..1


def photographed(generator: Generator, drawn: Image.Image) -> Ink:
    """Put ``drawn`` into a picture, and normalise that as the service does: (28, 28).

    If hardly anything of the drawing is left, the drawing itself is normalised instead.
    """
    side = int(generator.choice(SIZES))
    ink: Ink = np.asarray(_framed(generator, drawn, side), np.float32) / np.float32(255)
    light = _on_paper(generator, ink) if generator.random() < ON_PAPER else 1 - ink
    light = cluttered(generator, light, ink)
    grey = (light.clip(0, 1) * 255).astype(np.uint8)
    if generator.random() < 0.4:
        grey = 255 - grey
    if generator.random() < 0.3:
        grey = compressed(grey, int(generator.integers(15, 90)))
    pixels, clean = normalise(grey).pixels, normalise(drawn.reduce(2)).pixels
    return pixels if _alike(pixels, clean) else clean


def _alike(first: Ink, second: Ink) -> bool:
    product = float((first * second).sum())
    return product > ALIKE * float(np.sqrt((first**2).sum() * (second**2).sum()))


def _framed(generator: Generator, drawn: Image.Image, side: int) -> Image.Image:
    """Cut ``drawn`` out with more or less around it, and bring it to ``side`` pixels a side."""
    left, top, right, bottom = drawn.getbbox() or (0, 0, *drawn.size)
    size = max(right - left, bottom - top) * generator.uniform(1.05, 2.2)
    x = (left + right) / 2 + generator.uniform(-0.5, 0.5) * (size - (right - left))
    y = (top + bottom) / 2 + generator.uniform(-0.5, 0.5) * (size - (bottom - top))
    x, y = round(x - size / 2), round(y - size / 2)
    whole = drawn.crop((x, y, x + round(size), y + round(size)))
    return whole.resize((side, side), Image.Resampling.BOX)


def _on_paper(generator: Generator, ink: Ink) -> Ink:
    """Return the light (side, side) from paper with grain, unevenly lit, somewhat out of focus."""
    side = len(ink)
    white, pen = generator.uniform(0.55, 1.0), generator.uniform(0.05, 0.4)
    across = np.linspace(-1, 1, side) * generator.uniform(0, 0.25)
    lit = 1 + (across[:, None] if generator.random() < 0.5 else across[None, :])
    paper = _ruling(generator, side) if side > RULED and generator.random() < 0.5 else 1.0
    light = white * np.minimum(1 - (1 - pen) * ink, paper) * lit
    light = light + generator.uniform(0, 0.03) * clouds(generator, side, max(side // 4, 3))
    light = light + generator.normal(0, generator.uniform(0, 0.05), (side, side))
    grey = Image.fromarray((light.clip(0, 1) * 255).astype(np.uint8))
    soft = grey.filter(ImageFilter.GaussianBlur(side / 112 * float(generator.uniform(0, 2.5))))
    return np.asarray(soft, np.float32) / np.float32(255)


def _ruling(generator: Generator, side: int) -> Ink:
    """Return the light (side, side) that lines or squares printed on paper leave of 1."""
    pitch, level = generator.uniform(side / 8, side / 3), generator.uniform(0.55, 0.85)
    places = (np.arange(side) + generator.uniform(0, pitch)) % pitch
    is_line = places < max(1.0, side / 56)
    lines = np.where(is_line, level, 1.0)
    ruled = np.minimum(lines[:, None], lines if generator.random() < 0.3 else 1.0)
    return np.asarray(np.broadcast_to(ruled, (side, side)), np.float32)


def compressed(grey: Grey, quality: int) -> Grey:
    """Save as JPEG and read that again."""
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))
