"""Letters of handwriting fonts and pictograms, from the sheets in git.

``sheets/README.md`` names their authors and says how the sheets are made.
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
HELD_OUT = 5  # one font or pictogram in so many is never trained on

Cells = NDArray[np.uint8]  # (n, side, side), 0..255, ink and objects high


@dataclass(frozen=True)
class Sources:
    """The sources of negatives: ``digits`` (n, 28, 28), and the sheets' glyphs.

    With ``held_out`` they are of the held-out fonts and pictograms, else of all others.
    """

    digits: NDArray[np.float32]
    held_out: bool = False

    @property
    def letters(self) -> Cells:
        """Return letters (n, CELL, CELL)."""
        return _letters(self.held_out)

    @property
    def drawings(self) -> Cells:
        """Return pictograms as line drawings (n, CELL, CELL)."""
        return _pictograms("drawings.png", CELL, self.held_out)

    @property
    def pictures(self) -> Cells:
        """Return pictograms in greys (n, SHADED, SHADED), light on black."""
        return _pictograms("pictures.png", SHADED, self.held_out)


@cache
def digit_fonts(held_out: bool = False) -> Cells:
    """Return the digits of handwriting fonts, (fonts, 10, CELL, CELL)."""
    return _part(_cells("digits.png", CELL).reshape(-1, 10, CELL, CELL), held_out)


@cache
def _letters(held_out: bool) -> Cells:
    fonts = _cells("letters.png", CELL).reshape(-1, len(LETTERS), CELL, CELL)
    return _inked(_part(fonts, held_out).reshape(-1, CELL, CELL))


@cache
def _pictograms(name: str, side: int, held_out: bool) -> Cells:
    return _part(_inked(_cells(name, side)), held_out)


def _cells(name: str, side: int) -> Cells:
    sheet = np.asarray(Image.open(SHEETS / name).convert("L"))
    rows, columns = sheet.shape[0] // side, sheet.shape[1] // side
    return sheet.reshape(rows, side, columns, side).transpose(0, 2, 1, 3).reshape(-1, side, side)


def _part(cells: Cells, held_out: bool) -> Cells:
    is_held_out = np.arange(len(cells)) % HELD_OUT == HELD_OUT - 1
    part: Cells = cells[is_held_out == held_out]
    return part


def _inked(cells: Cells) -> Cells:
    return cells[cells.any(axis=(1, 2))]
