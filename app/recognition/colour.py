"""Make a coloured picture grey so that ink and paper stay apart.

Mostly that is its brightness. Ink and paper of one brightness, as blue on black or yellow on white,
differ in colour alone: then the direction in which the colours differ most takes its place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BRIGHTNESS = np.array([0.299, 0.587, 0.114])  # of red, green and blue, ITU-R BT.601
TELLING = 96  # levels of 255: a picture whose brightness differs so much needs no colours
FURTHER = 2.0  # times as far apart as in brightness: only then do colours take its place
WITHOUT_COLOUR = ("1", "L")  # modes
SAMPLED = 100  # pixels of each side that are looked at

Colours = NDArray[np.float64]  # (n, 3), 0..255


def range_of(grey: Image.Image) -> int:
    """Return how many levels lie between the darkest and the lightest pixel of an "L" picture."""
    low, high = grey.getextrema()
    return int(high) - int(low)  # type: ignore[arg-type]  # one band, so two numbers


def to_grey(image: Image.Image) -> Image.Image:
    """Turn a picture without transparency into an "L" one, by brightness or by colour."""
    grey = image.convert("L")
    brightness = range_of(grey)
    if brightness >= TELLING or image.mode in WITHOUT_COLOUR:
        return grey
    coloured = image.convert("RGB")
    colours = _some(coloured)
    direction = _direction(colours)
    values = colours @ direction
    low, high = float(values.min()), float(values.max())
    if high - low < FURTHER * max(brightness, 1):
        return grey
    scale = 255 / (high - low)
    return coloured.convert("L", (*(direction * scale).tolist(), -low * scale))


def _some(image: Image.Image) -> Colours:
    """Return the colours of a few pixels, evenly spread: a large picture takes no longer."""
    steps = [max(1, side // SAMPLED) for side in image.size]
    some = np.asarray(image)[:: steps[1], :: steps[0]]
    return some.reshape(-1, 3).astype(np.float64)


def _direction(colours: Colours) -> NDArray[np.float64]:
    """Return the first principal component of colours, towards the brighter."""
    _, vectors = np.linalg.eigh(np.cov(colours.T))
    main: NDArray[np.float64] = vectors[:, -1]
    return main if main @ BRIGHTNESS >= 0 else -main
