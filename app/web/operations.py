"""What the people who run the service ask it: is it alive, is it ready, how does it do."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from app.errors import ModelError, NotReady, UnknownModel
from app.recognition.verification import check_known_digits
from app.telemetry import exposition
from app.web import openapi
from app.web.service import service

PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'"

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say that the default model reads the known digits right, having just read them."""
    check_ready()
    return jsonify(status="ready")


@blueprint.get("/metrics")
def figures() -> Response:
    """Show the figures of all workers in Prometheus' text format."""
    snapshot = service().repository.snapshot
    text = exposition.text(lambda: exposition.state_of(snapshot))
    return Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


@blueprint.get("/openapi.json")
def interface() -> ResponseReturnValue:
    """Describe the interface for programs."""
    return jsonify(openapi.document(service().settings))


@blueprint.get("/docs")
def interface_page() -> Response:
    """Describe the interface for people."""
    page = make_response(render_template("docs.html", api=openapi.document(service().settings)))
    page.headers["Content-Security-Policy"] = PAGE_POLICY
    return page


def check_ready() -> None:
    """Raise ``NotReady`` unless the default model reads the known digits right."""
    try:
        check_known_digits(service().repository.get())
    except (ModelError, UnknownModel) as error:
        reason = str(error).rstrip(".")
        raise NotReady(f"Not ready: {reason}.", headers={"Retry-After": "1"}) from error
