"""Figures of merit and calibration, against results worked out by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from tests.training.small_data import config_of
from training.evaluation.scores import (
    Outputs,
    area_under_curve,
    brier,
    confusion,
    expected_calibration_error,
    interval,
    score,
)
from training.experiment import calibrate
from training.learning.calibrate import ACCEPTED, ACCEPTED_SYNTHETIC, fit_temperature, fit_threshold
from training.material import Material
from training.mnist import Digits
from training.networks.architectures import Answer, Network


def probabilities(*rows):
    """Put each ``(digit, p)`` as p on digit and the rest spread over the others."""
    table = np.full((len(rows), 10), 0.0, np.float32)
    for row, (digit, p) in zip(table, rows, strict=True):
        row[:] = (1 - p) / 9
        row[digit] = p
    return table


def test_scores_of_three_digits_worked_out_by_hand():
    outputs = Outputs(
        probabilities((3, 0.9), (5, 0.8), (1, 1.0)), np.array([0.9, 0.2, 0.6], np.float32)
    )
    scores = score(outputs, np.array([3, 4, 1]), threshold=0.5)
    assert scores.n == 3
    assert scores.accuracy == pytest.approx(2 / 3)
    assert scores.kept == pytest.approx(2 / 3)
    assert scores.nll == pytest.approx(-(math.log(0.9) + math.log(0.2 / 9)) / 3, rel=1e-5)


def test_brier_is_zero_for_certainty_and_two_for_certain_error():
    sure = probabilities((7, 1.0))
    assert brier(sure, np.array([7])) == 0
    assert brier(sure, np.array([1])) == 2


def test_calibration_error_is_the_gap_of_confidence_and_accuracy():
    outputs = probabilities(*[(2, 0.8)] * 3000)
    labels = np.tile([2, 2, 2, 5], 750)
    assert expected_calibration_error(outputs, labels) == pytest.approx(0.05, abs=1e-6)


def test_bootstrap_interval_is_as_wide_as_theory_says():
    outputs = probabilities(*[(2, 1.0)] * 2000)
    labels = np.tile([2, 2, 2, 2, 5], 400)
    low, high = interval(brier, outputs, labels)
    error = 2 * math.sqrt(0.2 * 0.8 / 2000)  # of a mean of zeros and twos
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.2)
    assert low < 0.4 < high


def test_auroc_counts_pairs_in_the_right_order():
    digits, others = np.array([0.9, 0.5, 0.4]), np.array([0.1, 0.5])
    assert area_under_curve(digits, others) == pytest.approx((2 + 1.5 + 1) / 6)


def test_confusion_has_labels_in_rows_and_answers_in_columns():
    counts = confusion(np.array([3, 3, 9]), np.array([3, 5, 4]))
    assert counts.sum() == 3
    assert (counts[3, 3], counts[5, 3], counts[4, 9]) == (1, 1, 1)


def test_temperature_finds_how_much_logits_were_inflated():
    generator = torch.Generator().manual_seed(0)
    honest = 2 * torch.randn(20_000, 10, generator=generator)
    labels = torch.multinomial(honest.softmax(1), 1, generator=generator).squeeze(1)
    assert fit_temperature(3 * honest, labels) == pytest.approx(3, rel=0.05)


def test_threshold_accepts_digits_where_negatives_look_like_them():
    digits = np.linspace(0.5, 1, 10_000, dtype=np.float32)
    threshold = fit_threshold(digits, digits)
    assert ACCEPTED <= (digits >= threshold).mean() < ACCEPTED + 0.001


class Oracle(Network):
    """Its answer is written in the picture: logits in the first row, digitness logit below."""

    def forward(self, images):
        return Answer(images[:, 0, 0, :10], images[:, 0, 1, 0])


def test_threshold_is_fitted_on_correctly_classified_digits():
    images = np.zeros((1000, 28, 28), np.float32)
    images[:, 0, 3], images[:, 1, 0] = 9, 5
    images[:20, 1, 0] = -5  # these would be rejected
    labels = np.full(1000, 3)
    labels[:20] = 4  # and are misclassified
    material = Material(Digits(images, labels), Digits(images, labels), images, images + 9)
    learner: Any = SimpleNamespace(config=config_of(), best_network=Oracle)
    threshold = calibrate(learner, material).threshold
    assert 0.9 < threshold < torch.tensor(5.0).sigmoid()


def test_threshold_is_no_higher_than_rejecting_negatives_needs():
    digits = np.full(1000, 0.99, np.float32)
    assert fit_threshold(digits, np.full(1000, 0.01, np.float32)) == pytest.approx(0.01, abs=1e-4)


def test_threshold_accepts_synthetic_digits_as_well():
    digits = np.full(1000, 0.99, np.float32)
    synthetic = np.linspace(0, 1, 10_000, dtype=np.float32)
    threshold = fit_threshold(digits, digits, synthetic)
    assert ACCEPTED_SYNTHETIC <= (synthetic >= threshold).mean() < ACCEPTED_SYNTHETIC + 0.001
