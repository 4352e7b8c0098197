"""Things: objects on an empty ground, filled and shaded, as photographs and catalogues have them.

Clothes, shoes, bags, vessels, leaves: none is drawn after a picture; what they share is a
filled outline, often the same on both sides, with light, folds and patterns inside.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from training.canvas import SIDE, Grey, Path, clouds, smooth, turned

MIDDLE = SIDE / 2


def thing(generator: Generator, digits: object) -> Grey:
    """A shaded thing, light on dark or dark on light, large or as small as the network sees."""
    shapes = (_mirrored, _garment, _shoe, _bag, _blob, _pair)
    outline = shapes[int(generator.integers(len(shapes)))](generator)
    outline = outline.filter(ImageFilter.GaussianBlur(float(generator.uniform(0, 1.2))))
    light = _light(generator) * (np.asarray(outline) / 255)
    grey = turned((light * 255).astype(np.uint8), generator, 12)
    if generator.random() < 0.7:
        grey = np.asarray(Image.fromarray(grey).resize((28, 28), Image.Resampling.BOX))
    return 255 - grey if generator.random() < 0.3 else grey


def _light(generator: Generator) -> NDArray[np.float32]:
    """Return how bright a thing's surface is (SIDE, SIDE), 0..1: light, folds, a pattern."""
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


def _filled(outlines: list[Path]) -> Image.Image:
    image = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    for outline in outlines:
        pen.polygon([(x, y) for x, y in outline.tolist()], fill=255)
    return image


def _mirrored(generator: Generator) -> Image.Image:
    """A vessel, a dress, a lamp: one outline, the same on both sides."""
    count = int(generator.integers(4, 9))
    heights = np.linspace(generator.uniform(4, 20), SIDE - generator.uniform(4, 20), count)
    widths = generator.uniform(5, 36) * np.exp(generator.normal(0, 0.4, count))
    side = np.stack([widths.clip(4, 38), heights], 1)
    side = smooth(np.concatenate([side[:1], side, side[-1:]])) if generator.random() < 0.6 else side
    return _filled([np.concatenate([side * (1, 1), side[::-1] * (-1, 1)]) + (MIDDLE, 0)])


def _garment(generator: Generator) -> Image.Image:
    """A body with sleeves, with an opening at the neck; or two legs."""
    top, bottom = generator.uniform(6, 14), SIDE - generator.uniform(6, 14)
    chest, hem = generator.uniform(14, 24, 2)
    if generator.random() < 0.3:
        gap, knee = generator.uniform(1, 6), generator.uniform(8, 16)
        leg = np.array([(0, top), (knee, top), (gap + knee, bottom), (gap, bottom), (0, top + 18)])
        return _filled([leg + (MIDDLE, 0), leg * (-1, 1) + (MIDDLE, 0)])
    reach, fall = generator.uniform(chest, 39), generator.uniform(10, 60)
    cuff, armpit = generator.uniform(5, 12), top + generator.uniform(12, 22)
    neck, depth = generator.uniform(4, 10), generator.uniform(0, 14)
    side = [(neck, top), (chest, top + 4), (reach, top + fall), (reach - cuff, top + fall + 4)]
    side += [(chest - 2, armpit), (hem, bottom), (0, bottom)]
    half = np.array([(0, top + depth), *side])
    return _filled([half + (MIDDLE, 0), half * (-1, 1) + (MIDDLE, 0)])


def _shoe(generator: Generator) -> Image.Image:
    """A sole, a heel, a shaft or none; sometimes only straps."""
    ground, toe, heel = SIDE - generator.uniform(14, 28), SIDE - 5.0, 6.0
    shaft, instep = ground - generator.uniform(8, 52), generator.uniform(24, 48)
    raised = generator.uniform(0, 16)
    points = [(heel, shaft), (instep, shaft), (instep + 4, ground - 18), (toe, ground - 8)]
    points += [(toe, ground), (instep, ground), (heel + 14, ground - raised)]
    points += [(heel + 8, ground + 2), (heel, ground + 2)]
    image = _filled([np.array(points) + generator.normal(0, 1.5, (len(points), 2))])
    if generator.random() < 0.35:
        pen = ImageDraw.Draw(image)
        for _ in range(int(generator.integers(1, 4))):
            x, y = generator.uniform(14, SIDE - 24), generator.uniform(SIDE / 4, ground - 8)
            wide, high = generator.uniform(6, 24), generator.uniform(4, 16)
            pen.ellipse((x, y, x + wide, y + high), fill=0)
    return image if generator.random() < 0.5 else image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def _bag(generator: Generator) -> Image.Image:
    """A body with one handle."""
    wide, top = generator.uniform(22, 37), generator.uniform(24, 48)
    image = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(image)
    corner, bottom = float(generator.uniform(0, 12)), SIDE - float(generator.uniform(5, 16))
    pen.rounded_rectangle((MIDDLE - wide, top, MIDDLE + wide, bottom), corner, fill=255)
    if generator.random() < 0.8:
        grip, rise = wide * generator.uniform(0.3, 0.9), generator.uniform(10, top - 2)
        box = (MIDDLE - grip, top - rise, MIDDLE + grip, top + rise)
        pen.arc(box, 180, 360, fill=255, width=int(generator.integers(2, 7)))
    return image


def _blob(generator: Generator) -> Image.Image:
    """A thing of no shape that has a name: a stone, a leaf, a cloud."""
    count = int(generator.integers(5, 12))
    angles = np.arange(count + 3) * 2 * math.pi / count
    reach = generator.uniform(12, 40, count)
    ring = np.stack([np.cos(angles), np.sin(angles)], 1) * np.resize(reach, count + 3)[:, None]
    ring = ring * (1, generator.uniform(0.5, 1))
    return _filled([smooth(ring) + MIDDLE])


def _pair(generator: Generator) -> Image.Image:
    """Two of the others at once."""
    first, second = _mirrored(generator), _blob(generator)
    shift = int(generator.integers(-20, 21))
    return ImageChops.lighter(first, ImageChops.offset(second, shift, -shift // 2))
