"""What a model folder must hold to be served: files, inputs, outputs, metadata."""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import ModelError
from app.recognition.images import SIDE

CLASSES = 10
LABELS = [str(digit) for digit in range(CLASSES)]
INPUT = "image"
OUTPUTS = ("probabilities", "digitness")
DIGITS, READER = "digits", "reader"  # the kinds of models: metadata's `kind`, by default digits
MAX_MODEL_BYTES = 100_000_000
MAX_CARD_BYTES = 1_000_000


@dataclass(frozen=True)
class Contract:
    """What differs from model to model: the rejection ``threshold``, and the float32
    ``outputs`` by name with their shapes, the batch left out.
    """

    threshold: float
    outputs: dict[str, list[int]]


def check_contract(session: Any) -> Contract:
    """Read the contract from an ONNX Runtime session; raise ``ModelError`` where it is broken."""
    _check_input(session)
    metadata = session.get_modelmeta().custom_metadata_map
    return Contract(_check_metadata(metadata), _check_outputs(session))


def read_model(folder: Path, max_bytes: int = MAX_MODEL_BYTES) -> tuple[bytes, dict[str, object]]:
    """Read ``model.onnx`` and ``card.json``; the card must hold the model's SHA-256.

    Raises ``ModelError`` where a file is missing, unreadable or too large, and where the hash
    differs.
    """
    try:
        card = json.loads(_read(folder / "card.json", MAX_CARD_BYTES))
        expected = card["sha256"]
        model = _read(folder / "model.onnx", max_bytes)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"it cannot be read ({error})") from error
    if hashlib.sha256(model).hexdigest() != expected:
        raise ModelError("model.onnx is not the file that card.json describes")
    return model, card


def _read(path: Path, max_bytes: int) -> bytes:
    with open(path, "rb", opener=_open_without_blocking) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ModelError(f"{path.name} is no regular file")
        size = status.st_size
        content = file.read(max_bytes + 1) if size <= max_bytes else b""
    if max(size, len(content)) > max_bytes:
        raise ModelError(f"{path.name} has more than {max_bytes:,} bytes")
    return content


def _open_without_blocking(path: str, flags: int) -> int:
    """Open ``path`` without blocking: a named pipe would keep all models from being checked."""
    return os.open(path, flags | os.O_NONBLOCK)


def _check_input(session: Any) -> None:
    inputs = {node.name: (node.type, node.shape[1:]) for node in session.get_inputs()}
    if inputs != {INPUT: ("tensor(float)", [1, SIDE, SIDE])}:
        raise ModelError(f"input must be {INPUT} float32 [n, 1, 28, 28], not {inputs}")
    if any(isinstance(node.shape[0], int) for node in session.get_inputs()):
        raise ModelError("input takes batches of one size only")


def _check_outputs(session: Any) -> dict[str, list[int]]:
    """Return the outputs' names and shapes, the batch left out."""
    outputs = {node.name: (node.type, node.shape[1:]) for node in session.get_outputs()}
    for name, shape in zip(OUTPUTS, ([CLASSES], []), strict=True):
        if outputs.get(name) != ("tensor(float)", shape):
            raise ModelError(f"output {name} must be float32 {['n', *shape]}: {outputs}")
    return {name: shape for name, (kind, shape) in outputs.items() if kind == "tensor(float)"}


def _check_metadata(metadata: dict[str, str]) -> float:
    """Return the threshold of digitness."""
    try:
        threshold = float(metadata["digitness_threshold"])
        labels = json.loads(metadata["labels"])
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"metadata must have the number digitness_threshold and the list labels ({error})"
        ) from None
    if labels != LABELS:
        raise ModelError(f"labels must be {LABELS}, not {labels}")
    if not math.isfinite(threshold):
        raise ModelError(f"digitness_threshold must be a number, not {threshold}")
    return threshold
