"""Fixtures of the tests of runs: few digits in place of MNIST, and a whole run."""

from __future__ import annotations

import pytest

from tests.support.shared import made_once
from tests.training import small_data
from tests.training.launching import launch, only_run
from training import material, mnist
from training.evaluation import robustness
from training.networks import export
from training.runs import publish


@pytest.fixture(scope="session")
def mnist_folder(mnist, tmp_path_factory):
    return small_data.write_small_mnist(tmp_path_factory.mktemp("mnist"), mnist)


@pytest.fixture
def small_mnist(monkeypatch, mnist_folder):
    """Accept the small files as MNIST, and a hardly trained network as fit to be published."""
    monkeypatch.setattr(mnist, "FILES", dict(mnist.FILES))
    monkeypatch.setattr(export, "git_commit", export.git_commit)
    monkeypatch.setattr(material, "NEGATIVES", material.NEGATIVES)
    monkeypatch.setattr(material, "HELD_OUT_NEGATIVES", material.HELD_OUT_NEGATIVES)
    monkeypatch.setattr(robustness, "SPLITS", robustness.SPLITS)
    monkeypatch.setenv("DIGITS_DATA_DIR", str(mnist_folder))
    monkeypatch.setattr(publish, "_try", lambda folder: None)
    small_data.accept(mnist_folder)


@pytest.fixture(scope="session")
def whole(mnist_folder, tmp_path_factory):
    """An uninterrupted run, in a process of its own."""

    def train(folder):
        process = launch(mnist_folder, folder)
        process.join(timeout=200)
        assert process.exitcode == 0, (folder / "output").read_text()

    return only_run(made_once(tmp_path_factory, "whole", train))
