"""The endpoints for pictures, /predict and /models: parse, classify, answer."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request

from app.errors import EmptyBody, MalformedRequest, Problem
from app.recognition import images
from app.recognition.images import Drawing
from app.recognition.model import Model
from app.recognition.recogniser import Prediction, Recogniser
from app.web import calls, explanations, problems
from app.web.bodies import Picture, advise, read_pictures
from app.web.calls import Call
from app.web.pages import routes
from app.web.service import choose, recognise, service

QUERY = {"model", "version", "include", "explain"}

blueprint = Blueprint("api", __name__)


@blueprint.post("/predict")
def predict() -> Response:
    """Classify the pictures of the body, and answer in the order sent."""
    include_input = _include_input()
    kinds = explanations.parse_kinds(request.args.get("explain"))
    recogniser = choose(request.args.get("model"), request.args.get("version"))
    settings, call = service().settings, calls.current()
    pictures = read_pictures(request, settings)
    drawings = [read(picture, settings.max_pixels, call) for picture in pictures]
    if len(drawings) == 1 and isinstance(drawings[0], Problem):
        raise advise(drawings[0], request.mimetype)
    document = classify(call, drawings, recogniser, include_input=include_input)
    if kinds:
        explanation = explanations.explain_only(kinds, recogniser, pictures, drawings)
        document["predictions"][0]["explanation"] = explanation
    return _json(document, {"Server-Timing": call.header()})


@blueprint.get("/models")
def list_models() -> Response:
    """List the models served, each with its highest version."""
    return _json({"models": [identity(model) for model in service().repository.all()]})


@blueprint.get("/models/<name>")
def show_model(name: str) -> Response:
    """Show a model's card: a page to browsers, else JSON."""
    model = service().repository.find(name, request.args.get("version"))
    card = {**identity(model), "card": model.card}
    response = routes.show_card(model, root="../") if routes.wants_page() else _json(card)
    response.vary.add("Accept")
    return response


def read(picture: Picture, max_pixels: int, call: Call) -> Drawing | Problem:
    """Decode and normalise a picture of ``call``; return the ``Problem`` where that fails."""
    if isinstance(picture, Problem):
        return picture
    if not picture:
        return EmptyBody("This picture has no bytes.")
    begun = time.perf_counter()
    try:
        grey = images.decode(picture, max_pixels=max_pixels)
    except Problem as problem:
        return problem
    decoded = time.perf_counter()
    drawing = images.normalise(grey)
    call.decode += decoded - begun
    call.normalise += time.perf_counter() - decoded
    return drawing


def classify(
    call: Call,
    drawings: Sequence[Drawing | Problem],
    recogniser: Recogniser,
    *,
    include_input: bool = False,
) -> dict[str, Any]:
    """Classify ``drawings`` for ``call``; return the JSON document of the answer."""
    answers = _answers(call, drawings, recogniser, include_input)
    return {"predictions": answers, "model": identity(recogniser)}


def _include_input() -> bool:
    unknown = request.args.keys() - QUERY
    if unknown:
        raise MalformedRequest(
            f"?{min(unknown)} is unknown here. Known: {', '.join(sorted(QUERY))}."
        )
    if len(list(request.args.items(multi=True))) > len(request.args):
        raise MalformedRequest("Each name may stand once in the query.")
    include = request.args.get("include")
    if include not in (None, "input"):
        raise MalformedRequest(f"?include={include} is unknown: only include=input is.")
    return include == "input"


def _answers(
    call: Call, drawings: Sequence[Drawing | Problem], recogniser: Recogniser, include_input: bool
) -> list[dict[str, Any]]:
    readable = [drawing for drawing in drawings if isinstance(drawing, Drawing)]
    found = iter(recognise(call, recogniser, readable))
    return [
        {"error": problems.describe(drawing)}
        if isinstance(drawing, Problem)
        else _answer(next(found), drawing if include_input else None)
        for drawing in drawings
    ]


def _answer(prediction: Prediction, shown: Drawing | None) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "digit": prediction.digit,
        "confidence": round(prediction.confidence, 6),
        "probabilities": [round(p, 6) for p in prediction.probabilities],
        "digitness": round(prediction.digitness, 6),
        "rejected": prediction.rejected,
    }
    if shown is not None:
        answer |= explanations.describe_input(shown)
    return answer


def identity(model: Model) -> dict[str, str]:
    """Return what an answer says of the model that gave it."""
    return {"name": model.name, "version": model.version}


def _json(document: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(document), headers=headers, mimetype="application/json")
