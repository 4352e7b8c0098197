"""The project's table: what it counts, on pictures whose answers are known beforehand."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image

from benchmarks.recognition import resized
from tests.conftest import ROOT
from tests.support.models import COMMITTED
from training import mnist as mnist_files
from training.__main__ import main
from training.evaluation import measure, robustness, timing
from training.evaluation.goals import Figure, Goal, Row, as_card, as_markdown, share
from training.evaluation.measure import Classifier
from training.evaluation.scores import Outputs


@pytest.fixture
def scans(mnist, monkeypatch):
    monkeypatch.setattr(robustness, "SPLITS", ("scale",))
    return mnist_files.Scans(mnist.images[:60], mnist.labels[:60].astype(np.int64))


def says(digit, digitness=1.0):
    """A network that answers ``digit`` for every picture, with certainty."""
    certain = np.eye(10, dtype=np.float32)[digit]

    def read(seen):
        return Outputs(np.tile(certain, (len(seen), 1)), np.full(len(seen), digitness, np.float32))

    return read


def write(folder, label, grey):
    folder.mkdir(exist_ok=True)
    number = len(list(folder.iterdir()))
    Image.fromarray(grey).save(folder / f"{number:04d}_{label}.png")


def named(rows):
    return {row.name: row for row in rows}


def test_wilson_interval_of_half_and_of_none():
    assert asdict(share(10, 20)) == pytest.approx(
        {"value": 0.5, "low": 0.2993, "high": 0.7007}, abs=1e-4
    )
    assert share(0, 10).high == pytest.approx(0.2775, abs=1e-4)


def test_a_network_that_says_seven_is_correct_on_sevens_alone(scans, tmp_path, mnist):
    for digit in (7, 7, 2):
        write(tmp_path / "drawn-large", digit, 255 - mnist.images[mnist.labels == digit][0])
    rows = named(measure.measure([Classifier("seven", says(7), 0.5)], scans, tmp_path))
    assert rows["MNIST test"].figures[0].value == (scans.labels == 7).mean()
    assert rows["drawn-large"].figures[0].value == pytest.approx(2 / 3)
    assert rows["scale, as a share of clean"].figures[0].value == 1
    assert rows["ECE on MNIST test"].figures[0].value == (scans.labels != 7).mean()


def test_a_rejected_digit_counts_as_wrong_and_only_a_rejected_negative_as_correct(scans, tmp_path):
    kinds = tmp_path / "not-digits"
    write(kinds, "blank", np.full((90, 90), 255, np.uint8))
    letter = np.full((90, 90), 255, np.uint8)
    letter[20:70, 40:50] = 0
    write(kinds, "letter", letter)
    shy, bold, naive = (
        Classifier("shy", says(7, 0.4), 0.5),
        Classifier("bold", says(7), 0.5),
        Classifier("naive", says(7, 0.0), None),
    )
    rows = named(measure.measure([shy, bold, naive], scans, tmp_path))

    def values(name):
        return [figure.value for figure in rows[name].figures]

    assert values("MNIST test") == [0, (scans.labels == 7).mean(), (scans.labels == 7).mean()]
    assert values("accepted: MNIST test") == [0, 1, 1]
    assert values("rejected: letter") == [1, 0, 0]
    assert values("rejected: blank") == [1, 1, 0]


def test_rows_without_their_folder_say_so(scans):
    rows = measure.measure([Classifier("seven", says(7), 0.5)], scans, None)
    table = as_markdown(rows, ["seven"])
    for name in ("drawn-28", "usps", "ECE on drawings and photos", "rejected: letter"):
        assert f"| {name} | – | " in table
    assert table.count("not measured") == 11
    assert "usps" not in json.dumps(as_card(rows))


def test_a_picture_that_cannot_be_read_is_wrong(scans, tmp_path):
    folder = tmp_path / "usps"
    folder.mkdir()
    (folder / "0_7.png").write_text("no picture")
    rows = named(measure.measure([Classifier("seven", says(7), 0.5)], scans, tmp_path))
    assert rows["usps"].figures[0].value == 0


@pytest.mark.parametrize(
    ("goal", "value", "verdict"),
    [
        (Goal(0.99), 0.99, "met"),
        (Goal(0.99), 0.9899, "missed"),
        (Goal(0.002, at_most=True), 0.002, "met"),
        (Goal(0.002, at_most=True), 0.0021, "missed"),
        (None, 0.5, ""),
    ],
)
def test_verdict_follows_from_the_figure(goal, value, verdict):
    row = Row("digits", "name", 10, (Figure(value, 0, 1),), goal)
    assert row.verdict(row.figures[0]) == verdict


def test_resizing_makes_ink_high_whichever_side_it_was(mnist):
    digit = mnist.images[0]
    dark, light = resized([255 - digit, digit])
    np.testing.assert_array_equal(dark, light)
    np.testing.assert_allclose(light, digit / 255, atol=1e-6)


@pytest.mark.slow  # measures a whole table
def test_images_are_timed_against_another_checkout_in_turns(mnist, tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "DRAWINGS", 5)
    monkeypatch.setattr(timing, "ROUNDS", 1)
    slow = tmp_path / "slow" / "app" / "recognition"
    slow.mkdir(parents=True)
    (slow / "images.py").write_text("def read(data, max_pixels): sum(range(3_000_000))\n")
    files = tmp_path / "files"
    files.mkdir()
    row = timing.compare_images(mnist.images, tmp_path / "slow", ROOT, files)
    assert row.verdict(row.figures[0]) == "met"


@pytest.mark.slow  # measures a whole table
def test_evaluate_writes_the_table_into_the_card(scans, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "digits" / "1"
    folder.mkdir(parents=True)
    for name in ("model.onnx", "card.json"):
        (folder / name).write_bytes((COMMITTED / name).read_bytes())
    monkeypatch.setattr(mnist_files, "find", lambda folder: folder)
    monkeypatch.setattr(mnist_files, "load_scans", lambda folder, part: scans)
    assert main(["evaluate", str(folder), "--card"]) == 0
    card = json.loads((folder / "card.json").read_text())
    assert card["sha256"] == json.loads((COMMITTED / "card.json").read_text())["sha256"]
    row = next(row for row in card["table"] if row["name"] == "MNIST test")
    assert (row["n"], row["goal"]) == (60, "≥ 99.78%")
    assert f"{row['value']:.2%}" in capsys.readouterr().out
