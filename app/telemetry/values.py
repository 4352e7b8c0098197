"""How a figure is kept in the file that workers share: prometheus-client's way, in half its time.

prometheus-client asks at every change whether the process has forked and where in the file the
figure lies. Here figures are made after the fork (``app.telemetry.metrics``), so neither changes.
"""

from __future__ import annotations

import struct
import threading
from pathlib import Path
from typing import Any

from prometheus_client import values

from app.settings import shared_dir
from app.telemetry import shared

_pack = struct.Struct("d").pack
_changing = threading.Lock()


def use() -> None:
    """Keep the figures of this process so, where they are shared (prometheus-client's own hook)."""
    folder = shared_dir()
    if folder and values.ValueClass._multiprocess:
        values.ValueClass = _value_class(folder)


def _value_class(folder: Path) -> type[Any]:
    base: type[Any] = values.MultiProcessValue()

    class Value(base):  # type: ignore[misc]  # made by prometheus-client at run time
        """A float in the shared file. The bytes are assigned, as a reader sees those at once."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            with shared.locked(folder, alone=True):  # its file may be new, and not whole at once
                super().__init__(*args, **kwargs)
            start = self._file._positions[self._key]
            self._place = slice(start, start + 8)

        def inc(self, amount: float) -> None:
            with _changing:
                self._value += amount
                self._file._m[self._place] = _pack(self._value)

        def set(self, value: float, timestamp: float | None = None) -> None:
            with _changing:
                self._value = value
                self._file._m[self._place] = _pack(value)

    return Value
