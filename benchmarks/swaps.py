"""How soon a new model is served by every worker, and whether any request is lost meanwhile.

``python -m benchmarks.swaps`` publishes 30 versions and reloads 10 times, under load.
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
from tests.load import Answer, asking
from tests.models import publish
from tests.pictures import plain, read_mnist
from tests.watching import children, figures, served, until

WORKERS, SWAPS, RELOADS = 3, 30, 10


def main() -> None:
    """Print a line for the swaps and one for the reloads."""
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
