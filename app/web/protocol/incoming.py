"""What infer requests to models of all kinds share: the body, the pictures, the outputs wanted."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from app.errors import BodyTooLarge, EmptyBody, MalformedRequest, Problem, TooManyImages
from app.recognition.images import SIDE
from app.web.bodies import from_base64, read_body
from app.web.protocol import answers, tensors
from app.web.protocol.tensors import InferRequest, Tensor, Wanted
from app.web.service import service

PICTURE = "picture"
IMAGE_SHAPE = (1, SIDE, SIDE)


def infer_request() -> InferRequest:
    """Parse the body of the present request; raise a ``Problem`` where it is not valid."""
    body = read_body(request, service().settings)
    length = request.headers.get(answers.HEADER_LENGTH)
    if length == "0":
        return tensors.raw_image(body, (1, *IMAGE_SHAPE))
    asked = tensors.parse(body, length)
    if asked.id is not None and len(asked.id) > 1000:
        raise BodyTooLarge("The id has more than 1,000 characters.")
    return asked


def only_input(asked: InferRequest, names: str) -> Tensor:
    """Return the one input, which is one of ``names``, with no more pictures than allowed."""
    if len(asked.inputs) != 1:
        raise MalformedRequest(f"Send one input: {names}.")
    (tensor,) = asked.inputs
    most = service().settings.max_batch
    if tensor.shape[0] > most:
        raise TooManyImages(f"Too many pictures in one request: send at most {most}.")
    return tensor


def picture_files(tensor: Tensor) -> list[bytes]:
    """Return the image files in the input ``picture``; raise a ``Problem`` where one has none."""
    if len(tensor.shape) != 1:
        raise MalformedRequest(f"{PICTURE} must be [n], not {list(tensor.shape)}.")
    return [_file(element, place) for place, element in enumerate(tensor.values)]


def wanted_outputs(asked: InferRequest, known: Sequence[str]) -> list[Wanted]:
    """Return the outputs asked for, by default all that are ``known``."""
    if asked.outputs is None:
        return [Wanted(name, asked.is_binary) for name in known]
    for one in asked.outputs:
        if one.name not in known:
            raise MalformedRequest(f"There is no output {one.name!r}: {', '.join(known)}.")
    return asked.outputs


def _file(element: str | bytes, place: int) -> bytes:
    data = element if isinstance(element, bytes) else from_base64(element, f"Picture {place}")
    if isinstance(data, Problem):
        raise data
    if not data:
        raise EmptyBody(f"Picture {place} has no bytes.")
    return data
