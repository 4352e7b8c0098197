"""The Open Inference Protocol v2 under /v2: endpoints for tensors and for pictures.

The usual clients of Triton and KServe work with it. An error is JSON with ``error``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app import __version__
from app.errors import BodyTooLarge, EmptyBody, MalformedRequest, Problem, TooManyImages
from app.recognition import images
from app.recognition.contract import INPUT, LABELS
from app.recognition.images import SIDE, Drawing
from app.recognition.recogniser import Images, Prediction, Recogniser
from app.web import calls
from app.web.bodies import from_base64, read_body
from app.web.operations import check_ready
from app.web.protocol import answers, tensors
from app.web.protocol.documents import EXTENSIONS, config, metadata
from app.web.protocol.tensors import InferRequest, Tensor, Wanted
from app.web.service import choose, infer, service

PICTURE = "picture"
IMAGE_SHAPE = (1, SIDE, SIDE)


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
    return jsonify(models=[recogniser.name for recogniser in service().repository.all()])


@blueprint.get("/models/<name>/ready")
@blueprint.get("/models/<name>/versions/<version>/ready")
def model_ready(name: str, version: str | None = None) -> ResponseReturnValue:
    """Confirm that a model is served, which it is only after it was verified."""
    return jsonify(name=choose(name, version).name, ready=True)


@blueprint.get("/models/<name>")
@blueprint.get("/models/<name>/versions/<version>")
def model_metadata(name: str, version: str | None = None) -> ResponseReturnValue:
    """Describe a model's inputs and outputs, and what computes it."""
    recogniser = choose(name, version)
    loaded = [one.version for one in service().repository.snapshot.models.get(name, ())]
    return jsonify(metadata(recogniser, loaded))


@blueprint.get("/models/<name>/config")
@blueprint.get("/models/<name>/versions/<version>/config")
def model_config(name: str, version: str | None = None) -> ResponseReturnValue:
    """Return a model's configuration as Triton's config.pbtxt, in JSON."""
    return jsonify(config(choose(name, version), service().settings.max_batch))


@blueprint.post("/models/<name>/infer")
@blueprint.post("/models/<name>/versions/<version>/infer")
def infer_tensors(name: str, version: str | None = None) -> ResponseReturnValue:
    """Classify the tensors or pictures of the body."""
    recogniser = choose(name, version)
    asked = _request()
    pictures = _pictures(asked)
    wanted = _wanted(asked, recogniser)
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
    response = answers.respond(answer, wanted)
    response.headers["Server-Timing"] = calls.current().header()
    return response


def _request() -> InferRequest:
    body = read_body(request, service().settings)
    length = request.headers.get(answers.HEADER_LENGTH)
    if length == "0":
        return tensors.raw_image(body, (1, *IMAGE_SHAPE))
    asked = tensors.parse(body, length)
    if asked.id is not None and len(asked.id) > 1000:
        raise BodyTooLarge("The id has more than 1,000 characters.")
    return asked


def _pictures(asked: InferRequest) -> Pictures:
    if len(asked.inputs) != 1:
        raise MalformedRequest(f"Send one input: {INPUT} or {PICTURE}.")
    (tensor,) = asked.inputs
    most = service().settings.max_batch
    if tensor.shape[0] > most:
        raise TooManyImages(f"Too many pictures in one request: send at most {most}.")
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
    if len(tensor.shape) != 1:
        raise MalformedRequest(f"{PICTURE} must be [n], not {list(tensor.shape)}.")
    drawings = [_read(element, place) for place, element in enumerate(tensor.values)]
    return Pictures([one.pixels for one in drawings], [one.is_blank for one in drawings])


def _read(element: str | bytes, place: int) -> Drawing:
    data = element if isinstance(element, bytes) else from_base64(element, f"Picture {place}")
    if isinstance(data, Problem):
        raise data
    if not data:
        raise EmptyBody(f"Picture {place} has no bytes.")
    return images.read(data, max_pixels=service().settings.max_pixels)


def _wanted(asked: InferRequest, recogniser: Recogniser) -> list[Wanted]:
    known = [*recogniser.outputs, "digit", "rejected"]
    if asked.outputs is None:
        return [Wanted(name, asked.is_binary) for name in known]
    for one in asked.outputs:
        if one.name not in known:
            raise MalformedRequest(f"There is no output {one.name!r}: {', '.join(known)}.")
    return asked.outputs


def _conclusions(predictions: list[Prediction]) -> dict[str, Any]:
    """Return the two outputs that follow from the network's: digit or -1, and the rejection."""
    digits = [-1 if one.digit is None else one.digit for one in predictions]
    return {
        "digit": np.array(digits, np.int64),
        "rejected": np.array([one.rejected or "" for one in predictions], object),
    }
