"""The outputs of images.py for many kinds of pictures, to compare a faster version with them.

``python -m tests.app.recognition.golden`` rewrites the file: only where images.py is meant to
give other outputs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.recognition import images
from benchmarks.scenes import SCENES
from tests.support.pictures import DATA, WAYS, read_mnist

FILE = DATA / "golden.png"  # 28x28 after 28x28, each below the one before
DIGITS = 3  # of each kind of picture
MAX_PIXELS = 1_000_000


def made() -> NDArray[np.uint8]:
    """Return what images.py makes of the pictures now: (n, 28, 28), ink high."""
    drawings = [images.read(data, max_pixels=MAX_PIXELS) for data in files()]
    return np.stack([np.rint(drawing.pixels * 255).astype(np.uint8) for drawing in drawings])


def files() -> Iterator[bytes]:
    """Yield digits as programs send them, and as people photograph them."""
    digits, random = read_mnist(), np.random.default_rng(28)
    for way in WAYS.values():
        yield from map(way, digits.images[:DIGITS])
    for scene in SCENES.values():
        yield from (scene(digit, random) for digit in digits.images[DIGITS : 2 * DIGITS])


def kept() -> NDArray[np.uint8]:
    """Return what was made when the file was written."""
    return np.asarray(Image.open(FILE)).reshape(-1, images.SIDE, images.SIDE)


if __name__ == "__main__":
    Image.fromarray(made().reshape(-1, images.SIDE)).save(FILE, optimize=True)
