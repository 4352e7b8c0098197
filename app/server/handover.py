"""Reload without a gap: old workers stop only when the new ones serve.

On SIGHUP Gunicorn starts new workers and stops the old ones at once, so that nobody answers
until the new ones have loaded their models; where they cannot, the service ends. Here files in
the shared folder say which workers are being replaced, and which ones serve.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from app.settings import shared_dir

SERVED = "served"
RETIRING = "retiring"


def announce(pids: Collection[int]) -> None:
    """Note that the workers ``pids`` are being replaced by as many new ones."""
    folder = shared_dir()
    if folder:
        (folder / RETIRING).write_text(" ".join(map(str, pids)), encoding="ascii")


def is_retiring(pid: int) -> bool:
    """Whether the worker ``pid`` is being replaced by a new one."""
    return str(pid) in _retiring()


def has_replacements() -> bool:
    """Whether as many new workers serve as old ones are being replaced."""
    folder = shared_dir()
    return folder is None or len(_serving(folder) - _retiring()) >= len(_retiring())


def tell_served() -> None:
    """Note that a worker of this service has been ready to answer."""
    folder = shared_dir()
    if folder:
        (folder / SERVED).touch()


def has_served() -> bool:
    """Whether any worker of this service ever was ready to answer."""
    folder = shared_dir()
    return folder is not None and (folder / SERVED).exists()


def _retiring() -> set[str]:
    folder = shared_dir()
    path = folder / RETIRING if folder else Path()
    return set(path.read_text(encoding="ascii").split()) if path.is_file() else set()


def _serving(folder: Path) -> set[str]:
    return {path.stem.removeprefix("state_") for path in folder.glob("state_*.json")}
