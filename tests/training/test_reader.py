"""A whole run of the reader's command, on few lines: drawn, trained, exported, resumed."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import torch
from PIL import Image

from app.recognition.lines import Line
from app.recognition.reader import Reader
from tests.support.shared import made_once
from training import lines as line_files
from training import mnist as mnist_files
from training import reader, reader_inspection, reader_model
from training.__main__ import main
from training.config import ConfigError
from training.learning.ctc import LineLearner
from training.mnist import Scans
from training.reader_model import calibrate

FEW = ["--lines", "40", "--validation-lines", "12", "--epochs", "1", "--no-publish"]


def search_less(patch):
    """Try two temperatures on ten lines: what an untrained network says is slow to search."""
    patch.setattr(reader_model, "TEMPERATURES", np.array([1.0, 2.0]))
    patch.setattr(reader_model, "FITTED", 10)


@pytest.fixture(scope="module")
def run(mnist, tmp_path_factory):
    """Train on forty lines of test digits; return the run's folder."""
    scans = Scans(mnist.images, mnist.labels.astype(np.int64))

    def train(folder):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mnist_files, "find", lambda asked: asked)
            patch.setattr(mnist_files, "load_scans", lambda *_: scans)
            patch.setattr(line_files, "HELD_OUT_DIGITS", 2_000)
            search_less(patch)
            assert main(["reader", *FEW, "--runs-dir", str(folder)]) == 0

    (made,) = made_once(tmp_path_factory, "reader-runs", train).iterdir()
    return made


def test_run_leaves_a_model_that_the_service_loads(run, tmp_path):
    home = tmp_path / "reader" / "1"
    home.mkdir(parents=True)
    for name in ("model.onnx", "card.json"):
        (home / name).write_bytes((run / name).read_bytes())
    loaded = Reader(home, device="cpu")
    (reading,) = loaded.read([Line(np.zeros((40, 80), np.float32), (0, 0, 80, 40))])
    assert reading.rejected in (None, "no_number")


def test_card_tells_the_run(run):
    card = json.loads((run / "card.json").read_text())
    assert card["kind"] == "reader"
    assert card["config"]["lines"] == 40
    assert card["parameters"] < 1_000_000
    assert card["metrics"]["validation"]["n"] > 8
    assert card["parity"]["greatest_difference"] < 1e-4


def test_run_that_is_done_is_concluded_again_without_drawing(run, capsys, monkeypatch):
    scans = Scans(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64))
    monkeypatch.setattr(mnist_files, "find", lambda asked: asked)
    monkeypatch.setattr(line_files, "sources", lambda folder: (scans, scans))
    search_less(monkeypatch)
    assert main(["reader", "--resume", str(run), "--no-publish"]) == 0
    assert "numbers correct" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--lines", "0"], "--lines"),
        (["--validation-lines", "9"], "--validation-lines"),
        (["--resume", "nowhere"], "nowhere/config.json"),
        (["--learning-rate", "0"], "--learning-rate"),
        (["--resume", "nowhere", "--epochs", "3"], "give no others"),
    ],
)
def test_impossible_setting_is_refused_in_one_line(flags, told, capsys):
    assert main(["reader", *flags]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_learner_starts_from_the_weights_of_another_run_and_at_its_own_first_step():
    trained, fresh = (LineLearner(1e-3, 10, seed) for seed in (0, 1))
    trained.step = 7
    fresh.start_from(trained.state())
    for net in (fresh.net, fresh.average):
        for name, weights in net.state_dict().items():
            torch.testing.assert_close(weights, trained.average.state_dict()[name])
    assert fresh.step == 0


def test_layers_that_another_run_did_not_have_keep_their_first_weights():
    trained, fresh = (LineLearner(1e-3, 10, seed) for seed in (0, 1))
    weights = {n: w for n, w in trained.state()["average"].items() if "second" not in n}
    before = copy.deepcopy(fresh.net.state_dict())
    fresh.start_from({"average": weights})
    for name, value in fresh.average.state_dict().items():
        expected = before[name] if "second" in name else weights[name]
        torch.testing.assert_close(value, expected)


def test_run_without_a_checkpoint_is_not_started_from(tmp_path):
    with pytest.raises(ConfigError, match="no checkpoint"):
        reader._state_of(tmp_path)


def test_published_reader_is_measured_by_the_evaluate_command(
    run, mnist, tmp_path, monkeypatch, capsys
):
    home = tmp_path / "reader" / "1"
    home.mkdir(parents=True)
    for name in ("model.onnx", "card.json"):
        (home / name).write_bytes((run / name).read_bytes())
    pictures = tmp_path / "pictures"
    (pictures / "number-strings").mkdir(parents=True)
    Image.new("L", (60, 30), 255).save(pictures / "number-strings" / "0_47.png")
    scans = Scans(mnist.images, mnist.labels.astype(np.int64))
    monkeypatch.setattr(mnist_files, "find", lambda asked: asked)
    monkeypatch.setattr(mnist_files, "load_scans", lambda *_: scans)
    monkeypatch.setattr(reader_inspection, "LINES", 5)
    assert main(["evaluate", str(home), "--pictures", str(pictures), "--card"]) == 0
    assert "| cheque amounts: correct | 1 | ≥ 91.00% | missed | 0.00%" in capsys.readouterr().out
    table = json.loads((home / "card.json").read_text())["table"]
    assert {row["n"] for row in table if row["group"] == "lines"} == {5}


def test_temperature_makes_overconfident_frames_less_sure():
    generator = np.random.default_rng(0)
    logits, texts = [], []
    for _ in range(300):  # one sign, of which the network is sure and right in three of four
        frames = np.full((5, 16), -8.0)
        frames[:, 0] = 8.0
        frames[2] = -8.0
        frames[2, 4] = 8.0
        logits.append(frames)
        texts.append("3" if generator.random() < 0.75 else "8")
    assert calibrate(logits, texts).temperature == 3
