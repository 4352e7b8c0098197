"""How good is it? The page shows what the card holds, and nothing that it does not hold."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app import create_app
from app.recognition.contract import READER
from app.settings import Settings
from app.web.pages import quality
from tests.conftest import ROOT
from training.evaluation.scores import Outputs
from training.mnist import Digits
from training.runs.details import describe_test

RICH = {
    "metrics": {"test": {"n": 10_000, "accuracy": 0.9955}},
    "confusion": [[980 if i == j else 5 for j in range(10)] for i in range(10)],
    "reliability": {"counts": [10, 90], "confidence": [0.6, 0.99], "accuracy": [0.5, 1.0]},
    "table": [
        {
            "group": "digits",
            "name": "usps",
            "n": 2007,
            "unit": "%",
            "goal": "≥ 98.50%",
            "verdict": "missed",
            "value": 0.9756,
            "low": 0.9679,
            "high": 0.9815,
        },
        {
            "group": "corrupted",
            "name": "rotation, as a share of clean",
            "n": 4000,
            "unit": "%",
            "goal": "≥ 99.00%",
            "verdict": "missed",
            "value": 0.981,
            "low": 0.976,
            "high": 0.985,
        },
        {
            "group": "time",
            "name": "time of the model",
            "n": 10000,
            "unit": "µs",
            "goal": "≤ 150 µs",
            "verdict": "met",
            "value": 121.4,
            "low": 120.9,
            "high": 122.1,
        },
    ],
    "history": [
        {"train_loss": 1.0, "validation_loss": 1.1},
        {"train_loss": 0.5, "validation_loss": 0.55},
    ],
    "misses": [{"index": 947, "label": 8, "read": 9, "confidence": 0.7, "majority": 9}],
}


@pytest.fixture
def app():
    return create_app(Settings(device="cpu"))


def show(app, card):
    app.extensions["digits"].repository.get().card = card
    return app.test_client().get("/quality").get_data(as_text=True)


@pytest.mark.parametrize(
    ("share", "n", "expected"), [(0.5, 20, (0.2993, 0.7007)), (0.0, 10, (0.0, 0.2775))]
)
def test_wilson_interval(share, n, expected):
    assert quality.wilson(share, n) == pytest.approx(expected, abs=1e-4)


def test_served_models_have_their_figures(app):
    for model in app.extensions["digits"].repository.all():
        text = app.test_client().get(f"/quality?model={model.name}").get_data(as_text=True)
        if model.kind == READER:
            shares = [row["value"] for row in model.card["table"] if row["unit"] == "%"]
        else:
            shares = [model.card["metrics"]["test"]["accuracy"]]
        assert shares
        assert all(f"{share:.2%}" in text for share in shares)
    assert app.test_client().get("/quality?model=none").status_code == 404


def test_each_section_has_its_part_of_the_card(app):
    text = show(app, RICH)
    for words in ("99.55%", "99.40%", "99.66%", "45 of 10,000 wrong", "98.10%", "980", "947",
                  "97.56%", "96.79 to 98.15", "121 µs", "0 read as 1: 5 of 1,025"):  # fmt: skip
        assert words in text
    for heading in (
        "goals",
        "Confusion matrix",
        "as sure as",
        "corrupted",
        "Misclassified",
        "learned",
    ):
        assert heading in text
    assert "known label error: most people read 9" in text
    assert 'points="0.0,' in text


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json, text/html;q=0.5", "application/json"),
        (None, "application/json"),
    ],
)
def test_a_card_is_a_page_for_browsers_and_json_for_programs(app, accept, mimetype):
    headers = {"Accept": accept} if accept else {}
    answer = app.test_client().get("/models/digits", headers=headers)
    assert answer.mimetype == mimetype
    assert "Accept" in answer.vary
    if mimetype == "text/html":
        text = answer.get_data(as_text=True)
        assert 'href="../static/page.css"' in text
        assert answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("network", "is_shown"), [("conv", False), ("784-15-10", True)])
def test_only_settings_that_apply_are_shown(app, network, is_shown):
    config = {"network": network, "activation": "sigmoid", "slope": 0.01, "epochs": 36}
    text = show(app, {"config": config})
    assert ("<dt>activation</dt>" in text, "<dt>slope</dt>" in text) == (is_shown, is_shown)
    assert "<dt>epochs</dt>" in text


def test_an_empty_card_shows_no_empty_sections(app):
    text = show(app, {})
    assert text.count("<section") == 1


def test_page_is_whole_without_scripts():
    assert "<script" not in (ROOT / "app/web/pages/templates/quality.html").read_text()


def test_training_writes_what_the_page_shows(app, mnist):
    labels = mnist.labels[940:960].astype(np.int64)
    probabilities = np.eye(10, dtype=np.float32)[labels] * 0.9 + 0.01
    probabilities[7] = np.roll(probabilities[7], 1)  # test digit 947, or so it seems
    outputs = Outputs(probabilities, np.ones(20, np.float32))
    digits = Digits(mnist.images[940:960].astype(np.float32) / 255, labels)
    card = json.loads(json.dumps(describe_test(outputs, digits)))
    assert np.sum(card["confusion"]) == 20
    text = show(app, card)
    assert "as sure as" in text
    assert text.count("data:image/png;base64,") == 1
