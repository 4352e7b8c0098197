"""What a request costs, beside a naive Flask service and FastAPI: ``python -m benchmarks.load``.

All serve the same model with as many workers, every answer is checked, and they are measured
by turns (A B A B ...) in one run. Rounds go into runs/bench, so that a run which was stopped
goes on with ``--resume``. With --url, an address of your own deployment is measured alone.
"""

from __future__ import annotations

import argparse
import sys

from app.settings import ROOT
from benchmarks.load import calls, report
from benchmarks.load.calls import LoadError
from benchmarks.load.measure import CELLS, Bench, Cell, measure_url
from benchmarks.load.rounds import Rounds, Terms

FOLDER = ROOT / "runs" / "bench"
FULL = Terms(rounds=5, seconds=10.0, workers=2)  # what the goals ask for


def main() -> None:
    """Measure, and write docs/benchmarks.md from a full run."""
    options = _options()
    terms = Terms(options.rounds, options.seconds, options.workers)
    if options.url:
        prepared = calls.prepare(FOLDER / "calls.json")
        sys.exit(measure_url(options.url, tuple(options.header), prepared, terms))
    path = FOLDER / "rounds.json"
    rounds = Rounds.read(path) if options.report else Rounds.open(path, terms, options.resume)
    if not options.report:
        prepared = calls.prepare(FOLDER / "calls.json")
        Bench(FOLDER, prepared, rounds, _chosen(options.only)).run()
    goals = report.summary(rounds)
    print(goals)
    if rounds.terms.are_at_least(FULL) and not options.only:
        report.write(rounds, goals)
    else:
        print("A shortened run: docs/benchmarks.md is left as it is.")


def _chosen(names: str | None) -> list[Cell]:
    wanted = names.split(",") if names else [cell.name for cell in CELLS]
    return [cell for cell in CELLS if cell.name in wanted]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=FULL.rounds, help="Rounds of each load (default: 5)"
    )
    parser.add_argument(
        "--seconds", type=float, default=FULL.seconds, help="Seconds per round (default: 10)"
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=FULL.workers,
        help="Worker processes of each service (default: 2)",
    )
    parser.add_argument(
        "--resume", action="store_true", help="Continue the run in runs/bench (default: a new run)"
    )
    parser.add_argument(
        "--report", action="store_true",
        help="Measure nothing, write the report of the last run again (default: measure)",
    )  # fmt: skip
    cells = ", ".join(cell.name for cell in CELLS)
    parser.add_argument(
        "--only", metavar="CELL,...", help=f"Loads of a shortened run, of {cells} (default: all)"
    )
    parser.add_argument("--url", help="Measure only the service at this address (default: none)")
    parser.add_argument(
        "--header", action="append", default=[],
        help="Header of each request to --url, such as 'X-API-Key: KEY' (default: none)",
    )  # fmt: skip
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except LoadError as error:
        sys.exit(f"load: {error}")
