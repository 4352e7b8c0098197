"""A reader under /v2: an ordinary model of the index, with pictures in and texts out."""

from __future__ import annotations

import base64
import contextlib
import json
from urllib.parse import urlsplit

import numpy as np
import pytest
import tritonclient.http as triton
from PIL import Image
from tritonclient.utils import InferenceServerException

from tests.support.pictures import file_of
from tests.support.readers import known_picture
from tests.support.sending import send


@pytest.fixture(scope="module")
def client(url):
    with contextlib.closing(triton.InferenceServerClient(urlsplit(url).netloc)) as client:
        yield client


def pictures(*files):
    given = triton.InferInput("picture", [len(files)], "BYTES")
    given.set_data_from_numpy(np.array(files, object))
    return [given]


def test_reader_is_described_as_what_it_takes_and_gives(client):
    assert client.is_model_ready("reader")
    metadata = client.get_model_metadata("reader")
    assert metadata["inputs"] == [{"name": "picture", "datatype": "BYTES", "shape": [-1]}]
    assert metadata["outputs"] == [
        {"name": "text", "datatype": "BYTES", "shape": [-1]},
        {"name": "confidence", "datatype": "FP32", "shape": [-1]},
    ]
    config = client.get_model_config("reader")
    assert config["input"] == [{"name": "picture", "data_type": "TYPE_STRING", "dims": [1]}]
    assert [one["data_type"] for one in config["output"]] == ["TYPE_STRING", "TYPE_FP32"]


def test_reader_is_in_the_index(client):
    rows = {(row["name"], row["version"]): row for row in client.get_model_repository_index()}
    assert rows["reader", "1"]["state"] == "READY"


def test_pictures_are_read_as_at_read(client, url):
    blank = file_of(Image.new("L", (300, 80), 255))
    files = [known_picture("4071"), known_picture("1234567890"), blank]
    answer = client.infer("reader", pictures(*files), request_id="form-17")
    assert answer.as_numpy("text").tolist() == [b"4071", b"1234567890", b""]
    assert answer.get_response()["id"] == "form-17"
    encoded = {"images": [base64.b64encode(data).decode() for data in files]}
    _, body = send(url, "/read", json.dumps(encoded), Content_Type="application/json")
    shares = [reading["confidence"] for reading in json.loads(body)["readings"]]
    np.testing.assert_allclose(answer.as_numpy("confidence"), shares, atol=1e-6)


def test_one_output_may_be_asked_for_in_json(url):
    data = [base64.b64encode(known_picture("600")).decode()]
    given = {"name": "picture", "shape": [1], "datatype": "BYTES", "data": data}
    asked = {"inputs": [given], "outputs": [{"name": "text"}]}
    response, body = send(url, "/v2/models/reader/infer", json.dumps(asked))
    (output,) = json.loads(body)["outputs"]
    assert output == {"name": "text", "shape": [1], "datatype": "BYTES", "data": ["600"]}
    assert "infer;dur=" in response.headers["Server-Timing"]


def test_bad_requests_are_told(client, url):
    image = triton.InferInput("image", [1, 1, 28, 28], "FP32")
    image.set_data_from_numpy(np.zeros((1, 1, 28, 28), np.float32))
    with pytest.raises(InferenceServerException, match="send picture as BYTES"):
        client.infer("reader", [image])
    wanted = [triton.InferRequestedOutput("digit")]
    with pytest.raises(InferenceServerException, match="no output 'digit': text, confidence"):
        client.infer("reader", pictures(known_picture("600")), outputs=wanted)
    with pytest.raises(InferenceServerException, match="no image"):
        client.infer("reader", pictures(b"x"))


def test_statistics_count_the_reader(client):
    def inferences():
        (row,) = client.get_inference_statistics("reader", "1")["model_stats"]
        return row["inference_count"]

    before = inferences()
    client.infer("reader", pictures(known_picture("600"), known_picture("4071")))
    assert inferences() - before == 2


def test_reader_is_unloaded_from_every_worker_and_loaded_again(client, url):
    client.unload_model("reader")
    response, body = send(url, "/read", known_picture("600"))
    assert (response.status, json.loads(body)["code"]) == (404, "unknown_model")
    client.load_model("reader")
    response, body = send(url, "/read", known_picture("600"))
    assert json.loads(body)["readings"][0]["text"] == "600"
