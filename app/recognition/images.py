"""Turn image files into pictures like MNIST's: (28, 28), ink high, centred by mass.

The procedure is MNIST's own (LeCun, Cortes, Burges, "The MNIST database"): the digit is
scaled into a box of 20x20 keeping its aspect, and placed so that its centre of mass is the
middle of 28x28. Three steps come before, which MNIST's makers did not need: decode the file,
find out whether the ink is dark or light, and subtract the paper.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from app.errors import TooManyPixels, UndecodableImage, UnsupportedImage
from app.recognition.colour import TELLING, range_of, to_grey
from app.recognition.ink import LEAST_CONTRAST, find_ink, ink_box
from app.recognition.levels import Grey

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
SIDE = 28
BOX = 20
MIDDLE = 14.5  # where MNIST has the centre of mass: in the pixel of index 14, which begins at 14
WORKING_SIDE = 320  # pixels: larger pictures are reduced to this, as more detail does not help
SMALL = 48  # of those: what is smaller is looked at again, in the picture as it came
STEPS = np.arange(2 * WORKING_SIDE)
OPAQUE = 255
NEAR = 0.12  # of a scale from 1: closer than this, nothing is resampled, as that blurs


@dataclass(frozen=True)
class Drawing:
    """A picture as the network sees it.

    ``pixels`` is (28, 28) float32 in 0..1, ink high. ``box`` is where the ink lies in the grey
    values, in their pixels, as (left, top, width, height); it is None where ``is_blank``.
    """

    pixels: NDArray[np.float32]
    box: tuple[float, float, float, float] | None

    @property
    def is_blank(self) -> bool:
        """Whether no ink was found."""
        return self.box is None


BLANK = Drawing(np.zeros((SIDE, SIDE), np.float32), None)


def read(data: bytes, *, max_pixels: int) -> Drawing:
    """Turn the bytes of an image file into a ``Drawing``: ``normalise(decode(data))``."""
    return normalise(decode(data, max_pixels=max_pixels))


def decode(data: bytes, *, max_pixels: int) -> Image.Image:
    """Decode an image file to an "L" image, upright, on white where it is transparent.

    An animation gives its first frame; a large JPEG is decoded at a smaller size. Raises
    ``UnsupportedImage``, ``TooManyPixels`` or ``UndecodableImage``.
    """
    return decode_reduced(data, _twice, max_pixels=max_pixels)[0]


def decode_reduced(
    data: bytes, wanted: Callable[[tuple[int, int]], tuple[int, int]], *, max_pixels: int
) -> tuple[Image.Image, float]:
    """Decode as ``decode`` does; also return how many pixels of the file are one of the image.

    ``wanted`` says, for the size of the file's picture, which size is enough: a JPEG is decoded at
    the smallest of its sizes that is not less.
    """
    image = _open(data, max_pixels)
    try:
        whole = image.width
        is_colour = image.mode == "RGB"
        image.draft("L", wanted(image.size))
        scale = whole / image.width
        image.load()
        if is_colour and image.mode == "L" and range_of(image) < TELLING:
            image = _open(data, max_pixels)  # a JPEG, whose colours may tell what it shows
            image.draft("RGB", wanted(image.size))
            image.load()
        if image.info:  # only then may it tell an orientation
            ImageOps.exif_transpose(image, in_place=True)
        return _grey(image), scale
    except Exception as error:  # hostile bytes make Pillow's decoders raise nearly anything
        raise UndecodableImage(
            f"This {image.format} file is damaged or incomplete ({error}): send it again whole."
        ) from error


def normalise(grey: Image.Image | Grey) -> Drawing:
    """Take an "L" image or (h, w) uint8, dark on light or light on dark, to a ``Drawing``."""
    image = Image.fromarray(grey) if isinstance(grey, np.ndarray) else grey
    step = max(1, max(image.size) // WORKING_SIDE)
    ink = find_ink(image.reduce(step) if step > 1 else image)
    box = None if ink is None else ink_box(ink)
    if ink is None or box is None:
        return BLANK
    left, top, right, bottom = (step * side for side in box)
    if step > 1 and max(right - left, bottom - top) < SMALL * step:
        closer = _closer(image, (left, top, right, bottom))
        if closer:
            return closer
    return Drawing(_place(ink, box), (left, top, right - left, bottom - top))


def _closer(image: Image.Image, box: tuple[int, int, int, int]) -> Drawing | None:
    """Take what is small in a large picture from its own pixels, with as much paper around it."""
    left, top, right, bottom = box
    room = max(right - left, bottom - top)
    x, y = max(left - room, 0), max(top - room, 0)
    cut = image.crop((x, y, min(right + room, image.width), min(bottom + room, image.height)))
    drawing = normalise(cut)
    if drawing.box is None:
        return None
    inner_left, inner_top, width, height = drawing.box
    return Drawing(drawing.pixels, (inner_left + x, inner_top + y, width, height))


def _twice(size: tuple[int, int]) -> tuple[int, int]:
    """Return twice the size at which a digit is looked for, however large its picture."""
    return 2 * WORKING_SIDE, 2 * WORKING_SIDE


def _open(data: bytes, max_pixels: int) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise _unidentified(data) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels(_too_many(max_pixels)) from None
    except Exception as error:  # hostile bytes make Pillow's parsers raise nearly anything
        raise UndecodableImage(
            f"This image file is damaged ({error}): send it again whole."
        ) from error
    if image.width * image.height > max_pixels:
        raise TooManyPixels(_too_many(max_pixels))
    return image


def _unidentified(data: bytes) -> UndecodableImage | UnsupportedImage:
    """Distinguish an image with a damaged header from other data, which Pillow does not."""
    for name in FORMATS:
        _, accepts = Image.OPEN[name]
        if accepts and accepts(data[:16]) is True:
            return UndecodableImage(
                f"This {name} file has a damaged header or no pixels: send it again whole."
            )
    return UnsupportedImage(
        f"This is no image, or its beginning is damaged: send one of {', '.join(FORMATS)}."
    )


def _too_many(max_pixels: int) -> str:
    return f"The picture has more than {max_pixels:,} pixels: scale it down first."


def _grey(image: Image.Image) -> Image.Image:
    if image.mode == "L" and "transparency" not in image.info:
        return image
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_from_deep(np.asarray(image, dtype=np.float64)))
    if image.has_transparency_data:
        return _on_white(image if image.mode == "RGBA" else image.convert("RGBA"))
    return to_grey(image)


def _from_deep(values: NDArray[np.float64]) -> Grey:
    """Scale 16-bit, 32-bit and floating-point grey to 0..255, by the range that the picture uses.

    Whole numbers range from 0 to a power of two: 12-bit values in a file of 16 bits are common.
    Numbers up to 1 range from 0 to 1; where some are below 0, from the least to the greatest.
    """
    finite = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    low, high = float(finite.min(initial=0)), float(finite.max(initial=0))
    if low >= 0:
        low, high = 0.0, 1.0 if high <= 1 else 2.0 ** max(8, math.ceil(math.log2(high + 1))) - 1
    return np.clip((finite - low) * (255.0 / max(high - low, 1e-9)), 0, 255).astype(np.uint8)


def _on_white(image: Image.Image) -> Image.Image:
    """Put a transparent picture on white; where nothing shows then, its alpha is the ink."""
    alpha = image.getchannel("A")
    if np.asarray(alpha).min() == OPAQUE:
        return to_grey(image)
    paper = Image.new("L", image.size, 255)
    paper.paste(image.convert("L"), (0, 0), alpha)
    if range_of(paper) >= TELLING:
        return paper
    white = Image.new("RGB", image.size, "white")
    white.paste(image.convert("RGB"), (0, 0), alpha)
    grey = to_grey(white)
    return ImageOps.invert(alpha) if range_of(grey) < LEAST_CONTRAST <= range_of(alpha) else grey


def _place(ink: Grey, box: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """Scale the ink box to 20 pixels and put the centre of mass at MNIST's middle."""
    left, top, right, bottom = box
    scale = BOX / max(right - left, bottom - top)
    x, y = _centre_of_mass(ink[top:bottom, left:right])
    x, y = x + left, y + top
    if abs(scale - 1) <= NEAR:
        left, top = math.floor(x) - math.floor(MIDDLE), math.floor(y) - math.floor(MIDDLE)
        placed = _cut(ink, left, top, left + SIDE, top + SIDE)
    else:
        before, after = MIDDLE / scale, (SIDE - MIDDLE) / scale
        placed = _resampled(ink, (x - before, y - before, x + after, y + after), scale)
    return np.multiply(placed, np.float32(1 / max(int(placed.max()), 1)), dtype=np.float32)


def _centre_of_mass(ink: Grey) -> tuple[float, float]:
    """Return x and y of the centre of mass, a pixel's own centre being at its index plus 1/2."""
    columns, rows = ink.sum(axis=0, dtype=np.uint32), ink.sum(axis=1, dtype=np.uint32)
    total = int(columns.sum())
    x = int(columns @ STEPS[: columns.size]) / total + 0.5
    return x, int(rows @ STEPS[: rows.size]) / total + 0.5


def _resampled(ink: Grey, window: tuple[float, float, float, float], scale: float) -> Grey:
    """Resample a square window to 28x28 by area averaging."""
    left, top = math.floor(window[0]), math.floor(window[1])
    cut = _cut(ink, left, top, math.ceil(window[2]), math.ceil(window[3]))
    inside = (window[0] - left, window[1] - top, window[2] - left, window[3] - top)
    resample = Image.Resampling.BOX if scale <= 1 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(cut).resize((SIDE, SIDE), resample, box=inside))


def _cut(ink: Grey, left: int, top: int, right: int, bottom: int) -> Grey:
    """Cut out a window; where it reaches past the picture, it is blank."""
    cut = np.zeros((bottom - top, right - left), np.uint8)
    inside = ink[max(top, 0) : bottom, max(left, 0) : right]
    y, x = max(-top, 0), max(-left, 0)
    cut[y : y + inside.shape[0], x : x + inside.shape[1]] = inside
    return cut
