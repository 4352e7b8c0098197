"""The line of a picture: what is cut out, and where it lies in the picture's own pixels."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from app.recognition import lines
from app.recognition.lines import HEIGHT, LONGEST, find_line
from tests.conftest import ROOT
from tests.support.pictures import file_of


def written(mnist, indices, side=60, apart=50, margin=40, height=None):
    """Return MNIST digits in a row, dark on light, each drawn ``side`` pixels high."""
    height = height or side + 2 * margin
    page = Image.new("L", (apart * len(indices) + side - apart + 2 * margin, height), 255)
    for place, index in enumerate(indices):
        ink = Image.fromarray(mnist.images[index]).resize((side, side), Image.Resampling.BICUBIC)
        at = margin + place * apart, margin
        page.paste(ImageOps.invert(ink), at, ink.point(lambda v: 255 if v > 20 else 0))
    return page


def ink_box(image):
    return ImageOps.invert(image).point(lambda v: 255 if v > 128 else 0).getbbox()


def box_of(line):
    assert line.box is not None
    return line.box


def holds(box, inner):
    left, top, width, height = box
    return (
        left <= inner[0]
        and top <= inner[1]
        and left + width >= inner[2]
        and top + height >= inner[3]
    )


@pytest.fixture(scope="module")
def page(mnist):
    return written(mnist, range(6))


def test_line_is_cut_out_with_a_margin_and_scaled_to_its_height(page):
    line = find_line(page)
    assert line.pixels.shape[0] == HEIGHT
    assert line.pixels.dtype == np.float32
    assert holds(box_of(line), ink_box(page))
    assert box_of(line)[3] < 1.6 * (ink_box(page)[3] - ink_box(page)[1])
    assert line.pixels.shape[1] / HEIGHT == pytest.approx(
        box_of(line)[2] / box_of(line)[3], abs=0.1
    )
    assert np.median(line.pixels) == pytest.approx(0, abs=0.05)
    assert np.quantile(line.pixels, 0.99) == pytest.approx(1, abs=0.2)


def test_light_ink_on_dark_is_the_same_line(page):
    dark, light = find_line(page), find_line(ImageOps.invert(page))
    assert box_of(light) == box_of(dark)
    np.testing.assert_allclose(light.pixels, dark.pixels, atol=0.05)


@pytest.mark.parametrize("crop", [0, 1, 4, 10])
def test_digits_that_touch_the_border_stay_in_the_line(mnist, crop):
    page = written(mnist, range(6), side=180, apart=150)
    left, top, right, bottom = ink_box(page)
    tight = page.crop((left - crop, top - crop, right + crop, bottom + crop))
    assert box_of(find_line(tight))[2] > 0.95 * (right - left)


def test_frame_along_the_border_is_not_part_of_the_line(page):
    framed = page.copy()
    ImageDraw.Draw(framed).rectangle((0, 0, framed.width, 6), fill=0)
    assert box_of(find_line(framed))[1] > 10


def test_of_two_lines_the_one_with_more_ink_is_read(mnist):
    small = written(mnist, range(6), side=60, margin=40)
    large = written(mnist, range(6), side=120, apart=100, margin=40)
    page = Image.new("L", (large.width, small.height + large.height), 255)
    page.paste(small, (0, 0))
    page.paste(large, (0, small.height))
    line = find_line(page)
    left, top, right, bottom = ink_box(large)
    assert holds(box_of(line), (left, top + small.height, right, bottom + small.height))
    assert box_of(line)[1] > ink_box(small)[3]


def test_underline_and_point_do_not_make_two_lines(page):
    marked = page.copy()
    left, _, right, bottom = ink_box(page)
    ImageDraw.Draw(marked).rectangle((left, bottom + 12, right - 200, bottom + 15), fill=0)
    assert holds(box_of(find_line(marked)), ink_box(page))


def test_box_is_in_the_pixels_of_the_file_however_it_is_decoded(mnist):
    page = written(mnist, range(6), side=900, apart=750, margin=600)
    for file_format in ("PNG", "JPEG"):
        line = lines.read_line(file_of(page, file_format), max_pixels=25_000_000)
        left, top, right, bottom = ink_box(page)
        assert holds(box_of(line), (left, top, right, bottom))
        assert box_of(line)[2] < 1.1 * (right - left) + 0.4 * (bottom - top)
        assert box_of(line)[0] > left - 0.4 * (bottom - top)
        assert box_of(line)[0] + box_of(line)[2] <= page.width


@pytest.mark.parametrize("image", [Image.new("L", (600, 150), 255), Image.new("L", (1, 1))])
def test_nothing_written_is_no_line(image):
    assert find_line(image).box is None


def test_line_has_no_more_columns_than_the_network_takes(mnist):
    page = written(mnist, list(range(100)), side=28, apart=22, margin=4)
    assert find_line(page).pixels.shape == (HEIGHT, LONGEST)


HOSTILE = """
import resource, sys, time
import numpy as np
from PIL import Image, ImageDraw
from app.recognition.lines import find_line

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

generator = np.random.default_rng(0)
width, height, specks = map(int, sys.argv[1:])
if specks:
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    for x, y in zip(generator.integers(0, width, specks), generator.integers(0, height, specks)):
        draw.rectangle((int(x), int(y), int(x) + 3, int(y) + 3), fill=0)
else:
    image = Image.fromarray(generator.integers(0, 256, (height, width), np.uint8))
find_line(Image.new("L", (300, 300), 255))
before, begun = peak(), time.process_time()
find_line(image)
print(time.process_time() - begun, peak() - before)
"""


@pytest.mark.parametrize(
    ("width", "height", "specks"),
    [
        (5000, 5000, 0),
        (5000, 5000, 10_000),
        (20_000, 100, 10_000),
        (3199, 3199, 10_000),
        (1599, 1599, 0),
        (1, 25_000_000, 0),
    ],
)
def test_work_on_a_hostile_picture_is_bounded(width, height, specks):
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE, str(width), str(height), str(specks)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes = map(float, done.stdout.split())
    assert seconds < 1
    assert megabytes < 150
