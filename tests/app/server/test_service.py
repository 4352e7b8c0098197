"""The service over real sockets, several workers, started by `make serve`."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT, free_port, serving, wait_until_ready
from tests.support.pictures import plain
from tests.support.watching import figure

CHUNKED = {"Transfer-Encoding": "chunked"}


@pytest.fixture(scope="module")
def seven(mnist):
    """The first test digit, a clear 7."""
    return plain(mnist.images[0])


def connect(url):
    return contextlib.closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60))


def post(url, body, **headers):
    with connect(url) as connection:
        connection.request("POST", "/predict", body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def raw(url, *chunks):
    """Send bytes as they are, and return the answer's status and document."""
    host, port = urlsplit(url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as sock:
        for chunk in chunks:
            sock.sendall(chunk)
        response = http.client.HTTPResponse(sock)
        response.begin()
        return response.status, json.loads(response.read())


def test_picture_is_answered(service_url, seven):
    status, document = post(service_url, seven)
    assert (status, document["predictions"][0]["digit"]) == (200, 7)


def test_connection_is_kept_for_the_next_request(service_url, seven):
    with connect(service_url) as connection:
        for _ in range(3):
            connection.request("POST", "/predict", seven)
            assert json.load(connection.getresponse())["predictions"][0]["digit"] == 7


@pytest.mark.parametrize("length", [16_000_001, 100_000_000])
def test_upload_that_is_too_large_is_told_so(service_url, length):
    status, problem = post(service_url, bytes(length))
    assert (status, problem["code"]) == (413, "body_too_large")


def test_upload_that_is_too_large_is_told_so_when_it_asks_first(service_url):
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n"
    status, _ = raw(service_url, head + b"Expect: 100-continue\r\n\r\n", bytes(20_000_000))
    assert status in (100, 413)


@pytest.mark.parametrize("chunks", [1, 30])
def test_body_without_length_is_told_so(service_url, chunks):
    body = (bytes(1_000_000) for _ in range(chunks))
    with connect(service_url) as connection:
        connection.request("POST", "/predict", body, encode_chunked=True, headers=CHUNKED)
        response = connection.getresponse()
        assert (response.status, json.load(response)["code"]) == (411, "length_required")


def test_body_that_ends_early_is_malformed(service_url, seven):
    host, port = urlsplit(service_url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as sock:
        sock.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n" + seven)
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(99).startswith(b"HTTP/1.1 400")


def test_bad_requests_leave_the_same_worker_answering(seven):
    bad = [b"seven", bytes(17_000_000), seven[:40], b"x"]
    with serving("make", "serve", DIGITS_WORKERS="1", DIGITS_THREADS="1") as url:
        for body in bad:
            assert post(url, body)[0] in (413, 415, 422)
            assert post(url, seven)[1]["predictions"][0]["digit"] == 7


def test_slow_body_gives_up_its_thread(seven):
    environment = {"DIGITS_WORKERS": "1", "DIGITS_THREADS": "1", "DIGITS_BODY_TIMEOUT_S": "1"}
    with serving("make", "serve", **environment) as url:
        head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n"
        status, problem = raw(url, head, b"x")
        assert (status, problem["code"]) == (408, "body_timeout")
        assert post(url, seven)[0] == 200


def test_broken_chunk_is_no_bug_of_ours(service_url):
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    status, problem = raw(service_url, head + b"zz\r\nabc\r\n")
    assert (status, problem["code"]) == (411, "length_required")


def test_head_that_does_not_arrive_gives_up_its_thread(seven):
    with serving("make", "serve", DIGITS_WORKERS="1", DIGITS_THREADS="1") as url:
        status, problem = raw(url, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: ")
        assert (status, problem["code"]) == (408, "request_timeout")
        assert post(url, seven)[0] == 200


@pytest.mark.parametrize("worker", ["loop", "threads"])
def test_connections_that_browsers_open_ahead_of_need_hold_no_thread(seven, worker):
    with (
        serving(
            "make", "serve", DIGITS_WORKER=worker, DIGITS_WORKERS="1", DIGITS_THREADS="1"
        ) as url,
        contextlib.ExitStack() as stack,
    ):
        host, port = urlsplit(url).netloc.split(":")
        for _ in range(16):  # gthread alone waits 5 s for each
            stack.enter_context(socket.create_connection((host, int(port))))
        assert post(url, seven)[0] == 200


@pytest.mark.parametrize("worker", ["loop", "threads"])
def test_no_request_that_was_sent_is_lost_when_the_service_stops(seven, worker):
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "DIGITS_BIND": f"127.0.0.1:{port}", "DIGITS_WORKER": worker},
    )
    url = f"http://127.0.0.1:{port}"
    wait_until_ready(url, process)
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(url)) for _ in range(40)]
        for connection in connections:
            connection.request("POST", "/predict", seven)
        process.send_signal(signal.SIGTERM)
        statuses = [connection.getresponse().status for connection in connections]
    assert statuses == [200] * 40
    assert process.wait(timeout=30) == 0


HOST = b"Host: x\r\n"


@pytest.mark.parametrize(
    ("head", "status", "advice"),
    [
        (b"G\x01T / HTTP/1.1\r\n" + HOST, 400, "send GET or POST"),
        (b"\x89PNG\r\n", 400, "send HTTP/1.1"),
        (b"GET / HTTP/9.9\r\n" + HOST, 400, "send HTTP/1.1"),
        (b"GET / HTTP/1.1\r\n", 400, "must have one, like Host"),
        (b"GET / HTTP/1.1\r\n" + 2 * HOST, 400, "each header once"),
        (b"GET / HTTP/1.1\r\nno header\r\n" + HOST, 400, "Name: value"),
        (b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\n" + HOST, 414, "send less"),
        (b"GET / HTTP/1.1\r\nExpect: tea\r\n" + HOST, 417, "100-continue"),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: x\r\n" * 200, 431, "at most 100"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: tea\r\n" + HOST, 501, "Content-Length"),
    ],
    ids=lambda value: value[-20:] if isinstance(value, bytes) else None,
)
def test_what_is_no_http_is_told_in_json_with_what_to_do(service_url, head, status, advice):
    answered, problem = raw(service_url, head + b"\r\n")
    assert (answered, problem["status"]) == (status, status)
    assert advice in problem["detail"]
    assert problem["detail"].count("Invalid") <= 1
    name = f'digits_rejections_total{{reason="{problem["code"]}"}}'
    assert figure(service_url, name) >= 1


def test_options_are_told_without_a_body(service_url):
    with connect(service_url) as connection:
        for _ in range(2):  # on one connection, which an unannounced body would break
            connection.request("OPTIONS", "/predict")
            response = connection.getresponse()
            assert (response.status, response.read()) == (204, b"")
            assert {*response.headers["Allow"].split(", ")} == {"OPTIONS", "POST"}
            assert "Content-Type" not in response.headers


def test_older_http_needs_no_host(service_url):
    assert raw(service_url, b"GET /healthz HTTP/1.0\r\n\r\n") == (200, {"status": "alive"})
