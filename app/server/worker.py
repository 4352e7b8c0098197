"""Gunicorn's gthread worker: mended where it loses requests or keeps them waiting, and counted."""

from __future__ import annotations

import contextlib
import selectors
import socket
import sys
import threading
import time
from functools import partial
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from app.errors import DeviceError, ModelError
from app.server import handover, refusals
from app.settings import SettingError

PAUSE_S = 1.0  # before a worker that could not start is followed by the next
HEAD_TIMEOUT_S = 10.0  # for a request's head to arrive; gthread itself waits for ever
LAST_HEAD_TIMEOUT_S = 1.0  # when stopping
FAILED = "Something went wrong here, and it has been logged."


class Worker(ThreadWorker):  # type: ignore[misc]  # Gunicorn has no type hints
    """A gthread worker that answers also those who still wait to be accepted when it stops.

    gthread leaves them in the listener's queue while it finishes its work, and resets them
    when it closes the listener. Here the queue is emptied and the listener closed first, so
    that who comes later is refused at once and can go elsewhere.
    """

    sockets: list[Any]
    _is_retiring = False

    def load_wsgi(self) -> None:
        """Load the application, or say in one line why it cannot serve."""
        from app.telemetry import metrics  # after the fork: its figures are this process's

        self._waiting, self._busy = metrics.queue_depth, metrics.in_flight
        self._heads: dict[Any, float] = {}  # connections being read, and since when
        try:
            super().load_wsgi()
        except (ModelError, DeviceError, SettingError) as error:
            self.log.error("%s", error)
            sys.exit(self._status_of_failure())

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to stop; where this is a reload, not before others are there to answer."""
        if self._is_retiring or not handover.is_retiring(self.pid):
            super().handle_exit(sig, frame)
        else:
            self._is_retiring = True
            threading.Thread(target=self._retire, args=(sig, frame), daemon=True).start()

    def _retire(self, sig: int, frame: Any) -> None:
        while self.alive and not handover.is_relieved():
            time.sleep(0.05)
        super().handle_exit(sig, frame)

    def _status_of_failure(self) -> int:
        """Return Gunicorn's status that stops the service, unless it has been serving already."""
        if not handover.has_served():
            return int(Arbiter.WORKER_BOOT_ERROR)
        time.sleep(PAUSE_S)
        return 1

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to the threads, a new one only when something has come over it.

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
        """Give up, every second, the connections whose request's head does not arrive."""
        super().murder_pending()
        limit_s = HEAD_TIMEOUT_S if self.alive else LAST_HEAD_TIMEOUT_S
        latest = time.monotonic() - limit_s
        for conn in [conn for conn, begun in list(self._heads.items()) if begun < latest]:
            self._heads.pop(conn, None)
            with contextlib.suppress(OSError):
                late = f"The request's head did not arrive within {limit_s:g} s."
                refusals.write_problem(conn.sock, 408, "Request Timeout", late)
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

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Tell what went wrong outside the application in JSON; Gunicorn does in HTML."""
        with contextlib.suppress(OSError):
            if isinstance(exc, ParseException):
                self.log.warning("a request was refused: %s", type(exc).__name__)
                refusals.refuse(client, exc)
            else:
                self.log.error("a request failed", exc_info=exc)
                refusals.write_problem(client, 500, "Internal Server Error", FAILED)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Start or stop accepting; when stopping for good, accept those who wait."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                self._accept_waiting(listener)
                listener.close()
            self.sockets = []  # this may be called again
            for conn in self.pending_conns:
                conn.timeout = time.monotonic() + LAST_HEAD_TIMEOUT_S

    def _accept_waiting(self, listener: object) -> None:
        before = -1
        while self.nr_conns > before:
            before = self.nr_conns
            self.accept(listener)
