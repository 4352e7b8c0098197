"""The folder that workers share: metrics, what each worker serves, which models are unloaded.

prometheus-client keeps a file of every worker that ever ran (client_python #568, #275). Here the
metrics of dead workers are added up into one file, so that nothing grows and nothing is lost.
It also keeps the metrics of every version that was ever served. Here each version's metrics lie in
a folder of their own, which is removed when no worker serves the version. It is removed as a
whole, as Prometheus would see a sum that gets smaller as a counter that was reset.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import mark_process_dead

SUMMED = ("counter", "histogram")
DEAD = "dead"  # instead of a process id, in the names of files
VERSIONS = "versions"

Place = tuple[str, str]  # a model's name, and a version's


@contextlib.contextmanager
def locked(folder: Path, *, alone: bool) -> Iterator[None]:
    """Lock the folder against all others or, where not ``alone``, against writers only."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


def home(folder: Path, place: Place) -> Path:
    """Return the folder of the metrics of the version ``place``."""
    return folder / VERSIONS / place[0] / place[1]


def files(folder: Path) -> list[Path]:
    """Return all files of metrics."""
    return [path for one in (folder, *_homes(folder)) for path in one.glob("*.db")]


def merge_dead(folder: Path, pid: int) -> None:
    """Add the metrics of the dead worker ``pid`` to those of all dead ones; remove its files."""
    with locked(folder, alone=True):
        _state_file(folder, pid).unlink(missing_ok=True)
        leave(folder, pid, (folder, *_homes(folder)))


def leave(folder: Path, pid: int, homes: Collection[Path]) -> None:
    """Merge ``pid``'s metrics in the folders ``homes`` into those of dead workers.

    Also removes the metrics of versions that no worker serves. The caller holds the lock.
    """
    for one in homes:
        mark_process_dead(pid, str(one))
        for kind in SUMMED:
            _add_up(one / f"{kind}_{pid}.db", one / f"{kind}_{DEAD}.db")
    _drop_unserved(folder)


def _homes(folder: Path) -> list[Path]:
    return list(folder.glob(f"{VERSIONS}/*/*"))


def _drop_unserved(folder: Path) -> None:
    """Remove the metrics of each version that no worker uses or is about to use."""
    served = {tuple(row[:2]) for state in states(folder) for row in state["served"]}
    for one in _homes(folder) if served else ():  # else all workers died, and others are starting
        is_left = all(path.stem.endswith(f"_{DEAD}") for path in one.iterdir())
        if is_left and (one.parent.name, one.name) not in served:
            shutil.rmtree(one)


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
    """Write what this worker serves, for the others."""
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
