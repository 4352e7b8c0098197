"""The service's Gunicorn settings with faults injected, as ``python:tests.support.faulty``.

A request to /fault fails in the event loop while its head is read. One with the id "fault"
fails when it has been answered, in the loop or in a thread.
"""

from typing import Any

from app.server import connections
from app.server.config import *  # noqa: F403  # what Gunicorn reads is in it
from app.server.heads import body_length


def _length(request: Any) -> int | None:
    if request.path == "/fault":
        raise ZeroDivisionError("a fault injected by a test")
    return body_length(request)


vars(connections)["body_length"] = _length


def post_request(worker: Any, request: Any, *_: Any) -> None:
    """Fail where the request asks for it."""
    if ("X-REQUEST-ID", "fault") in request.headers:
        raise ZeroDivisionError("a fault injected by a test")
