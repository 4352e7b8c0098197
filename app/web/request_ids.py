"""Every answer carries an X-Request-ID: the client's own where it sent one, else a new one."""

from __future__ import annotations

import re
import secrets

from flask import Flask, Response, g, request

HEADER = "X-Request-ID"
ACCEPTABLE = re.compile(r"[\x21-\x7e]{1,128}")  # goes into logs and headers, so nothing else


def register(app: Flask) -> None:
    """Give every request of ``app`` its ``g.request_id``, and send it back."""
    app.before_request(_take)
    app.after_request(_send)


def _take() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if ACCEPTABLE.fullmatch(given) else secrets.token_hex(8)


def _send(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    return response
