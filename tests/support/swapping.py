"""Give all models of a live service new numbers, and measure its workers' memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.support.models import renumber
from tests.support.watching import figures, loaded, resting_mb, until


def swap_all(models: Path, url: str, versions: Iterable[int]) -> None:
    """Give every model in ``models`` each number of ``versions`` in all workers, one by one."""
    sessions = len(list(models.iterdir())) * figures(url, "digits_workers")[""]
    for version in versions:
        renumber(models, version)
        until(lambda version=version: loaded(url, version) == sessions, 120)


def least_mb(models: Path, url: str, versions: Iterable[int], workers: list[int]) -> list[float]:
    """Return the least that each of ``workers`` held after any of the swaps to ``versions``.

    After one swap in forty a worker holds 16 MB more than after those around it, and has no more
    in use: it lies more scattered in the heap. What leaks is there after each of them.
    """
    held: list[list[float]] = []
    for version in versions:
        swap_all(models, url, (version,))
        held.append(resting_mb(workers))
    return [min(one) for one in zip(*held, strict=True)]
