"""Each idea of a first course on neural networks is a setting that does what the course says."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tests.training.small_data import config_of, small_material, train
from training.config import RATES
from training.epochs import to_pictures
from training.learning import fit as fitting
from training.learning.learner import Learner
from training.material import stratified_folds, stratified_split
from training.networks.architectures import build, count_weights, describe, weight_layers


@pytest.fixture(scope="module")
def material(mnist):
    return small_material(mnist)


def pictures(material, count=5):
    return to_pictures(material.train.images[:count], "cpu")


# layers, neurons, weights


def test_784_15_10_has_11935_weights():
    assert "11,935 weights" in describe(build(config_of(network="784-15-10")))


@pytest.mark.parametrize(
    ("network", "weights"), [("784-10", 7_850), ("784-30-10", 23_860), ("784-16-16-10", 13_002)]
)
def test_any_depth_can_be_asked_for(network, weights):
    built = build(config_of(network=network))
    assert count_weights(built) - count_weights(built.digitness_head) == weights


@pytest.mark.parametrize("network", ["784", "15-10", "784-0-10", "784-x-10", "784-15-9", "deep"])
def test_network_that_cannot_be_is_refused(network):
    with pytest.raises(ValueError, match="784-15-10"):
        build(config_of(network=network))


def test_default_network_is_small():
    assert count_weights(build(config_of(network="conv"))) < 500_000


# input and output


def test_output_neuron_nearest_one_wins(material):
    learner = train(material, loss="mse", optimizer="sgd", epochs=6)
    logits = learner.best_network()(pictures(material, 500)).logits
    nearest_one = (1 - logits.sigmoid()).abs().argmin(dim=1)
    labels = torch.from_numpy(material.train.labels[:500])
    right = int((nearest_one == labels).sum())
    assert right > 400


# activation

FORMULAS: dict[str, Callable[..., Any]] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky-relu": lambda z: np.where(z > 0, z, 0.2 * z),
}


def weighted_inputs(network, layer, inputs):
    weights = network.get_parameter(f"layers.{layer}.weight").detach().numpy()
    return inputs @ weights.T + network.get_parameter(f"layers.{layer}.bias").detach().numpy()


@pytest.mark.parametrize("activation", FORMULAS)
def test_activation_is_its_formula(material, activation):
    network = build(config_of(activation=activation, slope=0.2))
    images = pictures(material)
    z = weighted_inputs(network, 0, images.flatten(1).numpy())
    hidden = network(images).hidden[0].detach().numpy()
    np.testing.assert_allclose(hidden, FORMULAS[activation](z), atol=1e-5)


def test_each_layer_can_have_its_own_activation(material):
    network = build(config_of(network="784-12-8-10", activation="relu,tanh"))
    first, second = network(pictures(material)).hidden
    expected = np.tanh(weighted_inputs(network, 1, first.detach().numpy()))
    np.testing.assert_allclose(second.detach().numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("activation", ["cosine", "relu,tanh"])
def test_activation_that_does_not_fit_is_refused(activation):
    with pytest.raises(ValueError, match="--activation"):
        build(config_of(activation=activation))


# loss


def test_losses_are_their_formulas():
    logits = torch.zeros(1, 10)
    logits[0, 3] = 2.0
    label = torch.tensor([3])
    p = math.exp(2) / (math.exp(2) + 9)
    assert float(fitting.class_loss(logits, label, "cross-entropy")) == pytest.approx(-math.log(p))
    squared = (1 / (1 + math.exp(-2)) - 1) ** 2 + 9 * 0.5**2
    assert float(fitting.class_loss(logits, label, "mse")) == pytest.approx(squared)


# optimiser: two steps on a slope of 1, by the textbook

STEPS = {
    "sgd": 2.0,
    "momentum": 1 + 1.9,
    "nag": 1.9 + (1 + 0.9 * 1.9),
    "adagrad": 1 + 1 / math.sqrt(2),
    "adam": 2.0,
    "adamw": 2.0,
}


@pytest.mark.parametrize("optimizer", STEPS)
def test_optimizer_steps_as_the_textbook_says(optimizer):
    learner = Learner(config_of(optimizer=optimizer, learning_rate=0.01, weight_decay=0.0))
    weight = learner.net.get_parameter("layers.0.weight")
    before = weight[0, 0].item()
    for _ in range(2):
        weight.grad = torch.ones_like(weight)
        learner.optimizers[0].step()
    assert before - weight[0, 0].item() == pytest.approx(0.01 * STEPS[optimizer], rel=1e-3)


@pytest.mark.parametrize("optimizer", RATES)
def test_every_optimizer_learns_at_its_own_rate(material, optimizer):
    learner = train(material, optimizer=optimizer, epochs=12)
    assert learner.history[-1].validation_accuracy > 0.75


def test_weight_decay_keeps_weights_small(material):
    def length(decay):
        learner = train(material, weight_decay=decay)
        return learner.net.get_parameter("layers.0.weight").norm().item()

    assert length(3.0) < 0.8 * length(0.0)


# backpropagation, gradients


def test_gradients_vanish_in_a_deep_sigmoid_net_and_not_with_relu(material):
    def first_to_last(activation):
        learner = train(material, network="784-30-30-30-30-10", activation=activation, epochs=1)
        norms = learner.history[0].gradient_norms
        assert len(norms) == 5
        return norms[0] / norms[-1]

    assert first_to_last("sigmoid") < 0.02
    assert first_to_last("relu") > 0.2


def test_gradient_is_the_slope_of_the_loss(material):
    """Backpropagation against finite differences, the oracle of all gradients."""
    network = build(config_of()).double()
    images, labels = pictures(material, 20).double(), torch.from_numpy(material.train.labels[:20])
    weight = network.get_parameter("layers.1.weight")

    def loss():
        return fitting.class_loss(network(images).logits, labels, "mse")

    loss().backward()
    assert weight.grad is not None
    with torch.no_grad():
        weight[2, 3] += 1e-4
        above = loss()
        weight[2, 3] -= 2e-4
        below = loss()
    assert float(weight.grad[2, 3]) == pytest.approx((above - below).item() / 2e-4, rel=1e-4)


# epochs, batch size, learning rate


def test_steps_are_epochs_times_batches(material):
    learner = train(material, epochs=2, batch_size=300)
    assert learner.steps == 2 * math.ceil(2000 / 300)
    assert [result.epoch for result in learner.history] == [1, 2]


def test_one_cycle_rises_and_falls_and_constant_stays():
    config = config_of(learning_rate=0.1)
    rates = [fitting.learning_rate(step, 100, config) for step in range(100)]
    assert max(rates) == pytest.approx(0.1)
    assert rates.index(max(rates)) in (14, 15)
    assert rates[-1] < 0.001
    constant = config_of(learning_rate=0.1, schedule="constant")
    assert {fitting.learning_rate(step, 100, constant) for step in range(100)} == {0.1}


def test_too_long_steps_are_named_as_such(material):
    with pytest.raises(fitting.DivergenceError, match="--learning-rate"):
        train(material, optimizer="sgd", activation="relu", learning_rate=1e18, epochs=5)


# training, validation and test split; cross-validation


def test_each_digit_is_held_out_in_one_fold():
    labels = np.repeat(np.arange(10), 30)
    splits = stratified_folds(labels, 5, seed=1)
    left_out = np.concatenate([held_out for _, held_out in splits])
    assert sorted(left_out) == list(range(300))
    for training, held_out in splits:
        assert not set(training) & set(held_out)
        assert np.bincount(labels[held_out]).tolist() == [6] * 10


def test_split_is_stratified_disjoint_seeded_and_nested():
    labels = np.repeat(np.arange(10), np.arange(100, 200, 10))
    training, held_out = stratified_split(labels, 145, seed=3)
    assert sorted([*training, *held_out]) == list(range(len(labels)))
    assert len(held_out) == 145
    assert np.allclose(np.bincount(labels[held_out]) / np.bincount(labels), 0.1, atol=0.01)
    assert (stratified_split(labels, 145, seed=3)[1] == held_out).all()
    assert set(held_out) <= set(stratified_split(labels, 290, seed=3)[1])
    assert set(held_out) != set(stratified_split(labels, 145, seed=4)[1])


def test_gradient_norms_are_named_by_layer():
    names = [name for name, _ in weight_layers(build(config_of(network="784-15-12-10")))]
    assert names == ["layers.0", "layers.1", "layers.2"]


@pytest.mark.parametrize("setting", ["epochs", "batch_size", "threads", "validation"])
def test_setting_that_makes_no_sense_is_refused(setting):
    with pytest.raises(ValueError, match="--" + setting.replace("_", "-")):
        config_of(**{setting: 0})
