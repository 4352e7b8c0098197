"""Folders of models for the tests: copies of the committed model, some of them damaged."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper

from tests.conftest import ROOT

Change = Callable[[onnx.ModelProto], None]
Damage = Callable[[Path], None]

VERSIONS = (ROOT / "models" / "digits").glob("[0-9]*")
COMMITTED = max(VERSIONS, key=lambda folder: int(folder.name))  # the version that is served


def publish(
    models: Path,
    version: int,
    name: str = "digits",
    *,
    change: Change | None = None,
    damage: Damage | None = None,
) -> Path:
    """Put the committed model into ``models`` as ``version``, whole or not at all.

    ``change`` changes the model before, and its card follows; ``damage`` is given its folder then.
    """
    scratch, target = models / f".{name}-{version}", models / name / str(version)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(COMMITTED, scratch)
    if change:
        model = onnx.load(scratch / "model.onnx")
        change(model)
        write(scratch, model.SerializeToString())
    if damage:
        damage(scratch)
    scratch.rename(target)
    return target


def renumber(models: Path, version: int) -> None:
    """Give each model in ``models`` the number ``version`` instead of the one that it has."""
    for folder in models.iterdir():
        (present,) = folder.iterdir()
        present.rename(folder / str(version))


def rename_input(model: onnx.ModelProto) -> None:
    """Call the input otherwise, for all the graph's nodes and branches."""
    model.graph.input[0].name = "picture"
    model.graph.node.insert(0, onnx.helper.make_node("Identity", ["picture"], ["image"]))


def drop_labels(model: onnx.ModelProto) -> None:
    """Take the labels out of the metadata."""
    kept = [entry for entry in model.metadata_props if entry.key != "labels"]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)


def fix_batch(model: onnx.ModelProto) -> None:
    """Take batches of one picture only."""
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1


def soften(model: onnx.ModelProto) -> None:
    """Make the network half as sure, so that its answers can be told from the committed one's."""
    _scale_temperature(model, 2)


def answer_the_least_likely(model: onnx.ModelProto) -> None:
    """Turn the order of the ten digits upside down."""
    _scale_temperature(model, -1)


def _scale_temperature(model: onnx.ModelProto, times: float) -> None:
    (temperature,) = [one for one in model.graph.initializer if one.name == "temperature"]
    scaled = onnx.numpy_helper.to_array(temperature) * np.float32(times)
    temperature.CopyFrom(onnx.numpy_helper.from_array(scaled, temperature.name))


def write(folder: Path, model: bytes) -> None:
    """Replace a version's model and make its card true to it."""
    (folder / "model.onnx").write_bytes(model)
    card = json.loads((folder / "card.json").read_text())
    card["sha256"] = hashlib.sha256(model).hexdigest()
    (folder / "card.json").write_text(json.dumps(card))
