"""One request and its answer, with Gunicorn's WSGI environment and response, but no socket.

So Gunicorn's checks and headers apply here as well.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

from gunicorn.http import wsgi

from app.server.replies import Reply


class Configuration:
    """Gunicorn's settings, looked up once: its own object searches a table at each access."""

    def __init__(self, cfg: Any) -> None:
        self.__dict__.update({name: setting.get() for name, setting in cfg.settings.items()})
        self.is_ssl = cfg.is_ssl
        self._cfg = cfg

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cfg, name)


class Answer(NamedTuple):
    """The bytes of an answer, and whether the connection is kept for the next request."""

    data: bytes
    keep: bool


class Late:
    """A body that did not arrive in time."""

    def read(self, size: int = -1) -> bytes:
        """Raise ``TimeoutError``, as a socket does."""
        raise TimeoutError


class Sink:
    """Stands in for the client's socket: collects in ``parts`` the answer that Gunicorn sends."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.sendall = self.send = self.parts.append

    def gettimeout(self) -> float:
        """Return 0, as a socket does that never blocks."""
        return 0.0

    def sendfile(self, file: BinaryIO, offset: int, count: int) -> None:
        """Take a part of a file."""
        file.seek(offset)
        self.parts.append(file.read(count))


class Exchange:
    """A complete request that is being answered, in any thread."""

    def __init__(self, worker: Any, request: Any, peer: Any, server: Any) -> None:
        self._worker, self._request, self._peer = worker, request, peer
        self._sink = Sink()
        self._begun = datetime.now()
        self._environ: dict[str, Any] = {}
        self._response: Any = None
        self._server = server

    def answer(self, application: Callable[..., Iterable[bytes] | None]) -> Answer | None:
        """Return the application's answer, an error where it fails, or None where it declines."""
        try:
            self._prepare()
            parts = application(self._environ, self._response.start_response)
            if parts is None:
                return None
            self._write(parts)
        except (Exception, SystemExit) as error:
            return self._failed(error)
        self._finish()
        return Answer(b"".join(self._sink.parts), not self._response.should_close())

    def _prepare(self) -> None:
        if self._response is not None:  # asked a second time: the first application declined
            return
        worker = self._worker
        worker.frozen.pre_request(worker, self._request)
        self._response, self._environ = wsgi.create(
            self._request, self._sink, self._peer, self._server, worker.frozen, Reply
        )
        self._environ["wsgi.multithread"] = True
        del self._environ["gunicorn.socket"]  # the body is here already
        if not worker.keeps_connections():
            self._response.force_close()

    def _write(self, parts: Iterable[bytes]) -> None:
        try:
            if isinstance(parts, wsgi.FileWrapper):
                self._response.write_file(parts)
            else:
                for part in parts:
                    self._response.write(part)
            self._response.close()
        finally:
            if hasattr(parts, "close"):
                parts.close()

    def _failed(self, error: BaseException) -> Answer:
        self._sink.parts.clear()  # nothing of it has been sent yet
        self._worker.handle_error(self._request, self._sink, self._peer, error)
        self._finish()
        return Answer(b"".join(self._sink.parts), False)

    def _finish(self) -> None:
        worker, took = self._worker, datetime.now() - self._begun
        if self._response is not None:
            worker.log.access(self._response, self._request, self._environ, took)
        worker.frozen.post_request(worker, self._request, self._environ, self._response)


def whole(body: bytes) -> BinaryIO:
    """Return ``body`` as WSGI's input."""
    return io.BytesIO(body)
