"""Why the service cannot start, said in one line."""

import os
import shutil
import socket
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def start(*arguments, **environment):
    """Run a command that is expected to fail at once; return its exit status and stderr."""
    done = subprocess.run(
        arguments,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"DIGITS_MODELS_DIR": "/nowhere"}, "no model 'digits' in /nowhere"),
        ({"DIGITS_MODEL": "cats"}, "no model 'cats'"),
        ({"DIGITS_THREDS": "4"}, "DIGITS_THREDS is no setting"),
        ({"DIGITS_BIND": "8000"}, "must be an address and a port"),
        ({"DIGITS_BIND": "192.0.2.1:8000"}, "choose an address of this machine"),
    ],
)
def test_service_that_cannot_start_says_why_in_one_line(environment, message):
    status, stderr = start(sys.executable, "-m", "app", **environment)
    assert status == 1
    assert message in stderr
    assert "\n" not in stderr


def test_port_in_use_is_said_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status, stderr = start(
            "make", "--no-print-directory", "serve", f"PORT={port}", DIGITS_BIND=f"127.0.0.1:{port}"
        )
    said = [line for line in stderr.splitlines() if not line.startswith("make")]
    assert status == 2
    assert said == [
        f"digits: cannot listen on 127.0.0.1:{port} (Address already in use): "
        "choose another port, as DIGITS_BIND=127.0.0.1:9000 or make serve PORT=9000"
    ]


def test_python_that_is_too_old_is_said_in_one_line(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "requirements.txt").touch()
    shutil.copy(ROOT / "Makefile", tmp_path)
    old = tmp_path / "python3.9"
    pretend = "import sys; sys.version_info = (3, 9); sys.version = '3.9.1'; exec(sys.argv[2])"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{pretend}" "$@"\n')
    old.chmod(0o755)
    status, stderr = start("make", "-C", str(tmp_path), "serve", f"PYTHON={old}")
    assert status == 2
    assert "digits: needs Python 3.11 or newer" in stderr
    assert "make serve PYTHON=python3.12" in stderr
    assert not (tmp_path / ".venv").exists()
