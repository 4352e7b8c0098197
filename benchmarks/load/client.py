"""A load client: many keep-alive connections in one thread, and every answer is checked.

In a closed loop each connection sends its next request when its answer has come. In an open
loop requests come at random moments (Poisson), whether or not the service keeps up, and
latency counts from the moment at which a request was due, so that a service which stops for
a while cannot hide those that wait (G. Tene's "coordinated omission").
"""

from __future__ import annotations

import itertools
import random
import selectors
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.load.calls import Call, LoadError

SILENCE_S = 60.0  # after which a service whose answer is still to come counts as broken
MOST_WAITING = 20_000  # requests of an open loop that could not even be sent


@dataclass
class Load:
    """What came of one load: latencies in seconds, answers by connection, the client's own CPU.

    ``answers`` are all; ``seconds`` is the time that was asked for, in which ``in_time`` came.
    """

    seconds: float
    by_connection: list[int]
    latencies_s: list[float] = field(default_factory=list)
    in_time: int = 0
    reconnects: int = 0
    client_cpu_s: float = 0.0

    @property
    def answers(self) -> int:
        """Return how many answers came in all."""
        return len(self.latencies_s)


class Connection:
    """One keep-alive connection, with at most one request under way."""

    def __init__(self, address: tuple[str, int], number: int) -> None:
        self.address, self.number = address, number
        self.begun = 0.0
        self.open()

    def open(self) -> None:
        """Connect, again where the service has closed the connection."""
        self.sock = socket.create_connection(self.address, timeout=SILENCE_S)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)
        self.received = b""
        self.unsent = memoryview(b"")


class ConnectionPool:
    """Connections to one service, which send the ``calls`` in turn."""

    def __init__(
        self,
        address: tuple[str, int],
        calls: Sequence[Call],
        connections: int,
        selector: selectors.BaseSelector,
    ) -> None:
        self._selector, self._calls = selector, itertools.cycle(calls)
        self._under_way: dict[Connection, Call] = {}
        self.reconnects = 0
        self.connections = [Connection(address, number) for number in range(connections)]
        for connection in self.connections:
            selector.register(connection.sock, selectors.EVENT_READ, connection)

    def ask(self, connection: Connection, begun: float) -> None:
        """Send the next call; ``begun`` is the moment from which its latency counts."""
        connection.begun = begun
        self._under_way[connection] = call = next(self._calls)
        self._send(connection, memoryview(call.wire))

    def answered(self, timeout_s: float) -> Iterator[Connection]:
        """Wait, and yield each connection whose answer has come, and is right."""
        for key, events in self._selector.select(timeout_s):
            connection: Connection = key.data
            if events & selectors.EVENT_WRITE:
                self._send(connection, connection.unsent)
            if events & selectors.EVENT_READ and self._receive(connection):
                yield connection

    @property
    def pending(self) -> int:
        """Return how many answers are still to come."""
        return len(self._under_way)

    def close(self) -> None:
        """Close all connections."""
        self._selector.close()
        for connection in self.connections:
            connection.sock.close()

    def _send(self, connection: Connection, data: memoryview) -> None:
        try:
            sent = connection.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:  # closed by the service, which reading will tell
            sent = len(data)
        had_rest, connection.unsent = bool(connection.unsent), data[sent:]
        if had_rest != bool(connection.unsent):
            write = selectors.EVENT_WRITE if connection.unsent else 0
            self._selector.modify(connection.sock, selectors.EVENT_READ | write, connection)

    def _receive(self, connection: Connection) -> bool:
        try:
            received = connection.sock.recv(1 << 18)
        except BlockingIOError:
            return False
        except OSError:
            received = b""
        if not received:
            self._reconnect(connection)
            return False
        data = connection.received + received if connection.received else received
        connection.received = data
        end = data.find(b"\r\n\r\n") + 4
        if end < 4:
            return False
        call = self._under_way.get(connection)
        body = data[end:]
        if call is None:
            raise LoadError(f"an answer that nobody asked for: {data[:300]!r}")
        if body not in call.known:
            if len(body) < _length(data[:end]):
                return False
            call.check(data[:end], body)
        connection.received = b""
        del self._under_way[connection]
        return True

    def _reconnect(self, connection: Connection) -> None:
        """Connect again and repeat a request that the service had not begun to answer."""
        if connection.received:
            raise LoadError(
                f"closed the connection within an answer: {connection.received[:300]!r}"
            )
        self.reconnects += 1
        if self.reconnects > 100 + len(self.connections):
            raise LoadError("the service closes connections again and again without an answer")
        self._selector.unregister(connection.sock)
        connection.sock.close()
        connection.open()
        self._selector.register(connection.sock, selectors.EVENT_READ, connection)
        if connection in self._under_way:
            self._send(connection, memoryview(self._under_way[connection].wire))


def closed_loop(
    address: tuple[str, int], calls: Sequence[Call], connections: int, seconds: float
) -> Load:
    """Keep ``connections`` busy for ``seconds``."""
    pool = ConnectionPool(address, calls, connections, selectors.DefaultSelector())
    load = Load(seconds, [0] * connections)
    cpu, begun = time.process_time(), time.perf_counter()
    end, last = begun + seconds, begun
    try:
        for connection in pool.connections:
            pool.ask(connection, time.perf_counter())
        while pool.pending:
            for connection in pool.answered(1.0):
                last = time.perf_counter()
                load.latencies_s.append(last - connection.begun)
                if last < end:
                    load.in_time += 1
                    load.by_connection[connection.number] += 1
                    pool.ask(connection, last)
            _watch(last)
    finally:
        pool.close()
    load.reconnects, load.client_cpu_s = pool.reconnects, time.process_time() - cpu
    return load


def open_loop(
    address: tuple[str, int],
    calls: Sequence[Call],
    connections: int,
    seconds: float,
    rate: float,
    seed: int = 0,
) -> Load:
    """Send ``rate`` requests a second at random moments for ``seconds``."""
    pool = ConnectionPool(
        address, calls, connections, selectors.SelectSelector()
    )  # waits to the us
    load, gaps = Load(seconds, [0] * connections), random.Random(seed)
    idle, waiting = deque(pool.connections), deque[float]()
    cpu, begun = time.process_time(), time.perf_counter()
    due, end, last = begun + gaps.expovariate(rate), begun + seconds, begun
    try:
        while due < end or pool.pending or waiting:
            now = time.perf_counter()
            while due <= min(now, end):
                waiting.append(due)
                due += gaps.expovariate(rate)
            if len(waiting) > MOST_WAITING:
                raise LoadError(f"cannot keep up with {rate:.0f} requests a second")
            while waiting and idle:
                pool.ask(idle.popleft(), waiting.popleft())
            for connection in pool.answered(max(min(due, end) - now, 0.0) if due < end else 1.0):
                last = time.perf_counter()
                load.latencies_s.append(last - connection.begun)
                load.by_connection[connection.number] += 1
                idle.append(connection)
            _watch(last if pool.pending else time.perf_counter())
    finally:
        pool.close()
    load.in_time, load.reconnects = load.answers, pool.reconnects
    load.client_cpu_s = time.process_time() - cpu
    return load


def _watch(last: float) -> None:
    if time.perf_counter() - last > SILENCE_S:
        raise LoadError(f"no answer for {SILENCE_S:g} s")


def _length(head: bytes) -> int:
    """Return how long the body is that ``head`` announces."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise LoadError(f"an answer without a Content-Length: {head[:300]!r}")
