"""Bad requests of the Open Inference Protocol v2, from its own text: JSON with ``error``."""

from __future__ import annotations

import gzip
import json
import struct

import pytest

from tests.support.sending import send

LENGTH = "Inference-Header-Content-Length"


def request_of(**changes):
    """A good request in JSON, with ``changes`` to its only input."""
    given = {"name": "image", "shape": [1, 1, 28, 28], "datatype": "FP32", "data": [0] * 784}
    return {"inputs": [{**given, **changes}]}


BAD = [
    ("no JSON", b"{", 400, "no JSON"),
    ("a list", [], 400, "JSON object"),
    ("no inputs", {}, 400, '"inputs"'),
    ("two inputs", {"inputs": request_of()["inputs"] * 2}, 400, "one input"),
    ("an unknown input", request_of(name="x"), 400, "no input x"),
    ("a number for a name", request_of(name=7), 400, "has a name"),
    ("another datatype", request_of(datatype="INT8"), 400, "'INT8'"),
    ("an unhashable datatype", request_of(datatype=["FP32"]), 400, "datatype"),
    ("a wrong shape", request_of(shape=[1, 784]), 400, "[n, 1, 28, 28]"),
    ("a negative side", request_of(shape=[-1, 1, 28, 28]), 400, "above 0"),
    ("a huge shape", request_of(shape=[2**30, 2**30, 28, 28]), 400, "do not fill"),
    ("too many sides", request_of(shape=[1] * 9), 400, "1 to 8"),
    ("a text for a shape", request_of(shape="1"), 400, "shape"),
    ("too few values", request_of(data=[0]), 400, "1 values do not fill"),
    ("ragged values", request_of(data=[[0], [0, 0]]), 400, "ragged"),
    ("texts for values", request_of(data=["0"] * 784), 400, "numbers"),
    ("values above 1", request_of(data=[255] * 784), 400, "from 0"),
    ("a number beyond all", request_of(data=[10**400] * 784), 400, "numbers"),
    ("no number", b'{"inputs": [{"data": [NaN]}]}', 400, "no JSON"),
    ("no data", request_of(data=None), 400, '"data"'),
    ("bytes that are not there", request_of(parameters={"binary_data_size": 9}), 400, "not in"),
    ("parameters in a list", request_of(parameters=[]), 400, "parameters"),
    ("a number for an id", {**request_of(), "id": 7}, 400, '"id"'),
    ("an unknown output", {**request_of(), "outputs": [{"name": "x"}]}, 400, "no output 'x'"),
    (
        "classes of digits",
        {**request_of(), "outputs": [{"name": "digit", "parameters": {"classification": 1}}]},
        400,
        "no values to classify",
    ),
    ("too many pictures", request_of(shape=[257, 1, 28, 28], data=[0] * 784 * 257), 413, "256"),
    (
        "a picture that is none",
        request_of(name="picture", datatype="BYTES", shape=[1], data=["eA=="]),
        415,
        "no image",
    ),
    (
        "a picture that is not base64",
        request_of(name="picture", datatype="BYTES", shape=[1], data=["?"]),
        400,
        "not base64",
    ),
    ("an empty body", b"", 400, "empty"),
]


@pytest.mark.parametrize(
    ("document", "status", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_bad_request_is_told_in_json_with_error(url, document, status, words):
    body = document if isinstance(document, bytes) else json.dumps(document)
    response, answer = send(url, "/v2/models/digits/infer", body)
    assert response.status == status
    assert response.headers["Content-Type"] == "application/json"
    assert words in json.loads(answer)["error"]


@pytest.mark.parametrize(
    ("length", "tail"),
    [("x", b""), ("-1", b""), ("99999999", b""), ("9" * 40, b""), (None, b"\0" * 4)],
)
def test_bad_header_length_is_told(url, length, tail):
    body = json.dumps(request_of()).encode()
    headers = {LENGTH.replace("-", "_"): str(len(body)) if length is None else length}
    response, answer = send(url, "/v2/models/digits/infer", body + tail, **headers)
    assert response.status == 400
    assert "error" in json.loads(answer)


@pytest.mark.parametrize(
    "element", [b"\xff\xff\xff\xff", b"\x05\0\0\0abc", b"\0\0", struct.pack("<I", 3) + b"abcd"]
)
def test_broken_bytes_tensor_is_told(url, element):
    size = {"binary_data_size": len(element)}
    given = {"name": "picture", "shape": [1], "datatype": "BYTES", "parameters": size}
    head = json.dumps({"inputs": [given]}).encode()
    headers = {LENGTH.replace("-", "_"): str(len(head))}
    response, answer = send(url, "/v2/models/digits/infer", head + element, **headers)
    assert response.status == 400
    assert "error" in json.loads(answer)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/nothing", 404),
        ("GET", "/v2/models/cats", 404),
        ("GET", "/v2/models/digits/versions/9", 404),
        ("POST", "/v2/models/cats/infer", 404),
        ("GET", "/v2/models/digits/infer", 405),
        ("POST", "/v2/repository/models/cats/load", 404),
        ("POST", "/v2/repository/models/cats/unload", 404),
    ],
)
def test_unknown_addresses_are_told_in_json_with_error(url, method, path, status):
    response, answer = send(url, path, method=method)
    assert response.status == status
    assert response.headers["Content-Type"] == "application/json"
    assert json.loads(answer)["error"]


def test_compressed_body_is_bounded_once_unpacked(url):
    body = gzip.compress(bytes(17_000_000))
    response, answer = send(url, "/v2/models/digits/infer", body, Content_Encoding="gzip")
    assert (response.status, json.loads(answer)["code"]) == (413, "body_too_large")
    response, answer = send(url, "/v2/models/digits/infer", b"x", Content_Encoding="br")
    assert (response.status, json.loads(answer)["code"]) == (415, "unsupported_encoding")
    response, answer = send(url, "/v2/models/digits/infer", body[:99], Content_Encoding="gzip")
    assert response.status == 400
