"""Lines are drawn as their text says, the same for the same seed, from digits of one part."""

from __future__ import annotations

import numpy as np
import pytest

from app.recognition.lines import HEIGHT
from training.synthesis.lines import allographs, hand, no_numbers, numbers, samples, writing
from training.synthesis.lines.hand import Samples
from training.synthesis.negatives.glyphs import Sources, digit_fonts


@pytest.fixture(scope="module")
def writer(mnist):
    sources = Sources(np.zeros((1, 28, 28), np.float32))
    return Samples(mnist.images[:500], mnist.labels[:500].astype(np.int64), digit_fonts(), sources)


def test_texts_are_of_the_alphabet_and_some_show_no_number():
    generator = np.random.default_rng(0)
    texts = [numbers.text(generator) for _ in range(1_000)]
    assert set("".join(texts)) == set(numbers.ALPHABET)
    without = sum(not any(sign.isdigit() for sign in text) for text in texts)
    assert 20 < without < 120


@pytest.mark.parametrize("digit", range(10))
def test_forms_of_a_digit_are_about_one_high(digit):
    generator = np.random.default_rng(digit)
    for _ in range(30):
        knots = np.concatenate(allographs.write(generator, allographs.choose(generator)[digit]))
        assert 0.7 < np.ptp(knots[:, 1]) < 1.5
        assert np.ptp(knots[:, 0]) < 1.4


def test_longer_text_is_a_wider_line(writer):
    def width(text):
        generator = np.random.default_rng(3)
        return float(np.mean([writing.write(generator, text, writer).shape[1] for _ in range(20)]))

    assert width("8") < width("88") < width("8888")


def test_line_of_nothing_is_empty(writer):
    assert not writing.write(np.random.default_rng(0), "", writer).any()


def test_same_seed_draws_the_same_lines(writer):
    first, again, other = (next(iter(samples.synthesize(12, writer, s))) for s in (1, 1, 2))
    assert first.texts == again.texts != other.texts
    for one, same in zip(first.pixels, again.pixels, strict=True):
        np.testing.assert_array_equal(one, same)


def test_drawn_lines_have_ink_and_the_height_of_the_network(writer):
    drawn = next(iter(samples.synthesize(40, writer, 5)))
    assert all(pixels.shape[0] == HEIGHT for pixels in drawn.pixels)
    written = [p for p, text in zip(drawn.pixels, drawn.texts, strict=True) if text]
    assert all(int(pixels.max()) - int(pixels.min()) > 60 for pixels in written)


def test_batch_fills_up_with_paper():
    short, long = np.full((HEIGHT, 20), 200, np.uint8), np.full((HEIGHT, 31), 200, np.uint8)
    batch = samples.batch([short, long])
    assert batch.shape == (2, 1, HEIGHT, 64)
    assert (batch[0, 0, :, 24:] == 0).all()
    assert (batch[0, 0, :, 4:24] > 1).all()


def test_fonts_of_validation_are_not_learned_from():
    train, held_out = digit_fonts(), digit_fonts(held_out=True)
    assert len(train) + len(held_out) == 59
    assert not {cell.tobytes() for cell in train} & {cell.tobytes() for cell in held_out}


@pytest.mark.parametrize("kind", [*no_numbers.DRAWN, *no_numbers.SEEN])
def test_each_kind_of_negative_shows_something(kind, writer, monkeypatch):
    monkeypatch.setattr(no_numbers, "DRAWN", (kind,))
    monkeypatch.setattr(no_numbers, "SEEN", (kind,))
    beside = np.zeros((64, 256), np.uint8)
    for seed in range(4):
        picture = no_numbers.show(np.random.default_rng(seed), writer.sources, beside)
        assert np.ptp(picture) > 10


def test_line_is_learned_from_only_where_its_writing_is_found():
    ink = (10, 10, 110, 40)  # left, top, right, bottom
    assert samples._covers((5, 8, 110, 34), ink)
    assert not samples._covers((5, 30, 110, 34), ink)  # a rule below was taken for the line
    assert not samples._covers((60, 8, 110, 34), ink)


def test_hand_keeps_one_form_of_a_digit(writer, monkeypatch):
    seen = []
    draw_paths = allographs.write

    def note(generator, form):
        seen.append(form)
        return draw_paths(generator, form)

    monkeypatch.setattr(hand, "SOURCE_SHARES", (0, 1, 0, 0))  # strokes alone
    monkeypatch.setattr(allographs, "write", note)
    writing.write(np.random.default_rng(1), "7777", writer)
    assert len(seen) == 4
    assert len(set(seen)) == 1


def test_each_hand_bends_a_form_in_its_own_way_and_its_strokes_still_meet():
    corner = (0.5, 0.1)
    form = (((0.0, 0.0), corner), (corner, (0.3, 1.0)))
    first, second = (allographs._own(np.random.default_rng(seed), form) for seed in (0, 1))
    assert first != second
    for bent in (first, second):
        assert bent[0][1] == bent[1][0] != corner
        np.testing.assert_allclose(bent, form, atol=0.3)
