"""The picture doors: parse, call the core, answer."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, Response, request

from app.errors import EmptyBody, MalformedRequest, Problem
from app.recognition import images
from app.recognition.images import Drawing
from app.recognition.recogniser import Prediction, Recogniser
from app.web import problems
from app.web.bodies import Picture, read_pictures
from app.web.service import service

QUERY = {"model", "include"}

blueprint = Blueprint("api", __name__)


@dataclass
class Stages:
    """Seconds that a request spent in each stage, for the Server-Timing header."""

    decode: float = 0.0
    normalise: float = 0.0
    queue: float = 0.0
    infer: float = 0.0

    def header(self) -> str:
        """Return the header's value (W3C Server Timing), in milliseconds."""
        return ", ".join(f"{name};dur={1000 * s:.3f}" for name, s in asdict(self).items())


@blueprint.post("/predict")
def predict() -> Response:
    """Classify the pictures of the body, and answer in the order sent."""
    include_input = _include_input()
    recogniser = service().repository.get(request.args.get("model"))
    stages = Stages()
    drawings = [_read(picture, stages) for picture in read_pictures(request, service().settings)]
    if len(drawings) == 1 and isinstance(drawings[0], Problem):
        raise drawings[0]
    answers = _answers(drawings, recogniser, stages, include_input)
    return _json(
        {"predictions": answers, "model": _identity(recogniser)},
        {"Server-Timing": stages.header()},
    )


@blueprint.get("/models")
def list_models() -> Response:
    """List the models served."""
    return _json({"models": [_identity(model) for model in service().repository.all()]})


@blueprint.get("/models/<name>")
def show_model(name: str) -> Response:
    """Show a model's card."""
    recogniser = service().repository.get(name)
    return _json({**_identity(recogniser), "card": recogniser.card})


def _include_input() -> bool:
    unknown = request.args.keys() - QUERY
    if unknown:
        raise MalformedRequest(f"?{min(unknown)} is unknown here. Known: {', '.join(QUERY)}.")
    include = request.args.get("include")
    if include not in (None, "input"):
        raise MalformedRequest(f"?include={include} is unknown: only include=input is.")
    return include == "input"


def _read(picture: Picture, stages: Stages) -> Drawing | Problem:
    if isinstance(picture, Problem):
        return picture
    if not picture:
        return EmptyBody("This picture has no bytes.")
    begun = time.perf_counter()
    try:
        grey = images.decode(picture, max_pixels=service().settings.max_pixels)
    except Problem as problem:
        return problem
    decoded = time.perf_counter()
    drawing = images.normalise(grey)
    stages.decode += decoded - begun
    stages.normalise += time.perf_counter() - decoded
    return drawing


def _answers(
    drawings: list[Drawing | Problem], recogniser: Recogniser, stages: Stages, include_input: bool
) -> list[dict[str, Any]]:
    readable = [drawing for drawing in drawings if isinstance(drawing, Drawing)]
    predictions, timing = recogniser.recognise(
        [drawing.pixels for drawing in readable], [drawing.is_blank for drawing in readable]
    )
    stages.queue, stages.infer = timing.queue_s, timing.infer_s
    found = iter(predictions)
    return [
        {"error": problems.describe(drawing)}
        if isinstance(drawing, Problem)
        else _answer(next(found), drawing if include_input else None)
        for drawing in drawings
    ]


def _answer(prediction: Prediction, shown: Drawing | None) -> dict[str, Any]:
    answer = {
        "digit": prediction.digit,
        "confidence": round(prediction.confidence, 6),
        "probabilities": [round(p, 6) for p in prediction.probabilities],
        "digitness": round(prediction.digitness, 6),
        "rejected": prediction.rejected,
    }
    if shown is not None:
        answer["input"] = (shown.pixels * 255).round().astype(int).tolist()
    return answer


def _identity(recogniser: Recogniser) -> dict[str, str]:
    return {"name": recogniser.name, "version": recogniser.version}


def _json(document: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(document), headers=headers, mimetype="application/json")
