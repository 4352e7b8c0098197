"""Gunicorn's response, faster: what is the same in most responses is computed once."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

from gunicorn import util
from gunicorn.http.errors import InvalidResponseHeader
from gunicorn.http.message import TOKEN_RE
from gunicorn.http.wsgi import HEADER_VALUE_RE, Response


class Reply(Response):  # type: ignore[misc]  # Gunicorn has no type hints
    """Sends the same bytes and raises the same errors as Gunicorn's response."""

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        """Take the application's headers; raise Gunicorn's errors where they cannot be sent."""
        for name, value in headers:
            if not _is_plain(name):
                super().process_headers([(name, value)])
            elif HEADER_VALUE_RE.fullmatch(value):
                self.headers.append((name, value.strip(" \t")))
            else:
                raise InvalidResponseHeader(repr(name))

    def default_headers(self) -> list[str]:
        """Return the first line and the headers that Gunicorn adds."""
        if self.upgrade or self.chunked:
            lines: list[Any] = super().default_headers()
            return lines
        major, minor = self.req.version
        connection = "close" if self.should_close() else "keep-alive"
        return [
            f"HTTP/{major}.{minor} {self.status}\r\nServer: {self.version}\r\n"
            f"Date: {_date(int(time.time()))}\r\nConnection: {connection}\r\n"
        ]


@lru_cache(maxsize=256)
def _is_plain(name: str) -> bool:
    """Whether a header has a valid name and does not control the connection."""
    is_valid = bool(TOKEN_RE.fullmatch(name))
    return is_valid and name.lower() != "content-length" and not util.is_hoppish(name)


@lru_cache(maxsize=2)
def _date(seconds: int) -> str:
    return str(util.http_date(seconds))
