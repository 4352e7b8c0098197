"""Turn errors into answers: RFC 9457 ``application/problem+json``.

Under /v2 they are ``application/json`` with ``error``, as the inference protocol defines.
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from app.errors import Problem
from app.telemetry import metrics
from app.web import calls

PROTOCOL = "/v2"  # its clients read `error`, and KServe's only from plain application/json
ADVICE = {
    404: "There is nothing at this address. POST a picture to /predict, or GET / to draw one.",
    405: "This address does not take this method; the Allow header lists those it takes.",
}
INTERNAL = "Something went wrong here, and it has been logged under this request_id."

log = logging.getLogger(__name__)


def describe(problem: Problem) -> dict[str, Any]:
    """Return the members of a problem document (RFC 9457, section 3.1)."""
    return _document(problem.status, problem.code, problem.detail)


def register(app: Flask) -> None:
    """Make ``app`` answer every error with a problem document, never with HTML."""
    app.register_error_handler(Problem, _answer_problem)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_bug)


def _answer_problem(problem: Problem) -> Response:
    return _response(describe(problem), problem.headers)


def _answer_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    code = HTTPStatus(status).name.lower()
    detail = ADVICE.get(status) or error.description or HTTPStatus(status).phrase
    allow = {name: value for name, value in error.get_headers() if name == "Allow"}
    return _response(_document(status, code, detail), allow)


def _answer_bug(error: Exception) -> Response:
    request_id = calls.current().request_id
    log.error(
        "%s %r failed, request_id=%s", request.method, request.path, request_id, exc_info=error
    )
    return _response(_document(500, Problem.code, INTERNAL), {})


def _document(status: int, code: str, detail: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": calls.current().request_id,
    }


def _response(document: dict[str, Any], headers: dict[str, str]) -> Response:
    metrics.rejections.labels(document["code"]).inc()
    mimetype = "application/problem+json"
    if request.path.startswith(PROTOCOL):
        document["error"], mimetype = document["detail"], "application/json"
    return Response(json.dumps(document), document["status"], headers, mimetype=mimetype)
