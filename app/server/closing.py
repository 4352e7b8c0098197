"""How the service closes its doors: a connection that comes in that moment is not torn.

A listener that is closed resets whoever the kernel has let in and nobody has accepted. So at the
end the kernel lets nobody more in, and then the workers accept all who are in.
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
UNDER_WAY_S = 0.05  # for who has begun to connect, from however far
FLAGS, SYN = 13, 0x02  # where a TCP header has its flags, and the one that opens a connection
FILTER = (  # BPF: code, where to go if true, if false, operand
    (0x30, 0, 0, FLAGS),  # load a byte
    (0x45, 0, 1, SYN),  # is the flag set?
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, 0xFFFFFFFF),  # take
)


def stop_in_order(server: Any) -> None:
    """Have Gunicorn's master turn new connections away before it stops the workers."""
    stop = server.stop

    def turn_away_and_stop(graceful: bool = True) -> None:
        if not _has_heir(server):
            turn_away(listener.sock for listener in server.LISTENERS)
        stop(graceful)

    server.stop = turn_away_and_stop  # Gunicorn has no hook that comes before


def turn_away(listeners: Iterable[socket.socket]) -> None:
    """Let nobody connect any more, who then asks again in a second and is refused.

    Those whose connection is under way get in. Does nothing where the system cannot.
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


def _has_heir(server: Any) -> bool:
    """Whether another process goes on listening where this one did."""
    is_followed = server.reexec_pid or server.master_pid
    return bool(is_followed or server.systemd or server.cfg.reuse_port)
