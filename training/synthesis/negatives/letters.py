"""Letters and signs that do not look like a digit, as type and as handwriting.

Handwriting is drawn along the single strokes of A. V. Hershey's fonts (1967), bent differently
each time. What looks like a digit is left out: O and D, I and l, Z, S, B, G and b, q and g.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from HersheyFonts import HersheyFonts  # type: ignore[import-untyped]
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont

from training.synthesis.canvas import SIDE, Grey, Path, fitted, seen, stroke, turned, wobble

UPPER, LOWER = "ACEFHJKLMNPRTUVWXY", "acdefhkmnprtuvwx"
PRINTED = UPPER + LOWER + "Dy"  # sharp corners keep more of them apart
SIGNS = "#%&$+=*@"
HANDS = {  # Hershey's fonts, and their keys whose letters do not look like a digit
    "futural": UPPER + LOWER + "#%&$+*@",
    "rowmans": UPPER + LOWER,
    "cursive": LOWER + "ACEFHJKLMNPRTUVWX",
    "scripts": "ACEFHJKLMNPRTUVWX" + LOWER,
    "scriptc": UPPER + LOWER,
    "timesi": UPPER + LOWER,
    "timesr": UPPER + LOWER,
    "gothitt": "AEFHKMNPRTWXYaefhkmnprtwx",
    "greek": "ADFGHKMNPRWXYafhkmnptwy",
    "cyrillic": "ADFHKMNTUWXYadfhkmntuwxy",
}


def handwritten(generator: Generator, sources: object) -> Grey:
    """A letter, or a sign, written with a random pen by a random hand."""
    font = str(generator.choice(list(HANDS), p=WEIGHTS))
    glyphs = _glyphs(font)
    glyph = glyphs[int(generator.integers(len(glyphs)))]
    paths = wobble(generator, fitted(generator, glyph), float(generator.uniform(0, 5)))
    return seen(generator, stroke(generator, paths, (2, 11)))


def printed(generator: Generator, sources: object) -> Grey:
    """A letter or a sign in type, slanted and turned."""
    text = str(generator.choice(list(PRINTED + SIGNS)))
    image = Image.new("L", (SIDE, SIDE))
    size, heaviness = int(generator.integers(44, 64)), int(generator.integers(0, 4))
    ImageDraw.Draw(image).text(
        (SIDE / 2, SIDE / 2), text, 255, ImageFont.load_default(size),
        anchor="mm", stroke_width=heaviness,
    )  # fmt: skip
    shear = float(generator.uniform(-0.3, 0.3))
    slanted = image.transform(
        image.size, Image.Transform.AFFINE, (1, shear, -shear * SIDE / 2, 0, 1, 0),
        Image.Resampling.BILINEAR,
    )  # fmt: skip
    return turned(np.asarray(slanted), generator, 20)


@cache
def _glyphs(font: str) -> tuple[list[Path], ...]:
    """Return the strokes of each letter of ``font`` in ``HANDS``."""
    hershey = HersheyFonts()
    hershey.load_default_font(font)
    glyphs = []
    for letter in HANDS[font]:
        strokes = [np.array(s, float) for s in hershey.strokes_for_text(letter) if len(s) > 1]
        if strokes and np.ptp(np.concatenate(strokes), axis=0).min() > 0:
            glyphs.append(strokes)
    return tuple(glyphs)


COUNTS = np.array([4, 3, 2, 3, 1, 2, 1, 1, 1, 1], float)  # the simple fonts more often
WEIGHTS = COUNTS / COUNTS.sum()
