"""The demo page: plain HTML, nothing from another host."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from app.web.service import service

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def draw() -> Response:
    """Show the canvas to draw on."""
    page = make_response(render_template("index.html", model=service().settings.model))
    page.headers["Content-Security-Policy"] = POLICY
    return page
