"""What a reader's file must hold to be served: its input, its output, its metadata."""

from __future__ import annotations

import json
import math
from typing import Any

from app.errors import ModelError
from app.recognition.contract import READER
from app.recognition.lines import HEIGHT

DIGITS, SEPARATORS, OTHER = "0123456789", ".,-/", "?"  # OTHER reads as nothing
LABELS = ["", *DIGITS, *SEPARATORS, OTHER]  # of the classes; the first is CTC's blank
INPUT, OUTPUT = "line", "probabilities"
STRIDE = 4  # columns of a line a frame


def check_reader(session: Any) -> float:
    """Return the threshold of confidence; raise ``ModelError`` where the contract is broken."""
    _check_input(session)
    _check_output(session)
    return _check_metadata(session.get_modelmeta().custom_metadata_map)


def _check_input(session: Any) -> None:
    inputs = {node.name: (node.type, node.shape) for node in session.get_inputs()}
    kind, shape = inputs.get(INPUT, ("", []))
    if len(inputs) != 1 or kind != "tensor(float)" or len(shape) != 4 or shape[1:3] != [1, HEIGHT]:
        raise ModelError(f"input must be {INPUT} float32 [n, 1, {HEIGHT}, w], not {inputs}")
    if isinstance(shape[3], int):
        raise ModelError(f"input takes lines of one length only, {shape[3]} columns")


def _check_output(session: Any) -> None:
    outputs = {node.name: (node.type, node.shape) for node in session.get_outputs()}
    kind, shape = outputs.get(OUTPUT, ("", []))
    if kind != "tensor(float)" or len(shape) != 3:
        classes = len(LABELS)
        raise ModelError(f"output {OUTPUT} must be float32 [n, w / 4, {classes}]: {outputs}")


def _check_metadata(metadata: dict[str, str]) -> float:
    if metadata.get("kind") != READER:
        raise ModelError(f"metadata must have kind={READER}, not {metadata.get('kind')}")
    try:
        threshold = float(metadata["confidence_threshold"])
        labels = json.loads(metadata["labels"])
    except (KeyError, ValueError) as error:
        raise ModelError(
            f"metadata must have the number confidence_threshold and the list labels ({error})"
        ) from None
    if labels != LABELS:
        raise ModelError(f"labels must be {LABELS}, not {labels}")
    if not (math.isfinite(threshold) and 0 <= threshold <= 1):
        raise ModelError(f"confidence_threshold must be from 0 to 1, not {threshold}")
    return threshold
