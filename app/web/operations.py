"""What the people who run the service ask it: is it alive, is it ready."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.errors import ModelError, NotReady
from app.recognition.repository import check_known_digits
from app.web.service import service

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say that the default model reads the known digits right, having just read them."""
    try:
        check_known_digits(service().repository.get())
    except ModelError as error:
        raise NotReady(f"Not ready: {error}.", headers={"Retry-After": "1"}) from error
    return jsonify(status="ready")
