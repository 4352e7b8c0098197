"""Metric values in files that workers share: as prometheus-client does, in half its time.

At every change prometheus-client asks whether the process has forked, and where in the file the
value lies. Here values are made after the fork (``app.telemetry.metrics``), so neither changes.
It also keeps every value for ever. Here the values of a version lie in files of their own, which
are removed with the version.
"""

from __future__ import annotations

import os
import struct
import threading
import warnings
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from app.settings import shared_dir
from app.telemetry import shared

MODEL = ("model", "version")  # the first labels of a metric that is removed with its version

_pack = struct.Struct("d").pack
_changing = threading.Lock()
_files: dict[Path, MmapedDict] = {}


class Value:
    """A float in a shared file. Its bytes are assigned in one step, so no reader sees a part."""

    _multiprocess = True

    def __init__(
        self,
        typ: str,
        metric_name: str,
        name: str,
        labelnames: Sequence[str],
        labelvalues: Sequence[str],
        help_text: str,
        multiprocess_mode: str = "",
        **others: Any,
    ) -> None:
        kind = f"{typ}_{multiprocess_mode}" if multiprocess_mode else typ
        key = mmap_key(metric_name, name, list(labelnames), list(labelvalues), help_text)
        folder = shared_dir() or Path()
        with shared.locked(folder, alone=True):  # a new file is not complete at once
            self._file = _open(_home(folder, labelnames, labelvalues) / f"{kind}_{os.getpid()}.db")
            self._value: float = self._file.read_value(key)[0]
        start = self._file._positions[key]
        self._place = slice(start, start + 8)

    def inc(self, amount: float) -> None:
        """Add ``amount``."""
        with _changing:
            self._value += amount
            self._file._m[self._place] = _pack(self._value)

    def set(self, value: float, timestamp: float | None = None) -> None:
        """Replace the value."""
        with _changing:
            self._value = value
            self._file._m[self._place] = _pack(value)

    def get(self) -> float:
        """Return what this process has counted."""
        return self._value

    def set_exemplar(self, exemplar: object) -> None:
        """Do nothing: files hold no exemplars."""

    def get_exemplar(self) -> None:
        """Return none."""


def use() -> None:
    """Use ``Value`` where workers share their metrics, by prometheus-client's own hook."""
    if shared_dir():
        values.ValueClass = Value
        # true for its own values, not for these
        warnings.filterwarnings("ignore", "Removal of labels has not been implemented")


def drop(places: Collection[shared.Place]) -> None:
    """Release the files of versions that this process does not serve any more."""
    folder = shared_dir()
    if folder is None:
        return
    homes = {shared.home(folder, place) for place in places}
    with shared.locked(folder, alone=True):
        for path in [path for path in _files if path.parent in homes]:
            del _files[path]  # not closed: the last request may still be counting in it
        shared.leave(folder, os.getpid(), homes)


def _home(folder: Path, labelnames: Sequence[str], labelvalues: Sequence[str]) -> Path:
    if tuple(labelnames[:2]) != MODEL:
        return folder
    return shared.home(folder, (labelvalues[0], labelvalues[1]))


def _open(path: Path) -> MmapedDict:
    if path not in _files:
        path.parent.mkdir(parents=True, exist_ok=True)
        _files[path] = MmapedDict(str(path))
    return _files[path]
