"""A bad model is refused by every worker of the live service, which answers on and says why."""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.request
from functools import partial
from itertools import count

import pytest

from tests.conftest import serving
from tests.support.load import asking
from tests.support.models import (
    COMMITTED,
    answer_the_least_likely,
    drop_labels,
    fix_batch,
    publish,
    rename_input,
    write,
)
from tests.support.pictures import plain
from tests.support.watching import figures, served, until

WORKERS = 3
PATIENCE_S = 90.0  # two busy cores are slow; nothing here is measured


@pytest.fixture(scope="module")
def seven(mnist):
    return plain(mnist.images[0])


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    publish(folder, 1)
    return folder


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "log"


@pytest.fixture(scope="module")
def url(models, log):
    environment = {"DIGITS_MODELS_DIR": str(models), "DIGITS_WORKERS": str(WORKERS)}
    given = {"log": str(log), "DIGITS_LOG": "json", **environment}
    with serving(sys.executable, "-m", "app", **given) as url:
        until(lambda: figures(url, "digits_workers") == {"": WORKERS}, PATIENCE_S)
        yield url


@pytest.fixture(scope="module")
def numbers():
    """Count the versions, so that no two tests use the same."""
    return count(2)


@pytest.fixture
def version(models, numbers, url):
    """Give a version's number, and take its folder away in the end."""
    number = next(numbers)
    folder = models / "digits" / str(number)
    yield number
    folder.unlink() if folder.is_symlink() else shutil.rmtree(folder)
    until(lambda: refusing(url) == 0 and served(url) == {"1": WORKERS}, PATIENCE_S)


def refusing(url, words=""):
    """Return how many workers refuse a version for a reason with ``words``, as /metrics has it."""
    rows = figures(url, "digits_model_refused")
    return sum(number for labels, number in rows.items() if words in labels)


def index(url):
    with urllib.request.urlopen(f"{url}/v2/repository/index", b"", timeout=30) as response:
        return {row["version"]: row for row in json.load(response)}


def copy_half(models, version):
    folder = models / "digits" / str(version)
    folder.mkdir()
    whole = (COMMITTED / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(whole[:1000])
    shutil.copy(COMMITTED / "card.json", folder)


def link_out(models, version):
    (models / "digits" / str(version)).symlink_to(COMMITTED)


def link_a_file_out(folder):
    (folder / "model.onnx").unlink()
    (folder / "model.onnx").symlink_to(COMMITTED / "model.onnx")


def pipe(folder):
    (folder / "model.onnx").unlink()
    os.mkfifo(folder / "model.onnx")


def broken(folder):
    write(folder, b"\xff")  # breaks what looks for layers ahead of ONNX Runtime


def damaged(damage):
    return partial(publish, damage=damage)


def changed(change):
    return partial(publish, change=change)


BAD = {
    "half copied": (copy_half, "not the file that card.json describes"),
    "without a card": (damaged(lambda folder: (folder / "card.json").unlink()), "cannot be read"),
    "a link out of the folder": (link_out, "is a link out of the folder of models"),
    "a file that is a link out": (damaged(link_a_file_out), "model.onnx is a link out"),
    "a file of 1 GB": (
        damaged(lambda folder: os.truncate(folder / "model.onnx", 1_000_000_000)),
        "model.onnx has more than 100,000,000 bytes",
    ),
    "no model": (damaged(lambda folder: write(folder, b"?")), "ONNX Runtime cannot open it"),
    "damaged": (damaged(broken), "it is damaged"),
    "a pipe": (damaged(pipe), "model.onnx is no regular file"),
    "another input": (changed(rename_input), "input must be image"),
    "no labels": (changed(drop_labels), "labels"),
    "batches of one size": (changed(fix_batch), "batches of one size"),
    "digits misclassified": (changed(answer_the_least_likely), "reads the known digits 0 to 9 as"),
}


@pytest.mark.parametrize(("make", "words"), BAD.values(), ids=BAD)
def test_bad_version_is_refused_by_every_worker_while_the_old_one_answers(
    models, url, log, seven, version, make, words
):
    with asking(url, seven, clients=2) as answers:
        make(models, version)
        until(lambda: refusing(url, words) == WORKERS, PATIENCE_S)
        asked = len(answers)
        until(lambda: len(answers) > asked + 10, PATIENCE_S)
    assert {(status, document["model"]["version"]) for status, document in answers} == {(200, "1")}
    assert served(url) == {"1": WORKERS}
    row = index(url)[str(version)]
    assert (row["state"], words in row["reason"]) == ("UNAVAILABLE", True)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    told = [line["level"] for line in lines if is_refusal(line["message"], version, words)]
    assert told == ["error"] * WORKERS


def is_refusal(message, version, words):
    return f"model digits version {version} is not served: " in message and words in message


def test_version_that_was_half_copied_is_served_once_it_is_whole(models, url, version):
    copy_half(models, version)
    until(lambda: refusing(url, "not the file that card.json describes") == WORKERS, PATIENCE_S)
    whole = (COMMITTED / "model.onnx").read_bytes()
    (models / "digits" / str(version) / "model.onnx").write_bytes(whole)
    until(lambda: served(url).get(str(version)) == WORKERS, PATIENCE_S)
    assert refusing(url) == 0
