"""Accept connections from the listeners of a worker with an event loop."""

from __future__ import annotations

import errno
import math
import selectors
import time
from collections.abc import Iterable
from functools import partial
from typing import Any

AT_ONCE = 32  # connections accepted in one turn of the loop, so that the others do not wait
STEP_BACK_S = 0.002  # seconds for a worker with fewer connections to accept first
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
EXHAUSTED_PAUSE_S = 0.1


class Acceptor:
    """Accepts for ``worker``, and lets a worker with fewer connections go first for a moment."""

    def __init__(self, worker: Any, selector: selectors.BaseSelector) -> None:
        self._worker, self._selector = worker, selector
        self._listeners: list[Any] = []
        self._open_at: float | None = None  # when to accept again, where that is suspended
        self._steps_back = False  # whether other workers have just been given the time to accept

    def open(self, listeners: Iterable[Any]) -> None:
        """Accept connections to ``listeners`` from now on."""
        self._listeners = list(listeners)
        self._listen()

    def open_if_due(self, now: float) -> None:
        """Accept again, once the time for that has come."""
        if self._open_at is not None and now >= self._open_at:
            self._listen()

    @property
    def pause_s(self) -> float:
        """Seconds that the loop may sleep: few where it is to accept again soon."""
        return math.inf if self._open_at is None else STEP_BACK_S

    def close(self) -> None:
        """Accept all waiting connections, then close the listeners for good."""
        self._suspend(0.0)
        for listener in self._listeners:
            while self._accept_one(listener):
                continue
            listener.close()
        self._listeners = []

    def _listen(self) -> None:
        self._open_at = None
        for listener in self._listeners:
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ, partial(self._accept, listener))

    def _suspend(self, seconds: float) -> None:
        if self._open_at is None:
            for listener in self._listeners:
                self._selector.unregister(listener)
        self._open_at = time.monotonic() + seconds

    def _accept(self, listener: Any, mask: int) -> None:
        if self._open_at is not None:  # suspended by another listener's turn
            return
        if not self._worker.has_room():
            self._suspend(EXHAUSTED_PAUSE_S)
        elif self._worker.is_ahead() and not self._steps_back:
            self._steps_back = True
            self._suspend(STEP_BACK_S)
        else:
            self._steps_back = False
            for _ in range(AT_ONCE):
                if not self._accept_one(listener) or self._worker.is_ahead():
                    break
                if not self._worker.has_room():
                    break

    def _accept_one(self, listener: Any) -> bool:
        """Accept a waiting connection; return whether there was one."""
        try:
            sock, peer = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        except OSError as error:
            if error.errno not in EXHAUSTED:
                raise
            self._worker.log.warning("cannot accept: %s", error)
            self._suspend(EXHAUSTED_PAUSE_S)
            return False
        self._worker.admit(sock, peer, listener.getsockname())
        return True
