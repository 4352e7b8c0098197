"""The Open Inference Protocol v2 under /v2: endpoints for tensors and for pictures.

The usual clients of Triton and KServe work with it. An error is JSON with ``error``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app import __version__
from app.errors import MalformedRequest
from app.recognition import images
from app.recognition.contract import INPUT, LABELS
from app.recognition.reader import Reader
from app.recognition.recogniser import Images, Prediction, Recogniser
from app.web import calls
from app.web.operations import check_ready
from app.web.protocol import answers, numbers, tensors
from app.web.protocol.documents import EXTENSIONS, config, metadata
from app.web.protocol.incoming import (
    IMAGE_SHAPE,
    PICTURE,
    infer_request,
    only_input,
    picture_files,
    wanted_outputs,
)
from app.web.protocol.tensors import InferRequest, Tensor
from app.web.service import choose_any, infer, service


class Pictures(NamedTuple):
    """The pictures of a request as the network's input, and which of them are blank."""

    pixels: Images
    is_blank: list[bool]


blueprint = Blueprint("inference_protocol", __name__, url_prefix="/v2")


@blueprint.get("", strict_slashes=False)
def server_metadata() -> ResponseReturnValue:
    """Name the server, its version, and the protocol extensions that it has."""
    return jsonify(name="digits", version=__version__, extensions=EXTENSIONS)


@blueprint.get("/health/live")
def live() -> ResponseReturnValue:
    """Answer, as a sign that the process is alive."""
    return jsonify(live=True)


@blueprint.get("/health/ready")
def ready() -> ResponseReturnValue:
    """Let the default model classify the known digits now; 503 where it fails."""
    check_ready()
    return jsonify(live=True, ready=True)  # the protocol's text has `live` here, KServe `ready`


@blueprint.get("/models")
def model_list() -> ResponseReturnValue:
    """List the names of the models served, as KServe does."""
    return jsonify(models=[model.name for model in service().repository.all()])


@blueprint.get("/models/<name>/ready")
@blueprint.get("/models/<name>/versions/<version>/ready")
def model_ready(name: str, version: str | None = None) -> ResponseReturnValue:
    """Confirm that a model is served, which it is only after it was verified."""
    return jsonify(name=choose_any(name, version).name, ready=True)


@blueprint.get("/models/<name>")
@blueprint.get("/models/<name>/versions/<version>")
def model_metadata(name: str, version: str | None = None) -> ResponseReturnValue:
    """Describe a model's inputs and outputs, and what computes it."""
    model = choose_any(name, version)
    loaded = [one.version for one in service().repository.snapshot.models.get(name, ())]
    return jsonify(metadata(model, loaded))


@blueprint.get("/models/<name>/config")
@blueprint.get("/models/<name>/versions/<version>/config")
def model_config(name: str, version: str | None = None) -> ResponseReturnValue:
    """Return a model's configuration as Triton's config.pbtxt, in JSON."""
    return jsonify(config(choose_any(name, version), service().settings.max_batch))


@blueprint.post("/models/<name>/infer")
@blueprint.post("/models/<name>/versions/<version>/infer")
def infer_tensors(name: str, version: str | None = None) -> ResponseReturnValue:
    """Classify the tensors or pictures of the body, or read the whole numbers in its pictures."""
    model = choose_any(name, version)
    asked = infer_request()
    if isinstance(model, Reader):
        response = numbers.respond(model, asked)
    else:
        assert isinstance(model, Recogniser)
        response = _classify(model, asked)
    response.headers["Server-Timing"] = calls.current().header()
    return response


def _classify(recogniser: Recogniser, asked: InferRequest) -> Response:
    pictures = _pictures(asked)
    wanted = wanted_outputs(asked, [*recogniser.outputs, "digit", "rejected"])
    names = [one.name for one in wanted if one.name in recogniser.outputs]
    result = infer(
        calls.current(),
        recogniser,
        pictures.pixels,
        pictures.is_blank,
        list({*names, "probabilities", "digitness"}),
    )
    outputs = {**result.outputs, **_conclusions(result.predictions)}
    answer = answers.Answer(
        recogniser.name, recogniser.version, asked.id, outputs, {"probabilities": LABELS}
    )
    return answers.respond(answer, wanted)


def _pictures(asked: InferRequest) -> Pictures:
    tensor = only_input(asked, f"{INPUT} or {PICTURE}")
    match (tensor.name, tensor.datatype):
        case ("image", tensors.FLOAT):
            return _from_image(tensor)
        case ("picture", tensors.BYTES):
            return _from_pictures(tensor)
    raise MalformedRequest(
        f"There is no input {tensor.name} of {tensor.datatype}: send {INPUT} as FP32 "
        f"[n, 1, 28, 28] or {PICTURE} as BYTES [n]."
    )


def _from_image(tensor: Tensor) -> Pictures:
    values = np.asarray(tensor.values)
    if tensor.shape[1:] != IMAGE_SHAPE:
        raise MalformedRequest(f"{INPUT} must be [n, 1, 28, 28], not {list(tensor.shape)}.")
    if not (values.min() >= 0 and values.max() <= 1):  # false for NaN as well
        raise MalformedRequest(f"{INPUT} must hold numbers from 0 (paper) to 1 (ink).")
    return Pictures(values[:, 0], [not pixels.any() for pixels in values])


def _from_pictures(tensor: Tensor) -> Pictures:
    most = service().settings.max_pixels
    drawings = [images.read(data, max_pixels=most) for data in picture_files(tensor)]
    return Pictures([one.pixels for one in drawings], [one.is_blank for one in drawings])


def _conclusions(predictions: list[Prediction]) -> dict[str, Any]:
    """Return the two outputs that follow from the network's: digit or -1, and the rejection."""
    digits = [-1 if one.digit is None else one.digit for one in predictions]
    return {
        "digit": np.array(digits, np.int64),
        "rejected": np.array([one.rejected or "" for one in predictions], object),
    }
