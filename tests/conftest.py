"""What the tests share: the 10,000 MNIST test digits, a client, and the service itself."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.recognition.recogniser import Recogniser
from app.recognition.repository import Repository
from app.settings import Settings
from tests.support.pictures import Digits, read_mnist
from tests.support.slow import is_slow

ROOT = Path(__file__).resolve().parent.parent


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests that `make check` leaves out."""
    if isinstance(item, pytest.Function) and is_slow(item):
        item.add_marker("slow")


@pytest.fixture(scope="session")
def mnist() -> Digits:
    """Read the test set once."""
    return read_mnist()


@pytest.fixture(scope="session")
def recogniser() -> Recogniser:
    """Load the default model as it is committed."""
    return Repository.load(ROOT / "models", default="digits", device="cpu").get()


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    """Make an in-process client, with limits small enough to be met in a test."""
    settings = Settings(max_body_bytes=1_000_000, max_batch=8, max_pixels=1_000_000, device="cpu")
    return create_app(settings).test_client()


@pytest.fixture(scope="session")
def service_url() -> Iterator[str]:
    """Start the service with the README's own command, and give its address."""
    with serving("make", "serve") as url:
        yield url


@contextlib.contextmanager
def serving(*command: str, log: str = "", **environment: str) -> Iterator[str]:
    """Run the service by ``command`` on a free port until the block ends; yield its address."""
    with launched(*command, log=log, **environment) as (url, _):
        yield url


@contextlib.contextmanager
def launched(
    *command: str, log: str = "", **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the service as ``serving`` does, with its log in the file ``log`` if any; yield
    its address and its process.
    """
    port = free_port()
    given = {**os.environ, "DIGITS_BIND": f"127.0.0.1:{port}", **environment}
    with open(log, "wb") if log else contextlib.nullcontext() as stderr:
        process = subprocess.Popen(
            command, cwd=ROOT, env=given, start_new_session=True, stderr=stderr
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, process)
        yield url, process
    finally:
        with contextlib.suppress(ProcessLookupError):  # a test may have stopped it
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], timeout_s: float = 120) -> None:
    """Ask /readyz until it answers 200; fail where the process ends or the time does."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/readyz", timeout=5):
            return
        time.sleep(0.02)
    pytest.fail(f"the service did not become ready at {url}")


_taken = contextlib.ExitStack()
atexit.register(_taken.close)


def free_port() -> int:
    """Return a port of this machine that nothing listens on, and that no other run of the tests
    gets: the UDP port of the same number is taken for as long as this process lasts.
    """
    while True:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = int(server.getsockname()[1])
        mark = socket.socket(type=socket.SOCK_DGRAM)
        try:
            mark.bind(("127.0.0.1", port))
        except OSError:
            mark.close()
        else:
            _taken.enter_context(mark)
            return port
