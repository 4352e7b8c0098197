"""Triton's extensions of the inference protocol: model repository and statistics."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.errors import ControlForbidden, MalformedRequest
from app.settings import shared_dir
from app.telemetry import exposition, shared
from app.telemetry.statistics import model_statistics
from app.web.bodies import read_body
from app.web.models import hidden
from app.web.service import choose_any, service

AGREEMENT_S = 5.0  # enough for every worker, as each checks twice a second

blueprint = Blueprint("model_control", __name__, url_prefix="/v2")


@blueprint.post("/repository/index")
def index() -> ResponseReturnValue:
    """List the versions of all models: those served, and the others with the reason."""
    only_ready = _body().get("ready", False)
    if not isinstance(only_ready, bool):
        raise MalformedRequest('"ready" must be true or false.')
    snapshot = service().repository.snapshot
    rows = [
        {"name": one.name, "version": one.version, "state": "READY", "reason": ""}
        for loaded in snapshot.models.values()
        for one in loaded
    ]
    refused = [
        {"name": name, "version": version, "state": "UNAVAILABLE", "reason": reason}
        for (name, version), reason in snapshot.refused.items()
    ]
    unloaded = [
        {"name": name, "version": "", "state": "UNAVAILABLE", "reason": "unloaded"}
        for name in sorted(hidden())
    ]
    return jsonify(rows if only_ready else [*rows, *refused, *unloaded])


@blueprint.post("/repository/models/<name>/load")
def load(name: str) -> ResponseReturnValue:
    """Load a model again that was unloaded, in all workers."""
    _check_control()
    if name in hidden():
        _hide(name, is_hidden=False)
    service().repository.find(name)
    return jsonify({})


@blueprint.post("/repository/models/<name>/unload")
def unload(name: str) -> ResponseReturnValue:
    """Unload a model from all workers, until it is loaded again."""
    _check_control()
    service().repository.find(name)
    _hide(name, is_hidden=True)
    return jsonify({})


@blueprint.get("/models/stats")
@blueprint.get("/models/<name>/stats")
@blueprint.get("/models/<name>/versions/<version>/stats")
def statistics(name: str | None = None, version: str | None = None) -> ResponseReturnValue:
    """Return how many requests each model answered in all workers, and how long they took."""
    if name is not None:
        choose_any(name, version)
    snapshot = service().repository.snapshot
    families = exposition.families(lambda: exposition.state_of(snapshot))
    chosen = [
        place
        for place in snapshot.places()
        if name in (None, place[0]) and version in (None, place[1])
    ]
    return jsonify(model_stats=model_statistics(families, chosen))


def _body() -> dict[str, Any]:
    """Return the JSON object of a body that may also be left out."""
    if not request.content_length:
        return {}
    try:
        document = json.loads(read_body(request, service().settings))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise MalformedRequest("The body must be a JSON object, or left out.")
    return document


def _check_control() -> None:
    if service().settings.model_control != "on":
        raise ControlForbidden("Clients may not do this here: DIGITS_MODEL_CONTROL is off.")
    parameters = _body().get("parameters", {})
    if not isinstance(parameters, dict):
        raise MalformedRequest('"parameters" must be a JSON object.')
    foreign = [key for key in parameters if key == "config" or key.startswith("file:")]
    if foreign:
        raise MalformedRequest(f"{foreign[0]}: models come from the service's own folder only.")


def _hide(name: str, *, is_hidden: bool) -> None:
    """Load or unload in this worker, and wait until the other workers have followed."""
    folder = shared_dir()
    if folder:
        shared.hide(folder, name, is_hidden=is_hidden)
    service().repository.refresh({*hidden(), name} if is_hidden else hidden())
    deadline = time.monotonic() + AGREEMENT_S
    while folder and not _agreed(folder, name) and time.monotonic() < deadline:
        time.sleep(0.05)


def _agreed(folder: Path, name: str) -> bool:
    """Whether every worker serves ``name`` or not, as this one does."""
    is_served = name in service().repository.snapshot.models
    workers = shared.states(folder)
    return all((name in {row[0] for row in one["served"]}) == is_served for one in workers)
