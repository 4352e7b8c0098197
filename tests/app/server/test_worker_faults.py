"""A fault while one connection is served ends that one: not the worker, not the others."""

import sys

import pytest

from app.__main__ import GUNICORN
from tests.conftest import launched
from tests.support.corpus import connect, exchange, message
from tests.support.pictures import plain

FAULTS = {
    "in the loop": b"GET /fault HTTP/1.1",
    "in the loop, when answered": b"POST /predict HTTP/1.1",
    "in a thread": b"GET /healthz HTTP/1.1",
}


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("faults") / "log"


@pytest.fixture(scope="module")
def url(log):
    """Start the service with faults that requests can trigger."""
    command = [part.replace("app.server.config", "tests.support.faulty") for part in GUNICORN]
    settings = {"DIGITS_WORKER": "loop", "DIGITS_WORKERS": "1", "DIGITS_THREADS": "1"}
    with launched(sys.executable, *command, log=str(log), **settings) as (url, _):
        yield url


@pytest.mark.parametrize("line", FAULTS.values(), ids=FAULTS)
def test_fault_ends_its_connection_alone(url, log, mnist, line):
    seven = plain(mnist.images[0])
    with connect(url) as other:
        other.sendall(message(seven))
        assert other.recv(1 << 16).startswith(b"HTTP/1.1 200")
        for _ in range(3):  # more than there are threads
            sent = message(seven, line=line).replace(b"X-Request-ID: id", b"X-Request-ID: fault")
            assert exchange(url, sent) == b""
        other.sendall(message(seven))
        assert other.recv(1 << 16).startswith(b"HTTP/1.1 200")
    written = log.read_text()
    assert "ZeroDivisionError: a fault injected by a test" in written
    assert written.count("Booting worker") == 1
    assert written.count("is given up") >= 3
