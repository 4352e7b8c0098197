"""Boxes of signs: from where the network saw them to the ink that they are of."""

from __future__ import annotations

import numpy as np
import pytest

from app.recognition.boxes import find_boxes
from app.recognition.lines import HEIGHT, Line

WHOLE = (0.0, 0.0, 200.0, float(HEIGHT))  # a picture of the line's own size


def line_of(*strokes, box=WHOLE):
    """Return a line of 200 columns that is ink in each stroke (left, top, right, bottom)."""
    pixels = np.zeros((HEIGHT, 200), np.float32)
    for left, top, right, bottom in strokes:
        pixels[top:bottom, left:right] = 1
    return Line(pixels, box)


def test_box_shrinks_or_grows_to_the_ink():
    line = line_of((20, 5, 40, 35), (60, 10, 66, 30))
    assert find_boxes(line, [(28, 32), (60, 64)]) == [(20, 5, 20, 30), (60, 10, 6, 20)]


def test_touching_digits_are_parted_where_there_is_least_ink():
    line = line_of((20, 5, 40, 35), (40, 20, 44, 22), (44, 5, 64, 35))
    (left, _, width, _), (second, *_) = find_boxes(line, [(28, 32), (52, 56)])
    assert left == 20
    assert 40 <= left + width == second <= 44


def test_neighbour_that_is_no_digit_is_not_in_the_box():
    line = line_of((20, 5, 40, 35), (48, 30, 52, 38), (60, 5, 80, 35))
    assert find_boxes(line, [(28, 32), (68, 72)]) == [(20, 5, 20, 30), (60, 5, 20, 30)]


def test_stroke_that_is_broken_stays_in_one_box():
    line = line_of((20, 5, 28, 35), (30, 5, 40, 35))
    assert find_boxes(line, [(28, 32)]) == [(20, 5, 20, 30)]


def test_box_is_in_the_pixels_of_the_picture():
    line = line_of((20, 10, 40, 30), box=(100.0, 50.0, 400.0, 80.0))
    assert find_boxes(line, [(28, 32)]) == [(140, 70, 40, 40)]


@pytest.mark.parametrize("span", [(-4, 0), (28, 32), (196, 200), (400, 404)])
def test_span_without_ink_still_has_a_box_in_the_line(span):
    ((left, top, width, height),) = find_boxes(line_of(), [span])
    assert 0 <= left <= left + width <= 200
    assert (top, height) == (0, HEIGHT)
    assert width > 0
