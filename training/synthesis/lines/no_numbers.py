"""Pictures of lines without a number: negatives, of which the reader learns to read nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from training.synthesis.lines import scenes
from training.synthesis.negatives import mixture
from training.synthesis.negatives.glyphs import Sources
from training.synthesis.negatives.line_drawings import drawing
from training.synthesis.negatives.objects import pictogram, shaded_object
from training.synthesis.paper import paper

Grey = NDArray[np.uint8]
Kind = Callable[[Generator, Sources], Grey]

DRAWN: tuple[Kind, ...] = (
    drawing, drawing, drawing, mixture.scribble, mixture.strokes, mixture.curl, mixture.shape,
)  # fmt: skip
SEEN: tuple[Kind, ...] = (
    shaded_object, shaded_object, shaded_object, pictogram, paper, mixture.texture, mixture.noise,
)  # fmt: skip
SIDES = (28, 160)  # pixels of a picture that is seen as it is


def show(generator: Generator, sources: Sources, beside: Grey) -> Grey:
    """Return one picture: ink on paper, or an object, paper, a texture, noise; (h, w) uint8."""
    if generator.random() < 0.5:
        ink = _one_of(generator, DRAWN)(generator, sources)
        return scenes.show(generator, ink, beside)[0]
    picture = Image.fromarray(_one_of(generator, SEEN)(generator, sources))
    side = int(np.exp(generator.uniform(*np.log(SIDES))))
    if generator.random() < 0.5:
        side = picture.width
    return np.asarray(picture.resize((side, side), Image.Resampling.BILINEAR))


def _one_of(generator: Generator, kinds: tuple[Kind, ...]) -> Kind:
    return kinds[int(generator.integers(len(kinds)))]
