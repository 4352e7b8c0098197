"""The folder that the workers of one service share, in memory where possible."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "digits-"
HELD = "held"  # a file that is locked as long as the master or any worker runs

_held: list[int] = []


def make(parent: str | None) -> Path:
    """Make the folder in ``parent``, by default the system's temporary folder, and lock it.

    Folders of services that were killed are removed. A new folder is renamed once it is locked.
    """
    scratch = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=parent))
    (scratch / HELD).touch()
    _held.append(_hold(scratch))
    _clean(scratch.parent)
    return scratch.rename(scratch.with_name(scratch.name.removeprefix(".")))


def _clean(parent: Path) -> None:
    for mark in parent.glob(f"{PREFIX}*/{HELD}"):
        with contextlib.suppress(OSError):  # in use, or another user's
            held = _hold(mark.parent)
            shutil.rmtree(mark.parent, ignore_errors=True)
            os.close(held)


def _hold(folder: Path) -> int:
    """Lock ``folder`` for this process and its children; raise ``OSError`` if it is locked."""
    held = os.open(folder / HELD, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise
    return held
