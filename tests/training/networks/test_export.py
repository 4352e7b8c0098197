"""From a network to a served version: the contract, PyTorch as the oracle, all or nothing."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import onnxruntime as ort
import pytest
import torch

from app.recognition.recogniser import Recogniser
from app.settings import ROOT
from tests.training.small_data import config_of
from training.networks import export
from training.networks.architectures import SURE, SURE_DIGITNESS, Cascade, build
from training.runs import files, publish

torch.manual_seed(0)


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.images[:130].astype(np.float32) / 255


@pytest.fixture(scope="module", params=["conv", "quick", "784-15-10"])
def servable(request):
    return export.Servable(build(config_of(network=request.param)), temperature=1.5)


@pytest.fixture(scope="module")
def metadata():
    return export.make_metadata("digits", 1, 0.25, "0" * 64)


@pytest.fixture(scope="module")
def model(servable, metadata):
    return export.to_onnx(servable, metadata)


def test_onnx_answers_as_pytorch_does(servable, model, digits):
    parity = export.check_parity(servable, model, digits)
    assert (parity.digits, parity.argmax_differs) == (130, 0)
    assert parity.greatest_difference < 1e-5


def test_file_of_another_network_fails_parity(model, digits):
    with pytest.raises(export.ExportError, match="disagree"):
        export.check_parity(export.Servable(build(config_of()), 1.0), model, digits)


def test_probabilities_are_softened_by_the_temperature(servable, model, digits):
    with torch.inference_mode():
        logits = servable.network.eval()(torch.from_numpy(digits)[:, None]).logits
    got = export.run(export.open_session(model), digits, 64).probabilities
    np.testing.assert_allclose(got, (logits / 1.5).softmax(1).numpy(), atol=1e-5)


def test_metadata_travels_in_the_file(model, metadata):
    assert export.open_session(model).get_modelmeta().custom_metadata_map == metadata
    assert json.loads(metadata["labels"]) == [str(digit) for digit in range(10)]
    assert float(metadata["digitness_threshold"]) == 0.25


def test_file_names_no_folder_of_the_machine_that_made_it(model):
    assert b"site-packages" not in model
    assert str(ROOT).encode() not in model


def test_same_network_gives_the_same_bytes(servable, metadata, model):
    assert export.to_onnx(servable, metadata) == model


def test_dense_net_shows_its_hidden_neurons(digits):
    network = build(config_of(network="784-15-12-10"))
    session = export.open_session(export.to_onnx(export.Servable(network, 1.0), {}))
    first, second = session.run(["hidden_1", "hidden_2"], {"image": digits[:3, None]})
    weights, bias = (network.get_parameter(f"layers.0.{part}") for part in ("weight", "bias"))
    z = digits[:3].reshape(3, -1) @ weights.detach().numpy().T + bias.detach().numpy()
    expected = 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(first, expected, atol=1e-5)
    assert second.shape == (3, 12)


def test_thorough_stage_answers_for_the_unsure_pictures_alone(digits):
    network = Cascade(dropout=0.0).eval()
    bias = network.quick.digitness_head.get_parameter("2.bias")
    with torch.inference_mode():
        quick, thorough = network.stages(torch.from_numpy(digits)[:, None])
        bias.add_(SURE_DIGITNESS + 1)
        sure = torch.zeros(len(digits), dtype=torch.bool)
        while sure.sum() < 40:  # an untrained net is sure of nothing
            network.quick.classifier.weight.mul_(1.2)
            quick = network.quick(torch.from_numpy(digits)[:, None])
            sure = quick.logits.softmax(1).amax(1) >= SURE
    assert sure.sum() < len(digits)
    got = export.run(
        export.open_session(export.to_onnx(export.Servable(network, 1.0), {})), digits, 130
    )
    alone, both = (
        o.softmax(1).numpy() for o in (quick.logits, (quick.logits + thorough.logits) / 2)
    )
    np.testing.assert_allclose(got.probabilities[sure], alone[sure], atol=1e-5)
    np.testing.assert_allclose(got.probabilities[~sure], both[~sure], atol=1e-5)
    mean = (quick.digitness_logit + thorough.digitness_logit) / 2
    digitness = torch.where(sure, quick.digitness_logit, mean).sigmoid()
    np.testing.assert_allclose(got.digitness, digitness.numpy(), atol=1e-5)


def card_of(model):
    return {"sha256": hashlib.sha256(model).hexdigest()}


@pytest.fixture
def passes_known_digits(monkeypatch):
    """Let an untrained network pass the known digits, which it misclassifies."""
    monkeypatch.setattr(publish, "_try", lambda folder: None)


@pytest.mark.usefixtures("passes_known_digits")
def test_published_version_loads_in_the_service(tmp_path, model):
    folder = publish.publish(tmp_path, "digits", 1, model, card_of(model))
    recogniser = Recogniser(folder, device="cpu")
    assert recogniser.threshold == 0.25
    assert recogniser.card["sha256"] == hashlib.sha256(model).hexdigest()
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        "1", "config.pbtxt", "labels.txt",
    ]  # fmt: skip
    assert (folder.parent / "labels.txt").read_text() == "".join(f"{i}\n" for i in range(10))


@pytest.mark.usefixtures("passes_known_digits")
def test_numbers_go_on_counting(tmp_path, model):
    for expected in (1, 2, 3):
        version = publish.next_version(tmp_path, "digits")
        assert version == expected
        publish.publish(tmp_path, "digits", version, model, card_of(model))


def test_network_that_misclassifies_known_digits_is_not_published(tmp_path, model):
    with pytest.raises(export.ExportError, match="known digits"):
        publish.publish(tmp_path, "digits", 1, model, card_of(model))
    assert list((tmp_path / "digits").iterdir()) == []


@pytest.mark.usefixtures("passes_known_digits")
def test_failure_while_writing_leaves_nothing_behind(tmp_path, model, monkeypatch):
    def full(folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "sync", full)
    with pytest.raises(OSError, match="No space left"):
        publish.publish(tmp_path, "digits", 1, model, card_of(model))
    assert [path.name for path in (tmp_path / "digits").iterdir() if path.is_dir()] == []


def test_triton_config_names_every_output(model):
    text = publish.triton_config("digits", model)
    for output in ort.InferenceSession(model, providers=["CPUExecutionProvider"]).get_outputs():
        assert f'name: "{output.name}"' in text
    assert text.count("{") == text.count("}")
    assert text.count("[") == text.count("]")
