"""The sheets hold what they say, and held-out fonts and pictograms are never trained on."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from training.synthesis.negatives import glyphs, line_drawings, make_sheets, mixture
from training.synthesis.negatives.glyphs import CELL, LETTERS, SHEETS, Sources

SHEET_NAMES = ("letters", "drawings", "pictures")


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.images[:60].astype(np.float32) / 255


def as_set(cells):
    return {cell.tobytes() for cell in cells}


@pytest.mark.parametrize("name", SHEET_NAMES)
def test_held_out_fonts_and_pictograms_are_a_fifth_and_none_of_the_rest(digits, name):
    trained = as_set(getattr(Sources(digits), name))
    held_out = as_set(getattr(Sources(digits, held_out=True), name))
    assert not trained & held_out
    assert 0.15 < len(held_out) / (len(trained) + len(held_out)) < 0.25


@pytest.mark.parametrize("name", SHEET_NAMES)
def test_every_glyph_is_inked_and_has_room_around_it(digits, name):
    for cell in getattr(Sources(digits), name):
        rows, columns = np.nonzero(cell)
        assert max(np.ptp(rows), np.ptp(columns)) > len(cell) / 2
        assert (cell > 100).mean() > 0.02


def test_every_letter_is_there_from_most_fonts():
    sheet = np.asarray(Image.open(SHEETS / "letters.png"))
    fonts = sheet.reshape(len(make_sheets.FONTS), CELL, len(LETTERS), CELL)
    inked = np.asarray(fonts.any(axis=(1, 3)))
    assert inked.sum(axis=0).min() > 0.5 * len(make_sheets.FONTS)
    for row, name in enumerate(make_sheets.FONTS):
        doubles = [LETTERS.index(letter) for letter in make_sheets.DOUBLES.get(name, "")]
        assert not inked[row, doubles].any()


def test_letters_have_strokes_as_thick_as_digits(digits):
    letters = Sources(digits).letters > 0
    edges = np.diff(letters, axis=1).sum((1, 2)) + np.diff(letters, axis=2).sum((1, 2))
    width = 2 * letters.sum((1, 2)) / edges
    assert 3 < np.median(width) < 6
    assert width.min() > 1.5


def test_held_out_negatives_are_made_of_held_out_fonts(digits, monkeypatch):
    used = []

    def spy(generator, sources, count):
        used.append(sources)
        return line_drawings.line_drawings(generator, sources, count)

    monkeypatch.setattr(mixture, "line_drawings", spy)
    mixture.draw_negatives(11, digits, seed=1, held_out=True)
    mixture.draw_negatives(11, digits, seed=1)
    assert [sources.held_out for sources in used] == [True, False]
    letter = line_drawings.letter(np.random.default_rng(0), used[0])
    assert letter.tobytes() in as_set(glyphs.Sources(digits, held_out=True).letters)


@pytest.mark.parametrize("kind", [line_drawings.word, line_drawings.letter_and_digit])
def test_several_glyphs_stand_apart_in_one_cell(kind, digits):
    generator = np.random.default_rng(0)
    cells = [kind(generator, Sources(digits)) for _ in range(20)]
    boxes = [Image.fromarray(cell).getbbox() or (0, 0, 0, 0) for cell in cells]
    assert all(max(box[2] - box[0], box[3] - box[1]) in range(40, 46) for box in boxes)
    gaps = [
        (cell[:, box[0] : box[2]].max(axis=0) < 40).any()
        for cell, box in zip(cells, boxes, strict=True)
    ]
    assert np.mean(gaps) > 0.5


def test_no_arrow_points_up():
    generator = np.random.default_rng(0)
    for _ in range(200):
        tail, tip = line_drawings._arrow(generator)[0]
        assert tip[1] >= tail[1]


@pytest.mark.parametrize(
    ("sign", "may"), [("👕", True), ("🐘", True), ("🔟", False), ("🌕", False)]
)
def test_pictograms_that_look_like_a_digit_are_left_out(sign, may):
    assert make_sheets._may_be_drawn(sign) is may


def test_thin_strokes_are_thickened_for_the_sheet():
    line = Image.new("L", (20, 400))
    line.paste(255, (8, 0, 11, 400))
    cell = make_sheets._cell(line.crop((8, 0, 11, 400)), make_sheets.THIN)
    assert 3 <= cell.sum(axis=1).max() <= 5
    assert cell.any(axis=1).sum() in range(40, 46)
