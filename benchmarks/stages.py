"""Where the time of a request goes, stage by stage: ``python -m benchmarks.stages``.

Microseconds of CPU time. The job is timed stage by stage and the application as a whole in this
process, the service by a client over sockets, all by turns. Of all rounds the least of each
counts, as whatever else the machine does can only add.
"""

from __future__ import annotations

import argparse
import base64
import io
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.settings import ROOT, Settings, share
from benchmarks.load import calls
from benchmarks.load.calls import REQUESTS
from benchmarks.load.client import closed_loop
from benchmarks.load.services import Service, recipes, running

KINDS, WORKERS = ("png28", "canvas", "photo"), ("loop", "threads")
CONNECTIONS = 4
STAGES = {
    "decode": "decode the picture",
    "normalise": "make 28×28 of it",
    "network": "the network (ONNX Runtime)",
    "answer": "the answer as JSON",
    "application": "the application: limits, headers, metrics",
    "server": "the server: sockets, HTTP, threads",
}


def main() -> None:
    """Print a table."""
    options = _options()
    path = ROOT / "runs" / "stages" / "calls.json"
    prepared = calls.prepare(path)
    with tempfile.TemporaryDirectory() as folder:
        share(Path(folder))  # as figures cost more where workers share them
        found = {
            (kind, worker): stages(prepared, kind, worker, options)
            for kind in KINDS
            for worker in WORKERS
        }
    print(table(found))


def stages(
    prepared: dict[str, Any], kind: str, worker: str, options: argparse.Namespace
) -> dict[str, float]:
    """Return the microseconds of each of ``STAGES`` in a request of ``kind``."""
    recipe = recipes(workers=1)["digits"]
    recipe = replace(recipe, environment=recipe.environment | {"DIGITS_WORKER": worker})
    bodies = [base64.b64decode(request["body"]) for request in prepared[kind]]
    do_job, answer = job(bodies), application(bodies, worker)
    log = ROOT / "runs" / "stages" / "log"
    rounds: list[tuple[float, ...]] = []
    with running(recipe, Path(sys.executable), prepared, log) as service:
        some = calls.calls(prepared, kind, service.url, recipe.job)
        for _ in range(options.rounds):
            parts = job_us(do_job, options.seconds)
            whole = application_us(answer, options.seconds)
            rounds.append((*parts, whole, served_us(service, some, options.seconds)))
    *parts, whole, served = (min(each) for each in zip(*rounds, strict=True))
    return dict(zip(STAGES, (*parts, whole - sum(parts), served - whole), strict=True))


def job(bodies: list[bytes]) -> Callable[[], list[float]]:
    """Return a function that does the next request's job, and says how long each stage took."""
    from app.recognition import images  # only here: figures are shared by then
    from benchmarks.load import inprocess
    from benchmarks.load.prepare import open_recogniser

    recogniser, each = open_recogniser(), itertools.cycle(bodies)

    def do_job() -> list[float]:
        times = [time.thread_time()]
        grey = images.decode(next(each), max_pixels=Settings.max_pixels)
        times.append(time.thread_time())
        drawing = images.normalise(grey)
        times.append(time.thread_time())
        (prediction,), _ = recogniser.recognise([drawing.pixels], [drawing.is_blank])
        times.append(time.thread_time())
        json.dumps({"predictions": [inprocess.answer(prediction)]}).encode()
        times.append(time.thread_time())
        return [after - before for before, after in itertools.pairwise(times)]

    return do_job


def application(bodies: list[bytes], worker: str) -> Callable[[], object]:
    """Return the application's part of a request, without a server, as ``worker`` asks it."""
    from werkzeug.test import create_environ

    from app import create_app

    app = create_app(Settings(device="cpu", log_requests="off"))
    quick = app.extensions["quick"] if worker == "loop" else None
    made = [
        (create_environ("/predict", method="POST", input_stream=io.BytesIO(body),
                        headers={"Content-Length": str(len(body))}), body)
        for body in bodies
    ]  # fmt: skip
    each = itertools.cycle(made)

    def answer() -> object:
        environ, body = next(each)
        fresh = {**environ, "wsgi.input": io.BytesIO(body)}
        answered = quick(fresh, lambda *_: None) if quick else None
        return answered or b"".join(app(fresh, lambda *_: None))  # type: ignore[arg-type]

    return answer


def job_us(do_job: Callable[[], list[float]], seconds: float) -> list[float]:
    """Return the microseconds that each stage of the job takes, of ``seconds`` of doing it."""
    end, found = time.perf_counter() + seconds, [do_job()]
    while time.perf_counter() < end:
        found.append(do_job())
    return [1e6 * sum(each) / len(found) for each in zip(*found, strict=True)]


def application_us(answer: Callable[[], object], seconds: float) -> float:
    """Return the microseconds that ``answer`` takes, of ``seconds`` of doing it."""
    from benchmarks.load import inprocess

    cpu_s, _, jobs = inprocess.measure(answer, seconds)
    return 1e6 * cpu_s / jobs


def served_us(service: Service, some: list[calls.Call], seconds: float) -> float:
    """Return the microseconds of CPU time that ``service`` takes for one of the calls."""
    before = service.cpu_s()
    load = closed_loop(calls.address(service.url), some, CONNECTIONS, 2 * seconds)
    return 1e6 * (service.cpu_s() - before) / load.answers


def table(found: dict[tuple[str, str], dict[str, float]]) -> str:
    """Return all as Markdown."""
    columns = " | ".join(f"{REQUESTS[kind]}, `{worker}`" for kind, worker in found)
    rows = [f"| | {columns} |", f"|---|{'---:|' * len(found)}"]
    for stage, told in STAGES.items():
        values = " | ".join(f"{costs[stage]:,.0f}" for costs in found.values())
        rows.append(f"| {told} | {values} |")
    sums = " | ".join(f"{sum(costs.values()):,.0f}" for costs in found.values())
    return "\n".join([*rows, f"| **a request** | {sums} |"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="Rounds of each stage (default: 7)")
    parser.add_argument(
        "--seconds", type=float, default=0.5, help="Seconds per round (default: 0.5)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
