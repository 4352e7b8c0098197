"""While listeners close, connections are served, and later ones are refused, not reset."""

import select
import socket
import sys

import pytest

from app.server.closing import block_new_connections


@pytest.mark.skipif(sys.platform != "linux", reason="a filter of Linux's")
def test_who_is_in_stays_and_who_comes_later_is_refused_not_reset():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as late:
        with socket.create_connection(listener.getsockname()) as early:
            block_new_connections([listener])
            late.setblocking(False)
            late.connect_ex(listener.getsockname())
            assert select.select([], [late], [], 0.2)[1] == []  # neither in nor refused
            accepted, _ = listener.accept()
            listener.close()
            early.sendall(b"x")
            assert accepted.recv(1) == b"x"
            accepted.close()
        assert select.select([], [late], [], 30)[1] == [late]
        assert late.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 111  # refused
