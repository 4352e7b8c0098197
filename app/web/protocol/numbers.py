"""Readers in the Open Inference Protocol: pictures of whole numbers in, texts out."""

from __future__ import annotations

import numpy as np
from flask import Response

from app.errors import MalformedRequest
from app.recognition import lines
from app.recognition.expected import ANYTHING
from app.recognition.reader import Reader
from app.web import calls
from app.web.protocol import answers, tensors
from app.web.protocol.incoming import PICTURE, only_input, picture_files, wanted_outputs
from app.web.protocol.tensors import InferRequest
from app.web.service import read_lines, service

OUTPUTS = ("text", "confidence")


def respond(reader: Reader, asked: InferRequest) -> Response:
    """Read the pictures of ``asked``; a rejected one has an empty text and the confidence 0."""
    tensor = only_input(asked, PICTURE)
    if (tensor.name, tensor.datatype) != (PICTURE, tensors.BYTES):
        raise MalformedRequest(
            f"There is no input {tensor.name} of {tensor.datatype}: send {PICTURE} as BYTES [n]."
        )
    most = service().settings.max_pixels
    found = [lines.read_line(data, max_pixels=most) for data in picture_files(tensor)]
    wanted = wanted_outputs(asked, OUTPUTS)
    readings = read_lines(calls.current(), reader, found, ANYTHING)
    outputs = {
        "text": np.array([one.text for one in readings], object),
        "confidence": np.array([one.confidence for one in readings], np.float32),
    }
    answer = answers.Answer(reader.name, reader.version, asked.id, outputs, {})
    return answers.respond(answer, wanted)
