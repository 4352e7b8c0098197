"""Bad input at /predict: each fault has its own status and code, and says what to do."""

import numpy as np
import pytest
from PIL import Image

from tests.support.pictures import file_of

PROBLEM = "application/problem+json"
FORM = "multipart/form-data"


@pytest.mark.parametrize(
    ("path", "options", "status", "code", "advice"),
    [
        ("/predict", {"data": b""}, 400, "empty_body", "POST the bytes"),
        ("/predict", {"data": b"seven"}, 415, "unsupported_image", "send one of PNG"),
        (
            "/predict",
            {"data": b"image=7", "content_type": "application/x-www-form-urlencoded"},
            415,
            "unsupported_image",
            "It came as application/x-www-form-urlencoded. POST the bytes",
        ),
        (
            "/predict",
            {"data": b'{"images": []}', "content_type": "text/plain"},
            415,
            "unsupported_image",
            "as application/json",
        ),
        ("/predict", {"data": b"x" * 1_000_001}, 413, "body_too_large", "at most 1,000,000"),
        ("/predict", {"json": {"images": "x"}}, 400, "malformed_request", "must be a list"),
        ("/predict", {"json": {"images": []}}, 400, "malformed_request", "at least one"),
        ("/predict", {"json": {"image": ["x"]}}, 400, "malformed_request", '"images"'),
        ("/predict", {"json": ["x"]}, 400, "malformed_request", '"images"'),
        ("/predict", {"json": {"images": [7]}}, 400, "malformed_request", "images[0]"),
        ("/predict", {"json": {"images": ["?"]}}, 400, "malformed_request", "not base64"),
        (
            "/predict",
            {"json": {"images": ["data:image/png,%89"]}},
            400,
            "malformed_request",
            ";base64,",
        ),
        ("/predict", {"json": {"images": [""]}}, 400, "empty_body", "no bytes"),
        ("/predict", {"json": {"images": ["eA=="] * 9}}, 413, "too_many_images", "at most 8"),
        (
            "/predict",
            {"data": {"image": "x"}, "content_type": FORM},
            400,
            "malformed_request",
            "-F image=@",
        ),
        ("/predict?model=cats", {"data": b"x"}, 404, "unknown_model", "Served: digits"),
        ("/predict?modle=digits", {"data": b"x"}, 400, "malformed_request", "?modle"),
        ("/predict?model=", {"data": b"x"}, 404, "unknown_model", "Served: digits"),
        ("/predict?model=digits&model=a", {"data": b"x"}, 400, "malformed_request", "once"),
        ("/predict?include=all", {"data": b"x"}, 400, "malformed_request", "include=input"),
        ("/nowhere", {"data": b"x"}, 404, "not_found", "/predict"),
    ],
)
def test_bad_request_gets_its_problem(client, path, options, status, code, advice):
    response = client.post(path, **options)
    problem = response.get_json()
    assert (response.status_code, problem["code"]) == (status, code)
    assert response.mimetype == PROBLEM
    assert problem["status"] == status
    assert problem["request_id"] == response.headers["X-Request-ID"]
    assert advice in problem["detail"]


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"images": ' + b"9" * 10_000 + b"}", b"null"]
)
def test_hostile_json_is_malformed(client, body):
    response = client.post("/predict", data=body, content_type="application/json")
    assert (response.status_code, response.mimetype) == (400, PROBLEM)


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("body", [b"--y\r\nbroken", b"--x\r\nbroken", b"--x--", b"--x\r\n\r\n"])
def test_broken_multipart_is_malformed(client, content_type, body):
    response = client.post("/predict", data=body, content_type=content_type)
    assert (response.status_code, response.mimetype) == (400, PROBLEM)


def test_half_a_jpeg_cannot_be_decoded(client):
    noise = np.random.default_rng(0).integers(0, 255, (90, 90), np.uint8)
    whole = file_of(Image.fromarray(noise), "JPEG")
    response = client.post("/predict", data=whole[: len(whole) // 2])
    assert (response.status_code, response.get_json()["code"]) == (422, "undecodable_image")


def test_too_many_pixels_are_refused(client):
    response = client.post("/predict", data=file_of(Image.new("L", (1001, 1000))))
    assert (response.status_code, response.get_json()["code"]) == (422, "too_many_pixels")


def test_wrong_method_names_the_right_one(client):
    response = client.get("/predict")
    assert (response.status_code, response.mimetype) == (405, PROBLEM)
    assert "POST" in response.headers["Allow"]
