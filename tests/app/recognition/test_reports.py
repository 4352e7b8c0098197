"""Kinds of pictures that users of such demos reported: frames, panels, shadows, colours, depths.

The pictures of ``tests/data/reports`` were drawn after those reports for this project; the digit
that each shows ends its name.
"""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.recognition import images
from app.recognition.fields import find_field
from tests.conftest import ROOT

REPORTS = sorted((ROOT / "tests" / "data" / "reports").iterdir())
SEVEN = [(90, 70), (190, 70), (130, 230)]


def read(recogniser, data):
    drawing = images.read(data, max_pixels=10**7)
    (prediction,), _ = recogniser.recognise([drawing.pixels], [drawing.is_blank])
    return prediction


def drawn(ink, paper, mode="RGB", **options):
    picture = Image.new(mode, (280, 280), paper)
    ImageDraw.Draw(picture).line(SEVEN, fill=ink, width=16)
    file = io.BytesIO()
    picture.save(file, **{"format": "PNG", **options})
    return file.getvalue()


@pytest.mark.parametrize("path", REPORTS, ids=[path.stem for path in REPORTS])
def test_reported_picture_is_read(recogniser, path):
    prediction = read(recogniser, path.read_bytes())
    assert prediction.digit == int(path.stem[-1])
    assert prediction.confidence > 0.5


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_colours_of_one_brightness_are_told_apart(recogniser, form):
    assert read(recogniser, drawn((254, 0, 0), (0, 130, 0), format=form)).digit == 7


def test_grey_picture_stays_as_it_is():
    sent = drawn(40, 200, mode="L")
    levels = np.unique(np.asarray(images.decode(sent, max_pixels=10**6)))
    assert levels.tolist() == [40, 200]


def test_floats_below_zero_range_from_the_least_to_the_greatest():
    file = io.BytesIO()
    Image.fromarray(np.array([[-1.5, 0.0, 1.5]], np.float32)).save(file, "TIFF")
    assert np.asarray(images.decode(file.getvalue(), max_pixels=100)).tolist() == [[0, 127, 255]]


def test_field_is_the_inside_of_a_frame_or_the_canvas_on_a_page():
    page = Image.new("L", (300, 200), 255)
    pen = ImageDraw.Draw(page)
    pen.rectangle((20, 10, 279, 189), outline=0, width=3)
    assert find_field(np.asarray(page)) == (slice(13, 187), slice(23, 277))
    pen.rectangle((20, 10, 279, 189), fill=0)
    assert find_field(np.asarray(page)) == (slice(10, 190), slice(20, 280))


def test_round_or_slender_digit_is_no_field():
    page = Image.new("L", (100, 100), 0)
    ImageDraw.Draw(page).ellipse((10, 10, 90, 90), outline=255, width=14)
    assert find_field(np.asarray(page)) is None
    page = Image.new("L", (100, 100), 0)
    ImageDraw.Draw(page).rectangle((40, 5, 60, 95), fill=255)
    assert find_field(np.asarray(page)) is None


def test_small_digit_on_a_large_picture_keeps_its_place():
    page = Image.new("L", (2000, 1500), 255)
    ImageDraw.Draw(page).line([(1500, 300), (1560, 300), (1525, 390)], fill=0, width=5)
    drawing = images.normalise(page)
    assert drawing.box is not None
    assert np.allclose(drawing.box, (1500, 298, 63, 94), atol=8)


@pytest.mark.parametrize("deviation", [1, 2])
def test_grain_is_not_taken_for_faint_ink(deviation):
    for seed in range(5):
        grain = np.random.default_rng(seed).normal(230, deviation, (300, 300))
        assert images.normalise(grain.astype(np.uint8)).is_blank
