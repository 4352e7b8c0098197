"""Runs that were killed, stopped or not published continue to the same result."""

from __future__ import annotations

import csv
import shlex
import shutil

import pytest
import torch

from tests.training.launching import run_killed_from_outside, run_killed_while_writing, run_training
from training.__main__ import main
from training.runs.folder import Run

pytestmark = pytest.mark.usefixtures("small_mnist")


def rows(run):
    """Return what metrics.csv holds, but for the seconds."""
    table = run / "metrics.csv"  # a run that was killed early has none yet
    read = csv.DictReader(table.read_text().splitlines() if table.exists() else [])
    return [{name: value for name, value in row.items() if name != "seconds"} for row in read]


def resume(run, *flags):
    models = run.parents[1] / "models"
    return main(["--resume", str(run), "--models-dir", str(models), *flags])


def expect_same(run, whole):
    assert (run / "model.onnx").read_bytes() == (whole / "model.onnx").read_bytes()
    assert rows(run) == rows(whole)
    assert {path.name for path in run.iterdir()} == {path.name for path in whole.iterdir()}
    best, expected = (torch.load(folder / "best.pt") for folder in (run, whole))
    assert all(torch.equal(best[name], value) for name, value in expected.items())


def test_run_killed_from_outside_continues_to_the_same_result(mnist_folder, whole, tmp_path):
    run = run_killed_from_outside(mnist_folder, tmp_path)
    assert len(rows(run)) < 6
    assert resume(run) == 0
    expect_same(run, whole)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("best.pt", 3),  # between what one epoch writes
        ("metrics.csv", 6),  # after the last epoch
        ("metrics.csv", 7),  # while it is fine-tuned
        ("report.html", 1),  # between the model and what marks the run as finished
        ("labels.txt", 1),  # while it is published
    ],
)
def test_run_killed_while_writing_continues_to_the_same_result(
    mnist_folder, whole, tmp_path, name, count
):
    run = run_killed_while_writing(mnist_folder, tmp_path, name, count)
    assert not list(tmp_path.glob("models/digits/[0-9]*"))
    assert resume(run) == 0
    expect_same(run, whole)
    assert (tmp_path / "models" / "digits" / "1" / "model.onnx").exists()


def cut_short(path):
    path.write_bytes(path.read_bytes()[:5000])


def bit_flipped(path):
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 1
    path.write_bytes(contents)


@pytest.mark.parametrize("damage", [cut_short, bit_flipped, lambda path: torch.save([3], path)])
def test_damaged_checkpoint_is_named(whole, tmp_path, capsys, damage):
    run = shutil.copytree(whole, tmp_path / "run")
    (run / "published.txt").unlink()
    damage(run / "last.pt")
    assert main(["--resume", str(run)]) == 1
    message = capsys.readouterr().err
    assert "last.pt is damaged" in message
    assert "--config" in message


def test_published_run_is_not_resumed(whole, capsys):
    assert main(["--resume", str(whole)]) == 1
    assert "published as" in capsys.readouterr().err


def test_run_that_was_not_published_can_be_published_without_training_again(
    tmp_path, monkeypatch, capsys
):
    _, run = run_training(tmp_path, "--no-publish", "--epochs", "2")
    monkeypatch.setattr(Run, "save", lambda *_: pytest.fail("it learned again"))
    assert resume(run, "--force") == 0
    assert "published" in capsys.readouterr().out


def test_ctrl_c_prints_the_command_that_continues(tmp_path, monkeypatch, capsys):
    def interrupt(self, learner):
        save(self, learner)
        raise KeyboardInterrupt

    save = Run.save
    monkeypatch.setattr(Run, "save", interrupt)
    status, run = run_training(tmp_path, "--target", "12.5", "--quiet")
    assert status == 130
    command = shlex.split(capsys.readouterr().out.splitlines()[-1])
    assert command[:5] == ["python", "-m", "training", "--resume", str(run)]
    assert command[-3:] == ["--target", "12.5", "--quiet"]
    monkeypatch.setattr(Run, "save", save)
    assert main(command[3:]) == 0
    assert (tmp_path / "models" / "digits" / "1").exists()


@pytest.mark.parametrize("flags", [["--epochs", "9"], ["--seeds", "2"], ["--dry-run"]])
def test_resume_takes_no_other_settings(whole, capsys, flags):
    assert main(["--resume", str(whole), *flags]) == 1
    assert "--resume" in capsys.readouterr().err
