"""Under- and overfitting: a run's last sentence names what was seen, and the remedies help."""

from __future__ import annotations

import pytest

from tests.training.small_data import small_material, train
from training.learning.learner import EpochResult
from training.learning.verdict import judge

MEMORISING = {"network": "784-200-10", "activation": "relu", "epochs": 15}


@pytest.fixture(scope="module")
def material(mnist):
    return small_material(mnist)


@pytest.fixture(scope="module")
def scarce(mnist):
    return small_material(mnist, train=200, validation=500)


def test_net_too_large_for_few_digits_is_called_overfitting(scarce):
    verdict = judge(train(scarce, **MEMORISING).history)
    assert verdict.kind == "overfitting"
    assert "--patience" in verdict.sentence


def test_net_that_hardly_moves_is_called_underfitting(material):
    settings = {"optimizer": "sgd", "learning_rate": 0.001, "loss": "mse"}
    assert judge(train(material, **settings).history).kind == "underfitting"


def test_net_of_low_accuracy_on_both_splits_has_not_overfitted():
    losses = (2.21, 0.38, 2.22, 0.36)
    history = [EpochResult(epoch, *losses, 0.01, 1.0, (0.1,)) for epoch in (1, 2)]
    assert judge(history).kind == "underfitting"


def test_net_that_fits_is_called_neither(mnist):
    plenty = small_material(mnist, train=5000, validation=1000)
    settings = {"network": "784-100-10", "augment": 0.1, "learning_rate": 0.01, "epochs": 5}
    verdict = judge(train(plenty, **settings).history)
    assert verdict.kind == "neither", verdict.sentence


def test_early_stopping_stops_and_keeps_the_best(scarce):
    learner = train(scarce, **{**MEMORISING, "epochs": 60, "patience": 4})
    assert len(learner.history) < 60
    assert len(learner.history) - learner.best_epoch == 4
    best = learner.history[learner.best_epoch - 1]
    assert best.validation_accuracy == max(r.validation_accuracy for r in learner.history)


@pytest.mark.parametrize("remedy", [{"augment": 0.7}, {"dropout": 0.6}])
def test_remedies_narrow_the_gap(scarce, remedy):
    def gap(**settings):
        last = train(scarce, **{**MEMORISING, **settings}).history[-1]
        return last.validation_loss - last.train_loss

    assert gap(**remedy) < 0.9 * gap()
