"""The JSON of ``?include=input``, of ``?explain=…`` and of a dense network's weights."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np
from flask import Blueprint, Response, jsonify
from numpy.typing import NDArray

from app.errors import MalformedRequest, Problem, UnknownModel
from app.recognition import explain, images
from app.recognition.images import Drawing
from app.recognition.recogniser import Recogniser
from app.web.bodies import Picture
from app.web.service import service

KINDS = ("occlusion", "neurons", "squeezed")

blueprint = Blueprint("explanations", __name__)


@blueprint.get("/models/<name>/neurons")
def show_neurons(name: str) -> Response:
    """Show the weights of a dense network's neurons, which are the same for every picture."""
    recogniser = service().repository.get(name)
    if len(recogniser.layers) < 2:
        raise UnknownModel(f"Model {name!r} has no layer of neurons: ?explain=occlusion suits it.")
    first, last = recogniser.layers[0], recogniser.layers[-1]
    sees_pixels = len(recogniser.layers) == 2
    return jsonify(
        version=recogniser.version,
        layers=[layer.weights.shape[1] for layer in recogniser.layers] + [len(last.biases)],
        neurons=[
            {"weights": _as_bytes(weights) if sees_pixels else None, "to": _rounded(to)}
            for weights, to in zip(_rows(first.weights, last), last.weights.T, strict=True)
        ],
    )


def parse_kinds(text: str | None) -> tuple[str, ...]:
    """Parse ``?explain=``: ``KINDS`` separated by commas; raise ``MalformedRequest`` for others."""
    kinds = tuple(text.split(",")) if text is not None else ()
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise MalformedRequest(
            f"?explain={unknown[0]} is unknown. Known, by comma: {', '.join(KINDS)}."
        )
    return kinds


def describe_input(drawing: Drawing) -> dict[str, Any]:
    """Return the network's input as grey values, and where the digit lies in it."""
    placement = explain.place(drawing)
    return {
        "input": _grey(drawing.pixels),
        "placement": placement
        and {
            "found": [round(side, 1) for side in drawing.box or ()],
            "box": list(placement.box),
            "centre": [round(side, 2) for side in placement.centre],
        },
    }


def explain_only(
    kinds: tuple[str, ...],
    recogniser: Recogniser,
    pictures: list[Picture],
    drawings: list[Drawing | Problem],
) -> dict[str, Any]:
    """Explain the answer for the only picture of a request, in each of ``kinds``.

    A kind that does not apply to the model or picture is null. Raises ``MalformedRequest``
    where there are several pictures.
    """
    if len(drawings) > 1:
        raise MalformedRequest("?explain= explains one picture: send each in its own request.")
    picture, drawing = pictures[0], drawings[0]
    assert isinstance(picture, bytes)
    assert isinstance(drawing, Drawing)
    makers: dict[str, Callable[[], Any]] = {
        "occlusion": lambda: _occlusion(recogniser, drawing),
        "neurons": lambda: _neurons(recogniser, drawing),
        "squeezed": lambda: _squeezed(recogniser, picture),
    }
    return {kind: makers[kind]() for kind in kinds}


def _occlusion(recogniser: Recogniser, drawing: Drawing) -> dict[str, Any] | None:
    if drawing.is_blank:
        return None
    occlusion = explain.occlude(recogniser, drawing)
    return {"digit": occlusion.digit, "drop": _rounded(occlusion.drop, 3)}


def _neurons(recogniser: Recogniser, drawing: Drawing) -> dict[str, Any] | None:
    neurons = explain.contribute(recogniser, drawing)
    if neurons is None:
        return None
    return {
        "activations": _rounded(neurons.activations),
        "contributions": _rounded(neurons.contributions),
        "biases": _rounded(neurons.biases),
        "logits": _rounded(neurons.logits),
    }


def _squeezed(recogniser: Recogniser, picture: bytes) -> dict[str, Any]:
    grey = images.decode(picture, max_pixels=service().settings.max_pixels)
    pixels, prediction = explain.squeeze(recogniser, grey)
    return {
        "input": _grey(pixels),
        "digit": prediction.digit,
        "rejected": prediction.rejected,
        "probabilities": [round(p, 6) for p in prediction.probabilities],
    }


def _rows(weights: NDArray[np.float32], last: Any) -> NDArray[np.float32]:
    """Return a row of weights for each neuron of the last hidden layer."""
    return weights if len(weights) == last.weights.shape[1] else last.weights.T


def _grey(pixels: NDArray[np.float32]) -> Any:
    return (pixels * 255).round().astype(int).tolist()


def _as_bytes(weights: NDArray[np.float32]) -> str:
    """Return (784,) as base64 of signed bytes, scaled so that the greatest weight is ±127."""
    scale = 127 / max(float(np.abs(weights).max()), 1e-12)
    return base64.b64encode((weights * scale).round().astype(np.int8).tobytes()).decode()


def _rounded(values: NDArray[np.float32], digits: int = 5) -> Any:
    return np.round(values.astype(np.float64), digits).tolist()
