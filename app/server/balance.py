"""Balance connections among workers: how many each has, in memory that all of them share.

The worker that wakes first accepts, so that one of two workers would get most connections. Here
a worker that has more connections than another waits for a moment, and the other accepts.
"""

from __future__ import annotations

import mmap
from typing import Any

PLACES = 128  # with more workers, some share one, and are balanced less well
NONE = -1

_counts = memoryview(mmap.mmap(-1, 4 * PLACES)).cast("i")
_counts[:] = memoryview(b"\xff" * 4 * PLACES).cast("i")  # NONE everywhere


class Place:
    """One worker's entry in the shared memory. Made by the master, before the fork."""

    _next = 0

    def __init__(self) -> None:
        self._index = Place._next
        Place._next = (Place._next + 1) % PLACES

    def tell(self, connections: int) -> None:
        """Write how many connections this worker has."""
        _counts[self._index] = connections

    def leave(self) -> None:
        """Write that this worker accepts no more connections."""
        _counts[self._index] = NONE

    def is_ahead(self, connections: int) -> bool:
        """Whether another worker has fewer than ``connections``."""
        return any(NONE < count < connections for count in _counts)


def clear(worker: Any) -> None:
    """Clear the entry of a worker that died."""
    place = getattr(worker, "place", None)
    if place is not None:
        place.leave()
