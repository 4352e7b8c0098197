"""Send one request over a connection of its own, exactly as a test gives it."""

from __future__ import annotations

import contextlib
import http.client
from urllib.parse import urlsplit


def send(
    url: str, path: str, body: bytes | str = b"", method: str = "POST", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """Send one request, ``_`` in the names of ``headers`` for ``-``; return answer and body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    with contextlib.closing(connection):
        connection.request(method, path, body, named)
        response = connection.getresponse()
        return response, response.read()
