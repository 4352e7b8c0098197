"""Fine-tuning: the result is the mean of the weights before and after it."""

from __future__ import annotations

import copy

import pytest
import torch

from tests.training.small_data import config_of, small_material, train
from training.fine_tuning import fine_tune, weaker
from training.runs.folder import Run


@pytest.fixture(scope="module")
def parts(mnist):
    return small_material(mnist, train=300, validation=100)


def fine_tuned(parts, folder, **settings):
    learner = train(parts, **settings)
    before = copy.deepcopy(learner.best)
    fine_tune(learner, parts, Run(folder), lambda line: None, bar=False)
    return learner, before


def test_result_is_the_mean_of_the_weights_before_and_after(parts, tmp_path):
    learner, before = fine_tuned(parts, tmp_path, fine_tune=2, augment=0.5)
    after = torch.load(tmp_path / "fine-tuning" / "last.pt")["learned"]
    assert any(not torch.equal(before[name], after[name]) for name in before)
    for name, mean in learner.best.items():
        torch.testing.assert_close(mean, (before[name] + after[name]) / 2)
    assert [result.epoch for result in learner.fine_tuning] == [1, 2]


def test_no_epochs_change_nothing(parts, tmp_path):
    learner, before = fine_tuned(parts, tmp_path, fine_tune=0)
    assert all(torch.equal(before[name], mean) for name, mean in learner.best.items())
    assert list(tmp_path.iterdir()) == []


def test_convolutional_nets_are_fine_tuned_with_weaker_augmentation_and_dense_ones_not():
    assert config_of().fine_tune == 0
    config = config_of(network="conv", patience=2)
    again = weaker(config)
    assert again.epochs == config.fine_tune == 3
    assert again.patience == 0
    assert again.augment < config.augment
    assert again.learning_rate < config.learning_rate
