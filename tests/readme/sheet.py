"""A sheet of pictures in rows, each with two lines of text below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

MARGIN, TEXT = 12, 12  # pixels
LINE = TEXT + 4
INK, SOFT, EDGE = "#1b1f24", "#5b6470", "#d0d7de"


@dataclass(frozen=True)
class Captioned:
    """A picture, as it is to be shown, and the two lines of text below it."""

    picture: Image.Image
    lines: tuple[str, str]


@dataclass(frozen=True)
class Layout:
    """So many pictures a row, each in a frame of ``size`` pixels."""

    columns: int
    size: tuple[int, int]

    @property
    def cell(self) -> tuple[int, int]:
        """Return the pixels from a frame to the next, across and down."""
        width, height = self.size
        return width + MARGIN, height + 2 * LINE + MARGIN

    def draw(self, shown: Sequence[Captioned]) -> Image.Image:
        """Lay ``shown`` out on white, each in the middle of its frame."""
        (across, down), rows = self.cell, -(-len(shown) // self.columns)
        sheet = Image.new("RGB", (self.columns * across + MARGIN, rows * down + MARGIN), "white")
        for place, one in enumerate(shown):
            row, column = divmod(place, self.columns)
            self._draw(sheet, one, MARGIN + column * across, MARGIN + row * down)
        return sheet

    def _draw(self, sheet: Image.Image, one: Captioned, left: int, top: int) -> None:
        (width, height), picture = self.size, one.picture
        inside = left + (width - picture.width) // 2, top + (height - picture.height) // 2
        sheet.paste(picture, inside)
        pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT)
        pen.rectangle((left, top, left + width - 1, top + height - 1), outline=EDGE)
        for number, (text, colour) in enumerate(zip(one.lines, (INK, SOFT), strict=True)):
            middle = (left + width / 2, top + height + 2 + number * LINE)
            pen.text(middle, text, colour, font, anchor="ma")
