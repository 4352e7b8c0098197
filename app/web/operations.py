"""Endpoints for operation: /healthz, /readyz, /metrics, and the API's description."""

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
    """Answer, as a sign that the process is alive."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Let the default model classify the known digits now; 503 where it fails."""
    check_ready()
    return jsonify(status="ready")


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return the metrics of all workers in Prometheus' text format."""
    snapshot = service().repository.snapshot
    text = exposition.text(lambda: exposition.state_of(snapshot))
    return Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


@blueprint.get("/openapi.json")
def api_document() -> ResponseReturnValue:
    """Describe the API for programs (OpenAPI)."""
    return jsonify(openapi.document(service().settings))


@blueprint.get("/docs")
def api_page() -> Response:
    """Describe the API for people, as a page."""
    page = make_response(render_template("docs.html", api=openapi.document(service().settings)))
    page.headers["Content-Security-Policy"] = PAGE_POLICY
    return page


def check_ready() -> None:
    """Raise ``NotReady`` unless the default model classifies the known digits correctly."""
    try:
        check_known_digits(service().repository.get())
    except (ModelError, UnknownModel) as error:
        reason = str(error).rstrip(".")
        raise NotReady(f"Not ready: {reason}.", headers={"Retry-After": "1"}) from error
