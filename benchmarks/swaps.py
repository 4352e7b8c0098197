"""How soon a new model is served by every worker, whether any request is lost meanwhile, and
whether memory grows.

``python -m benchmarks.swaps`` publishes 30 versions, reloads 10 times, and swaps 1,000 more, all
of it under load.
"""

from __future__ import annotations

import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conftest import launched
from tests.support.load import Answer, asking
from tests.support.models import publish
from tests.support.pictures import plain, read_mnist
from tests.support.swapping import least_mb, swap_all
from tests.support.watching import children, figures, loaded, served, until

WORKERS, SWAPS, RELOADS = 3, 30, 10
MODELS = [f"model-{number}" for number in range(19)]  # and the default one: 20 swaps at a time
ROUNDS, EARLY = 50, 10


def main() -> None:
    """Print a line for the swaps, one for the reloads and one for memory."""
    picture = plain(read_mnist().images[0])
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder)
        publish(models, 1)
        given = {"DIGITS_MODELS_DIR": folder, "DIGITS_WORKERS": str(WORKERS)}
        with launched(sys.executable, "-m", "app", DIGITS_LOG="text", **given) as (url, process):
            until(lambda: figures(url, "digits_workers") == {"": WORKERS})
            with asking(url, picture) as answers:
                times_s = [swap(models, url, version) for version in range(2, SWAPS + 2)]
            middle_s, longest_s = statistics.median(times_s), max(times_s)
            told = f"median {middle_s:.2f} s, longest {longest_s:.2f} s"
            print(f"{SWAPS} swaps: {told}, {lost(answers)}")
            with asking(url, picture) as answers:
                for _ in range(RELOADS):
                    reload(process)
            print(f"{RELOADS} reloads: {lost(answers)}")
    measure_memory(picture)


def measure_memory(picture: bytes) -> None:
    """Print how much each worker grows while each of 20 models is swapped 50 times."""
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder)
        for name in ("digits", *MODELS):
            publish(models, 1, name)
        given = {"DIGITS_MODELS_DIR": folder, "DIGITS_WORKERS": str(WORKERS)}
        with (
            launched(sys.executable, "-m", "app", DIGITS_LOG="text", **given) as (url, process),
            asking(url, picture) as answers,
        ):
            until(lambda: loaded(url, 1) == 20 * WORKERS, 120)
            workers = children(process.pid)
            swap_all(models, url, range(2, EARLY))
            early = least_mb(models, url, range(EARLY, EARLY + 3), workers)
            swap_all(models, url, range(EARLY + 3, ROUNDS - 1))
            late = least_mb(models, url, range(ROUNDS - 1, ROUNDS + 2), workers)
    grown = ", ".join(f"{after - before:.1f}" for before, after in zip(early, late, strict=True))
    told = f"since the {20 * EARLY}th, they grew by {grown} MB, to {max(late):.0f} MB at most"
    print(f"{20 * ROUNDS:,} swaps in each of {WORKERS} workers: {told}, {lost(answers)}")


def swap(models: Path, url: str, version: int) -> float:
    """Publish ``version``, and return how long it took until every worker served it."""
    publish(models, version)
    took_s = until(lambda: served(url).get(str(version)) == WORKERS)
    shutil.rmtree(models / "digits" / str(version - 3), ignore_errors=True)
    return took_s


def reload(process: subprocess.Popen[bytes]) -> None:
    """Have all workers replaced, and wait until the old ones are gone."""
    old = set(children(process.pid))
    process.send_signal(signal.SIGHUP)
    until(lambda: not old & set(children(process.pid)), 60)


def lost(answers: list[Answer]) -> str:
    """Say how many requests were answered, and how many were not."""
    failed = sum(status != 200 for status, _ in answers)
    return f"{len(answers):,} requests, {failed} lost"


if __name__ == "__main__":
    main()
