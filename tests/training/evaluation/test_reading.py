"""Figures of a reader, against results worked out by hand."""

from __future__ import annotations

import pytest

from training.evaluation import reading
from training.evaluation.reading import Read, coverage, edit_distance, score


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("", "", 0),
        ("12", "12", 0),
        ("12", "", 2),
        ("123", "13", 1),
        ("13", "31", 2),
        ("7", "17", 1),
    ],
)
def test_edit_distance(one, other, distance):
    assert edit_distance(one, other) == edit_distance(other, one) == distance


def test_scores_of_five_answers():
    answers = [
        Read("12", "12", 0.9),
        Read("7", "7", 0.8),
        Read("100", "100", 0.7),
        Read("45", "46", 0.6),
        Read("9", "", 0.1),
    ]
    scores = score(answers)
    assert (scores.n, scores.whole.value) == (5, 0.6)
    assert scores.error_rate == pytest.approx(2 / 9)
    assert scores.surest.value == 0.75
    assert scores.ece == pytest.approx((0.1 + 0.2 + 0.3 + 0.6 + 0.1) / 5)


def test_coverage_is_the_accuracy_of_the_surest_part(monkeypatch):
    monkeypatch.setattr(reading, "SMALLEST", 1)
    answers = [Read("1", "2", 0.2), Read("1", "1", 0.9), Read("1", "1", 0.5), Read("1", "7", 0.7)]
    assert coverage(answers) == [(25, 100), (50, 50), (75, pytest.approx(200 / 3)), (100, 50)]
