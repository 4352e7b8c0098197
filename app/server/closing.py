"""Close the listeners without resetting connections.

A listener that closes resets each connection that the kernel has established and no worker has
accepted. So a socket filter first drops new connections, and then the workers accept the rest.
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import time
from collections.abc import Iterable
from typing import Any

SO_ATTACH_FILTER = 26  # of Linux, see socket(7)
UNDER_WAY_S = 0.05  # time for handshakes that have begun
FLAGS, SYN = 13, 0x02  # where a TCP header has its flags, and the one that opens a connection
FILTER = (  # BPF: code, where to go if true, if false, operand
    (0x30, 0, 0, FLAGS),  # load a byte
    (0x45, 0, 1, SYN),  # is the flag set?
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, 0xFFFFFFFF),  # take
)


def stop_in_order(server: Any) -> None:
    """Make Gunicorn's master block new connections before it stops the workers."""
    stop = server.stop

    def block_and_stop(graceful: bool = True) -> None:
        if not _has_successor(server):
            block_new_connections(listener.sock for listener in server.LISTENERS)
        stop(graceful)

    server.stop = block_and_stop  # Gunicorn has no hook that runs before


def block_new_connections(listeners: Iterable[socket.socket]) -> None:
    """Drop connection requests; clients repeat them after a second, and are refused then.

    Handshakes that have begun are completed. Does nothing where the system has no such filter.
    """
    tried = [_attach(listener) for listener in listeners if listener.family != socket.AF_UNIX]
    if any(tried):
        time.sleep(UNDER_WAY_S)


def _attach(listener: socket.socket) -> bool:
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in FILTER))
    described = struct.pack("HP", len(FILTER), ctypes.addressof(program))
    with contextlib.suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, described)
        return True
    return False


def _has_successor(server: Any) -> bool:
    """Whether another process goes on listening where this one did."""
    is_followed = server.reexec_pid or server.master_pid
    return bool(is_followed or server.systemd or server.cfg.reuse_port)
