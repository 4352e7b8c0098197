"""Learning to read lines: the loss against all paths, the schedule, and going on bit for bit."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest
import torch

from training.learning import ctc
from training.synthesis.lines.numbers import ALPHABET
from training.synthesis.lines.samples import Lines


@pytest.fixture
def lines():
    """Two kinds of strokes, upright and level, as 1 and -."""
    generator = np.random.default_rng(0)
    pixels, texts = [], []
    for _ in range(48):
        picture = np.full((40, 32), 64, np.uint8)
        if generator.random() < 0.5:
            picture[6:34, 14:18] = 190
            texts.append("1")
        else:
            picture[18:22, 6:26] = 190
            texts.append("-")
        pixels.append(picture)
    return Lines(tuple(pixels), tuple(texts))


def test_loss_is_that_of_the_sum_over_all_paths():
    torch.manual_seed(0)
    logits = torch.randn(1, 1 + len(ALPHABET), 4, dtype=torch.float32)
    shares = logits.softmax(dim=1)[0].T.numpy()
    total = 0.0
    for path in itertools.product(range(1 + len(ALPHABET)), repeat=4):
        if ctc._spelt(list(path)) == "17":
            total += float(np.prod([shares[t, c] for t, c in enumerate(path)]))
    assert float(ctc.ctc_loss(logits, ["17"])) == pytest.approx(-np.log(total) / 2, rel=1e-4)


def test_a_few_steps_tell_two_strokes_apart(lines):
    learner = ctc.LineLearner(2e-3, 40, seed=0)
    before = ctc.accuracy(learner.average, lines)
    while learner.step < learner.steps:
        ctc.learn(learner, lines, 16, "float32")
    assert ctc.accuracy(learner.net, lines) > max(before, 0.95)


def test_restored_learner_goes_on_as_if_it_had_not_stopped(lines):
    learner = ctc.LineLearner(2e-3, 9, seed=0)
    ctc.learn(learner, lines, 16, "float32")
    state = copy.deepcopy(learner.state())
    ctc.learn(learner, lines, 16, "float32")
    again = ctc.LineLearner(2e-3, 9, seed=0)
    again.restore(state)
    ctc.learn(again, lines, 16, "float32")
    for one, other in zip(learner.net.parameters(), again.net.parameters(), strict=True):
        assert torch.equal(one, other)


def test_rate_rises_and_falls_to_nearly_nothing():
    rates = [ctc.learning_rate(step, 100, 1.0) for step in range(100)]
    assert rates.index(max(rates)) == 6
    assert rates[0] < 0.2
    assert rates[-1] < 0.01


def test_augmentation_is_repeatable_and_changes_lines():
    batch = torch.rand(6, 1, 40, 64)
    first, again = (ctc.augment(batch, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.equal(first, batch)
