"""A text is written as one line of ink: a hand, a pen, and all that varies within a number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from training.synthesis.canvas import Path, smooth
from training.synthesis.lines import allographs
from training.synthesis.lines.numbers import OTHER

HIGH = 64  # pixels of a digit on the canvas
SOURCES = ("scans", "strokes", "font", "mixed")
SOURCE_SHARES = (0.4, 0.38, 0.1, 0.12)

Grey = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # left, top, width, height


@dataclass(frozen=True)
class Samples:
    """Digits to write with: ``scans`` (n, 28, 28) with ``labels``, ``fonts`` (f, 10, side, side).

    ``letters`` (m, side, side) stand for what reads as nothing. All are uint8, ink high.
    """

    scans: Grey
    labels: NDArray[np.int64]
    fonts: Grey
    letters: Grey

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
        else generator.uniform(-0.12, 0.03) if spacing < 0.88
        else generator.uniform(0.25, 0.9)
    )  # fmt: skip
    return Hand(
        source=str(generator.choice(SOURCES, p=SOURCE_SHARES)),
        font=int(generator.integers(fonts)),
        pen=float(np.exp(generator.uniform(math.log(0.035), math.log(0.17)))),
        aspect=float(np.exp(generator.normal(0, 0.2))),
        gap=float(gap),
        unevenness=float(generator.uniform(0.02, 0.12)),
        slant=float(generator.normal(0.16, 0.22)),
        rise=float(generator.normal(0, 0.03)),
        small_zeros=float(generator.uniform(0.55, 0.95)) if generator.random() < 0.25 else 1.0,
        ligatures=0.5 if generator.random() < 0.15 else 0.0,
    )  # fmt: skip


def write(generator: Generator, text: str, samples: Samples) -> Grey:
    """Return ``text`` as ink (h, w), cut out tightly; (1, 1) where it is empty."""
    hand = draw_hand(generator, len(samples.fonts))
    glyphs = [_glyph(generator, sign, hand, samples) for sign in text]
    if not glyphs:
        return np.zeros((1, 1), np.uint8)
    canvas = _set(generator, text, glyphs, hand)
    slanted = _slanted(canvas, hand)
    box = slanted.getbbox()
    return np.asarray(slanted.crop(box)) if box else np.zeros((1, 1), np.uint8)


def _set(generator: Generator, text: str, glyphs: list[Grey], hand: Hand) -> Image.Image:
    """Set ``glyphs`` side by side on one canvas, each sign at its height."""
    widths = [glyph.shape[1] for glyph in glyphs]
    canvas = np.zeros((3 * HIGH, sum(widths) + 2 * HIGH * (len(glyphs) + 1)), np.uint8)
    x = float(HIGH)
    last: Box | None = None
    for sign, glyph in zip(text, glyphs, strict=True):
        rise = generator.normal(0, hand.unevenness / 2) * HIGH - hand.rise * x
        box = _put(canvas, glyph, x, 2 * HIGH + rise + _below(generator, sign, glyph.shape[0]))
        if last and sign.isdigit() and generator.random() < hand.ligatures:
            _join(canvas, generator, last, box, hand)
        last = box if sign.isdigit() else None
        x = max(box[0] + box[2] + _gap(generator, sign, hand), box[0] + 0.35 * box[2] + 2)
    return Image.fromarray(canvas[:, : int(x) + HIGH])


def _put(canvas: Grey, glyph: Grey, x: float, bottom: float) -> Box:
    """Put ``glyph`` on ``canvas``, its left at ``x`` and its foot at ``bottom``."""
    height, width = glyph.shape
    top = int(max(0, min(bottom - height, canvas.shape[0] - height)))
    left = int(max(0, x))
    place = canvas[top : top + height, left : left + width]
    np.maximum(place, glyph[: place.shape[0], : place.shape[1]], out=place)
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


def _glyph(generator: Generator, sign: str, hand: Hand, samples: Samples) -> Grey:
    """Return one sign as ink (h, w), cut out tightly and in its size."""
    size = HIGH * float(np.exp(generator.normal(0, hand.unevenness)))
    if sign == "0":
        size *= hand.small_zeros
    if not sign.isdigit():
        return _sign(generator, sign, hand, samples)
    source = hand.source
    if source == "mixed":
        source = str(generator.choice(["scans", "strokes", "font"]))
    if source == "strokes":
        return _penned(generator, allographs.write(generator, int(sign)), size, hand)
    if source == "font":
        cell = samples.fonts[hand.font, int(sign)]
        if cell.any():
            return _cell(generator, cell, size, hand, is_scan=False)
    return _cell(generator, samples.scan_of(generator, int(sign)), size, hand, is_scan=True)


def _penned(generator: Generator, paths: list[Path], size: float, hand: Hand) -> Grey:
    """Draw ``paths``, about one high, with the hand's pen; ``size`` is their height in pixels."""
    aspect = hand.aspect * math.exp(generator.normal(0, 0.1))
    shear = generator.normal(0, 0.08)
    moved = [np.stack([(p[:, 0] - shear * p[:, 1]) * aspect, p[:, 1]], 1) * size for p in paths]
    points = np.concatenate(moved)
    width = max(1.5, hand.pen * HIGH * math.exp(generator.normal(0, 0.1)))
    low, high = points.min(axis=0) - width, points.max(axis=0) + width
    scale = 2  # drawn larger, as Pillow's lines have no soft edge
    image = Image.new("L", [int(s) for s in (high - low) * scale + 1])
    pen = ImageDraw.Draw(image)
    for path in moved:
        dots = [(x, y) for x, y in ((path - low) * scale).tolist()]
        pen.line(dots, fill=255, width=round(width * scale), joint="curve")
        for x, y in (dots[0], dots[-1]):
            pen.circle((x, y), width * scale / 2 - 0.5, fill=255)
    return _tight(image.reduce(scale))


def _cell(generator: Generator, cell: Grey, size: float, hand: Hand, *, is_scan: bool) -> Grey:
    """Bring a digit's picture to ``size``, upright as the others, with a pen near the hand's."""
    tight = Image.fromarray(_tight(Image.fromarray(cell)))
    if is_scan:
        tight = _upright(tight)
    aspect = hand.aspect * math.exp(generator.normal(0, 0.1))
    height = max(round(size), 8)
    width = max(round(tight.width * size / tight.height * aspect), 4)
    large = tight.resize((width, height), Image.Resampling.BICUBIC)
    large = _padded(large, 6)
    soft = large.filter(ImageFilter.GaussianBlur(1.2)) if is_scan else large
    change = hand.pen - (0.11 if is_scan else 0.08)
    cut = float(np.clip(127 - 420 * change, 40, 205)) if is_scan else 127.0
    drawn = soft.point([int(min(255, max(0, 128 + 4 * (v - cut)))) for v in range(256)])
    if not is_scan and change > 0.02:
        drawn = drawn.filter(ImageFilter.MaxFilter(3 if change < 0.05 else 5))
    tightened = _tight(drawn)
    return tightened if tightened.size > 16 else _tight(large)


def _upright(image: Image.Image) -> Image.Image:
    """Take out the slant of a scan, told by its second moments, but for a third of it."""
    values = np.asarray(image, np.float64)
    y, x = np.mgrid[: values.shape[0], : values.shape[1]]
    total = values.sum()
    my, mx = (values * y).sum() / total, (values * x).sum() / total
    shear = (values * (y - my) * (x - mx)).sum() / max((values * (y - my) ** 2).sum(), 1)
    shear = float(np.clip(shear, -0.6, 0.6)) * 0.67
    wide = _padded(image, image.height // 3)
    middle = wide.height / 2
    return Image.fromarray(_tight(wide.transform(
        wide.size, Image.Transform.AFFINE, (1, shear, -shear * middle, 0, 1, 0),
        Image.Resampling.BICUBIC,
    )))  # fmt: skip


def _sign(generator: Generator, sign: str, hand: Hand, samples: Samples) -> Grey:
    """Draw a separator, or something that reads as nothing."""
    width = hand.pen * math.exp(generator.normal(0.1, 0.2))
    if sign == OTHER:
        return _nothing(generator, hand, samples)
    if sign == ".":
        reach = generator.uniform(0, 0.05)
        paths = [np.array([(0, 0), (reach, generator.uniform(-0.03, 0.03)), (reach, 0.01)])]
        width *= generator.uniform(0.9, 1.7)
    elif sign == ",":
        down = generator.uniform(0.12, 0.35)
        paths = [np.array([(down * generator.uniform(0, 0.7), 0), (0.02, down * 0.6), (0, down)])]
    elif sign == "-":
        long = generator.uniform(0.2, 0.9)
        bow = generator.normal(0, 0.04, 2)
        paths = [np.array([(0, 0), (long / 2, bow[0]), (long, bow[1])])]
    else:
        lean = generator.uniform(0.1, 0.6)
        paths = [np.array([(lean, 0), (lean * 0.5, 0.6), (0, generator.uniform(1.0, 1.3))])]
    pen = Hand(**{**hand.__dict__, "pen": width, "aspect": 1.0})
    curves = [smooth(np.concatenate([p[:1], p, p[-1:]])) for p in paths]
    return _penned(generator, curves, HIGH, pen)


def _nothing(generator: Generator, hand: Hand, samples: Samples) -> Grey:
    """Draw a letter, an equals sign, a hash, an asterisk or a currency sign."""
    kind = generator.random()
    if kind < 0.45 and len(samples.letters):
        cell = samples.letters[int(generator.integers(len(samples.letters)))]
        return _cell(generator, cell, HIGH * generator.uniform(0.6, 1.1), hand, is_scan=False)
    form = FORMS[int(generator.integers(len(FORMS)))]
    paths = [np.array(knots, float) + generator.normal(0, 0.03, (len(knots), 2)) for knots in form]
    curves = [smooth(np.concatenate([p[:1], p, p[-1:]])) for p in paths]
    return _penned(generator, curves, HIGH * generator.uniform(0.6, 1.1), hand)


FORMS = (  # equals, hash, asterisk, dollar, tilde, plus
    (((0, 0.35), (0.6, 0.33)), ((0, 0.62), (0.6, 0.6))),
    (((0, 0.3), (0.55, 0.3)), ((0, 0.7), (0.55, 0.7)), ((0.2, 0), (0.12, 1)),
     ((0.45, 0), (0.37, 1))),
    (((0.3, 0.1), (0.3, 0.7)), ((0.03, 0.25), (0.57, 0.55)), ((0.03, 0.55), (0.57, 0.25))),
    (((0.5, 0.2), (0.25, 0.1), (0.05, 0.3), (0.3, 0.5), (0.5, 0.7), (0.25, 0.9), (0, 0.8)),
     ((0.28, -0.1), (0.25, 1.1))),
    (((0, 0.5), (0.2, 0.38), (0.4, 0.55), (0.62, 0.42)),),
    (((0, 0.5), (0.5, 0.5)), ((0.25, 0.25), (0.25, 0.75))),
)  # fmt: skip


def _slanted(canvas: Image.Image, hand: Hand) -> Image.Image:
    middle = canvas.height * 2 / 3
    wide = _padded(canvas, HIGH)
    return wide.transform(
        wide.size, Image.Transform.AFFINE,
        (1, hand.slant, -hand.slant * middle, 0, 1, 0), Image.Resampling.BILINEAR,
    )  # fmt: skip


def _padded(image: Image.Image, pixels: int) -> Image.Image:
    wide = Image.new("L", (image.width + 2 * pixels, image.height + 2 * pixels))
    wide.paste(image, (pixels, pixels))
    return wide


def _tight(image: Image.Image) -> Grey:
    box = image.point([0] * 40 + [255] * 216).getbbox()
    return np.asarray(image.crop(box) if box else image)
