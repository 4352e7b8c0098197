"""Whether a request is lost while workers end under load: ``python -m benchmarks.drains``.

For each of the two workers, ten times each: the service is stopped, it is reloaded, one worker of
two is stopped; and workers give way to others after some requests (``--max-requests``). Half of
the clients keep their connections, half open one for each request. A connection that is refused
loses nothing: its client can go elsewhere.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from tests.conftest import launched
from tests.support.load import Answer, asking
from tests.support.pictures import plain, read_mnist
from tests.support.watching import children, until

WORKERS, TIMES = 2, 10
GIVING_WAY = "--max-requests=300 --max-requests-jitter=100"
Service = subprocess.Popen[bytes]


def main() -> None:
    """Print a row for each worker and way to end."""
    picture = plain(read_mnist().images[0])
    print("| worker | | times | requests | refused | lost |\n|---|---|---|---|---|---|")
    for worker in ("loop", "threads"):
        each = [stop_once(worker, picture) for _ in range(TIMES)]
        row(worker, "the service stops", TIMES, [answer for answers in each for answer in answers])
        row(worker, "the service is reloaded", *repeat(worker, picture, reload))
        row(worker, "a worker stops", *repeat(worker, picture, replace_one))
        row(worker, "workers give way", *repeat(worker, picture, wait, GIVING_WAY))


def stop_once(worker: str, picture: bytes) -> list[Answer]:
    """Stop a service under load; return what its clients got."""
    with (
        launched(sys.executable, "-m", "app", **environment(worker)) as (url, process),
        asking(url, picture) as kept,
        asking(url, picture, keep=False) as fresh,
    ):
        time.sleep(0.5)
        process.terminate()
        process.wait(timeout=60)
    return kept + fresh


def repeat(
    worker: str, picture: bytes, end: Callable[[Service], int], arguments: str = ""
) -> tuple[int, list[Answer]]:
    """End workers ``TIMES`` times under load; return how many, and what the clients got."""
    given = environment(worker) | {"GUNICORN_CMD_ARGS": arguments}
    with (
        launched(sys.executable, "-m", "app", **given) as (url, process),
        asking(url, picture) as kept,
        asking(url, picture, keep=False) as fresh,
    ):
        until(lambda: len(children(process.pid)) == WORKERS)
        ended = sum(end(process) for _ in range(TIMES))
    return ended, kept + fresh


def reload(process: Service) -> int:
    """Have all workers replaced."""
    old = set(children(process.pid))
    process.send_signal(signal.SIGHUP)
    until(lambda: not old & set(children(process.pid)))
    return 1


def replace_one(process: Service) -> int:
    """Stop one worker, and wait until another has come for it."""
    old = children(process.pid)
    os.kill(old[0], signal.SIGTERM)
    return wait(process, old)


def wait(process: Service, old: list[int] | None = None) -> int:
    """Wait until a worker that is there now is gone, and all places are filled."""
    before = set(old or children(process.pid))
    until(lambda: before - set(children(process.pid)))
    until(lambda: len(children(process.pid)) == WORKERS)
    time.sleep(0.5)
    return len(before - set(children(process.pid)))


def environment(worker: str) -> dict[str, str]:
    """Return the settings of a service of ``worker``."""
    return {"DIGITS_WORKER": worker, "DIGITS_WORKERS": str(WORKERS), "DIGITS_LOG_REQUESTS": "off"}


def row(worker: str, what: str, times: int, answers: list[Answer]) -> None:
    """Print what became of all requests."""
    failed = [error for status, error in answers if status != 200]
    refused = sum("ConnectionRefused" in str(error) for error in failed)
    lost = len(failed) - refused
    asked = len(answers) - refused
    print(f"| {worker} | {what} | {times} | {asked:,} | {refused:,} | {lost} |", flush=True)
    for error in sorted({str(error) for error in failed if "ConnectionRefused" not in str(error)}):
        print(f"  {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
