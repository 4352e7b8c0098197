"""Parse a request's head with Gunicorn's parser, so that its checks and settings apply.

A client's next head mostly differs from its last in the length alone. Such a head is not parsed a
second time, as parsing is a quarter of the server's work for a small request.
"""

from __future__ import annotations

import re
from typing import Any

from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.errors import NoMoreData
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader

from app.server import refusals

END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\nContent-Length: ([0-9]{1,9})\r\n", re.IGNORECASE)
LONGEST = 2048  # bytes of a head that is remembered
MOST = 256  # heads that are remembered at a time

Read = tuple[Any, bytes]  # a request, and what has arrived behind its head


class Heads:
    """Reads the heads that come to one worker, and remembers some of them."""

    def __init__(self, cfg: Any) -> None:
        self._cfg = cfg
        self._known: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._remembers = cfg.proxy_protocol == "off"  # that line comes before the first head only

    def read(self, arrived: bytes, peer: Any, number: int) -> Read | None:
        """Parse a head; return the request and what follows, or None while it is incomplete.

        Raises the errors of Gunicorn's parser where the head is not valid.
        """
        end = arrived.find(END) + len(END)
        length = LENGTH.search(arrived, 0, end) if len(END) <= end <= LONGEST else None
        if length is None or not self._remembers:
            return parse(arrived, self._cfg, peer, number)
        # the result depends on these bytes, and on the address: some may send forwarding headers
        key = (peer[:1], arrived[: length.start(1)], arrived[length.end(1) : end])
        known = self._known.get(key)
        if known:
            return _again(known, length[1].decode(), peer, number), arrived[end:]
        found = parse(arrived, self._cfg, peer, number)
        if found and isinstance(found[0].body.reader, LengthReader):  # not chunked as well
            self._remember(key, found[0])
        return found

    def _remember(self, key: tuple[Any, ...], request: Any) -> None:
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = dict(vars(request))


def _again(known: dict[str, Any], length: str, peer: Any, number: int) -> Any:
    """Return a request with the attributes ``known``, but another length."""
    request = Request.__new__(Request)
    vars(request).update(known, peer_addr=peer, remote_addr=peer, req_number=number)
    request.headers = [
        (name, length if name == "CONTENT-LENGTH" else value) for name, value in known["headers"]
    ]
    request.body = Body(LengthReader(request.unreader, int(length)))
    return request


class Arrived(Unreader):  # type: ignore[misc]  # Gunicorn has no type hints
    """The bytes that have arrived, as a source for Gunicorn's parser."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return all of it, once."""
        data, self._data = self._data, b""
        return data


def parse(data: bytes, cfg: Any, peer: Any, number: int) -> Read | None:
    """Parse a head as ``Heads.read`` does, but remember nothing."""
    unreader = Arrived(data)
    try:
        request = Request(cfg, unreader, peer, number)
    except NoMoreData:
        return None
    refusals.check_host(request.version, request.headers)
    return request, unreader.take_buffered()


def body_length(request: Any) -> int | None:
    """Return how many bytes the body of ``request`` has, or None where it comes in chunks."""
    reader = request.body.reader
    return None if isinstance(reader, ChunkedReader) else int(reader.length)
