"""What others have drawn: letters of handwriting fonts and pictograms, from the sheets in git.

``sheets/README.md`` says whose they are and how the sheets are made anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.synthesis.negatives.letters import LOWER, UPPER

SHEETS = Path(__file__).parent / "sheets"
LETTERS = UPPER + LOWER  # the columns of letters.png; a row is a font
CELL, SHADED = 56, 40  # pixels a side of a glyph, and of a shaded picture
KEPT_BACK = 5  # one font or pictogram in so many is never learned from

Cells = NDArray[np.uint8]  # (n, side, side), 0..255, ink and things high


@dataclass(frozen=True)
class Sources:
    """What negatives are made of: ``digits`` (n, 28, 28), and the sheets' glyphs.

    ``unseen`` glyphs are of fonts and pictograms that no run learns from.
    """

    digits: NDArray[np.float32]
    unseen: bool = False

    @property
    def letters(self) -> Cells:
        """Return letters (n, CELL, CELL)."""
        return _letters(self.unseen)

    @property
    def drawings(self) -> Cells:
        """Return pictograms as line drawings (n, CELL, CELL)."""
        return _pictograms("drawings.png", CELL, self.unseen)

    @property
    def pictures(self) -> Cells:
        """Return pictograms in greys (n, SHADED, SHADED), light on black."""
        return _pictograms("pictures.png", SHADED, self.unseen)


@cache
def _letters(unseen: bool) -> Cells:
    fonts = _cells("letters.png", CELL).reshape(-1, len(LETTERS), CELL, CELL)
    return _inked(_part(fonts, unseen).reshape(-1, CELL, CELL))


@cache
def _pictograms(name: str, side: int, unseen: bool) -> Cells:
    return _part(_inked(_cells(name, side)), unseen)


def _cells(name: str, side: int) -> Cells:
    sheet = np.asarray(Image.open(SHEETS / name).convert("L"))
    rows, columns = sheet.shape[0] // side, sheet.shape[1] // side
    return sheet.reshape(rows, side, columns, side).transpose(0, 2, 1, 3).reshape(-1, side, side)


def _part(cells: Cells, unseen: bool) -> Cells:
    is_kept_back = np.arange(len(cells)) % KEPT_BACK == KEPT_BACK - 1
    part: Cells = cells[is_kept_back == unseen]
    return part


def _inked(cells: Cells) -> Cells:
    return cells[cells.any(axis=(1, 2))]
