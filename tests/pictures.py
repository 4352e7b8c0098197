"""Pictures as people send them, made from an MNIST digit (28, 28) uint8, ink high."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Digit = NDArray[np.uint8]


def file_of(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    """Write a picture as an image file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def plain(digit: Digit) -> bytes:
    """The digit as it is: 28x28, white on black."""
    return file_of(Image.fromarray(digit))


def enlarged(digit: Digit) -> bytes:
    """Ten times as large."""
    return file_of(Image.fromarray(digit).resize((280, 280), Image.Resampling.BICUBIC))


def inverted(digit: Digit) -> bytes:
    """Black on white."""
    return file_of(ImageOps.invert(Image.fromarray(digit)))


def pasted(digit: Digit, left: int = 437, top: int = 31) -> bytes:
    """Dark ink near a corner of a white page of 600x400, drawn at 140x140."""
    page = Image.new("L", (600, 400), 255)
    ink = Image.fromarray(digit).resize((140, 140), Image.Resampling.BICUBIC)
    page.paste(ImageOps.invert(ink), (left, top))
    return file_of(page)


def transparent(digit: Digit) -> bytes:
    """Black ink on a transparent ground."""
    ink = Image.new("RGBA", (28, 28), (0, 0, 0, 0))
    ink.putalpha(Image.fromarray(digit))
    return file_of(ink)
