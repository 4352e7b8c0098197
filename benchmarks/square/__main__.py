"""What the page shows of one digit or two on its square paper: ``python -m benchmarks.square``.

The page asks /predict, and /read where /predict doubts that there is one digit. Its two thresholds
are in recognise.js: ``DOUBT`` and ``LIKELY``. This command draws pairs of digits, single digits
and negatives, asks both models in process, and counts what the page would show, with these
thresholds and with others. It also names the thresholds that it would choose, by the pictures
that it draws; ``--pictures FOLDER`` adds real ones, which the choice does not see. FOLDER holds
the folders ``drawn-28``, ``drawn-large``, ``paper-photos`` and ``not-digits`` of pictures
NUMBER_LABEL.EXT.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from app.recognition.reader import Reader
from app.recognition.recogniser import Recogniser
from app.settings import ROOT
from benchmarks.recognition import newest, validation
from benchmarks.square.answers import Thresholds, ask, of_the_page
from benchmarks.square.papers import draw
from benchmarks.square.tables import best, others, results
from training import mnist
from training.config import DATA_DIR
from training.evaluation.reading_pictures import Shown, from_folder
from training.evaluation.reading_table import ONE_DIGIT

PAGE = ROOT / "docs" / "reading.md"
TABLES = re.compile(r"(?<=<!-- square -->\n).*?(?=<!-- /square -->)", re.DOTALL)
NOTHING = ("doodle", "letter")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    options = _parse(arguments)
    drawn = draw(validation(mnist.find(options.data_dir)), options.count)
    real = from_folders(options.pictures) if options.pictures else {}
    digits = Recogniser(newest("digits"), device="cpu")
    reader = Reader(options.model or newest("reader"), device="cpu")
    asked = {name: ask(digits, reader, shown) for name, shown in (drawn | real).items()}
    page = of_the_page()
    tables = f"{results(asked, page)}\n\n{others(asked, page)}\n"
    print(f"{tables}\nThe page has {_words(page)}. Chosen again: {_words(best(asked, page))}.")
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(TABLES.sub(lambda _: tables, text), encoding="utf-8")


def from_folders(folder: Path) -> dict[str, list[Shown]]:
    """Read real pictures: folders of one digit, and those of no digit by their kind."""
    ones = {name: from_folder(folder / name) for name in ONE_DIGIT}
    negatives = {kind: from_folder(folder / "not-digits", (kind,)) for kind in NOTHING}
    found = {f"one digit: {name}": shown for name, shown in ones.items()}
    found |= {f"no digit: {kind}": shown for kind, shown in negatives.items()}
    return {name: shown for name, shown in found.items() if shown}


def _words(thresholds: Thresholds) -> str:
    return f"DOUBT {thresholds.doubt} and LIKELY {thresholds.likely}"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--model", type=Path, help="Folder of a reader's version (default: the served one)"
    )
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER",
        help="Folder of folders of real pictures (default: none)",
    )  # fmt: skip
    parser.add_argument("--data-dir", type=Path, help=DATA_DIR)
    parser.add_argument(
        "--count", type=int, default=1_000, metavar="N",
        help="Number of pictures of each kind, and four times as many single digits "
        "(default: 1000)",
    )  # fmt: skip
    parser.add_argument(
        "--write", action="store_true",
        help="Write the tables into docs/reading.md (default: print them only)",
    )  # fmt: skip
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
