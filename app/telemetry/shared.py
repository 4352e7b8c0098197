"""The folder that the workers of one service share: figures, what each serves, what is hidden.

prometheus-client leaves a file of each worker that ever was (client_python #568, #275). Here
the figures of the dead are added up into one file, so that nothing grows and nothing is lost.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import mark_process_dead

SUMMED = ("counter", "histogram")


@contextlib.contextmanager
def locked(folder: Path, *, alone: bool) -> Iterator[None]:
    """Hold off who writes or, where not ``alone``, let others read as well."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


def bury(folder: Path, pid: int) -> None:
    """Add what the dead worker ``pid`` counted to what all dead ones did, and remove its files."""
    with locked(folder, alone=True):
        mark_process_dead(pid, str(folder))
        _state_file(folder, pid).unlink(missing_ok=True)
        for kind in SUMMED:
            _add_up(folder / f"{kind}_{pid}.db", folder / f"{kind}_dead.db")


def _add_up(source: Path, total: Path) -> None:
    if not source.exists():
        return
    summed = MmapedDict(str(total))
    for key, value, when, _ in MmapedDict.read_all_values_from_file(str(source)):
        before, _ = summed.read_value(key)
        summed.write_value(key, before + value, when)
    summed.close()
    source.unlink()


def tell_state(folder: Path, state: dict[str, Any]) -> None:
    """Let the others know what this worker serves."""
    target = _state_file(folder, os.getpid())
    scratch = target.with_suffix(".new")
    scratch.write_text(json.dumps(state), encoding="utf-8")
    scratch.replace(target)


def states(folder: Path) -> list[dict[str, Any]]:
    """Return what each living worker serves."""
    found = []
    for path in sorted(folder.glob("state_*.json")):
        with contextlib.suppress(FileNotFoundError):
            found.append(json.loads(path.read_text(encoding="utf-8")))
    return found


def hidden(folder: Path) -> frozenset[str]:
    """Return the models that a client has unloaded."""
    return frozenset(path.name.removeprefix("hidden_") for path in folder.glob("hidden_*"))


def hide(folder: Path, model: str, *, is_hidden: bool) -> None:
    """Unload ``model`` from every worker, or let it be loaded again."""
    marker = folder / f"hidden_{model}"
    if is_hidden:
        marker.touch()
    else:
        marker.unlink(missing_ok=True)


def _state_file(folder: Path, pid: int) -> Path:
    return folder / f"state_{pid}.json"
