"""Files that a reader finds whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, contents: bytes | str) -> None:
    """Replace ``path`` by ``contents`` atomically: written beside it, synced, renamed.

    Raises ``OSError``, and then leaves ``path`` as it was and nothing beside it.
    """
    scratch = path.with_name(f".{path.name}.new")
    data = contents.encode() if isinstance(contents, str) else contents
    try:
        with scratch.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)  # a full disk does not say which it is
        raise
    finally:
        scratch.unlink(missing_ok=True)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Bring the names in ``folder`` to the disk."""
    if os.name == "nt":  # Windows has no way to, and no need
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
