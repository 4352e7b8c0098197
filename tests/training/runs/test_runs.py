"""Runs that can be trusted: repeated, published with care, never half-written."""

from __future__ import annotations

import json
import time

import pytest
import torch

from tests.training import small_data
from tests.training.launching import FLAGS, places, run_training
from training import mnist
from training.__main__ import main
from training.experiment import Candidate
from training.networks.export import ExportError
from training.runs import files, publish
from training.runs.folder import Run

pytestmark = pytest.mark.usefixtures("small_mnist")


def test_run_folder_holds_all_that_is_needed_to_judge_and_repeat(whole):
    names = {path.name for path in whole.iterdir()}
    assert names >= {
        "config.json", "environment.json", "metrics.csv", "best.pt", "last.pt", "model.onnx",
        "card.json", "report.md", "report.html", "loss.svg", "accuracy.svg", "gradients.svg",
        "confusion.svg", "reliability.svg", "mistakes.png",
    }  # fmt: skip
    assert not [name for name in names if name.endswith(".new")]
    page = (whole / "report.html").read_text()
    assert page.count("<svg") == 5
    assert 'src="data:image/png' in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    environment = json.loads((whole / "environment.json").read_text())
    assert environment["device"].startswith("cpu")
    assert float(environment["training_seconds"]) > 0
    card = json.loads((whole / "card.json").read_text())
    assert card["metrics"]["test"]["n"] == 300
    assert card["parity"]["argmax_differs"] == 0


def test_same_config_gives_the_same_file(whole, tmp_path):
    places = ["--runs-dir", str(tmp_path), "--models-dir", str(tmp_path / "models")]
    assert main(["--config", str(whole / "config.json"), "--no-publish", *places]) == 0
    (run,) = tmp_path.iterdir()
    assert (run / "model.onnx").read_bytes() == (whole / "model.onnx").read_bytes()


def test_runs_of_the_same_second_get_folders_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda form: "now")
    config = small_data.config_of()
    folders = {Run.create(tmp_path, config).folder.name for _ in range(3)}
    assert folders == {"now-digits", "now-digits-2", "now-digits-3"}


def test_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    files.write(tmp_path / "model.onnx", b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        files.write(tmp_path / "model.onnx", b"new")
    assert caught.value.filename == str(tmp_path / "model.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    assert (tmp_path / "model.onnx").read_bytes() == b"old"


def test_full_disk_is_said_in_one_line(tmp_path, monkeypatch, capsys):
    def full(path, contents):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(files, "write", full)
    assert run_training(tmp_path)[0] == 1
    message = capsys.readouterr().err
    assert "the disk is full" in message
    assert message.count("\n") == 1


def test_unwritable_folder_is_said_in_one_line(tmp_path, capsys):
    (tmp_path / "runs").write_text("a file where the folder should be")
    assert main([*FLAGS, "--runs-dir", str(tmp_path / "runs")]) == 1
    message = capsys.readouterr().err
    assert str(tmp_path / "runs") in message
    assert message.count("\n") == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epoch": 3}, "no setting is called epoch"),
        ({"epochs": "3"}, "epochs must be int"),
        ({"loss": "hinge"}, "loss must be one of"),
        ([], "must be a JSON object"),
    ],
)
def test_config_file_with_a_mistake_is_refused(tmp_path, capsys, values, message):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(values))
    assert main(["--config", str(path)]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags",
    [
        ["--seeds", "0"], ["--folds", "1"], ["--split", "-1"], ["--patience", "-1"],
        ["--seed", "-1"], ["--device", "cuda"], ["--network", "conv", "--activation", "relu"],
        ["--network", "quick", "--slope", "0.1"],
    ],
)  # fmt: skip
def test_flag_that_cannot_be_is_said_in_one_line(tmp_path, capsys, monkeypatch, flags):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main([*FLAGS, *places(tmp_path), *flags]) == 1
    message = capsys.readouterr().err
    assert " ".join(flags[-2:]) in message
    assert message.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "valid"),
    [(["--epochs", "0"], "1 or more"), (["--dropout", "1.0"], "from 0 to below 1")],
)
def test_flag_out_of_range_is_told_its_range(capsys, flags, valid):
    assert main(flags) == 1
    assert f"{' '.join(flags)} is out of range: it must be {valid}" in capsys.readouterr().err


def test_folds_and_seeds_are_not_combined(capsys):
    assert main(["--folds", "5", "--seeds", "2"]) == 1
    assert "leave out --seeds" in capsys.readouterr().err


def test_unknown_flag_is_refused():
    with pytest.raises(SystemExit):
        main(["--epoch", "3"])


def test_quiet_prints_the_end_result_alone(tmp_path, capsys):
    run_training(tmp_path, "--quiet", "--no-publish", "--epochs", "2")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["validation", "test", "negatives", "report"]


def test_rows_are_printed_an_epoch_and_no_bar_off_a_terminal(tmp_path, capsys):
    run_training(tmp_path, "--no-publish", "--epochs", "2")
    told = capsys.readouterr()
    assert [row for row in told.out.splitlines() if row.strip()[:2] in ("1 ", "2 ")]
    assert "\r" not in told.out + told.err


def test_target_missed_exits_with_1(tmp_path, capsys):
    assert run_training(tmp_path, "--no-publish", "--target", "99.9")[0] == 1
    assert "below the target" in capsys.readouterr().out


def test_seeds_give_mean_and_deviation(tmp_path, capsys):
    run_training(tmp_path, "--no-publish", "--seeds", "2", "--epochs", "1")
    assert "(n = 2)" in capsys.readouterr().out
    first, second = (tmp_path / "runs").iterdir()
    assert (first / "model.onnx").read_bytes() != (second / "model.onnx").read_bytes()


def test_folds_judge_on_every_digit_and_publish_nothing(tmp_path, capsys):
    assert main([*FLAGS, *places(tmp_path), "--folds", "3", "--epochs", "1"]) == 0
    told = capsys.readouterr().out
    assert "(n = 3)" in told
    assert told.count("of 500") == 3
    assert list(tmp_path.iterdir()) == []


def test_dry_run_goes_through_everything_and_keeps_nothing(tmp_path, capsys):
    assert main([*FLAGS, *places(tmp_path), "--dry-run"]) == 0
    assert "everything works" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_worse_network_stays_in_its_run_folder_unless_forced(tmp_path, capsys):
    _, run = run_training(tmp_path)
    assert "published" in capsys.readouterr().out
    run_training(tmp_path, "--learning-rate", "1e-5", "--epochs", "1")
    assert "not published" in capsys.readouterr().out
    versions = tmp_path / "models" / "digits"
    assert [path.name for path in versions.glob("[0-9]*")] == ["1"]
    assert "table" in json.loads((versions / "1" / "card.json").read_text())
    assert "table" not in json.loads((run / "card.json").read_text())
    run_training(tmp_path, "--learning-rate", "1e-5", "--epochs", "1", "--force")
    assert f"rm -r {versions / '2'}" in capsys.readouterr().out
    assert sorted(path.name for path in versions.glob("[0-9]*")) == ["1", "2"]


def test_network_that_would_not_be_served_stays_in_its_run_folder(tmp_path, monkeypatch, capsys):
    def misclassify(folder):
        raise ExportError("it reads 9 as 7")

    monkeypatch.setattr(publish, "_try", misclassify)
    monkeypatch.setattr(Candidate, "full_card", lambda _: pytest.fail("measured in vain"))
    status, run = run_training(tmp_path, "--epochs", "1", "--force")
    told = capsys.readouterr().out
    assert status == 0
    assert f"not published, as it reads 9 as 7\nThe network stays in {run}" in told
    assert not (tmp_path / "models").exists()


def test_test_set_is_read_once_and_after_learning(tmp_path, monkeypatch):
    events, load, save = [], mnist.load_scans, Run.save

    def note_load(folder, part, count=None):
        events.append(part)
        return load(folder, part, count)

    def note_save(self, learner):
        events.append("learned an epoch")
        save(self, learner)

    monkeypatch.setattr(mnist, "load_scans", note_load)
    monkeypatch.setattr(Run, "save", note_save)
    run_training(tmp_path, "--no-publish", "--epochs", "1")
    assert events == ["train", *3 * ["learned an epoch"], "t10k"]  # fine-tuning included
