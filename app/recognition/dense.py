"""The weights of a dense network, read from its ONNX file without the onnx package.

An ONNX file is a Protocol Buffers message: fields of (number, wire type, value). Only the
tensors of ``graph.initializer`` are of interest here; the field numbers are onnx.proto's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

GRAPH = 7  # of ModelProto
INITIALIZER = 5  # of GraphProto
DIMS, NAME, RAW_DATA = 1, 8, 9  # of TensorProto
LAYER = "network.layers"  # how training names a dense network's layers

Weights = NDArray[np.float32]
Value = int | memoryview


@dataclass(frozen=True)
class Layer:
    """A fully connected layer: ``weights`` (out, in) times the input, plus ``biases`` (out,)."""

    weights: Weights
    biases: Weights


@dataclass
class _Tensor:
    name: str = ""
    dims: list[int] = field(default_factory=list)
    raw: memoryview = memoryview(b"")


def read_layers(model: bytes) -> tuple[Layer, ...]:
    """Return the layers of a dense network, the first one first; none for other networks."""
    tensors = {tensor.name: tensor for tensor in _initializers(memoryview(model))}
    layers: list[Layer] = []
    while (prefix := f"{LAYER}.{len(layers)}") + ".weight" in tensors:
        layers.append(
            Layer(_values(tensors[f"{prefix}.weight"]), _values(tensors[f"{prefix}.bias"]))
        )
    return tuple(layers)


def _initializers(model: memoryview) -> Iterator[_Tensor]:
    for number, graph in _fields(model):
        if number == GRAPH and isinstance(graph, memoryview):
            for part, tensor in _fields(graph):
                if part == INITIALIZER and isinstance(tensor, memoryview):
                    yield _tensor(tensor)


def _tensor(message: memoryview) -> _Tensor:
    tensor = _Tensor()
    for number, value in _fields(message):
        if number == DIMS:
            tensor.dims += [value] if isinstance(value, int) else _varints(value)
        elif number == NAME and isinstance(value, memoryview):
            tensor.name = str(value, "utf-8")
        elif number == RAW_DATA and isinstance(value, memoryview):
            tensor.raw = value
    return tensor


def _values(tensor: _Tensor) -> Weights:
    return np.frombuffer(tensor.raw, "<f4").reshape(tensor.dims).astype(np.float32)


def _fields(message: memoryview) -> Iterator[tuple[int, Value]]:
    """Yield the number and the value of each field; fixed-width ones are skipped."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, wire_type = key >> 3, key & 7
        if wire_type == 0:
            value, place = _varint(message, place)
            yield number, value
        elif wire_type == 2:
            length, place = _varint(message, place)
            yield number, message[place : place + length]
            place += length
        else:
            place += 8 if wire_type == 1 else 4


def _varints(packed: memoryview) -> list[int]:
    values, place = [], 0
    while place < len(packed):
        value, place = _varint(packed, place)
        values.append(value)
    return values


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
