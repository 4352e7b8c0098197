"""Explanations of answers, compared with other ways to compute the same numbers."""

from __future__ import annotations

import hashlib
import io
import json

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from PIL import Image

from app.recognition import explain, images
from app.recognition.dense import read_layers
from app.recognition.recogniser import Recogniser
from tests.support.pictures import plain
from tests.training.small_data import config_of
from training.networks import export
from training.networks.architectures import build

TEMPERATURE = 0.7


def exported(network):
    torch.manual_seed(0)
    metadata = export.make_metadata("perceptron", 1, 0.0, "0" * 64)
    return export.to_onnx(export.Servable(build(config_of(network=network)), TEMPERATURE), metadata)


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    """A perceptron that has learned nothing: its sums must come out all the same."""
    folder = tmp_path_factory.mktemp("models") / "perceptron" / "1"
    folder.mkdir(parents=True)
    model = exported("784-15-10")
    (folder / "model.onnx").write_bytes(model)
    card = {"sha256": hashlib.sha256(model).hexdigest(), "temperature": TEMPERATURE}
    (folder / "card.json").write_text(json.dumps(card))
    return Recogniser(folder, device="cpu")


@pytest.fixture(scope="module")
def seven(mnist):
    return images.read(plain(mnist.images[0]), max_pixels=1_000_000)


@pytest.mark.parametrize("network", ["784-15-10", "784-12-11-10"])
def test_weights_are_those_that_onnx_reads(network):
    model = exported(network)
    tensors = onnx.load_from_string(model).graph.initializer
    wanted = {tensor.name: numpy_helper.to_array(tensor) for tensor in tensors}
    layers = read_layers(model)
    assert len(layers) == network.count("-")
    for i, layer in enumerate(layers):
        np.testing.assert_array_equal(layer.weights, wanted[f"network.layers.{i}.weight"])
        np.testing.assert_array_equal(layer.biases, wanted[f"network.layers.{i}.bias"])


def test_a_convolutional_network_has_no_neurons_to_show(recogniser, seven):
    assert recogniser.layers == ()
    assert explain.contribute(recogniser, seven) is None


def test_contributions_sum_to_the_answer(dense, seven):
    neurons = explain.contribute(dense, seven)
    assert neurons
    assert neurons.contributions.shape == (15, 10)
    powers = np.exp(neurons.logits)
    probabilities, _ = dense.run(seven.pixels[None])
    np.testing.assert_allclose(powers / powers.sum(), probabilities[0], atol=1e-6)


def test_occlusion_is_what_erasing_costs(recogniser, seven):
    found = explain.occlude(recogniser, seven)
    assert found.digit == 7
    assert found.drop.max() > 1
    assert not found.drop[:3, :3].any()  # far from the ink, where erasing changes nothing
    row, column = np.unravel_index(found.drop.argmax(), found.drop.shape)
    erased = seven.pixels.copy()
    erased[row - 2 : row + 3, column - 2 : column + 3] = 0
    before, after = recogniser.run(np.stack([seven.pixels, erased]))[0][:, 7]
    assert after < before


def test_placement_is_as_in_mnist(seven):
    placement = explain.place(seven)
    assert placement
    assert max(placement.box[2:]) == pytest.approx(20, abs=1)
    assert placement.centre == pytest.approx((images.MIDDLE, images.MIDDLE), abs=0.6)
    assert explain.place(images.BLANK) is None


@pytest.fixture(scope="module")
def answer(client, mnist):
    query = "include=input&explain=occlusion,neurons,squeezed"
    return client.post(f"/predict?{query}", data=plain(mnist.images[0])).get_json()["predictions"][
        0
    ]


def test_service_explains_on_request(answer):
    assert answer["explanation"]["occlusion"]["digit"] == 7
    assert np.shape(answer["explanation"]["occlusion"]["drop"]) == (28, 28)
    assert answer["explanation"]["neurons"] is None
    assert np.shape(answer["explanation"]["squeezed"]["input"]) == (28, 28)
    assert len(answer["placement"]["box"]) == len(answer["placement"]["found"]) == 4


def test_a_blank_picture_has_nothing_to_explain(client):
    blank = plain(np.zeros((28, 28), np.uint8))
    answer = client.post("/predict?include=input&explain=occlusion", data=blank).get_json()
    (prediction,) = answer["predictions"]
    assert prediction["placement"] is None
    assert prediction["explanation"] == {"occlusion": None}


def test_squeezed_is_what_a_simple_demo_sends(client):
    corner = Image.new("L", (280, 280), 255)
    corner.paste(0, (10, 10, 60, 110))
    data = plain(np.asarray(corner))
    answer = client.post("/predict?explain=squeezed", data=data).get_json()["predictions"][0]
    seen = np.array(answer["explanation"]["squeezed"]["input"])
    assert seen[2:10, 2:5].min() > 200
    assert not seen[12:, 12:].any()


def test_what_cannot_be_explained_is_said(client, mnist):
    seven = plain(mnist.images[0])
    unknown = client.post("/predict?explain=dreams", data=seven)
    assert (unknown.status_code, unknown.get_json()["code"]) == (400, "malformed_request")
    form = {"a": (io.BytesIO(seven), "a.png"), "b": (io.BytesIO(seven), "b.png")}
    assert client.post("/predict?explain=occlusion", data=form).status_code == 400
    assert client.get("/models/digits/neurons").status_code == 404
