"""Gunicorn's gthread worker, with metrics, and fixes where it loses or delays requests."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker as GunicornThreadWorker

from app.server import refusals
from app.server.lifecycle import Lifecycle


class ThreadWorker(Lifecycle, GunicornThreadWorker):  # type: ignore[misc]  # no type hints
    """A gthread worker that also answers the connections that wait in the queue when it stops.

    gthread leaves them in the listener's queue while it finishes its work, and resets them
    when it closes the listener. Here the queue is accepted and the listener closed first, so
    that later clients are refused at once and can try another service.
    """

    sockets: list[Any]

    def load_wsgi(self) -> None:
        """Load the application, or say in one line why it cannot serve."""
        self._heads: dict[Any, float] = {}  # when each connection began to send its head
        super().load_wsgi()

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to the threads, a new one only once data has arrived.

        Browsers open connections ahead of need. gthread lets each of them hold a thread for
        5 s, and so four of them stop a worker.
        """
        if not conn.initialized and not conn.data_ready:
            self._await_data(conn)
            return
        self._waiting.inc()
        super().enqueue_req(conn)

    def _await_data(self, conn: Any) -> None:
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.pending_conns.append(conn)
        ready = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, ready)

    def handle(self, conn: Any) -> Any:
        """Work on a connection, in a thread."""
        self._waiting.dec()
        self._heads[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            self._heads.pop(conn, None)

    def murder_pending(self) -> None:
        """Every second, end the connections whose request head did not arrive in time."""
        super().murder_pending()
        limit_s = refusals.HEAD_TIMEOUT_S if self.alive else refusals.LAST_HEAD_TIMEOUT_S
        latest = time.monotonic() - limit_s
        for conn in [conn for conn, begun in list(self._heads.items()) if begun < latest]:
            self._heads.pop(conn, None)
            with contextlib.suppress(OSError):
                refusals.refuse_late_head(conn.sock, limit_s)
                conn.sock.shutdown(socket.SHUT_RD)  # ends the thread's waiting

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer one request."""
        self._heads.pop(conn, None)
        refusals.check_host(req.version, req.headers)
        self._busy.inc()
        try:
            return super().handle_request(req, conn)
        finally:
            self._busy.dec()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Start or stop accepting; when stopping for good, accept those that wait first."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                self._accept_waiting(listener)
                listener.close()
            self.sockets = []  # this may be called again
            for conn in self.pending_conns:
                conn.timeout = time.monotonic() + refusals.LAST_HEAD_TIMEOUT_S

    def _accept_waiting(self, listener: object) -> None:
        before = -1
        while self.nr_conns > before:
            before = self.nr_conns
            self.accept(listener)
