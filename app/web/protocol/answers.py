"""Answers of the Open Inference Protocol: outputs as JSON, as raw bytes, or as classes."""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flask import Response, request
from numpy.typing import NDArray

from app.errors import MalformedRequest
from app.web.protocol.tensors import Wanted

HEADER_LENGTH = "Inference-Header-Content-Length"
DATATYPES = {"float32": "FP32", "int64": "INT64", "object": "BYTES"}

Array = NDArray[Any]


@dataclass(frozen=True)
class Answer:
    """The answer to an infer request; ``labels`` name the classes of each output."""

    model: str
    version: str
    id: str | None
    outputs: dict[str, Array]
    labels: dict[str, Sequence[str]]


def respond(answer: Answer, wanted: Sequence[Wanted]) -> Response:
    """Encode ``answer`` with the outputs and in the form that the client ``wanted``."""
    described, raws = [], []
    for one in wanted:
        values = answer.outputs[one.name]
        if one.classes:
            values = _classes(values, one, answer.labels.get(one.name, ()))
        document, raw = _output(one, values)
        described.append(document)
        raws.append(raw)
    head: dict[str, Any] = {"model_name": answer.model, "model_version": answer.version}
    if answer.id is not None:
        head["id"] = answer.id
    head["outputs"] = described
    return _response(json.dumps(head).encode(), raws, any(one.is_binary for one in wanted))


def _output(wanted: Wanted, values: Array) -> tuple[dict[str, Any], bytes]:
    document: dict[str, Any] = {
        "name": wanted.name,
        "shape": list(values.shape),
        "datatype": DATATYPES[values.dtype.name],
    }
    if not wanted.is_binary:
        document["data"] = values.reshape(-1).tolist()
        return document, b""
    raw = _packed(values)
    document["parameters"] = {"binary_data_size": len(raw)}
    return document, raw


def _packed(values: Array) -> bytes:
    if values.dtype != object:
        return values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
    encoded = [text.encode() for text in values.reshape(-1)]
    return b"".join(struct.pack("<I", len(text)) + text for text in encoded)


def _classes(values: Array, wanted: Wanted, labels: Sequence[str]) -> Array:
    """Return the greatest values of each row as texts: value, index, and label if there is one."""
    if values.dtype.kind != "f":
        raise MalformedRequest(f"{wanted.name} holds no values to classify by.")
    rows = values.reshape(len(values), -1)
    count = min(wanted.classes, rows.shape[1])
    order = np.argsort(-rows, axis=1, kind="stable")[:, :count]
    texts = np.empty(order.shape, object)
    for place, index in np.ndenumerate(order):
        label = f":{labels[int(index)]}" if labels else ""
        texts[place] = f"{rows[place[0], index]:f}:{index}{label}"
    return texts


def _response(head: bytes, raws: list[bytes], is_binary: bool) -> Response:
    body, encoding = _compressed(b"".join([head, *raws]))
    mimetype = "application/octet-stream" if is_binary else "application/json"
    response = Response(body, mimetype=mimetype)
    if is_binary:
        response.headers[HEADER_LENGTH] = str(len(head))
    if encoding:
        response.headers["Content-Encoding"] = encoding
        response.headers["Vary"] = "Accept-Encoding"
    return response


def _compressed(body: bytes) -> tuple[bytes, str | None]:
    """Compress where the client asks for it: fast, as bandwidth is rarely the limit."""
    accepted = request.accept_encodings
    if accepted["gzip"] > 0:
        return gzip.compress(body, 1, mtime=0), "gzip"
    if accepted["deflate"] > 0:
        return zlib.compress(body, 1), "deflate"
    return body, None
