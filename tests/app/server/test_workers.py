"""Both kinds of worker, over real sockets: the same bytes; then what only the loop does."""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import sys
import time

import pytest
from PIL import Image

from app.server.balance import Place
from app.server.turns import LARGE, Turns
from tests.conftest import serving
from tests.support.corpus import FORM, all_of, connect, corpus, exchange, message, multipart
from tests.support.load import asking
from tests.support.pictures import plain

WORKERS = ("loop", "threads")
BODY_TIMEOUT_S = 2


@pytest.fixture(scope="module")
def urls(tmp_path_factory):
    """Start a service of each kind with one process and one thread, behind one key."""
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text("key\n")
    with contextlib.ExitStack() as stack:
        yield {
            worker: stack.enter_context(
                serving(
                    sys.executable,
                    "-m",
                    "app",
                    DIGITS_WORKER=worker,
                    DIGITS_WORKERS="1",
                    DIGITS_THREADS="1",
                    DIGITS_BODY_TIMEOUT_S=str(BODY_TIMEOUT_S),
                    DIGITS_API_KEYS_FILE=str(keys),
                )
            )
            for worker in WORKERS
        }


@pytest.fixture(scope="module", params=WORKERS)
def url(request, urls):
    return urls[request.param]


@pytest.fixture(scope="module")
def seven(mnist):
    return plain(mnist.images[0])


CHANGING = re.compile(rb"(Date: |Last-Modified: )[^\r]*|(dur=)[^,\r]*")
ALLOW = re.compile(rb"Allow: ([^\r]*)")
NOT_READ_TO_ITS_END = {"early end", "broken chunk"}  # gthread says keep-alive, and closes


def constant(name, answer):
    """Return the part of an answer that time does not change."""
    if name in NOT_READ_TO_ITS_END:
        answer = answer.replace(b"Connection: keep-alive", b"Connection: close")
    answer = ALLOW.sub(lambda found: b"Allow: " + bytes(sorted(found[1])), answer)  # a set's order
    return CHANGING.sub(rb"\1\2", answer)


def test_both_workers_answer_the_same_to_the_byte(urls, seven):
    different = {}
    for name, sent in corpus(seven, Image.effect_noise((700, 700), 99)).items():
        loop, threads = (constant(name, exchange(urls[worker], sent)) for worker in WORKERS)
        if loop != threads or not loop:
            different[name] = (loop, threads)
    assert sorted(different) == []


def test_request_in_single_bytes_is_answered(url, seven):
    with connect(url) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in message(seven, b"Connection: close"):
            sock.sendall(bytes([byte]))
        assert all_of(sock).startswith(b"HTTP/1.1 200")


def test_client_that_asks_first_is_told_to_go_on(url, seven):
    with connect(url) as sock:
        asked = message(seven, b"Expect: 100-continue", b"Connection: close")
        sock.sendall(asked[: -len(seven)])
        assert sock.recv(99) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(seven)
        assert all_of(sock).startswith(b"HTTP/1.1 200")


def test_client_that_takes_its_time_to_read_gets_all(url, seven):
    with connect(url) as sock:
        line = b"POST /predict?include=input HTTP/1.1"
        sock.sendall(message(multipart(*[seven] * 256), FORM, b"Connection: close", line=line))
        time.sleep(1)
        _, _, body = all_of(sock).partition(b"\r\n\r\n")
    assert len(json.loads(body)["predictions"]) == 256


def test_worker_that_gives_way_to_another_loses_nothing(seven):
    environment = {"DIGITS_WORKERS": "2", "GUNICORN_CMD_ARGS": "--max-requests=40"}
    for worker in WORKERS:
        with serving(sys.executable, "-m", "app", DIGITS_WORKER=worker, **environment) as url:
            with asking(url, seven) as answers:
                deadline = time.monotonic() + 60
                while len(answers) < 200 and time.monotonic() < deadline:
                    time.sleep(0.05)
            assert len(answers) >= 200
            assert {status for status, _ in answers} == {200}


def test_slow_clients_cost_the_loop_no_thread(urls, seven):
    slow = [
        b"",
        b"POST",
        message(seven)[:-9],
        message(bytes(9))[:-3],
        message(b"x", length=900_000),
    ]
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            for part in slow:
                stack.enter_context(connect(urls["loop"])).sendall(part)
        for sent in (message(seven), message(multipart(seven, seven), FORM)):  # in a thread, this
            begun = time.monotonic()
            assert exchange(urls["loop"], sent).startswith(b"HTTP/1.1 200")
            assert time.monotonic() - begun < BODY_TIMEOUT_S


def test_large_bodies_that_do_not_come_give_up_their_turn(urls, seven):
    with contextlib.ExitStack() as stack:
        late = [stack.enter_context(connect(urls["loop"])) for _ in range(3)]
        for sock in late:
            sock.sendall(message(b"x", b"Connection: close", length=LARGE + 1))
        assert exchange(urls["loop"], message(seven)).startswith(b"HTTP/1.1 200")
        assert all(all_of(sock).startswith(b"HTTP/1.1 408") for sock in late)


def test_loop_stays_quick_while_its_threads_are_busy(urls, seven):
    batch = message(multipart(*[seven] * 256), FORM, b"Connection: close")
    with contextlib.ExitStack() as stack:
        busy = [stack.enter_context(connect(urls["loop"])) for _ in range(8)]
        for sock in busy:
            sock.sendall(batch)
        assert exchange(urls["loop"], message(seven)).startswith(b"HTTP/1.1 200")
        assert len(select.select(busy, [], [], 0)[0]) < len(busy)
        assert all(all_of(sock).startswith(b"HTTP/1.1 200") for sock in busy)


def test_worker_with_more_connections_lets_the_other_go_first():
    mine, other = Place(), Place()
    mine.tell(2)
    assert not mine.is_ahead(2)
    other.tell(1)
    assert mine.is_ahead(2)
    assert not other.is_ahead(1)
    other.leave()
    assert not mine.is_ahead(2)
    mine.leave()


class Sender:
    has_turn = False

    def take_turn(self):
        self.has_turn = True


def test_large_bodies_take_turns_in_order():
    turns, (first, second, third, small) = Turns(1), [Sender() for _ in range(4)]
    assert turns.ask(first, LARGE + 1)
    assert not turns.ask(second, LARGE + 1)
    assert not turns.ask(third, LARGE + 1)
    assert turns.ask(small, LARGE)
    turns.give_back(second)  # it has gone
    turns.give_back(first)
    assert (second.has_turn, third.has_turn) == (False, True)


def test_figures_count_what_is_waiting_and_under_way(urls, seven):
    assert exchange(urls["threads"], message(seven)).startswith(b"HTTP/1.1 200")
    text = exchange(urls["loop"], message(line=b"GET /metrics HTTP/1.1")).decode()
    assert re.search(r"^digits_in_flight 1.0$", text, re.M)
    assert re.search(r"^digits_queue_depth 0.0$", text, re.M)
