"""Readers in the folder of models: taken, refused, swapped, and told from those for digits."""

from __future__ import annotations

import shutil

import pytest

from app.errors import ModelError, UnknownModel, UnknownVersion
from app.recognition.reader import Reader
from app.recognition.recogniser import Recogniser
from app.recognition.repository import Repository
from app.recognition.verification import Rules
from tests.support.models import publish
from tests.support.readers import (
    answer_nothing_finite,
    answer_otherwise,
    drop_a_class,
    fix_length,
    publish_reader,
    set_metadata,
)


@pytest.fixture
def models(tmp_path):
    publish(tmp_path, 1)
    publish_reader(tmp_path, 1)
    return tmp_path


@pytest.fixture
def repository(models):
    return Repository.load(models, default="digits", rules=Rules("digits", "cpu"))


def test_both_kinds_are_served_from_one_folder(repository):
    assert isinstance(repository.get(), Recogniser)
    assert isinstance(repository.reader(), Reader)
    assert [(one.name, one.kind) for one in repository.all()] == [
        ("digits", "digits"),
        ("reader", "reader"),
    ]
    assert repository.recognisers() == [repository.get()]
    assert repository.find("reader") is repository.reader("reader", "1")
    assert not repository.snapshot.refused


def test_each_kind_says_where_the_other_is_to_be_asked(repository):
    with pytest.raises(UnknownModel, match="POST to /read"):
        repository.get("reader")
    with pytest.raises(UnknownModel, match="POST to /predict"):
        repository.reader("digits")
    with pytest.raises(UnknownVersion, match="Served: 1"):
        repository.reader("reader", "9")


def test_folder_without_a_reader_says_what_to_do(models, repository):
    (models / "reader").rename(models / "cheques")
    repository.refresh()
    with pytest.raises(UnknownModel, match=r"\?model=. Served: cheques"):
        repository.reader()
    assert repository.reader("cheques").name == "cheques"
    shutil.rmtree(models / "cheques")
    repository.refresh()
    with pytest.raises(UnknownModel, match="reader/<version>/"):
        repository.reader()
    assert repository.get().version == "1"


def test_new_version_is_served_and_a_removed_one_rolls_back(models, repository):
    publish_reader(models, 2)
    repository.refresh()
    assert repository.reader().version == "2"
    assert repository.reader("reader", "1").version == "1"
    shutil.rmtree(models / "reader" / "2")
    repository.refresh()
    assert repository.reader().version == "1"


def test_hidden_reader_is_unloaded(repository):
    repository.refresh({"reader"})
    with pytest.raises(UnknownModel):
        repository.reader()
    repository.refresh()
    assert repository.reader().version == "1"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_metadata(labels=""), "labels"),
        (set_metadata(labels='["", "0"]'), "labels must be"),
        (set_metadata(confidence_threshold=""), "confidence_threshold"),
        (set_metadata(confidence_threshold="nan"), "confidence_threshold must be from 0 to 1"),
        (set_metadata(kind=""), "input must be image"),
        (fix_length, "lines of one length only"),
        (drop_a_class, "wrong shape"),
        (answer_nothing_finite, "no probabilities"),
        (answer_otherwise, "reads known lines: 4071 as nothing, 58293 as 4071"),
    ],
)
def test_reader_that_breaks_the_contract_is_refused(models, repository, change, words):
    publish_reader(models, 2, change=change)
    repository.refresh()
    assert words in repository.snapshot.refused["reader", "2"]
    assert repository.reader().version == "1"


def test_model_for_digits_is_no_reader(models, repository):
    publish(models, 2, "reader")
    repository.refresh()
    with pytest.raises(UnknownModel, match="POST to /predict"):
        repository.reader()
    assert repository.reader("reader", "1").version == "1"


def test_reader_cannot_take_the_place_of_the_default_model(models, repository):
    publish_reader(models, 2, "digits")
    repository.refresh()
    assert "default model classifies digits" in repository.snapshot.refused["digits", "2"]
    assert repository.get().version == "1"


def test_reader_cannot_be_the_default_model(models):
    with pytest.raises(ModelError, match="No model 'reader'"):
        Repository.load(models, default="reader", device="cpu")
