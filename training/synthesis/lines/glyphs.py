"""One sign as ink: a digit of MNIST, of a font or of a pen's strokes, or a separator."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from training.synthesis.canvas import Path, smooth
from training.synthesis.lines import allographs
from training.synthesis.lines.hand import HIGH, Grey, Hand, Samples
from training.synthesis.lines.numbers import OTHER


def glyph(generator: Generator, sign: str, hand: Hand, samples: Samples) -> Grey:
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
        return _penned(generator, allographs.write(generator, hand.forms[int(sign)]), size, hand)
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
    large = padded(large, 6)
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
    wide = padded(image, image.height // 3)
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
    if generator.random() < 0.45:
        letters = samples.sources.letters
        cell = letters[int(generator.integers(len(letters)))]
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


def padded(image: Image.Image, pixels: int) -> Image.Image:
    """Return ``image`` with as many empty ``pixels`` at each side."""
    wide = Image.new("L", (image.width + 2 * pixels, image.height + 2 * pixels))
    wide.paste(image, (pixels, pixels))
    return wide


def _tight(image: Image.Image) -> Grey:
    box = image.point([0] * 40 + [255] * 216).getbbox()
    return np.asarray(image.crop(box) if box else image)
