"""Image bytes become what MNIST looks like: (28, 28), ink high, centred by mass.

The procedure is MNIST's own (LeCun, Cortes, Burges, "The MNIST database"): the digit is
scaled into a box of 20x20 keeping its aspect, and placed so that its centre of mass is the
middle of 28x28. What MNIST's makers did not have to do comes before: decode whatever people
send, find out which side is ink, and take the paper away.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from app.errors import TooManyPixels, UndecodableImage, UnsupportedImage

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
SIDE = 28
BOX = 20
MIDDLE = 14.5  # where MNIST has the centre of mass: in the pixel of index 14, which begins at 14
WORKING_SIDE = 320  # pixels: finer than this, a drawing has no more to tell
FLAT = 8  # grey levels along the border, up to which paper counts as even
LEAST_CONTRAST = 24  # grey levels between ink and paper, below which nothing is written
INK = 64  # of 255: what is darker counts for the ink box
NEAR = 0.12  # a digit that fits the box within this is not resampled, as that blurs it

Grey = NDArray[np.uint8]
Histogram = NDArray[np.int_]


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


IS_INK = [255 if level > INK else 0 for level in range(256)]
BLANK = Drawing(np.zeros((SIDE, SIDE), np.float32), None)


def read(data: bytes, *, max_pixels: int) -> Drawing:
    """Turn the bytes of an image file into a ``Drawing``: ``normalise(decode(data))``."""
    return normalise(decode(data, max_pixels=max_pixels))


def decode(data: bytes, *, max_pixels: int) -> Grey:
    """Decode an image file to grey values (h, w), upright, on white where it is transparent.

    Of an animation the first frame counts; a large JPEG comes out smaller. Raises
    ``UnsupportedImage``, ``TooManyPixels`` or ``UndecodableImage``.
    """
    image = _open(data, max_pixels)
    try:
        image.draft("L", (2 * WORKING_SIDE, 2 * WORKING_SIDE))
        return _grey(ImageOps.exif_transpose(image))
    except Exception as error:  # hostile bytes make Pillow's decoders raise nearly anything
        raise UndecodableImage(
            f"This {image.format} file is damaged or incomplete ({error}): send it again whole."
        ) from error


def normalise(grey: Grey) -> Drawing:
    """Take grey values (h, w) uint8, dark on light or light on dark, to a ``Drawing``."""
    step = max(1, max(grey.shape) // WORKING_SIDE)
    image = Image.fromarray(grey)
    ink = _ink(image.reduce(step) if step > 1 else image)
    box = ink.point(IS_INK).getbbox() if ink else None
    if ink is None or box is None:
        return BLANK
    left, top, right, bottom = (step * side for side in box)
    return Drawing(_place(ink, box), (left, top, right - left, bottom - top))


def _open(data: bytes, max_pixels: int) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise UnsupportedImage(
            f"This is no image, or its beginning is damaged: send one of {', '.join(FORMATS)}."
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels(_too_many(max_pixels)) from None
    except Exception as error:  # hostile bytes make Pillow's parsers raise nearly anything
        raise UndecodableImage(f"This image file is damaged ({error}).") from error
    if image.width * image.height > max_pixels:
        raise TooManyPixels(_too_many(max_pixels))
    return image


def _too_many(max_pixels: int) -> str:
    return f"The picture has more than {max_pixels:,} pixels: scale it down first."


def _grey(image: Image.Image) -> Grey:
    if image.mode.startswith(("I", "F")):
        return _from_deep(np.asarray(image, dtype=np.float64))
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    return np.asarray(image.convert("L"))


def _from_deep(values: NDArray[np.float64]) -> Grey:
    """Bring 16-bit, 32-bit and floating-point grey to 0..255, by the range it can have."""
    top = 65535.0 if values.max(initial=0) > 255 else 255.0 if values.max(initial=0) > 1 else 1.0
    return np.clip(values * (255.0 / top), 0, 255).astype(np.uint8)


def _on_white(image: Image.Image) -> Grey:
    """Lay a transparent picture on white; where that hides all of it, its shape is the ink."""
    alpha = image.getchannel("A")
    paper = Image.new("L", image.size, 255)
    paper.paste(image.convert("L"), (0, 0), alpha)
    if _range(paper) < LEAST_CONTRAST <= _range(alpha):
        return 255 - np.asarray(alpha)
    return np.asarray(paper)


def _range(image: Image.Image) -> int:
    low, high = image.getextrema()
    return int(high) - int(low)  # type: ignore[arg-type]  # one band, so two numbers


def _ink(image: Image.Image) -> Image.Image | None:
    """Return the ink of a picture as an "L" image, 0 for paper and 255 for full ink.

    None where nothing stands out from the paper.
    """
    dark = image if _ink_is_dark(image) else ImageOps.invert(image)
    depth = _depth(dark)
    floor, full = _levels(_histogram(depth))
    if full - floor < LEAST_CONTRAST:
        return None
    return depth.point(_table((np.arange(256) - floor) * (255.0 / (full - floor))))


def _ink_is_dark(image: Image.Image) -> bool:
    """Tell the polarity: paper covers most of a picture, and ink is what is far from paper."""
    low, paper, high = _quantiles(_histogram(image), (0.001, 0.5, 0.999))
    return paper - low > high - paper


def _depth(dark: Image.Image) -> Image.Image:
    """Return the share of the light that ink takes away from the paper, 0..255.

    Flat paper is as light as the border's median. Uneven paper is estimated.
    """
    values = np.asarray(dark)
    edge = np.sort(np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]))
    low, paper, high = (int(edge[round(q * (edge.size - 1))]) for q in (0.1, 0.5, 0.9))
    if high - low <= FLAT:
        return dark.point(_table((paper - np.arange(256)) * (255.0 / max(paper, 1))))
    light = np.asarray(_uneven_paper(dark))
    taken = np.subtract(light, values, where=values < light, out=np.zeros_like(values))
    return Image.fromarray((taken * np.float32(255) / np.maximum(light, 1)).astype(np.uint8))


def _uneven_paper(dark: Image.Image) -> Image.Image:
    """Estimate the light paper behind dark ink, as if nothing were written on it.

    A morphological closing: the lightest pixel around, in a window wider than a stroke.
    """
    paper = dark.reduce(max(1, min(dark.size) // 40))
    reach = max(paper.size) // 6
    for rank in (ImageFilter.MaxFilter(3), ImageFilter.MinFilter(3)):
        for _ in range(reach):  # many narrow passes are one wide one, and faster
            paper = paper.filter(rank)
    return paper.filter(ImageFilter.BoxBlur(2)).resize(dark.size, Image.Resampling.BILINEAR)


def _levels(counts: Histogram) -> tuple[int, int]:
    """Find the depth up to which paper's grain reaches, and the depth of full ink.

    ``counts`` is the histogram of depths. Ink and paper are told apart by Otsu's threshold
    (IEEE Trans. SMC 9, 1979).
    """
    threshold = _otsu(counts)
    if not counts[threshold + 1 :].any():
        return 0, 0
    middle, upper = _quantiles(counts[: threshold + 1], (0.5, 0.75))
    grain = middle + 4 * (upper - middle)  # 2.7 standard deviations where the grain is Gaussian
    (full,) = _quantiles(counts[threshold + 1 :], (0.75,))
    return min(grain, 4 * threshold // 5), threshold + 1 + full


def _otsu(counts: Histogram) -> int:
    below = np.cumsum(counts, dtype=np.float64)
    moment = np.cumsum(counts * np.arange(256.0))
    between = (moment[-1] * below - moment * below[-1]) ** 2
    weight = below * (below[-1] - below)
    return int(np.argmax(np.divide(between, weight, out=np.zeros(256), where=weight > 0)))


def _histogram(image: Image.Image) -> Histogram:
    return np.array(image.histogram())


def _quantiles(counts: Histogram, shares: tuple[float, ...]) -> list[int]:
    below = np.cumsum(counts)
    return [int(np.searchsorted(below, share * below[-1])) for share in shares]


def _table(levels: NDArray[np.floating]) -> list[int]:
    """Round to a table for ``Image.point``."""
    return list(np.clip(np.rint(levels), 0, 255).astype(np.uint8).tolist())


def _place(ink: Image.Image, box: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """Scale the ink box to 20 pixels and put the centre of mass at MNIST's middle."""
    scale = BOX / max(box[2] - box[0], box[3] - box[1])
    x, y = _centre_of_mass(np.asarray(ink.crop(box)))
    x, y = x + box[0], y + box[1]
    if abs(scale - 1) <= NEAR:
        scale, x, y = 1.0, math.floor(x) + 0.5, math.floor(y) + 0.5
    before, after = MIDDLE / scale, (SIDE - MIDDLE) / scale
    placed = _window(ink, (x - before, y - before, x + after, y + after), scale)
    return placed * np.float32(1 / max(float(placed.max()), 1.0))


def _centre_of_mass(ink: Grey) -> tuple[float, float]:
    """Return x and y of the centre of mass, a pixel's own centre being at its index plus 1/2."""
    columns, rows = ink.sum(axis=0, dtype=np.int64), ink.sum(axis=1, dtype=np.int64)
    total = float(columns.sum())
    x = float(columns @ np.arange(columns.size)) / total + 0.5
    return x, float(rows @ np.arange(rows.size)) / total + 0.5


def _window(
    ink: Image.Image, window: tuple[float, float, float, float], scale: float
) -> NDArray[np.float32]:
    """Resample a square window, which may reach past the picture, to 28x28 by area averaging."""
    left, top = math.floor(window[0]), math.floor(window[1])
    right, bottom = math.ceil(window[2]), math.ceil(window[3])
    inside = (window[0] - left, window[1] - top, window[2] - left, window[3] - top)
    resample = Image.Resampling.BOX if scale <= 1 else Image.Resampling.BILINEAR
    placed = ink.crop((left, top, right, bottom)).resize((SIDE, SIDE), resample, box=inside)
    return np.asarray(placed, dtype=np.float32)
