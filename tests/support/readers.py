"""A reader for the tests, made by hand: it knows the ten known lines, and nothing else.

It compares a line with each of the ten, and answers with frames made for the one most like it.
Its answers are those of a trained reader on these lines: right, sure, and each digit where it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from app.recognition.reader import MARGIN
from app.recognition.reader_contract import LABELS
from app.recognition.verification import KNOWN_LINES, KNOWN_TEXTS, known_lines
from tests.support.pictures import file_of

Change = Callable[[onnx.ModelProto], None]

READ = {"2025": "20.25", "600": "?600"}  # what the frames say: a separator, and something else
COLUMNS = 64  # that a line is scaled to, to be compared
FRAMES = 192  # of each answer, thinned out to the line's own number
SPIKE = 8  # of these frames that show a sign
LEAST_LIKE = 0.7  # correlation, below which a line shows no number
SURE, NEXT = 0.99, 0.009  # probability of a sign, and of the digit after it


def publish_reader(
    models: Path, version: int, name: str = "reader", *, change: Change | None = None
) -> Path:
    """Put the reader into ``models`` as ``version``, whole or not at all."""
    scratch, target = models / f".{name}-{version}", models / name / str(version)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch.mkdir()
    model = onnx.load_from_string(made())
    if change:
        change(model)
    content = model.SerializeToString()
    card = {"name": name, "version": str(version), "sha256": hashlib.sha256(content).hexdigest()}
    (scratch / "model.onnx").write_bytes(content)
    (scratch / "card.json").write_text(json.dumps(card))
    scratch.rename(target)
    return target


def known_image(text: str, height: int = 144) -> Image.Image:
    """Return the known line that shows ``text``, dark on light, ``height`` pixels high."""
    sheet, row = Image.open(KNOWN_LINES), KNOWN_TEXTS.index(text)
    high = sheet.height // len(KNOWN_TEXTS)
    line = sheet.crop((0, row * high, sheet.width, (row + 1) * high))
    return line.resize((round(sheet.width * height / high), height), Image.Resampling.BICUBIC)


def known_picture(text: str, height: int = 144) -> bytes:
    """Return ``known_image`` as a PNG file."""
    return file_of(known_image(text, height))


def set_metadata(**values: str) -> Change:
    """Return a change that gives the metadata other values; an empty one is left out."""

    def change(model: onnx.ModelProto) -> None:
        kept = {one.key: one.value for one in model.metadata_props} | values
        del model.metadata_props[:]
        helper.set_model_props(model, {key: value for key, value in kept.items() if value})

    return change


def answer_otherwise(model: onnx.ModelProto) -> None:
    """Answer each known line by the frames of the one before."""
    _replace(model, lambda table: np.roll(table, 1, axis=0))


def answer_nothing_finite(model: onnx.ModelProto) -> None:
    """Answer NaN."""
    _replace(model, lambda table: table * np.float32(np.nan))


def drop_a_class(model: onnx.ModelProto) -> None:
    """Answer without the last class."""
    _replace(model, lambda table: table[..., :-1])


def fix_length(model: onnx.ModelProto) -> None:
    """Take lines of 160 columns only."""
    model.graph.input[0].type.tensor_type.shape.dim[3].dim_value = 160


def _replace(
    model: onnx.ModelProto, by: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> None:
    (table,) = [one for one in model.graph.initializer if one.name == "table"]
    changed = by(numpy_helper.to_array(table)).astype(np.float32)
    table.CopyFrom(numpy_helper.from_array(changed, table.name))


@cache
def made() -> bytes:
    """Return the reader's ONNX file."""
    floats = {"least": [[LEAST_LIKE]], "tiny": 1e-6, "half": 0.5, "frames": FRAMES, "none": 0}
    numbers = {
        "size": [1, 40, COLUMNS],
        "flat": [0, -1],
        "axis": [1],
        "zero": 0,
        "one": 1,
        "four": 4,
    }
    constants: dict[str, NDArray[Any]] = {
        "likenesses": _likenesses(),
        "table": _table(),
        **{name: np.array(value, np.float32) for name, value in floats.items()},
        **{name: np.array(value, np.int64) for name, value in numbers.items()},
    }
    graph = helper.make_graph(
        [*_compared(), *_answered()],
        "known lines",
        [helper.make_tensor_value_info("line", TensorProto.FLOAT, ["n", 1, 40, "w"])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", "t", "c"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    labels = {"labels": json.dumps(LABELS), "confidence_threshold": "0.2", "kind": "reader"}
    helper.set_model_props(model, labels)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _compared() -> list[onnx.NodeProto]:
    """Return the nodes from a line to the number of the known line most like it, or 10."""
    node = helper.make_node
    return [
        node("Shape", ["line"], ["batch"], start=0, end=1),
        node("Concat", ["batch", "size"], ["sizes"], axis=0),
        node("Resize", ["line", "", "", "sizes"], ["small"], mode="linear"),
        node("Reshape", ["small", "flat"], ["values"]),
        node("ReduceL2", ["values", "axis"], ["norm"]),
        node("Max", ["norm", "tiny"], ["length"]),
        node("Div", ["values", "length"], ["unit"]),
        node("MatMul", ["unit", "likenesses"], ["alike"]),
        node("Mul", ["norm", "none"], ["nothing"]),
        node("Add", ["nothing", "least"], ["bound"]),
        node("Concat", ["alike", "bound"], ["scores"], axis=1),
        node("ArgMax", ["scores"], ["nearest"], axis=1, keepdims=0),
    ]


def _answered() -> list[onnx.NodeProto]:
    """Return the nodes from that number to frames, one for each four columns of the line."""
    node = helper.make_node
    return [
        node("Shape", ["line"], ["columns"], start=3, end=4),
        node("Squeeze", ["columns"], ["width"]),
        node("Div", ["width", "four"], ["count"]),
        node("Range", ["zero", "count", "one"], ["steps"]),
        node("Cast", ["steps"], ["places"], to=TensorProto.FLOAT),
        node("Cast", ["count"], ["number"], to=TensorProto.FLOAT),
        node("Add", ["places", "half"], ["middles"]),
        node("Mul", ["middles", "frames"], ["scaled"]),
        node("Div", ["scaled", "number"], ["shares"]),
        node("Cast", ["shares"], ["chosen"], to=TensorProto.INT64),
        node("Gather", ["table", "nearest"], ["answer"], axis=0),
        node("Gather", ["answer", "chosen"], ["probabilities"], axis=1),
    ]


def _likenesses() -> NDArray[np.float32]:
    """Return each known line as the network sees it, scaled, of length 1: (40 × 64, 10)."""
    rows = []
    for line in known_lines():
        width = line.pixels.shape[1] + 2 * MARGIN
        framed = np.zeros((40, -(-width // 4) * 4), np.float32)
        framed[:, MARGIN : MARGIN + line.pixels.shape[1]] = line.pixels
        small = Image.fromarray(framed).resize((COLUMNS, 40), Image.Resampling.BOX)
        rows.append(np.asarray(small).ravel() / np.linalg.norm(np.asarray(small)))
    return np.array(rows, np.float32).T


def _table() -> NDArray[np.float32]:
    """Return the frames for each known line, and an eleventh time for no number."""
    table = np.zeros((len(KNOWN_TEXTS) + 1, FRAMES, len(LABELS)), np.float32)
    table[..., 0] = 1
    for row, text in enumerate(KNOWN_TEXTS):
        for sign, middle in zip(READ.get(text, text), _middles(row, text), strict=True):
            spike = slice(middle - SPIKE // 2, middle + SPIKE // 2)
            other = str((int(sign) + 1) % 10) if sign.isdecimal() else "0"
            table[row, spike] = 0
            table[row, spike, LABELS.index(sign)] = SURE
            table[row, spike, LABELS.index(other)] = NEXT
            table[row, spike, 0] = 1 - SURE - NEXT
    return table


def _middles(row: int, text: str) -> list[int]:
    """Return the frame in the middle of each sign of a known line, from where its ink is."""
    pixels = known_lines()[row].pixels
    inked = np.flatnonzero((pixels > 0.5).any(axis=0))
    runs = np.split(inked, np.flatnonzero(np.diff(inked) > 1) + 1)
    assert len(runs) == len(text), "the digits of a known line do not touch"
    width = -(-(pixels.shape[1] + 2 * MARGIN) // 4) * 4
    middles = [round(FRAMES * ((r[0] + r[-1] + 1) / 2 + MARGIN) / width) for r in runs]
    if text == "2025":
        middles.insert(2, (middles[1] + middles[2]) // 2)
    if text == "600":
        middles.insert(0, middles[0] - 2 * SPIKE)
    return middles
