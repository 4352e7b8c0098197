"""Watch a live service from outside: its metrics and processes, until a condition holds."""

from __future__ import annotations

import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path


def until(is_so: Callable[..., object], timeout_s: float = 60.0) -> float:
    """Wait until ``is_so``, and return how many seconds that took; fail after ``timeout_s``."""
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < timeout_s
        time.sleep(0.02)
    return time.monotonic() - begun


def figures(url: str, name: str) -> dict[str, float]:
    """Return the metrics called ``name`` by their labels, as they stand in /metrics."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as response:
        text = response.read().decode()
    return {
        labels: float(value)
        for labels, value in re.findall(rf"^{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)
    }


def figure(url: str, name: str) -> float:
    """Return one metric by its name and labels as they stand in /metrics; 0 where it is missing."""
    name, _, labels = name.partition("{")
    return figures(url, name).get(labels.removesuffix("}"), 0.0)


def served(url: str) -> dict[str, float]:
    """Return how many workers serve each version of the default model."""
    rows = figures(url, "digits_model_info")
    return {re.findall(r'version="(\d+)"', labels)[0]: count for labels, count in rows.items()}


def loaded(url: str, version: int) -> float:
    """Return how many sessions of this ``version`` there are: of all models, in all workers."""
    rows = figures(url, "digits_model_info")
    return sum(count for labels, count in rows.items() if f'version="{version}"' in labels)


def resident_mb(pid: int) -> float:
    """Return how much memory the process ``pid`` holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def resting_mb(pids: list[int]) -> list[float]:
    """Return the least that each of ``pids`` held within one second: not what a swap takes for a
    moment.
    """
    end, held = time.monotonic() + 1.0, [[resident_mb(pid)] for pid in pids]
    while time.monotonic() < end:
        time.sleep(0.05)
        for found, pid in zip(held, pids, strict=True):
            found.append(resident_mb(pid))
    return [min(found) for found in held]


def children(pid: int) -> list[int]:
    """Return the processes that ``pid`` started."""
    listing = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True
    )
    return [int(line) for line in listing.stdout.split()]
