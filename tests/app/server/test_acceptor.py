"""Waiting connections are accepted many at once, up to a limit, after workers with fewer."""

from __future__ import annotations

import contextlib
import logging
import math
import selectors
import socket
import time

import pytest

from app.server.acceptor import EXHAUSTED_PAUSE_S, STEP_BACK_S, Acceptor

WAITING = 5


class Worker:
    """Keeps the connections that it admits."""

    log = logging.getLogger(__name__)
    room, ahead = 100, False

    def __init__(self):
        self.admitted = []

    def admit(self, sock, peer, server):
        self.admitted.append(sock)

    def has_room(self):
        return len(self.admitted) < self.room

    def is_ahead(self):
        return self.ahead


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    for sock in worker.admitted:
        sock.close()


@pytest.fixture
def listener():
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for _ in range(WAITING):
            stack.enter_context(socket.create_connection(server.getsockname()))
        yield server


@pytest.fixture
def selector():
    with selectors.DefaultSelector() as selector:
        yield selector


def turn(selector):
    """Run one turn of the loop, if a socket is ready."""
    for key, mask in selector.select(0):
        key.data(mask)


def opened(worker, selector, listener):
    acceptor = Acceptor(worker, selector)
    acceptor.open([listener])
    return acceptor


def test_all_who_wait_are_accepted_in_a_turn(worker, selector, listener):
    assert opened(worker, selector, listener).pause_s == math.inf
    turn(selector)
    assert len(worker.admitted) == WAITING


def test_no_more_are_accepted_than_there_is_room_for(worker, selector, listener):
    worker.room = 2
    acceptor = opened(worker, selector, listener)
    turn(selector)
    turn(selector)
    assert len(worker.admitted) == 2
    acceptor.open_if_due(time.monotonic())
    assert not selector.get_map()  # not yet
    worker.room = WAITING
    acceptor.open_if_due(time.monotonic() + EXHAUSTED_PAUSE_S)
    turn(selector)
    assert len(worker.admitted) == WAITING


def test_who_is_ahead_steps_back_once_and_then_takes_one(worker, selector, listener):
    worker.ahead = True
    acceptor = opened(worker, selector, listener)
    turn(selector)
    assert (worker.admitted, acceptor.pause_s) == ([], STEP_BACK_S)
    acceptor.open_if_due(time.monotonic() + STEP_BACK_S)
    turn(selector)
    assert len(worker.admitted) == 1


def test_all_who_wait_are_accepted_before_the_listener_closes(worker, selector, listener):
    worker.ahead = True
    opened(worker, selector, listener).close()
    assert len(worker.admitted) == WAITING
    assert listener.fileno() == -1
