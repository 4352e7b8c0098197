"""A Gunicorn worker with an event loop: waiting connections need no threads.

The loop's thread reads, writes, and answers short requests itself (``app.web.quick``), which
saves a change of thread. All others are answered in a pool of threads, and do not block the loop.
"""

from __future__ import annotations

import contextlib
import os
import queue
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from app.server import refusals
from app.server.acceptor import Acceptor
from app.server.balance import Place
from app.server.connections import Connection
from app.server.exchanges import Answer, Configuration, Exchange
from app.server.heads import Heads
from app.server.lifecycle import Lifecycle
from app.server.turns import Turns
from app.settings import Settings

TICK_S = 1.0
LAST_TICK_S = 0.1  # when stopping
LAST_IDLE_S = 2.0  # for a request that may be under way when stopping, as in gthread


class LoopWorker(Lifecycle):
    """Serves all connections of a process by one event loop and ``cfg.threads`` threads."""

    alive: bool
    sockets: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = Place()

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse settings that this worker does not support, before one is started."""
        if cfg.is_ssl:
            raise RuntimeError("DIGITS_WORKER=loop has no TLS: set threads, or use a proxy")

    def init_process(self) -> None:
        """Create the parts of the loop, then load the application and run."""
        settings = Settings.from_environment()
        self.max_body_bytes = settings.max_body_bytes
        self.body_timeout_s = settings.body_timeout_s
        self.frozen = Configuration(self.cfg)
        self.heads = Heads(self.frozen)
        self.turns = Turns(self.cfg.threads)
        self._selector = selectors.DefaultSelector()
        self._pool = ThreadPoolExecutor(self.cfg.threads)
        self._answered: queue.SimpleQueue[tuple[Connection, Answer | None]] = queue.SimpleQueue()
        self._soon: deque[Callable[[], None]] = deque()
        self._connections: set[Connection] = set()
        self._acceptor = Acceptor(self, self._selector)
        self._next_tick = 0.0
        super().init_process()

    def run(self) -> None:
        """Serve until told to stop; then answer all connections that are open or waiting."""
        self._quick = getattr(self.wsgi, "extensions", {}).get("quick")
        self._selector.register(self.PIPE[0], selectors.EVENT_READ, self._wake)
        self._tell_place()
        self._acceptor.open(self.sockets)
        while self.alive:
            self._turn()
        self._accept_the_last()
        end = time.monotonic() + self.cfg.graceful_timeout
        while self._connections and time.monotonic() < end:
            self._turn()
        self._pool.shutdown(wait=False)

    def handle(self, connection: Connection, exchange: Exchange) -> None:
        """Answer a complete request: at once where the application can, else in a thread."""
        self._count_request()
        if self._quick:
            answer = self._work(exchange, self._quick)
            if answer:
                connection.respond(answer)
                return
        connection.pause()
        self._waiting.inc()
        self._pool.submit(self._answer, connection, exchange)

    def keeps_connections(self) -> bool:
        """Whether a connection may be used for another request."""
        return bool(self.alive and self.frozen.keepalive)

    def idle_timeout_s(self) -> float:
        """Return how long an idle connection is kept for its next request."""
        return float(self.frozen.keepalive or TICK_S) if self.alive else LAST_IDLE_S

    def head_timeout_s(self) -> float:
        """Return how long to wait for the rest of a head."""
        return refusals.HEAD_TIMEOUT_S if self.alive else refusals.LAST_HEAD_TIMEOUT_S

    def call_soon(self, connection: Connection, call: Callable[[], None]) -> None:
        """Do ``call`` of ``connection`` after the events that are ready now."""
        self._soon.append(partial(self._serve, connection, call))

    def watch(self, sock: socket.socket, before: int, now: int, connection: Connection) -> None:
        """Call ``connection`` when its ``sock`` is ready for the events ``now``, not ``before``."""
        if not now:
            self._selector.unregister(sock)
            return
        change = self._selector.modify if before else self._selector.register
        change(sock, now, partial(self._serve, connection, connection.on_event))

    def admit(self, sock: socket.socket, peer: Any, server: Any) -> None:
        """Begin to serve a connection from ``peer`` to the address ``server``."""
        connection = Connection(self, sock, peer, server)
        self._connections.add(connection)
        self._tell_place()
        self._serve(connection, connection.begin)

    def has_room(self) -> bool:
        """Whether one more connection may be accepted."""
        return len(self._connections) < int(self.cfg.worker_connections)

    def is_ahead(self) -> bool:
        """Whether another worker has fewer than nine tenths of this one's connections."""
        return self.place.is_ahead(len(self._connections) * 9 // 10)

    def forget(self, connection: Connection) -> None:
        """Remove a connection that has ended."""
        self._connections.discard(connection)
        self._tell_place()

    def _serve(self, connection: Connection, act: Callable[..., None], *given: Any) -> None:
        """Call ``act`` of ``connection``; an error ends this connection only."""
        try:
            act(*given)
        except Exception:
            self.log.exception("a connection is given up")
            connection.close()

    def _turn(self) -> None:
        for key, mask in self._selector.select(self._pause_s()):
            key.data(mask)
        for _ in range(len(self._soon)):
            self._soon.popleft()()
        now = time.monotonic()
        self._acceptor.open_if_due(now)
        if now >= self._next_tick:
            self._tick(now)

    def _pause_s(self) -> float:
        if self._soon:
            return 0.0
        return min(self._acceptor.pause_s, TICK_S if self.alive else LAST_TICK_S)

    def _tick(self, now: float) -> None:
        self._next_tick = now + (TICK_S if self.alive else LAST_TICK_S)
        self.notify()
        if self.ppid != os.getppid():
            self.log.info("Parent changed, shutting down: %s", self)
            self.alive = False
        for connection in [c for c in self._connections if c.deadline <= now]:
            self._serve(connection, connection.expire)

    def _accept_the_last(self) -> None:
        """Accept all waiting connections, then close the listeners: later ones are refused."""
        self._acceptor.close()
        self.sockets = []
        self.place.leave()
        self._next_tick = now = time.monotonic()
        for connection in self._connections:
            connection.shorten_deadlines(now + LAST_IDLE_S, now + refusals.LAST_HEAD_TIMEOUT_S)

    def _tell_place(self) -> None:
        if self.alive:
            self.place.tell(len(self._connections))

    def _count_request(self) -> None:
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False

    def _work(
        self, exchange: Exchange, application: Callable[..., Iterable[bytes] | None]
    ) -> Answer | None:
        """Let ``application`` answer, counted as a request in flight."""
        self._busy.inc()
        try:
            return exchange.answer(application)
        finally:
            self._busy.dec()

    def _answer(self, connection: Connection, exchange: Exchange) -> None:
        """Answer a request in a thread; after an unexpected error there is no answer."""
        self._waiting.dec()
        answer = None
        try:
            answer = self._work(exchange, self.wsgi)
        except Exception:
            self.log.exception("a request is given up")
        self._answered.put((connection, answer))
        with contextlib.suppress(BlockingIOError):  # the pipe is full: the loop wakes anyway
            os.write(self.PIPE[1], b".")

    def _wake(self, mask: int) -> None:
        os.read(self.PIPE[0], 4096)
        while not self._answered.empty():
            connection, answer = self._answered.get()
            if answer is None:
                connection.close()
            else:
                self._serve(connection, connection.respond, answer)
