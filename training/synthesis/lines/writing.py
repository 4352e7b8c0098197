"""A text is set as one line of ink, glyph by glyph, with all that varies within a number."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from training.synthesis.lines.glyphs import glyph, padded
from training.synthesis.lines.hand import HIGH, Grey, Hand, Samples, draw_hand
from training.synthesis.lines.numbers import OTHER

Box = tuple[int, int, int, int]  # left, top, width, height


def write(generator: Generator, text: str, samples: Samples) -> Grey:
    """Return ``text`` as ink (h, w), cut out tightly; (1, 1) where it is empty."""
    hand = draw_hand(generator, len(samples.fonts))
    glyphs = [glyph(generator, sign, hand, samples) for sign in text]
    if not glyphs:
        return np.zeros((1, 1), np.uint8)
    canvas = _set(generator, text, glyphs, hand)
    slanted = _slanted(canvas, hand)
    box = slanted.getbbox()
    return np.asarray(slanted.crop(box)) if box else np.zeros((1, 1), np.uint8)


def _set(generator: Generator, text: str, glyphs: list[Grey], hand: Hand) -> Image.Image:
    """Set ``glyphs`` side by side on one canvas, each sign at its height."""
    widths = [one.shape[1] for one in glyphs]
    canvas = np.zeros((3 * HIGH, sum(widths) + 2 * HIGH * (len(glyphs) + 1)), np.uint8)
    x = float(HIGH)
    last: Box | None = None
    for sign, one in zip(text, glyphs, strict=True):
        rise = generator.normal(0, hand.unevenness / 2) * HIGH - hand.rise * x
        box = _put(canvas, one, x, 2 * HIGH + rise + _below(generator, sign, one.shape[0]))
        if last and sign.isdigit() and generator.random() < hand.ligatures:
            _join(canvas, generator, last, box, hand)
        last = box if sign.isdigit() else None
        x = max(box[0] + box[2] + _gap(generator, sign, hand), box[0] + 0.35 * box[2] + 2)
    return Image.fromarray(canvas[:, : int(x) + HIGH])


def _put(canvas: Grey, one: Grey, x: float, bottom: float) -> Box:
    """Put a glyph on ``canvas``, its left at ``x`` and its foot at ``bottom``."""
    height, width = one.shape
    top = int(max(0, min(bottom - height, canvas.shape[0] - height)))
    left = int(max(0, x))
    place = canvas[top : top + height, left : left + width]
    np.maximum(place, one[: place.shape[0], : place.shape[1]], out=place)
    return left, top, width, height


def _gap(generator: Generator, sign: str, hand: Hand) -> float:
    """Return the pixels between a sign and the next; fewer than none where they overlap."""
    gap = hand.gap + generator.normal(0, hand.unevenness)
    if not sign.isdigit():
        gap = max(gap, 0.02)
    if hand.gap < 0.5 and generator.random() < 0.02:
        gap += generator.uniform(0.2, 0.9)
    return float(gap * HIGH)


def _below(generator: Generator, sign: str, height: int) -> float:
    """Return how far below the baseline a sign ends, in pixels."""
    if sign == ",":
        return HIGH * generator.uniform(0.05, 0.25)
    if sign == ".":
        return HIGH * generator.uniform(-0.08, 0.06)
    if sign == "-":
        return -HIGH * generator.uniform(0.05, 0.6) + height / 2
    if sign == OTHER:
        return HIGH * generator.uniform(-0.1, 0.1)
    return 0.0


def _join(canvas: Grey, generator: Generator, one: Box, other: Box, hand: Hand) -> None:
    """Draw the stroke that a quick pen leaves from one digit to the next."""
    image = Image.fromarray(canvas)
    height = float(generator.choice([0.05, 0.1, 0.5, 0.9]))
    start = (one[0] + one[2] - 3, one[1] + one[3] * height)
    level = float(np.clip(height + generator.normal(0, 0.08), 0, 1))
    end = (other[0] + 3, other[1] + other[3] * level)
    width = max(1, round(hand.pen * HIGH * generator.uniform(0.5, 1)))
    ImageDraw.Draw(image).line([start, end], fill=255, width=width)
    canvas[:] = np.asarray(image)


def _slanted(canvas: Image.Image, hand: Hand) -> Image.Image:
    middle = canvas.height * 2 / 3
    wide = padded(canvas, HIGH)
    return wide.transform(
        wide.size, Image.Transform.AFFINE,
        (1, hand.slant, -hand.slant * middle, 0, 1, 0), Image.Resampling.BILINEAR,
    )  # fmt: skip
