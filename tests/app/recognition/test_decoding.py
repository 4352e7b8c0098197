"""The search for texts, beside all paths of short frames: nothing is more certain than those."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict

import numpy as np
import pytest

from app.recognition import beams
from app.recognition.alignment import choices, places, probabilities
from app.recognition.beams import EFFORTS, MOST_EXTENDED, Search
from app.recognition.decoding import joined, long_enough, search
from app.recognition.texts import ANY, Mask


def all_texts(frames):
    """Return every text that ``frames`` can show with its probability: the sum over all paths."""
    texts: dict[tuple[int, ...], float] = defaultdict(float)
    for path in itertools.product(range(frames.shape[1]), repeat=len(frames)):
        signs = [sign for sign, _ in itertools.groupby(path)]
        text = tuple(sign for sign in signs if sign)
        texts[text] += float(np.prod(frames[np.arange(len(frames)), path]))
    return texts


def random_frames(seed, length=6, classes=4, sharpness=0.5):
    generator = np.random.default_rng(seed)
    return generator.dirichlet(np.full(classes, sharpness), length)


def spikes(text, classes=11, apart=6):
    """Return frames as a trained network makes them: nearly all blank, a spike for each sign."""
    frames = np.full((apart * (len(text) + 1), classes), 1e-7)
    frames[:, 0] = 1
    for place, sign in enumerate(text):
        at = apart * (place + 1)
        frames[at, :] = 1e-4
        frames[at, sign] = 0.95
    return frames / frames.sum(axis=1, keepdims=True)


@pytest.fixture(params=range(12))
def frames(request):
    return random_frames(request.param)


def test_probability_is_the_sum_over_all_paths(frames):
    texts = all_texts(frames)
    np.testing.assert_allclose(probabilities(frames, list(texts)), list(texts.values()), rtol=1e-9)


def test_search_finds_the_best_text_and_the_next_ones(frames):
    texts = all_texts(frames)
    best = sorted(texts, key=texts.__getitem__, reverse=True)[:4]
    found = search(frames)
    assert [text for text, _ in found] == best
    np.testing.assert_allclose([p for _, p in found], [texts[text] for text in best], rtol=1e-9)


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_search_finds_the_best_text_of_a_length(frames, length):
    texts = {text: p for text, p in all_texts(frames).items() if len(text) == length}
    assert search(frames, Mask(length, length))[0][0] == max(texts, key=texts.__getitem__)


def test_search_finds_the_best_text_of_a_pattern(frames):
    mask = Mask(3, 3, ((1, 2), (3,), (1, 2)))
    texts = {text: p for text, p in all_texts(frames).items() if mask.allows(text)}
    assert search(frames, mask)[0][0] == max(texts, key=texts.__getitem__)


def test_mask_that_nothing_fits_gets_the_best_that_fits():
    frames = spikes([1, 2])
    ((text, p), *_) = search(frames, Mask(3, 3, ((4,), (5,), (6,))))
    assert text == (4, 5, 6)
    assert 0 <= p < 1e-6


def test_mask_longer_than_the_frames_is_met():
    text, p = search(random_frames(0, length=3), Mask(9, 9))[0]
    assert len(text) == 9
    assert 0 <= p < 1e-6


def test_frames_that_are_surely_blank_change_nothing():
    text = (1, 1, 2, 10, 10, 3)
    frames = spikes(text)
    assert search(frames)[0][0] == text
    assert search(frames, Mask(6, 6))[0][0] == text
    assert search(np.eye(1, 11), ANY)[0] == ((), 1.0)


def test_choices_are_the_texts_that_differ_in_one_place(frames):
    texts = all_texts(frames)
    for text in [text for text in texts if 1 <= len(text) <= 3]:
        rows = choices(frames, text, (1, 2, 3))
        for place, row in enumerate(rows):
            others = [texts.get((*text[:place], d, *text[place + 1 :]), 0.0) for d in (1, 2, 3)]
            np.testing.assert_allclose(row, np.array(others) / sum(others), atol=1e-9)


def test_choices_in_a_long_line_are_those_texts_too():
    frames = random_frames(5, length=60, classes=5, sharpness=0.2)
    text = search(frames)[0][0]
    others = [[(*text[:at], d, *text[at + 1 :]) for d in (1, 2, 3, 4)] for at in range(len(text))]
    expected = np.array([probabilities(frames, row) for row in others])
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(choices(frames, text, (1, 2, 3, 4)), expected, atol=1e-9)


def test_signs_that_read_as_nothing_part_repeated_ones():
    frames = random_frames(3, length=5, classes=5)
    heard: dict[tuple[int, ...], float] = defaultdict(float)
    for text, p in all_texts(frames).items():
        heard[tuple(sign for sign in text if sign in (1, 2))] += p
    texts = all_texts(joined(frames, (1, 2)))
    assert texts.keys() == heard.keys()
    for text, p in texts.items():
        assert p == pytest.approx(heard[text], rel=1e-9)


def test_places_are_those_of_the_most_probable_path():
    assert places(spikes([5, 5, 7]), (5, 5, 7)) == [(6, 7), (12, 13), (18, 19)]


@pytest.mark.parametrize("sharpness", [0.02, 0.2, 5])
@pytest.mark.parametrize("mask", [ANY, Mask(32, 32), Mask(1, 32)])
def test_work_on_the_longest_line_of_noise_is_bounded(sharpness, mask):
    frames = random_frames(1, length=322, classes=15, sharpness=sharpness)
    begun = time.process_time()
    ((text, _), *_) = search(frames, mask)
    choices(frames, text, range(1, 11))
    places(frames, text)
    assert time.process_time() - begun < 1


MASKS = [ANY, Mask(32, 32), Mask(1, 32), Mask(6, 6)]


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("sharpness", [0.02, 0.5, 1e4])  # the last: any sign is as probable
def test_search_of_the_longest_line_makes_no_more_texts_than_allowed(sharpness, mask):
    frames = random_frames(1, length=322, classes=16, sharpness=sharpness)
    search = Search(long_enough(frames, mask), mask)
    assert search.run()
    assert 0 < search.extended <= MOST_EXTENDED


@pytest.mark.parametrize("mask", MASKS)
def test_line_that_is_sure_gets_all_the_effort(mask):
    assert Search(spikes([1, 2, 3, 3, 4, 5]), mask).effort == EFFORTS[0]


@pytest.mark.parametrize("sharpness", [0.02, 0.5, 1e4])
def test_least_effort_meets_the_longest_mask(sharpness, monkeypatch):
    monkeypatch.setattr(beams, "EFFORTS", EFFORTS[-1:])
    frames = random_frames(2, length=100, classes=11, sharpness=sharpness)
    for pattern in ((), (tuple(range(1, 11)), (10,)) * 16):
        mask = Mask(32, 32, pattern)
        text = Search(long_enough(frames, mask), mask).run()[0]
        assert mask.allows(text)
