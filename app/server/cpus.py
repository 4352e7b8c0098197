"""How many processors this process may use: the container's quota, not the host's cores."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path("/")


def quota(root: Path = ROOT) -> float:
    """Return the number of usable processors: the least of the affinity and all cgroup quotas."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min([float(affinity or 1), *_cgroup_quotas(root)])


def workers_for(setting: int, root: Path = ROOT) -> int:
    """Return how many workers to start: ``setting``, or one per whole core where it is 0."""
    return setting or max(1, math.floor(quota(root)))


def _cgroup_quotas(root: Path) -> Iterator[float]:
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield from _quotas_above(root / "sys/fs/cgroup", path, _version_2)
        elif "cpu" in controllers.split(","):
            yield from _quotas_above(root / "sys/fs/cgroup/cpu", path, _version_1)


def _quotas_above(
    mount: Path, path: str, read: Callable[[Path], Iterator[float]]
) -> Iterator[float]:
    """Read the quotas of a cgroup and of all its parents, as each of them applies."""
    group = mount / path.strip("/")
    for folder in (group, *group.parents):
        if folder.is_relative_to(mount):
            yield from read(folder)


def _version_2(folder: Path) -> Iterator[float]:
    for line in _lines(folder / "cpu.max"):
        limit, period = line.split()
        if limit != "max":
            yield int(limit) / int(period)


def _version_1(folder: Path) -> Iterator[float]:
    limits = _lines(folder / "cpu.cfs_quota_us")
    periods = _lines(folder / "cpu.cfs_period_us")
    for limit, period in zip(limits, periods, strict=False):
        if int(limit) > 0:
            yield int(limit) / int(period)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except OSError:
        return []
