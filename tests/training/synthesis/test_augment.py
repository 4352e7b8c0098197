"""Augmentation varies digits within limits; negatives are varied and reproducible."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.synthesis.digits import augment
from training.synthesis.negatives import broken_digits, mixture
from training.synthesis.negatives.glyphs import Sources


@pytest.fixture(scope="module")
def batch(mnist):
    return torch.from_numpy(mnist.images[:200].astype(np.float32) / 255)[:, None]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_same_generator_gives_the_same_batch(batch):
    first, second = (augment.augment(batch, generator()) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, augment.augment(batch, generator(1)))


def test_augmented_pixels_stay_in_range_and_the_argument_as_it_was(batch):
    before = batch.clone()
    varied = augment.augment(batch, generator())
    assert torch.equal(batch, before)
    assert varied.shape == batch.shape
    assert 0 <= float(varied.min()) <= float(varied.max()) <= 1
    assert bool(varied.isfinite().all())


def test_some_digits_stay_as_they_are_and_most_do_not(batch):
    same = (augment.augment(batch, generator()) == batch).flatten(1).all(dim=1)
    assert 0.05 < float(same.float().mean()) < 0.3


def test_warp_moves_ink_no_further_than_a_few_pixels(batch):
    def centre(images):
        places = torch.arange(28.0)
        ink = images.sum((1, 2, 3))
        return torch.stack(
            [(images.sum((1, 3)) @ places) / ink, (images.sum((1, 2)) @ places) / ink]
        )

    moved = (centre(augment.warp(batch, generator())) - centre(batch)).abs()
    assert 0.3 < float(moved.mean()) < 2
    assert float(moved.max()) < 5


def test_thickness_changes_both_ways(batch):
    ink = augment.change_thickness(batch, generator()).sum((1, 2, 3)) / batch.sum((1, 2, 3))
    assert float(ink.min()) < 0.8
    assert float(ink.max()) > 1.4


def test_negatives_are_reproducible_normalised_and_unlike_each_other(mnist):
    digits = mnist.images[:50].astype(np.float32) / 255
    first = mixture.draw_negatives(66, digits, seed=1)
    assert first.shape == (66, 28, 28)
    assert first.dtype == np.float32
    assert 0 <= first.min() <= first.max() <= 1
    np.testing.assert_array_equal(first, mixture.draw_negatives(66, digits, seed=1))
    assert len(np.unique(first.reshape(66, -1), axis=0)) == 66


@pytest.mark.slow  # starts processes
def test_more_negatives_than_a_chunk_come_from_several_processes(mnist, monkeypatch):
    monkeypatch.setattr(mixture, "CHUNK", 11)
    digits = mnist.images[:50].astype(np.float32) / 255
    drawn = mixture.draw_negatives(25, digits, seed=1)
    assert len(np.unique(drawn.reshape(25, -1), axis=0)) == 25


def test_two_digits_are_wider_than_one(mnist):
    digits = mnist.images[:50].astype(np.float32) / 255
    pictures = [
        broken_digits.two_digits(np.random.default_rng(i), Sources(digits)) for i in range(20)
    ]
    assert all(picture.shape != (28, 28) for picture in pictures)
