"""``python -m app``: start the service, or say in one line why it cannot start.

``python -m app doctor`` checks everything that the service depends on instead.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from pathlib import Path

from app.keys import read_keys
from app.settings import SettingError, Settings

GUNICORN = ["-m", "gunicorn", "--config", "python:app.server.config", "app:create_app(watch=True)"]
OTHER_PORT = "choose another port, as DIGITS_BIND=127.0.0.1:9000 or make serve PORT=9000"
OTHER_ADDRESS = "choose an address of this machine, as DIGITS_BIND=127.0.0.1:8000"


def main() -> None:
    """Check what can be checked beforehand, then become Gunicorn's master."""
    command = sys.argv[1:]
    if command not in ([], ["doctor"]):
        sys.exit("usage: python -m app [doctor]")
    try:
        settings = Settings.from_environment()
    except SettingError as error:
        sys.exit(f"digits: {error}")
    if command:
        sys.exit(_examine(settings))
    for find_fault in (_model_fault, _bind_fault, _key_fault, _device_fault):
        fault = find_fault(settings)
        if fault:
            sys.exit(f"digits: {fault}")
    # glibc's: by default each thread has its own heap, which keeps the memory of large pictures
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    os.execv(sys.executable, [sys.executable, *GUNICORN])


def _model_fault(settings: Settings) -> str | None:
    if any(settings.models_dir.glob(f"{settings.model}/*/model.onnx")):
        return None
    return (
        f"no model {settings.model!r} in {settings.models_dir}: train one with "
        "`python -m training`, or set DIGITS_MODELS_DIR and DIGITS_MODEL"
    )


def _bind_fault(settings: Settings) -> str | None:
    host, _, port = settings.bind.rpartition(":")
    if settings.bind.startswith("unix:"):
        return None
    if not host or not port.isdecimal() or int(port) > 65535:
        return f"DIGITS_BIND={settings.bind!r} must be an address and a port, like 127.0.0.1:8000"
    try:
        with socket.create_server((host.strip("[]"), int(port)), family=_family(host)):
            return None
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]
        is_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
        advice = OTHER_PORT if is_port else OTHER_ADDRESS
        return f"cannot listen on {settings.bind} ({reason}): {advice}"


def _key_fault(settings: Settings) -> str | None:
    try:
        if settings.api_keys_file:
            read_keys(Path(settings.api_keys_file))
    except SettingError as error:
        return str(error)
    return None


def _device_fault(settings: Settings) -> str | None:
    """Name the missing libraries where DIGITS_DEVICE=cuda; workers check the model's nodes."""
    if settings.device != "cuda":
        return None
    from app.recognition import cuda  # only here: this loads ONNX Runtime

    missing = cuda.missing()
    return (
        f"DIGITS_DEVICE=cuda, but missing {', '.join(missing)}: {cuda.INSTALL}" if missing else None
    )


def _examine(settings: Settings) -> int:
    from app import doctor  # only here: this loads everything

    return doctor.report(settings)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


if __name__ == "__main__":
    main()
