"""Synthetic digits keep their labels; negatives of every kind are drawn, and none is blank."""

from __future__ import annotations

import numpy as np
import pytest

from app.recognition.images import normalise
from training.mnist import Digits
from training.synthesis import paper
from training.synthesis.digits import handwriting
from training.synthesis.negatives import letters, line_drawings, mixture, objects
from training.synthesis.negatives.glyphs import Sources


@pytest.fixture(scope="module")
def digits(mnist):
    return Digits(mnist.images[:60].astype(np.float32) / 255, mnist.labels[:60].astype(np.int64))


def test_synthetic_digits_are_reproducible_and_in_range(digits):
    first = handwriting.synthesize(digits.images, digits.labels, seed=1)
    assert first.shape == digits.images.shape
    assert first.dtype == np.float32
    assert 0 <= first.min() <= first.max() <= 1
    np.testing.assert_array_equal(
        first, handwriting.synthesize(digits.images, digits.labels, seed=1)
    )
    assert (
        (first != handwriting.synthesize(digits.images, digits.labels, seed=2))
        .any(axis=(1, 2))
        .all()
    )


def test_synthetic_digits_keep_their_labels(recogniser, digits):
    probabilities, _ = recogniser.run(handwriting.synthesize(digits.images, digits.labels, seed=1))
    assert (probabilities.argmax(axis=1) == digits.labels).mean() > 0.85


@pytest.mark.slow  # starts processes
def test_more_synthetic_digits_than_a_chunk_come_in_order(recogniser, digits, monkeypatch):
    monkeypatch.setattr(handwriting, "CHUNK", 25)
    probabilities, _ = recogniser.run(handwriting.synthesize(digits.images, digits.labels, seed=1))
    assert (probabilities.argmax(axis=1) == digits.labels).mean() > 0.85


def test_middle_of_a_bar_is_a_line_of_one_pixel():
    bar = np.zeros((1, 20, 40), bool)
    bar[0, 6:13, 5:35] = True
    (middle,) = handwriting._middles(bar)
    rows, columns = np.nonzero(middle)
    assert set(rows) <= {8, 9, 10}
    assert len(np.unique(columns)) == len(columns) >= 22


def test_middle_of_a_ring_is_closed():
    y, x = np.mgrid[0:40, 0:40] - 20
    (middle,) = handwriting._middles((abs(np.hypot(x, y) - 12) < 3)[None])
    angles = np.arctan2(*(np.argwhere(middle) - 20).T)
    assert np.diff(np.sort(angles)).max() < 0.3
    assert middle.sum() < 100


KINDS = list(dict.fromkeys(mixture.PICTURES + line_drawings.LINE_DRAWINGS))


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_negative_is_often_blank_or_always_the_same(kind, digits):
    generator = np.random.default_rng(0)
    drawings = [normalise(kind(generator, Sources(digits.images))) for _ in range(12)]
    assert sum(drawing.is_blank for drawing in drawings) <= 4
    assert len({drawing.pixels.tobytes() for drawing in drawings}) > 6


def test_no_letter_looks_like_a_digit():
    latin = [keys for hand, keys in letters.HANDS.items() if hand not in ("greek", "cyrillic")]
    for keys in (letters.PRINTED, letters.SIGNS, *latin):
        assert not set(keys) & set("OoIil|ZzSsBbGgQq0123456789")


def test_every_font_has_letters():
    assert len(letters.WEIGHTS) == len(letters.HANDS)
    assert all(len(letters._glyphs(font)) > 10 for font in letters.HANDS)


@pytest.mark.parametrize("mark", paper.MARKS, ids=lambda mark: mark.__name__)
def test_marks_on_paper_are_finite_and_of_its_size(mark):
    for seed in range(5):
        light = mark(np.random.default_rng(seed), 48)
        assert light.shape == (48, 48)
        assert np.isfinite(light).all()


def test_objects_are_filled_and_shaded(digits):
    sources = Sources(digits.images)
    greys = [objects.shaded_object(np.random.default_rng(seed), sources) for seed in range(30)]
    seen = np.stack([normalise(grey).pixels for grey in greys])
    assert np.median((seen > 0.1).mean(axis=(1, 2))) > 0.2
    assert np.median([len(np.unique(grey)) for grey in greys]) > 40
