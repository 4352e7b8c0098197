"""The Open Inference Protocol v2, by its stock client and over the bare wire."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from urllib.parse import urlsplit

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from app.recognition import images
from tests.conftest import ROOT
from tests.support.pictures import pasted
from tests.support.sending import send

LENGTH = "Inference-Header-Content-Length"


@pytest.fixture(scope="module")
def client(url):
    with contextlib.closing(triton.InferenceServerClient(urlsplit(url).netloc)) as client:
        yield client


@pytest.fixture(scope="module")
def files(mnist):
    """Four pictures as people send them."""
    return [pasted(digit) for digit in mnist.images[:4]]


@pytest.fixture(scope="module")
def tensor(files):
    """The same pictures as the network sees them."""
    drawings = [images.read(data, max_pixels=1_000_000) for data in files]
    return np.stack([drawing.pixels for drawing in drawings])[:, None]


def image_input(values, **options):
    given = triton.InferInput("image", list(values.shape), "FP32")
    given.set_data_from_numpy(values, **options)
    return [given]


def picture_input(files, **options):
    given = triton.InferInput("picture", [len(files)], "BYTES")
    given.set_data_from_numpy(np.array(files, object), **options)
    return [given]


def test_server_and_models_are_alive_and_ready(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("digits")
    assert client.is_model_ready("digits", "1")
    assert not client.is_model_ready("digits", "9")
    assert not client.is_model_ready("cats")


def test_server_names_itself_and_its_extensions(client):
    metadata = client.get_server_metadata()
    assert metadata.keys() == {"name", "version", "extensions"}
    assert {"binary_tensor_data", "classification", "statistics"} <= {*metadata["extensions"]}


def test_model_metadata_tells_tensors_versions_and_provider(client):
    metadata = client.get_model_metadata("digits")
    assert metadata["versions"] == ["2", "1"]
    assert metadata["inputs"][0] == {"name": "image", "datatype": "FP32", "shape": [-1, 1, 28, 28]}
    assert metadata["parameters"]["provider"] == "CPUExecutionProvider"
    assert metadata["parameters"]["nodes_CPUExecutionProvider"] > 10
    assert client.get_model_metadata("digits", "1")["parameters"]["version"] == "1"


def test_model_config_is_as_perf_analyzer_wants_it(client):
    config = client.get_model_config("digits")
    assert config["max_batch_size"] == 256
    assert config["input"][0]["data_type"] == "TYPE_FP32"
    assert config["output"][0] == {
        "name": "probabilities", "data_type": "TYPE_FP32", "dims": [10]
    }  # fmt: skip


@pytest.mark.parametrize("compression", [None, "gzip", "deflate"])
@pytest.mark.parametrize("is_binary", [True, False])
def test_tensors_are_classified(client, recogniser, tensor, mnist, is_binary, compression):
    answer = client.infer(
        "digits",
        image_input(tensor, binary_data=is_binary),
        request_id="form-17",
        outputs=[
            triton.InferRequestedOutput(name, binary_data=is_binary)
            for name in ("probabilities", "digitness", "digit", "rejected")
        ],
        request_compression_algorithm=compression,
        response_compression_algorithm=compression,
    )
    probabilities, digitness = recogniser.run(tensor)
    np.testing.assert_array_equal(answer.as_numpy("probabilities"), probabilities)
    np.testing.assert_array_equal(answer.as_numpy("digitness"), digitness)
    assert answer.as_numpy("digit").tolist() == mnist.labels[:4].tolist()
    assert [*answer.as_numpy("rejected")] == ([b""] * 4 if is_binary else [""] * 4)
    response = answer.get_response()
    assert (response["id"], response["model_version"]) == ("form-17", "2")


@pytest.mark.parametrize("count", [1, 4])
def test_all_endpoints_give_the_same_answer_bit_for_bit(client, url, files, tensor, count):
    by_tensor = client.infer("digits", image_input(tensor[:count]))
    by_picture = client.infer("digits", picture_input(files[:count]))
    for name in ("probabilities", "digitness", "digit"):
        np.testing.assert_array_equal(by_tensor.as_numpy(name), by_picture.as_numpy(name))
    encoded = {"images": [base64.b64encode(data).decode() for data in files[:count]]}
    _, body = send(url, "/predict", json.dumps(encoded), Content_Type="application/json")
    for place, answer in enumerate(json.loads(body)["predictions"]):
        row = by_tensor.as_numpy("probabilities")[place].tolist()
        assert answer["probabilities"] == [round(p, 6) for p in row]
        assert answer["digit"] == by_tensor.as_numpy("digit")[place]
        assert answer["digitness"] == round(float(by_tensor.as_numpy("digitness")[place]), 6)


def test_pictures_may_come_as_base64_in_json(url, files, mnist):
    data = [base64.b64encode(data).decode() for data in files]
    document = {"name": "picture", "shape": [4], "datatype": "BYTES", "data": data}
    _, body = send(url, "/v2/models/digits/infer", json.dumps({"inputs": [document]}))
    outputs = {one["name"]: one for one in json.loads(body)["outputs"]}
    assert outputs["digit"]["data"] == mnist.labels[:4].tolist()


def test_blank_pictures_are_rejected_at_either_endpoint(client):
    answer = client.infer("digits", image_input(np.zeros((1, 1, 28, 28), np.float32)))
    assert answer.as_numpy("digit").tolist() == [-1]
    assert answer.as_numpy("rejected").tolist() == [b"blank"]


def test_classes_come_with_value_index_and_label(client, tensor):
    wanted = triton.InferRequestedOutput("probabilities", class_count=2)
    answer = client.infer("digits", image_input(tensor), outputs=[wanted])
    best, second = answer.as_numpy("probabilities")[0]
    value, index, label = best.split(b":")
    assert (index, label) == (b"7", b"7")
    assert float(value) > float(second.split(b":")[0])


def test_version_can_be_chosen(client, tensor):
    answer = client.infer("digits", image_input(tensor), model_version="1")
    assert answer.get_response()["model_version"] == "1"


def test_raw_body_of_one_tensor_is_enough(url, recogniser, tensor):
    body = tensor[0].tobytes()
    response, answer = send(url, "/v2/models/digits/infer", body, **{LENGTH.replace("-", "_"): "0"})
    head = json.loads(answer[: int(response.headers[LENGTH])])
    assert head["outputs"][0]["parameters"] == {"binary_data_size": 40}
    values = np.frombuffer(answer, "<f4", 10, int(response.headers[LENGTH]))
    np.testing.assert_array_equal(values, recogniser.run(tensor[:1])[0][0])


def test_repository_lists_what_is_served_and_what_is_not(client):
    rows = {(row["name"], row["version"]): row for row in client.get_model_repository_index()}
    assert rows["digits", "2"]["state"] == rows["other", "1"]["state"] == "READY"
    assert rows["broken", "1"]["state"] == "UNAVAILABLE"
    assert "cannot be read" in rows["broken", "1"]["reason"]


def test_model_is_unloaded_from_every_worker_and_loaded_again(client):
    client.unload_model("other")
    assert [client.is_model_ready("other") for _ in range(20)] == [False] * 20
    client.load_model("other")
    assert [client.is_model_ready("other") for _ in range(20)] == [True] * 20


@pytest.mark.parametrize("parameter", [{"config": "{}"}, {"files": {"file:1/model.onnx": b"x"}}])
def test_models_are_not_taken_from_clients(client, parameter):
    with pytest.raises(InferenceServerException, match="own folder only"):
        client.load_model("other", **{"config": "{}", **parameter})


def test_statistics_count_over_all_workers(url, tensor):
    with contextlib.closing(triton.InferenceServerClient(urlsplit(url).netloc)) as client:
        (before,) = client.get_inference_statistics("digits", "2")["model_stats"]
    for _ in range(6):  # each by a new connection, so that both workers get some
        with contextlib.closing(triton.InferenceServerClient(urlsplit(url).netloc)) as client:
            client.infer("digits", image_input(tensor))
    with contextlib.closing(triton.InferenceServerClient(urlsplit(url).netloc)) as client:
        (after,) = client.get_inference_statistics("digits", "2")["model_stats"]
    assert after["execution_count"] - before["execution_count"] == 6
    assert after["inference_count"] - before["inference_count"] == 24
    infer = after["inference_stats"]["compute_infer"]
    assert infer["count"] == after["execution_count"]
    assert infer["ns"] > before["inference_stats"]["compute_infer"]["ns"]


def test_loading_is_off_unless_enabled(service_url):
    response, answer = send(service_url, "/v2/repository/models/digits/unload")
    assert (response.status, json.loads(answer)["code"]) == (403, "model_control_off")


def test_example_of_the_documentation_runs(url, monkeypatch, capsys):
    page = (ROOT / "docs" / "protocol.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(ROOT)
    exec(example.replace("127.0.0.1:8000", urlsplit(url).netloc), {})
    assert capsys.readouterr().out == "[7]\n"
