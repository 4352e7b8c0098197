"""What a run found: the goals with their verdicts, all figures, and a picture of the main ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.settings import ROOT
from benchmarks.load.calls import REQUESTS
from benchmarks.load.measure import CELLS, IN_PROCESS, ONE_PROCESS, SERVICES, START, Cell
from benchmarks.load.rounds import Rounds, Spread, spread

PAGE = ROOT / "docs" / "benchmarks.md"
CHART = ROOT / "docs" / "benchmarks.svg"
TITLES = {"digits": "Digits", "fastapi": "FastAPI + uvicorn", "flask": "naive Flask"}
OURS, BEST, NAIVE = SERVICES
RIVALS = (BEST, NAIVE)
RAW, MANY, ALONE, LOADED = "png28", "256 connections", "one connection", "open loop"


@dataclass(frozen=True)
class Goal:
    """What was wanted: ``value`` at most ``limit``, or at least where ``is_floor``."""

    text: str
    limit: float
    value: Callable[[Rounds], Spread]
    unit: str = "×"
    is_floor: bool = False

    def row(self, rounds: Rounds) -> str:
        """Return the goal's row of the table, its verdict computed."""
        wanted = f"| {self.text} | {'≥' if self.is_floor else '≤'} {self.limit:g}{self.unit} |"
        try:
            found = self.value(rounds)
        except LookupError:
            return f"{wanted} | | 0 | not measured |"
        met = found.median >= self.limit if self.is_floor else found.median <= self.limit
        between = f"{found.least:.2f} – {found.most:.2f} | {found.n}"
        verdict = "met" if met else "missed"
        return f"{wanted} {found.median:.2f}{self.unit} | {between} | {verdict} |"


def ratio(
    figure: str, cell: str, *others: str, under: str = "", best: Callable[..., float] = min
) -> Callable[[Rounds], Spread]:
    """Return a function to ``figure`` of ours over the ``best`` of ``others``, by rounds."""

    def value(rounds: Rounds) -> Spread:
        ours = [figures[figure] for figures in rounds.of(cell, OURS)]
        theirs = [
            best(figures[figure] for figures in turn)
            for turn in zip(*(rounds.of(under or cell, name) for name in others), strict=False)
        ]
        return spread([mine / other for mine, other in zip(ours, theirs, strict=False)])

    return value


def own(figure: str, cell: str) -> Callable[[Rounds], Spread]:
    """Return a function to ``figure`` of ours."""
    return lambda rounds: rounds.spread(cell, OURS, figure)


def tail(rounds: Rounds) -> Spread:
    """Return p99 at 70 % load over p50 on one connection."""
    pairs = zip(rounds.of(LOADED, OURS), rounds.of(ALONE, OURS), strict=False)
    return spread([loaded["p99_ms"] / alone["p50_ms"] for loaded, alone in pairs])


GOALS = (
    Goal("CPU a request, 28×28 PNG, of FastAPI's", 0.55, ratio("cpu_us", "png28", BEST)),
    Goal("CPU a request, 280×280 canvas, of FastAPI's", 0.55, ratio("cpu_us", "canvas", BEST)),
    Goal("CPU a request, 1200×1600 JPEG, of FastAPI's", 0.6, ratio("cpu_us", "photo", BEST)),
    Goal("CPU, 28×28 PNG, of the job's in-process", 1.5, ratio("cpu_us", "png28", IN_PROCESS)),
    Goal("CPU, 280×280, of the job's in-process", 1.5, ratio("cpu_us", "canvas", IN_PROCESS)),
    Goal("CPU of a form, of the raw body's", 1.35, ratio("cpu_us", "form", OURS, under=RAW)),
    Goal("CPU of JSON, of the raw body's", 1.35, ratio("cpu_us", "json", OURS, under=RAW)),
    Goal("answers/s, 16 connections, of the better rival's", 1.8,
         ratio("rate", RAW, *RIVALS, best=max), is_floor=True),
    Goal("answers/s, 256 connections, of the better rival's", 1.8,
         ratio("rate", MANY, *RIVALS, best=max), is_floor=True),
    Goal("slowest of 16 connections, of their mean", 0.5, own("slowest", RAW), is_floor=True),
    Goal("slowest of 256 connections, of their mean", 0.5, own("slowest", MANY), is_floor=True),
    Goal("p50, one connection, of the better rival's", 1, ratio("p50_ms", ALONE, *RIVALS)),
    Goal("p99, one connection, of the better rival's", 1, ratio("p99_ms", ALONE, *RIVALS)),
    Goal("p99 at 70 % load, of the better rival's", 1, ratio("p99_ms", LOADED, *RIVALS)),
    Goal("p99 at 70 % load, of p50 on one connection", 5, tail),
    Goal("256 pictures in one request, of the rate in-process", 0.9,
         ratio("rate", "pictures256", ONE_PROCESS), is_floor=True),
    Goal("256 tensors in one /v2 request, of the rate in-process", 0.9,
         ratio("rate", "tensors256", ONE_PROCESS), is_floor=True),
    Goal("start to the first right answer", 0.5, own("start_s", START), " s"),
    Goal("memory after load (PSS, all processes)", 110, own("pss_mb", CELLS[-1].name), " MB"),
)  # fmt: skip


def summary(rounds: Rounds) -> str:
    """Return the table of goals, as Markdown."""
    rows = ["| | goal | median | rounds | n | |", "|---|---|---|---|---|---|"]
    for goal in GOALS:
        rows.append(goal.row(rounds))
    return "\n".join(rows) + "\n"


def details(rounds: Rounds) -> str:
    """Return what each service did in each cell, as Markdown: medians, and CPU's spread."""
    rows = [
        "| load | connections | service | CPU µs | from – to | answers/s | p50 ms | p99 ms | n |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for cell in CELLS:
        for name in cell.services:
            rows.append(_row(rounds, cell, name))
    return "\n".join(rows) + "\n"


def _row(rounds: Rounds, cell: Cell, name: str) -> str:
    cpu = rounds.spread(cell.name, name, "cpu_us")
    rate = rounds.spread(cell.name, name, "rate").median
    kind = REQUESTS[cell.kind] + (", open loop" if cell.is_open else "")
    row = f"| {kind} | {{}} | {TITLES.get(name, name)} | {cpu.median:,.0f} "
    row += f"| {cpu.least:,.0f} – {cpu.most:,.0f} | {rate:,.1f} | {{}} | {cpu.n} |"
    if name not in SERVICES:
        return row.format("", " | ")
    late = [rounds.spread(cell.name, name, key).median for key in ("p50_ms", "p99_ms")]
    return row.format(cell.connections, f"{late[0]:.2f} | {late[1]:.2f}")


def write(rounds: Rounds, goals: str) -> None:
    """Write docs/benchmarks.md with its picture; ``make readme`` brings it to the README."""
    CHART.write_text(chart(rounds), encoding="utf-8")
    PAGE.write_text(page(rounds, goals), encoding="utf-8")


def page(rounds: Rounds, goals: str) -> str:
    """Return docs/benchmarks.md."""
    terms, machine = rounds.terms, rounds.machine
    described = "\n".join(f"| {name} | {value} |" for name, value in machine.items())
    return f"""# How fast it is

Written by `make bench`; nothing here is typed by hand. Digits, FastAPI under uvicorn (uvloop,
httptools) and a naive Flask service under Gunicorn's gthread serve the same model with
{terms.workers} workers each; none writes a line a request; the load comes from one more process of
the same machine. They take turns: {terms.rounds} rounds of {terms.seconds:g} s of each, half of
that without a server ("in-process"). Every answer is checked against the same job done so. The
rivals prepare a picture
[straightforwardly](../benchmarks/load/rivals/straightforward.py); Digits also judges paper, light,
ruling and dirt, and says when a picture is no digit. `.venv/bin/python -m benchmarks.load --url
http://HOST:PORT` measures a deployment of your own.

{brief(rounds)}
## Goals

Ratios are taken round by round; shown are their median, and the least and the greatest.

{goals}
## All figures

Medians of {terms.rounds} rounds. CPU is that of all the service's processes, user and system, a
request. In an open loop requests come at random moments (Poisson), at 70 % of what the same
service answered at most, and latency counts from the moment at which a request was due.

![CPU a request](benchmarks.svg)

{details(rounds)}
## Where

| | |
|---|---|
{described}

The rivals' releases: [FastAPI](../benchmarks/load/rivals/fastapi.txt),
[Flask](../benchmarks/load/rivals/flask.txt).
"""


def brief(rounds: Rounds) -> str:
    """Return the table of the main figures."""
    rows = [f"| | {' | '.join(TITLES[name] for name in SERVICES)} |", "|---|---|---|---|"]
    for text, cell, figure, form in BRIEF:
        shown = [
            form.format(rounds.spread(cell, name, figure).median) if rounds.of(cell, name) else ""
            for name in SERVICES
        ]
        rows.append(f"| {text} | {' | '.join(shown)} |")
    return "\n".join(rows) + "\n"


BRIEF = (
    ("CPU a request, 28×28 PNG", "png28", "cpu_us", "{:,.0f} µs"),
    ("CPU a request, 280×280 canvas", "canvas", "cpu_us", "{:,.0f} µs"),
    ("CPU a request, 1200×1600 JPEG", "photo", "cpu_us", "{:,.0f} µs"),
    ("answers a second, 16 connections", "png28", "rate", "{:,.0f}"),
    ("answers a second, 256 connections", MANY, "rate", "{:,.0f}"),
    ("median latency, one connection", ALONE, "p50_ms", "{:.2f} ms"),
    ("99th percentile, one connection", ALONE, "p99_ms", "{:.2f} ms"),
    ("99th percentile at 70 % load", LOADED, "p99_ms", "{:.2f} ms"),
    ("start to the first right answer", START, "start_s", "{:.2f} s"),
    ("memory under this load (PSS)", LOADED, "pss_mb", "{:,.0f} MB"),
)


def chart(rounds: Rounds) -> str:
    """Draw CPU time a request of each service, FastAPI's being 1."""
    from training.runs import charts  # only here: it loads NumPy, whose pages services would share

    groups: dict[str, list[tuple[str, float, str]]] = {}
    for cell in (cell for cell in CELLS if BEST in cell.services and cell.connections == 16):
        whole = rounds.spread(cell.name, BEST, "cpu_us").median
        costs = {name: rounds.spread(cell.name, name, "cpu_us").median for name in cell.services}
        groups[REQUESTS[cell.kind]] = [
            (TITLES.get(name, name), cost / whole, f"{cost:,.0f} µs")
            for name, cost in costs.items()
        ]
    return charts.bars("CPU time a request, FastAPI's being 1", groups)
