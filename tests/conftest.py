"""What the tests share: the 10,000 MNIST test digits, a client, and the service itself."""

from __future__ import annotations

import contextlib
import gzip
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from numpy.typing import NDArray

from app import create_app
from app.recognition.recogniser import Recogniser
from app.recognition.repository import Repository
from app.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data"


@dataclass(frozen=True)
class Digits:
    """The MNIST test set: ``images`` (10000, 28, 28) uint8, ink high, ``labels`` (10000,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


@pytest.fixture(scope="session")
def mnist() -> Digits:
    """Read the original files."""
    images = gzip.decompress((DATA / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((DATA / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    return Digits(
        np.frombuffer(images, np.uint8).reshape(-1, 28, 28), np.frombuffer(labels, np.uint8)
    )


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
def serving(*command: str, **environment: str) -> Iterator[str]:
    """Run the service by ``command`` on a free port until the block ends; yield its address."""
    port = free_port()
    given = {**os.environ, "DIGITS_BIND": f"127.0.0.1:{port}", **environment}
    process = subprocess.Popen(command, cwd=ROOT, env=given, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, process)
        yield url
    finally:
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


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
