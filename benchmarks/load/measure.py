"""The plan of a run: which services are measured on which requests, by turns."""

from __future__ import annotations

import contextlib
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.load import calls
from benchmarks.load.calls import REQUESTS, Call, LoadError
from benchmarks.load.client import Load, closed_loop, open_loop
from benchmarks.load.rounds import Figures, Rounds, Terms
from benchmarks.load.services import Service, python_of, recipes, running

LOAD_SHARE = 0.7  # of the most that a service answers
WARM_UP_S = 1.0
SERVICES = ("digits", "fastapi", "flask")
IN_PROCESS = "in-process"  # as many processes as there are workers: the floor of CPU time
ONE_PROCESS = "one process"


@dataclass(frozen=True)
class Cell:
    """One thing to measure by turns: a kind of request, how it is sent, and to whom."""

    name: str
    kind: str
    services: tuple[str, ...]
    connections: int = 16
    is_open: bool = False


CELLS = (
    Cell("png28", "png28", (*SERVICES, IN_PROCESS)),
    Cell("form", "form", ("digits",)),
    Cell("json", "json", ("digits",)),
    Cell("canvas", "canvas", ("digits", "fastapi", IN_PROCESS)),
    Cell("photo", "photo", ("digits", "fastapi", IN_PROCESS)),
    Cell("256 connections", "png28", SERVICES, 256),
    Cell("one connection", "png28", SERVICES, 1),
    Cell("open loop", "png28", SERVICES, 64, is_open=True),
    Cell("pictures256", "pictures256", ("digits", ONE_PROCESS), 1),
    Cell("tensors256", "tensors256", ("digits", ONE_PROCESS), 1),
)
START = "start"


class Bench:
    """One run on this machine."""

    def __init__(
        self, folder: Path, prepared: dict[str, Any], rounds: Rounds, cells: Sequence[Cell] = CELLS
    ) -> None:
        self._folder, self._prepared, self._rounds = folder, prepared, rounds
        self._cells = cells
        self._terms = rounds.terms
        self._recipes = recipes(self._terms.workers)
        self._begun = time.monotonic()

    def run(self) -> None:
        """Measure what is not measured yet."""
        pythons = {name: python_of(recipe, self._folder) for name, recipe in self._recipes.items()}
        for turn in range(self._terms.rounds):
            for name in self._missing(START, SERVICES, turn):
                with self._running(name, pythons[name]) as service:
                    self._keep(START, turn, name, {"start_s": service.start_s})
        with contextlib.ExitStack() as stack:
            services = {
                name: stack.enter_context(self._running(name, pythons[name])) for name in SERVICES
            }
            for cell in self._cells:
                self._warm_up(cell, services)
            for turn in range(self._terms.rounds):
                for cell in self._cells:
                    for name in self._missing(cell.name, cell.services, turn):
                        self._keep(cell.name, turn, name, self._measure(cell, services, name, turn))

    def _missing(self, cell: str, names: Sequence[str], turn: int) -> list[str]:
        return [name for name in names if len(self._rounds.of(cell, name)) <= turn]

    def _running(self, name: str, python: Path) -> contextlib.AbstractContextManager[Service]:
        log = self._folder / f"{name}.log"
        return running(self._recipes[name], python, self._prepared, log)

    def _calls(self, cell: Cell, service: Service) -> list[Call]:
        return calls.calls(self._prepared, cell.kind, service.url, service.recipe.job)

    def _warm_up(self, cell: Cell, services: dict[str, Service]) -> None:
        seconds = min(WARM_UP_S, self._terms.seconds)
        for name in services.keys() & set(self._missing(cell.name, cell.services, self._last)):
            some = self._calls(cell, services[name])
            closed_loop(calls.address(services[name].url), some, cell.connections, seconds)

    @property
    def _last(self) -> int:
        return self._terms.rounds - 1

    def _measure(self, cell: Cell, services: dict[str, Service], name: str, turn: int) -> Figures:
        if name not in services:
            return self._in_process(cell.kind, 1 if name == ONE_PROCESS else self._terms.workers)
        service, rate = services[name], 0.0
        if cell.is_open:
            rate = LOAD_SHARE * self._rounds.spread("png28", name, "rate").median
        cpu_s = service.cpu_s()
        load = send(cell, service.url, self._calls(cell, service), self._terms.seconds, rate, turn)
        used_s = service.cpu_s() - cpu_s
        costs = {"cpu_us": 1e6 * used_s / load.answers, "pss_mb": service.pss_mb()}
        return to_figures(load) | costs

    def _in_process(self, kind: str, processes: int) -> Figures:
        """Do the same work without a server; half as long, as it is steadier."""
        seconds = str(self._terms.seconds / 2)
        module = ("-m", "benchmarks.load.inprocess")
        command = [sys.executable, *module, str(self._folder / "calls.json"), kind, seconds]
        started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(processes)]
        found = [json.loads(process.communicate()[0]) for process in started]
        jobs = sum(each["jobs"] for each in found)
        return {
            "rate": sum(each["jobs"] / each["seconds"] for each in found),
            "cpu_us": 1e6 * sum(each["cpu_s"] for each in found) / jobs,
            "answers": jobs,
        }

    def _keep(self, cell: str, turn: int, name: str, figures: Figures) -> None:
        self._rounds.add(cell, name, figures)
        gone = time.monotonic() - self._begun
        shown = ", ".join(f"{key} {value:,.4g}" for key, value in figures.items())
        print(
            f"[{gone / 60:4.1f} min] {cell}, round {turn + 1} of {self._terms.rounds}, "
            f"{name}: {shown}",
            flush=True,
        )


def send(
    cell: Cell, url: str, some: list[Call], seconds: float, rate: float = 0.0, seed: int = 0
) -> Load:
    """Send one round of load as ``cell`` says."""
    where = calls.address(url)
    gc.disable()  # the client's own pauses are no latency of the service
    try:
        if cell.is_open:
            return open_loop(where, some, cell.connections, seconds, rate, seed)
        return closed_loop(where, some, cell.connections, seconds)
    finally:
        gc.enable()


def to_figures(load: Load) -> Figures:
    """Return a round's figures; ``slowest`` is the slowest connection's share of the mean."""
    latencies_s = sorted(load.latencies_s)
    mean = statistics.mean(load.by_connection)
    return {
        "rate": load.in_time / load.seconds,
        "p50_ms": 1e3 * latencies_s[len(latencies_s) // 2],
        "p99_ms": 1e3 * latencies_s[int(0.99 * len(latencies_s))],
        "slowest": min(load.by_connection) / mean if mean else 0.0,
        "answers": load.answers,
        "reconnects": load.reconnects,
        "client_cores": load.client_cpu_s / load.seconds,
    }


def measure_url(
    url: str, headers: tuple[str, ...], prepared: dict[str, Any], terms: Terms
) -> str | None:
    """Print a row for each kind of load on the service at ``url``; return what went wrong."""
    print("| load | connections | answers/s | p50 ms | p99 ms | slowest connection / mean | n |")
    print("|---|---|---|---|---|---|---|")
    rate, failures = 0.0, []
    for cell in CELLS:
        some = calls.calls(prepared, cell.kind, url, None, headers)
        try:
            found = [to_figures(send(cell, url, some, terms.seconds, rate, turn))
                     for turn in range(terms.rounds)]  # fmt: skip
        except (LoadError, OSError) as error:
            failures.append(f"{cell.name}: {error}")
            continue
        middle = {key: statistics.median(row[key] for row in found) for key in found[0]}
        rate = rate or LOAD_SHARE * middle["rate"]
        print(
            f"| {REQUESTS[cell.kind]}{' at 70 %' if cell.is_open else ''} | {cell.connections} "
            f"| {middle['rate']:,.1f} | {middle['p50_ms']:.2f} | {middle['p99_ms']:.2f} "
            f"| {middle['slowest']:.2f} | {sum(row['answers'] for row in found):,} |",
            flush=True,
        )
    return "\n".join(failures) or None
