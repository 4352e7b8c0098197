"""How many connections each worker has, in memory that all of them share.

Whoever wakes first accepts, so that of two workers one would get most of the connections. Here
a worker that has more than another lets the other go first, for a moment.
"""

from __future__ import annotations

import mmap
from typing import Any

PLACES = 128  # with more workers, some share one: balance suffers, nothing else
NONE = -1

_counts = memoryview(mmap.mmap(-1, 4 * PLACES)).cast("i")
_counts[:] = memoryview(b"\xff" * 4 * PLACES).cast("i")  # NONE everywhere


class Place:
    """Where one worker tells its number of connections. Made before the fork, by the master."""

    _next = 0

    def __init__(self) -> None:
        self._index = Place._next
        Place._next = (Place._next + 1) % PLACES

    def tell(self, connections: int) -> None:
        """Let the others know how many connections this worker has."""
        _counts[self._index] = connections

    def leave(self) -> None:
        """Let the others know that this worker accepts no more."""
        _counts[self._index] = NONE

    def is_ahead(self, connections: int) -> bool:
        """Whether another worker has fewer than ``connections``."""
        return any(NONE < count < connections for count in _counts)


def bury(worker: Any) -> None:
    """Clear the place of a worker that died."""
    place = getattr(worker, "place", None)
    if place is not None:
        place.leave()
