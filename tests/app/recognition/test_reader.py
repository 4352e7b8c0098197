"""A reader's answers: texts, how sure they are, which digits where, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageOps

from app.recognition import lines
from app.recognition.expected import Expected
from app.recognition.reader import Reader
from app.recognition.verification import KNOWN_TEXTS
from tests.support.readers import known_image, known_picture, publish_reader, set_metadata


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    return Reader(publish_reader(tmp_path_factory.mktemp("models"), 1), device="cpu")


def read(reader, picture, expected=None):
    line = lines.read_line(picture, max_pixels=25_000_000)
    (reading,) = reader.read([line], expected or Expected())
    return reading


@pytest.mark.parametrize("text", KNOWN_TEXTS)
def test_line_is_read_with_its_digits(reader, text):
    reading = read(reader, known_picture(text))
    assert (reading.text, reading.rejected) == (text, None)
    assert "".join(str(one.digit) for one in reading.digits) == text
    assert 0.6 < reading.confidence <= 1


@pytest.mark.parametrize("height", [60, 144, 700])
@pytest.mark.parametrize("text", ["4071", "1234567890"])
def test_boxes_lie_over_the_ink_that_they_are_of(reader, text, height):
    image = known_image(text, height)
    ink = np.asarray(ImageOps.invert(image)) > 100
    covered = np.zeros_like(ink)
    slack = height / 40
    for one in read(reader, known_picture(text, height)).digits:
        left, top, width, high = one.box
        inside = ink[round(top) : round(top + high), round(left) : round(left + width)]
        columns, rows = np.flatnonzero(inside.any(axis=0)), np.flatnonzero(inside.any(axis=1))
        assert columns[0] <= slack
        assert columns[-1] >= width - 1 - slack
        assert rows[0] <= slack
        assert rows[-1] >= high - 1 - slack
        grown = round(slack)
        covered[
            max(0, round(top) - grown) : round(top + high) + grown,
            max(0, round(left) - grown) : round(left + width) + grown,
        ] = True
    assert (ink & covered).sum() > 0.99 * ink.sum()


def test_digits_are_left_to_right_and_their_probabilities_sum_to_one(reader):
    digits = read(reader, known_picture("58293")).digits
    assert [one.box[0] for one in digits] == sorted(one.box[0] for one in digits)
    for one in digits:
        assert sum(one.probabilities) == pytest.approx(1)
        assert one.confidence == max(one.probabilities) == one.probabilities[one.digit]


def test_next_texts_are_less_probable_and_all_differ(reader):
    reading = read(reader, known_picture("4071"))
    texts = [reading.text, *(text for text, _ in reading.alternatives)]
    shares = [reading.confidence, *(share for _, share in reading.alternatives)]
    assert len(set(texts)) == 4
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1


def test_separators_are_read_where_the_alphabet_has_them(reader):
    picture = known_picture("2025")
    assert read(reader, picture).text == "2025"
    reading = read(reader, picture, Expected("amount"))
    assert reading.text == "20.25"
    assert [one.digit for one in reading.digits] == [2, 0, 2, 5]


def test_other_signs_read_as_nothing_in_each_alphabet(reader):
    assert read(reader, known_picture("600"), Expected("amount")).text == "600"


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (Expected(length=(4, 4)), "4071"),
        (Expected(length=(1, 9)), "4071"),
        (Expected(pattern="dddd"), "4071"),
        (Expected(pattern="dd.dd"), "4071"),  # the point is not in the alphabet
    ],
)
def test_mask_that_the_text_fits_leaves_it_as_it_is(reader, expected, text):
    free = read(reader, known_picture("4071"))
    masked = read(reader, known_picture("4071"), expected)
    assert masked.text == text
    assert masked.confidence == pytest.approx(free.confidence, rel=1e-3)


@pytest.mark.parametrize(
    ("expected", "length"),
    [
        (Expected(length=(3, 3)), 3),
        (Expected(length=(6, 6)), 6),
        (Expected(length=(32, 32)), 32),
        (Expected("amount", pattern="dd-dd"), 5),
        (Expected("amount", pattern="d" * 31 + "/"), 32),
    ],
)
def test_mask_that_nothing_fits_gets_the_best_text_with_low_confidence(reader, expected, length):
    reading = read(reader, known_picture("4071"), expected)
    assert len(reading.text) == length
    assert reading.rejected is None
    assert reading.confidence < 0.1
    assert all(len(text) == length for text, _ in reading.alternatives)
    if expected.alphabet == "amount":
        assert reading.text.replace("-", "").replace("/", "").isdecimal()


def test_pattern_of_an_amount_is_met(reader):
    reading = read(reader, known_picture("2025"), Expected("amount", pattern="dd.dd"))
    assert reading.text == "20.25"
    assert read(reader, known_picture("2025"), Expected("amount", pattern="dddd")).text == "2025"


def test_blank_picture_is_rejected(reader):
    for image in (Image.new("L", (600, 150), 255), Image.new("L", (1, 1))):
        (reading,) = reader.read([lines.find_line(image)], Expected(length=(4, 4)))
        assert (reading.text, reading.confidence, reading.rejected) == ("", 0, "blank")
        assert not reading.digits
        assert not reading.alternatives


def test_line_without_a_digit_is_no_number(reader):
    noise = np.random.default_rng(0).integers(0, 255, (60, 300), np.uint8)
    (reading,) = reader.read([lines.find_line(Image.fromarray(noise))])
    assert (reading.text, reading.confidence, reading.rejected) == ("", 0, "no_number")
    assert not reading.alternatives


def test_text_below_the_models_threshold_is_no_number_but_an_alternative(tmp_path):
    strict = publish_reader(tmp_path, 1, change=set_metadata(confidence_threshold="0.99"))
    reader = Reader(strict, device="cpu")
    reading = read(reader, known_picture("4071"))
    assert (reading.text, reading.confidence, reading.rejected) == ("", 0, "no_number")
    assert reading.alternatives[0][0] == "4071"
    assert len(reading.alternatives) == 3
    assert read(reader, known_picture("4071"), Expected(length=(4, 4))).text == "4071"


def test_lines_of_one_call_are_read_as_each_alone(reader):
    texts = ("4071", "1234567890", "600")
    found = [lines.find_line(known_image(text)) for text in texts]
    assert reader.read(found) == [reader.read([line])[0] for line in found]


def test_threads_share_a_reader(reader):
    found = [lines.find_line(known_image(text)) for text in KNOWN_TEXTS]
    with ThreadPoolExecutor(4) as pool:
        readings = list(pool.map(lambda line: reader.read([line])[0], found * 4))
    assert [reading.text for reading in readings] == [*KNOWN_TEXTS] * 4


def test_line_filled_up_for_a_gpu_has_the_same_frames(reader, monkeypatch):
    line = lines.find_line(known_image("4071"))
    frames = reader.run(line.pixels)
    monkeypatch.setattr(reader, "_pads", True)
    assert reader.run(line.pixels).shape == frames.shape
