"""The folder of models as the repository sees it: what is loaded, what is refused, what stays."""

from __future__ import annotations

import os
import shutil

import pytest

from app.errors import ModelError, UnknownModel, UnknownVersion
from app.recognition.repository import Repository
from app.recognition.verification import Rules
from tests.support.models import (
    COMMITTED,
    answer_the_least_likely,
    drop_labels,
    fix_batch,
    publish,
    rename_input,
    write,
)


@pytest.fixture
def models(tmp_path):
    publish(tmp_path, 1)
    return tmp_path


@pytest.fixture
def repository(models):
    rules = Rules("digits", "cpu", max_bytes=5_000_000)
    return Repository.load(models, default="digits", rules=rules)


def reason(repository, version="2"):
    return repository.snapshot.refused["digits", version]


def test_new_version_is_served_and_the_one_before_stays_at_hand(models, repository):
    publish(models, 2)
    repository.refresh()
    assert repository.get().version == "2"
    assert repository.get("digits", "1").version == "1"


def test_versions_are_numbers_not_texts(models, repository):
    publish(models, 9)
    publish(models, 10)
    repository.refresh()
    assert repository.get().version == "10"


def test_removed_version_rolls_back(models, repository):
    publish(models, 2)
    repository.refresh()
    shutil.rmtree(models / "digits" / "2")
    repository.refresh()
    assert repository.get().version == "1"
    with pytest.raises(UnknownVersion, match="Served: 1"):
        repository.get("digits", "2")


def test_only_so_many_versions_are_kept_loaded(models, repository):
    for version in (2, 3, 4):
        publish(models, version)
    repository.refresh()
    assert [one.version for one in repository.snapshot.models["digits"]] == ["4", "3"]


def test_several_models_are_served(models, repository):
    publish(models, 1, "other")
    repository.refresh()
    assert [one.name for one in repository.all()] == ["digits", "other"]
    shutil.rmtree(models / "other")
    repository.refresh()
    with pytest.raises(UnknownModel):
        repository.get("other")


def test_last_version_of_the_default_model_is_kept_when_its_folder_goes(models, repository):
    before = repository.get()
    shutil.rmtree(models / "digits")
    repository.refresh()
    assert repository.get() is before
    assert "served from memory" in reason(repository, "1")


def test_nothing_is_opened_again_that_has_not_changed(models, repository):
    before = repository.get()
    (models / "digits" / "labels.txt").touch()
    repository.refresh()
    assert repository.get() is before


def test_half_copied_folder_is_refused_until_it_is_whole(models, repository):
    folder = models / "digits" / "2"
    folder.mkdir()
    whole = (COMMITTED / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(whole[:1000])
    repository.refresh()
    assert "cannot be read" in reason(repository)
    shutil.copy(COMMITTED / "card.json", folder)
    repository.refresh()
    assert "not the file that card.json describes" in reason(repository)
    assert repository.get().version == "1"
    (folder / "model.onnx").write_bytes(whole)
    repository.refresh()
    assert repository.get().version == "2"
    assert not repository.snapshot.refused


@pytest.mark.parametrize("linked", ["folder", "model.onnx", "card.json"])
def test_link_out_of_the_folder_is_refused(models, repository, linked):
    if linked == "folder":
        (models / "digits" / "2").symlink_to(COMMITTED)
    else:
        folder = publish(models, 2)
        (folder / linked).unlink()
        (folder / linked).symlink_to(COMMITTED / linked)
    repository.refresh()
    assert "link out of the folder of models" in reason(repository)


def test_link_within_the_folder_is_followed(models, repository):
    (models / "digits" / "2").symlink_to(models / "digits" / "1")
    repository.refresh()
    assert repository.get().version == "2"


def test_file_that_is_too_large_is_refused_unread(models, repository):
    folder = publish(models, 2)
    with (folder / "model.onnx").open("r+b") as file:
        file.truncate(1_000_000_000)
    repository.refresh()
    assert "model.onnx has more than 5,000,000 bytes" in reason(repository)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (rename_input, "input must be image"),
        (drop_labels, "labels"),
        (fix_batch, "batches of one size"),
        (answer_the_least_likely, "reads the known digits 0 to 9 as"),
    ],
)
def test_model_that_breaks_the_contract_is_refused(models, repository, change, words):
    publish(models, 2, change=change)
    repository.refresh()
    assert words in reason(repository)
    assert repository.get().version == "1"


def test_file_that_is_no_model_is_refused(models, repository):
    write(publish(models, 2), b"not an ONNX file")
    repository.refresh()
    assert "ONNX Runtime cannot open it" in reason(repository)


def test_damaged_model_keeps_no_other_back(models, repository):
    """Its hash is right, and it breaks what looks for layers ahead of ONNX Runtime."""
    write(publish(models, 2), b"\xff")
    publish(models, 1, "other")
    repository.refresh()
    assert "it is damaged" in reason(repository)
    assert [one.name for one in repository.all()] == ["digits", "other"]


@pytest.mark.parametrize("name", ["model.onnx", "card.json"])
def test_pipe_in_place_of_a_file_is_refused_and_not_waited_for(models, repository, name):
    file = publish(models, 2) / name
    file.unlink()
    os.mkfifo(file)
    repository.refresh()
    assert f"{name} is no regular file" in reason(repository)


def test_card_nested_too_deep_is_refused(models, repository):
    (publish(models, 2) / "card.json").write_text("[" * 200_000)
    repository.refresh()
    assert "it is damaged (RecursionError" in reason(repository)


def test_version_that_is_damaged_in_place_goes_on_from_memory(models, repository):
    before = repository.get()
    (models / "digits" / "1" / "model.onnx").write_bytes(b"damaged")
    repository.refresh()
    assert repository.get() is before
    assert "not the file" in reason(repository, "1")


def test_start_without_a_good_version_is_refused(models):
    (models / "digits" / "1" / "card.json").write_text("{")
    with pytest.raises(ModelError, match="No model 'digits'"):
        Repository.load(models, default="digits", device="cpu")


def test_changes_and_refusals_are_logged_once(models, repository, caplog):
    caplog.set_level("INFO")
    write(publish(models, 2), b"not an ONNX file")
    publish(models, 3)
    for _ in range(3):
        repository.refresh()
    assert caplog.text.count("version 2 is not served") == 1
    assert caplog.text.count("model digits: serving version 3 (") == 1
    assert "nodes on CPUExecutionProvider)" in caplog.text
