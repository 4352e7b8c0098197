"""``evaluate``, ``compare`` and ``tune``: their figures are true of the model."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from app.recognition.recogniser import Recogniser
from tests.conftest import ROOT
from tests.support.models import COMMITTED
from tests.training.small_data import config_of, small_material
from training import mnist as mnist_files
from training import tune
from training.__main__ import main
from training.evaluation import compare, examine, robustness
from training.evaluation.scores import Outputs

MODEL = str(COMMITTED)


@pytest.fixture
def few_test_digits(mnist, monkeypatch):
    """Use 100 digits as the test set."""
    scans = mnist_files.Scans(mnist.images[:100], mnist.labels[:100].astype(np.int64))
    monkeypatch.setattr(mnist_files, "find", lambda folder: folder)
    monkeypatch.setattr(mnist_files, "load_scans", lambda folder, part, count=None: scans)
    monkeypatch.setattr(examine, "NEGATIVES", 55)
    return mnist_files.load(ROOT, "t10k")


@pytest.mark.slow  # corrupts digits in all ways
@pytest.mark.usefixtures("few_test_digits")
def test_evaluate_tells_every_figure(capsys):
    assert main(["evaluate", MODEL]) == 0
    told = capsys.readouterr().out
    for word in ("of 100", "NLL", "BRIER", "ECE", "AUROC", "confusion", *robustness.SPLITS):
        assert word in told


@pytest.mark.slow  # corrupts digits in all ways
@pytest.mark.usefixtures("few_test_digits")
def test_model_compared_with_itself_never_differs(capsys):
    assert main(["compare", MODEL, MODEL]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert len(rows) == 1 + len(robustness.SPLITS)
    for row in rows:
        assert row.split()[-3:] == ["0", "0", "1"]


def test_missing_model_is_said_in_one_line(capsys):
    assert main(["evaluate", "models/none/1"]) == 1
    message = capsys.readouterr().err
    assert "models/none/1" in message
    assert message.count("\n") == 1


def test_missing_version_is_answered_with_those_that_are_there(capsys):
    missing = COMMITTED.parent / "999"
    assert main(["evaluate", str(missing)]) == 1
    assert f"{missing} does not exist. There: {COMMITTED.name}\n" in capsys.readouterr().err


def test_pictures_in_a_folder_are_read_as_the_service_reads_them(mnist, tmp_path, capsys):
    for index in range(20):
        picture = Image.fromarray(255 - mnist.images[index]).resize((140, 140))
        picture.save(tmp_path / f"{index}_{mnist.labels[index]}.png")
    Image.new("L", (90, 90), 255).save(tmp_path / "20_blank.png")
    (tmp_path / "21_7.png").write_text("no picture")
    assert main(["evaluate", MODEL, "--pictures", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "of 21 digits correct" in told
    assert "21_7.png: 7 read as unsupported_image" in told
    assert "100.00% of 1 negatives rejected" in told


def test_folder_without_pictures_says_how_to_name_them(tmp_path, capsys):
    assert main(["evaluate", MODEL, "--pictures", str(tmp_path)]) == 1
    assert "17_8.png" in capsys.readouterr().err


def test_corrections_count_ten_other_digits_and_leave_five_out():
    labels = np.full(10_000, 5)
    agreed, better = examine.corrected(labels)
    assert (~agreed).sum() == 5
    assert set(np.flatnonzero(better != labels)) == {
        947, 1621, 1901, 2462, 2597, 3558, 5937, 6651, 6783, 9729,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "p_value"),
    [(0, 0, 1.0), (5, 5, 1.0), (0, 5, 2 / 32), (10, 1, 24 / 2048), (3000, 2000, 0.0)],
)
def test_mcnemar_is_the_exact_binomial(first, second, p_value):
    assert compare.mcnemar(first, second) == pytest.approx(p_value, abs=1e-12)
    assert compare.mcnemar(second, first) == compare.mcnemar(first, second)


def test_p_value_that_no_float_can_hold_is_not_shown_as_zero():
    right, wrong = np.ones(2000, bool), np.zeros(2000, bool)
    assert compare.compare_answers("clean", right, wrong).p_text == "< 1e-300"
    assert compare.compare_answers("clean", right, right).p_text == "1"


def test_worse_means_significantly_fewer_correct():
    right = np.ones(1000, bool)
    worse, hardly = right.copy(), right.copy()
    worse[:30], hardly[:3] = False, False
    assert compare.compare_answers("clean", right, worse).second_is_worse
    assert not compare.compare_answers("clean", right, hardly).second_is_worse
    assert not compare.compare_answers("clean", worse, right).second_is_worse


@pytest.mark.slow  # corrupts digits in all ways
def test_objections_name_the_split_where_a_candidate_fails(few_test_digits):
    def outputs(wrong):
        answers = few_test_digits.labels.copy()
        answers[:wrong] = (answers[:wrong] + 1) % 10
        return Outputs(np.eye(10, dtype=np.float32)[answers], np.ones(100, np.float32))

    def sees_no_noise(images):
        return outputs(40 if np.array_equal(images, noisy) else 0)

    noisy = robustness.served("noise", few_test_digits.images)
    reasons = compare.objections(lambda images: outputs(0), sees_no_noise, few_test_digits)
    assert len(reasons) == 1
    assert "on noise" in reasons[0]


@pytest.mark.parametrize("split", robustness.SPLITS)
def test_named_split_changes_digits_always_alike(few_test_digits, split):
    images = few_test_digits.images[:20]
    changed = robustness.pictures(split, images)
    np.testing.assert_array_equal(changed, robustness.pictures(split, images))
    plain = robustness.pictures("plain", images)
    assert np.abs(changed.astype(int) - plain).mean() > 2


def test_a_split_does_not_depend_on_how_many_are_asked_for(few_test_digits, monkeypatch):
    images = few_test_digits.images[:20]
    whole = robustness.pictures("texture", images)
    monkeypatch.setattr(robustness, "CHUNK", 7)
    np.testing.assert_array_equal(whole, robustness.pictures("texture", images))


def results(study):
    """Return what each trial that was not interrupted tried, and what it came to."""
    return [(t.params, t.value) for t in study.trials if t.state.name in ("COMPLETE", "PRUNED")]


def test_interrupted_search_comes_to_what_it_would_have(mnist, tmp_path, monkeypatch):
    config, material = config_of(epochs=1), small_material(mnist, 300, 100)
    whole = tune.open_study(config, tmp_path / "whole")
    tune.search(whole, config, material, trials=3)
    assert len({trial.params["learning_rate"] for trial in whole.trials}) == 3
    tune.search(tune.open_study(config, tmp_path), config, material, trials=1)
    with monkeypatch.context() as patch:
        patch.setattr(tune, "fit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            tune.search(tune.open_study(config, tmp_path), config, material, trials=3)
    tune.search(tune.open_study(config, tmp_path), config, material, trials=3)
    assert results(tune.open_study(config, tmp_path)) == results(whole)


def interrupted(*arguments, **named):
    raise KeyboardInterrupt


def test_search_is_not_mixed_with_one_of_other_settings(tmp_path, capsys):
    tune.open_study(config_of(), tmp_path)
    flags = ["--network", "784-30-10", "--runs-dir", str(tmp_path)]
    assert main(["tune", *flags]) == 1
    assert "begun with other settings" in capsys.readouterr().err


def test_damaged_search_and_no_trials_are_said_in_one_line(tmp_path, capsys):
    (tmp_path / "tune-digits.db").write_text("no database")
    assert main(["tune", "--runs-dir", str(tmp_path)]) == 1
    assert main(["tune", "--runs-dir", str(tmp_path), "--trials", "0"]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert "tune-digits.db cannot be used" in first
    assert "--trials" in second


@pytest.mark.parametrize(
    "flags",
    [["--optimizer", "sgd"], ["--augment", "0.5"], ["--network", "784-10", "--loss", "mse"]],
)
def test_what_the_search_chooses_cannot_be_given(tmp_path, capsys, flags):
    assert main(["tune", "--runs-dir", str(tmp_path), *flags]) == 1
    message = capsys.readouterr().err
    assert " ".join(flags[-2:]) + ": the search chooses it" in message
    assert not list(tmp_path.iterdir())


def test_tune_writes_a_config_that_training_takes(mnist, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(mnist_files, "find", lambda folder: folder)
    monkeypatch.setattr(tune, "gather", lambda config, folder: small_material(mnist, 300, 100))
    flags = ["--network", "784-15-10", "--epochs", "1", "--runs-dir", str(tmp_path)]
    assert main(["tune", "--trials", "1", *flags]) == 0
    assert "python -m training --config" in capsys.readouterr().out
    chosen = json.loads((tmp_path / "tune-digits.json").read_text())
    assert chosen["network"] == "784-15-10"


def test_reader_runs_more_digits_than_a_batch(few_test_digits, monkeypatch):
    monkeypatch.setattr(examine, "BATCH", 30)
    recogniser = Recogniser(COMMITTED, device="cpu")
    outputs = examine.reader_of(recogniser)(few_test_digits.images)
    assert outputs.probabilities.shape == (100, 10)
    assert (outputs.probabilities.argmax(1) == few_test_digits.labels).mean() > 0.97
