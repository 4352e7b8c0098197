"""One client's connection in the event loop: never blocking, called when data has arrived."""

from __future__ import annotations

import contextlib
import enum
import math
import selectors
import socket
import time
from typing import Any

from app.server import refusals
from app.server.exchanges import Answer, Exchange, Late, Sink, whole
from app.server.heads import body_length

CHUNK = 1 << 18
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
WRITE_TIMEOUT_S = 30.0  # for a client that does not read its answer
LINGER_S = 2.0  # for the client to close: closing at once could discard the answer
DRAIN_S = 5.0  # the same where it is still sending what was refused
DRAIN_BYTES = 1 << 28
NOTHING = 0


class Phase(enum.Enum):
    """What a connection waits for."""

    IDLE = "a request"
    HEAD = "the rest of a head"
    TURN = "its turn to send a large body"
    BODY = "the rest of a body"
    BUSY = "an answer"
    ENDING = "the client to close"
    CLOSED = "nothing"


class Connection:
    """Takes what arrives, finds the requests in it, and sends the answers, one after another."""

    def __init__(self, worker: Any, sock: socket.socket, peer: Any, server: Any) -> None:
        self._worker, self._sock, self._peer, self._server = worker, sock, peer, server
        self._phase = Phase.IDLE
        self._arrived = bytearray()
        self._try_at = 0  # an incomplete head is parsed again once this many bytes have arrived
        self._request: Any = None
        self._length = 0
        self._requests = 0
        self._unsent = b""
        self._is_last = False  # whether the connection ends when all is sent
        self._is_refused = False  # whether the client may still be sending a body that is not read
        self._drained = 0
        self._watched = NOTHING
        self.deadline = 0.0

    def begin(self) -> None:
        """Wait for the first request."""
        self._sock.setblocking(False)
        self._wait(Phase.IDLE, self._worker.idle_timeout_s())
        self._watch(selectors.EVENT_READ)

    def on_event(self, mask: int) -> None:
        """Handle a socket that can be read or written."""
        if mask & selectors.EVENT_WRITE:
            self._send(b"")
        elif self._phase is not Phase.CLOSED:
            self._receive()

    def advance(self) -> None:
        """Process what has arrived: a complete head, then its complete body, then the answer."""
        if self._phase in (Phase.IDLE, Phase.HEAD) and self._arrived:
            self._find_head()
        if self._phase is Phase.BODY and len(self._arrived) >= self._length:
            self._hand_over(whole(self._take(self._length)))

    def take_turn(self) -> None:
        """Begin soon to read a large body, as fewer others are being read now."""
        self._worker.call_soon(self, self._begin_turn)

    def _begin_turn(self) -> None:
        if self._phase is Phase.TURN:
            self._wait(Phase.BODY, self._worker.body_timeout_s)
            self._watch(selectors.EVENT_READ)
            self._go_ahead()
            self.advance()

    def respond(self, answer: Answer) -> None:
        """Send an answer; then wait for the next request, or end."""
        if self._phase is Phase.CLOSED:
            return
        self._worker.turns.give_back(self)
        self._request = None
        self._is_last = not answer.keep
        self._send(answer.data)

    def shorten_deadlines(self, idle_until: float, head_until: float) -> None:
        """Shorten the deadlines for a request and for a head, as the worker stops."""
        if self._phase is Phase.IDLE:
            self.deadline = min(self.deadline, idle_until)
        elif self._phase is Phase.HEAD:
            self.deadline = min(self.deadline, head_until)

    def expire(self) -> None:
        """Handle a deadline that has passed: tell the client where possible, else close."""
        if self._phase is Phase.HEAD and not self._unsent:
            sink = Sink()
            refusals.refuse_late_head(sink, self._worker.head_timeout_s())
            self.respond(Answer(b"".join(sink.parts), False))
        elif self._phase is Phase.BODY and not self._unsent:
            self._hand_over(Late())
        else:
            self.close()

    def close(self) -> None:
        """Close the socket at once, without sending what is unsent."""
        if self._phase is not Phase.CLOSED:
            self._phase = Phase.CLOSED
            self._worker.turns.give_back(self)
            self._worker.forget(self)
            with contextlib.suppress(KeyError, ValueError, OSError):  # after whatever fault
                self._watch(NOTHING)
            with contextlib.suppress(OSError):
                self._sock.close()

    def _receive(self) -> None:
        try:
            data = self._sock.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        if self._phase is Phase.ENDING:
            self._throw_away(len(data))
        elif data:
            self._arrived += data
            self.advance()
        else:
            self._ended()

    def _ended(self) -> None:
        """Handle the end of the client's data: a body that ends early is answered, else close."""
        if self._phase is Phase.BODY:
            self._watch(NOTHING)
            self._hand_over(whole(self._take(self._length)))
        else:
            self.close()

    def _find_head(self) -> None:
        if len(self._arrived) < self._try_at and b"\r\n\r\n" not in self._arrived:
            return
        try:
            found = self._worker.heads.read(bytes(self._arrived), self._peer, self._requests + 1)
        except Exception as error:  # Gunicorn's own, of several bases
            self._refuse(error)
            return
        self._try_at = 2 * len(self._arrived)
        if found:
            self._begin_body(*found)
        elif self._phase is Phase.IDLE:
            self._wait(Phase.HEAD, self._worker.head_timeout_s())

    def _refuse(self, error: Exception) -> None:
        sink = Sink()
        self._worker.handle_error(None, sink, self._peer, error)
        self._is_refused = True
        self.respond(Answer(b"".join(sink.parts), False))

    def _begin_body(self, request: Any, rest: bytes) -> None:
        self._request, self._arrived, self._try_at = request, bytearray(rest), 0
        self._requests += 1
        length = body_length(request)
        if length is None or length > self._worker.max_body_bytes:
            self._is_refused, length = True, 0  # the application refuses it by its head
            self._arrived.clear()
            request.force_close()
        self._length = length
        if self._worker.turns.ask(self, length):
            self._wait(Phase.BODY, self._worker.body_timeout_s)
            self._go_ahead()
        else:
            self._wait(Phase.TURN, math.inf)
            self._watch(NOTHING)

    def _go_ahead(self) -> None:
        """Answer ``Expect: 100-continue``, for which the client waits before it sends its body."""
        is_asked = self._request._expected_100_continue and not self._is_refused
        if is_asked and len(self._arrived) < self._length:
            self._send(CONTINUE)
        self._request._expected_100_continue = False  # or Gunicorn answers it again

    def _hand_over(self, body: Any) -> None:
        request, self._request.body = self._request, body
        if isinstance(body, Late) or body.getbuffer().nbytes < self._length:
            request.force_close()
        self._wait(Phase.BUSY, math.inf)
        self._worker.handle(self, Exchange(self._worker, request, self._peer, self._server))

    def pause(self) -> None:
        """Read nothing until the answer is there."""
        self._watch(NOTHING)

    def _take(self, count: int) -> bytes:
        with memoryview(self._arrived) as arrived:
            taken = bytes(arrived[:count])
        del self._arrived[:count]
        return taken

    def _send(self, data: bytes) -> None:
        if self._phase is Phase.CLOSED:
            return
        pending = self._unsent + data
        try:
            sent = self._sock.send(pending) if pending else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        self._unsent = pending[sent:]
        if self._unsent:
            self.deadline = time.monotonic() + WRITE_TIMEOUT_S
            self._watch(selectors.EVENT_WRITE)
        else:
            self._all_sent()

    def _all_sent(self) -> None:
        self._watch(selectors.EVENT_READ)
        if self._phase is Phase.BODY:  # only 100 Continue was sent
            return
        if self._is_last:
            self._end()
        else:
            self._wait(Phase.IDLE, self._worker.idle_timeout_s())
            if self._arrived:  # the next request came with this one
                self._worker.call_soon(self, self.advance)

    def _end(self) -> None:
        self._wait(Phase.ENDING, DRAIN_S if self._is_refused else LINGER_S)
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def _throw_away(self, count: int) -> None:
        self._drained += count
        if count == 0 or self._drained > DRAIN_BYTES:
            self.close()

    def _wait(self, phase: Phase, seconds: float) -> None:
        self._phase = phase
        self.deadline = time.monotonic() + seconds

    def _watch(self, events: int) -> None:
        if events != self._watched:
            self._worker.watch(self._sock, self._watched, events, self)
            self._watched = events
