"""API keys, read from a file: one key per line; a line that begins with # is a comment."""

from __future__ import annotations

import hmac
import logging
from pathlib import Path

from app.settings import SettingError

log = logging.getLogger(__name__)


class Keys:
    """The valid API keys; their file is read again whenever it changes."""

    def __init__(self, path: Path) -> None:
        """Read the file at ``path``; raise ``SettingError`` as ``read_keys`` does."""
        self._path = path
        self._keys = read_keys(path)
        self._stamp = self._status()

    def know(self, key: str) -> bool:
        """Whether ``key`` is valid; compared in constant time, against timing attacks."""
        self._follow()
        given = key.encode("utf-8", "surrogateescape")
        return any([hmac.compare_digest(given, known) for known in self._keys])  # noqa: C419 all

    def _follow(self) -> None:
        stamp = self._status()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._keys = read_keys(self._path)
        except SettingError as error:
            log.error("the previous API keys stay valid: %s", error)

    def _status(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size


def read_keys(path: Path) -> tuple[bytes, ...]:
    """Read the keys of a file; raise ``SettingError`` where it is unreadable or has no key."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise SettingError(f"DIGITS_API_KEYS_FILE={path} cannot be read: {error}") from error
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not keys:
        raise SettingError(f"DIGITS_API_KEYS_FILE={path} holds no key")
    return tuple(key.encode("utf-8") for key in keys)
