"""Parse infer requests, JSON and binary.

Source: Open Inference Protocol, inference_rest.md; Triton's extensions binary_data and
classification.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import MalformedRequest

FLOAT = "FP32"
BYTES = "BYTES"
MAX_DIMENSIONS = 8

Array = NDArray[Any]


@dataclass(frozen=True)
class Tensor:
    """One input: for FP32 an array of ``shape``, for BYTES a list of texts or byte strings."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: Array | list[str | bytes]


@dataclass(frozen=True)
class Wanted:
    """An output that the client asks for: raw or as JSON; all values, or the first ``classes``."""

    name: str
    is_binary: bool
    classes: int = 0


@dataclass(frozen=True)
class InferRequest:
    """A parsed infer request; ``outputs`` is None where the client wants all of them."""

    id: str | None
    inputs: list[Tensor]
    outputs: list[Wanted] | None
    is_binary: bool


def parse(body: bytes, header_length: str | None) -> InferRequest:
    """Parse an infer request: JSON, or JSON of ``header_length`` bytes and then raw tensors.

    Raises ``MalformedRequest`` where it is not valid.
    """
    end = len(body) if header_length is None else _number(header_length, len(body))
    document = _document(body[:end])
    raw = _Raw(memoryview(body)[end:])
    inputs = [_tensor(_mapping(given, "an input"), raw) for given in _list(document, "inputs")]
    if raw.rest():
        raise MalformedRequest(f"{raw.rest()} bytes follow the last input's.")
    parameters = _parameters(document)
    is_binary = parameters.get("binary_data_output") is True
    return InferRequest(
        _identifier(document), inputs, _outputs(document, is_binary), is_binary=is_binary
    )


def raw_image(body: bytes, shape: tuple[int, ...]) -> InferRequest:
    """Parse a body that is one float32 tensor of ``shape`` and nothing else."""
    expected = 4 * math.prod(shape)
    if len(body) != expected:
        raise MalformedRequest(f"A raw body must have {expected} bytes: float32 {list(shape)}.")
    values = np.frombuffer(body, "<f4").reshape(shape)
    return InferRequest(None, [Tensor("image", FLOAT, shape, values)], None, is_binary=True)


class _Raw:
    """The bytes after the JSON, which the inputs take in their order."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at = data, 0

    def take(self, size: Any, name: str) -> memoryview:
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= self.rest():
            raise MalformedRequest(f"{name}: binary_data_size {size!r} is not in the body.")
        self._at += size
        return self._data[self._at - size : self._at]

    def rest(self) -> int:
        return len(self._data) - self._at


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= most):
        raise MalformedRequest(
            f"Inference-Header-Content-Length {text[:20]!r} must be a number up to {most}."
        )
    return int(text)


def _document(text: bytes) -> dict[str, Any]:
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest(f"The request is no JSON: {error}.") from None
    return _mapping(document, "the request")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedRequest(f"{what} must be a JSON object.")
    return value


def _list(document: dict[str, Any], name: str) -> list[Any]:
    values = document.get(name)
    if not isinstance(values, list) or not values:
        raise MalformedRequest(f'"{name}" must be a list that is not empty.')
    return values


def _parameters(document: dict[str, Any]) -> dict[str, Any]:
    parameters = _mapping(document.get("parameters", {}), "parameters")
    if not all(isinstance(value, str | int | float) for value in parameters.values()):
        raise MalformedRequest("A parameter is a text, a number, true or false.")
    return parameters


def _identifier(document: dict[str, Any]) -> str | None:
    identifier = document.get("id")
    if identifier is not None and not isinstance(identifier, str):
        raise MalformedRequest('"id" must be a text.')
    return identifier


def _name(document: dict[str, Any]) -> str:
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise MalformedRequest("Each input and output has a name.")
    return name


def _tensor(document: dict[str, Any], raw: _Raw) -> Tensor:
    name, shape, datatype = _name(document), _shape(document), document.get("datatype")
    parameters = _parameters(document)
    if datatype not in (FLOAT, BYTES):
        raise MalformedRequest(f"{name}: datatype {datatype!r} is not taken: send FP32 or BYTES.")
    if "binary_data_size" in parameters:
        given = raw.take(parameters["binary_data_size"], name)
        values = _strings(given) if datatype == BYTES else np.frombuffer(_floats(given), "<f4")
    else:
        values = _from_json(_list(document, "data"), str(datatype), name)
    if len(values) != math.prod(shape):
        raise MalformedRequest(f"{name}: {len(values)} values do not fill the shape {[*shape]}.")
    if isinstance(values, np.ndarray):
        values = values.reshape(shape)
    return Tensor(name, str(datatype), shape, values)


def _shape(document: dict[str, Any]) -> tuple[int, ...]:
    shape = document.get("shape")
    if not isinstance(shape, list) or not 0 < len(shape) <= MAX_DIMENSIONS:
        raise MalformedRequest('"shape" must be a list of 1 to 8 numbers.')
    if not all(type(side) is int and 0 < side < 1 << 31 for side in shape):
        raise MalformedRequest(f"The shape {shape} must hold whole numbers above 0.")
    return tuple(shape)


def _floats(given: memoryview) -> memoryview:
    if len(given) % 4:
        raise MalformedRequest("The bytes of an FP32 tensor come in fours.")
    return given


def _strings(given: memoryview) -> list[str | bytes]:
    """Split the bytes of a BYTES tensor: each element's length, little-endian, then the element."""
    found: list[str | bytes] = []
    at = 0
    while at < len(given):
        (length,) = struct.unpack_from("<I", given, at) if at + 4 <= len(given) else (len(given),)
        at += 4 + length
        if at > len(given):
            raise MalformedRequest("A BYTES tensor ends within an element.")
        found.append(bytes(given[at - length : at]))
    return found


def _from_json(data: list[Any], datatype: str, name: str) -> Array | list[str | bytes]:
    if datatype == BYTES:
        if not all(isinstance(element, str) for element in data):
            raise MalformedRequest(f"{name}: the elements of BYTES data must be texts.")
        return data
    try:
        values = np.asarray(data)
    except ValueError:
        raise MalformedRequest(f"{name}: the data is ragged.") from None
    if values.dtype.kind not in "iuf":
        raise MalformedRequest(f"{name}: the data must be numbers.")
    return values.astype(np.float32).reshape(-1)


def _outputs(document: dict[str, Any], is_binary: bool) -> list[Wanted] | None:
    if "outputs" not in document:
        return None
    given = [_mapping(output, "an output") for output in _list(document, "outputs")]
    return [_wanted(output, is_binary) for output in given]


def _wanted(document: dict[str, Any], is_binary: bool) -> Wanted:
    parameters = _parameters(document)
    name, classes = _name(document), parameters.get("classification", 0)
    if type(classes) is not int or classes < 0:
        raise MalformedRequest(f"{name}: classification must be a number of classes.")
    return Wanted(name, parameters.get("binary_data", is_binary) is True, classes)
