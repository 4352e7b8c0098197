"""Return freed memory to the operating system, once models were unloaded."""

from __future__ import annotations

import contextlib
import ctypes


def give_back() -> None:
    """Call glibc's ``malloc_trim``, as glibc keeps freed memory that lies between used memory.

    Does nothing with another C library.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
