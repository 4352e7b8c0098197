"""A fast path for the commonest request, one small picture to /predict, without Flask.

The event loop (``app.server.loop_worker``) calls it first, in its own thread. Requests that are
slow, unusual or wrong are declined, and Flask answers them from the start. Both paths call the
same functions, so that their answers are the same.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.datastructures import EnvironHeaders

from app.errors import Problem
from app.keys import Keys
from app.recognition.images import Drawing
from app.settings import traces_wanted
from app.web import access, api, calls, request_ids
from app.web.bodies import find_pictures
from app.web.calls import Call
from app.web.observation import Observe
from app.web.service import Service

ROUTE = "/predict"
MAX_BYTES = 1 << 17  # of a body
MAX_PIXELS = 400_000  # of a picture: a few milliseconds of work
PNG = b"\x89PNG\r\n\x1a\n"

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


def register(app: Flask, service: Service, keys: Keys | None, observe: Observe) -> None:
    """Offer the fast path to the event loop, unless a setting needs Flask."""
    if not service.settings.cors_origins and not traces_wanted():
        app.extensions["quick"] = Quick(service, keys, observe)


class Quick:
    """A WSGI application that declines a request by returning None."""

    def __init__(self, service: Service, keys: Keys | None, observe: Observe) -> None:
        self._service, self._keys, self._observe = service, keys, observe

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes] | None:
        """Answer at once, or decline and leave the body unread."""
        call = calls.new(environ.get("HTTP_X_REQUEST_ID", ""))
        body = _small_body(environ)
        document = self._document(call, body, environ) if body and self._knows(environ) else None
        if document is None:
            if isinstance(environ["wsgi.input"], io.BytesIO):
                environ["wsgi.input"].seek(0)
            return None
        data = json.dumps(document).encode()
        self._observe(call, "POST", ROUTE, 200)
        start_response("200 OK", _headers(call, len(data)))
        return [data]

    def _knows(self, environ: Environ) -> bool:
        if self._keys is None:
            return True
        key = access.programs_key(EnvironHeaders(environ))
        return key is not None and self._keys.know(key)

    def _document(self, call: Call, body: bytes, environ: Environ) -> dict[str, Any] | None:
        settings = self._service.settings
        try:
            pictures = find_pictures(body, environ.get("CONTENT_TYPE", ""), settings)
            if len(pictures) != 1 or not _is_small_png(pictures[0]):
                return None
            call.model = recogniser = self._service.repository.get()
            drawing = api.read(pictures[0], settings.max_pixels, call)
        except Problem:  # Flask finds it as well, and answers
            return None
        if not isinstance(drawing, Drawing):
            return None
        return api.classify(call, [drawing], recogniser)


def _small_body(environ: Environ) -> bytes | None:
    """Return the body of a plain request to ``ROUTE``, if it is complete and small."""
    is_plain = (
        environ["PATH_INFO"] == ROUTE
        and environ["REQUEST_METHOD"] == "POST"
        and not environ["QUERY_STRING"]
        and not environ["SCRIPT_NAME"]
        and "HTTP_CONTENT_ENCODING" not in environ
        and isinstance(environ["wsgi.input"], io.BytesIO)
    )
    length = int(environ.get("CONTENT_LENGTH", 0)) if is_plain else 0
    if not 0 < length <= MAX_BYTES:
        return None
    body: bytes = environ["wsgi.input"].read()
    return body if len(body) == length else None


def _is_small_png(picture: object) -> bool:
    """Whether a picture is a PNG with few pixels, by its header (RFC 2083)."""
    if not isinstance(picture, bytes) or len(picture) < 24 or not picture.startswith(PNG):
        return False
    width, height = struct.unpack_from(">II", picture, 16)
    return bool(width * height <= MAX_PIXELS)


def _headers(call: Call, length: int) -> list[tuple[str, str]]:
    return [
        ("Server-Timing", call.header()),
        ("Content-Type", "application/json"),
        ("Content-Length", str(length)),
        *access.SECURITY_HEADERS,
        (access.POLICY, access.API_POLICY),
        (request_ids.HEADER, call.request_id),
    ]
