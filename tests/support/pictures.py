"""The MNIST test digits, and pictures of them as people send them."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

DATA = Path(__file__).parents[1] / "data"

Digit = NDArray[np.uint8]  # (28, 28), ink high


@dataclass(frozen=True)
class Digits:
    """The MNIST test set: ``images`` (10000, 28, 28) uint8, ink high, ``labels`` (10000,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def read_mnist() -> Digits:
    """Read the original files of the test set."""
    images = gzip.decompress((DATA / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((DATA / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    return Digits(
        np.frombuffer(images, np.uint8).reshape(-1, 28, 28), np.frombuffer(labels, np.uint8)
    )


def file_of(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    """Write a picture as an image file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def plain(digit: Digit) -> bytes:
    """The digit as it is: 28x28, white on black."""
    return file_of(Image.fromarray(digit))


def enlarged(digit: Digit) -> bytes:
    """Ten times as large, and not packed: it is the same picture, written in half the time."""
    image = Image.fromarray(digit).resize((280, 280), Image.Resampling.BICUBIC)
    return file_of(image, compress_level=0)


def inverted(digit: Digit) -> bytes:
    """Black on white."""
    return file_of(ImageOps.invert(Image.fromarray(digit)))


def pasted(digit: Digit, left: int = 437, top: int = 31) -> bytes:
    """Dark ink near a corner of a white page of 600x400, drawn at 140x140, and not packed."""
    page = Image.new("L", (600, 400), 255)
    ink = Image.fromarray(digit).resize((140, 140), Image.Resampling.BICUBIC)
    page.paste(ImageOps.invert(ink), (left, top))
    return file_of(page, compress_level=0)


def transparent(digit: Digit) -> bytes:
    """Black ink on a transparent ground."""
    ink = Image.new("RGBA", (28, 28), (0, 0, 0, 0))
    ink.putalpha(Image.fromarray(digit))
    return file_of(ink)


WAYS = {
    "28×28": plain,
    "enlarged to 280×280": enlarged,
    "inverted": inverted,
    "pasted on a 600×400 page": pasted,
    "transparent": transparent,
}
