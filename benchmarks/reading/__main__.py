"""How well whole numbers are read: ``python -m benchmarks.reading --pictures FOLDER``.

Everything goes the service's own way, bytes in, text out. FOLDER holds the folders
``number-strings``, ``drawn-28``, ``drawn-large``, ``paper-photos`` and ``not-digits`` of pictures
NUMBER_LABEL.EXT, which are not ours to give away; rows without theirs are not measured. With
``--rapidocr PYTHON``, a Python that has RapidOCR installed, its figures stand beside ours:
``python3 -m venv V && V/bin/pip install rapidocr==3.10.0 onnxruntime==1.31.1``.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from app.recognition.reader import Reader
from app.recognition.recogniser import Recogniser
from app.settings import ROOT
from benchmarks.reading import speed
from benchmarks.reading.peer_reader import rapidocr, rapidocr_times
from benchmarks.recognition import newest
from training import mnist
from training.config import DATA_DIR
from training.evaluation.goals import as_markdown
from training.evaluation.reading import coverage
from training.evaluation.reading_pictures import from_folder
from training.evaluation.reading_table import Reads, measure, ours, single
from training.runs.charts import plot

PAGE = ROOT / "docs" / "reading.md"
CURVE = ROOT / "docs" / "reading-coverage.svg"
MOST_TIMED = 200  # pictures of each kind: the median of more is the same
TABLE = re.compile(r"(?<=<!-- reading -->\n).*?(?=<!-- /reading -->)", re.DOTALL)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    options = _parse(arguments)
    readers = [ours(Reader(options.model or newest("reader"), device="cpu"))]
    times, names = [speed.one_by_one(readers[0])], ["Digits"]
    if options.rapidocr:
        readers.append(rapidocr(options.rapidocr))
        times.append(rapidocr_times(options.rapidocr))
        names.append("RapidOCR")
    scans = mnist.load_scans(mnist.find(options.data_dir), "t10k")
    predict = single(Recogniser(newest("digits"), device="cpu"))
    rows = measure(readers, predict, scans, options.pictures, options.lines)
    rows += speed.measure(times, scans, min(options.lines, MOST_TIMED))
    table = as_markdown(rows, names)
    print(table)
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(TABLE.sub(lambda _: f"{table}\n", text), encoding="utf-8")
        if options.pictures:
            CURVE.write_text(_curve(readers, names, options.pictures), encoding="utf-8")


def _curve(readers: Sequence[Reads], names: Sequence[str], folder: Path) -> str:
    """Draw how accurate each reader is where it is surest, on cheque amounts."""
    shown = from_folder(folder / "number-strings")
    curves = {name: coverage(read(shown)[0]) for name, read in zip(names, readers, strict=True)}
    return plot("Cheque amounts correct, %", curves, across="share answered, the surest first, %")


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
        "--lines", type=int, default=1_000, metavar="N",
        help="Number of lines, and of single digits, of MNIST test digits (default: 1000)",
    )  # fmt: skip
    parser.add_argument(
        "--rapidocr", type=Path, metavar="PYTHON",
        help="Python interpreter that has RapidOCR installed (default: none, Digits alone)",
    )  # fmt: skip
    parser.add_argument(
        "--write", action="store_true",
        help="Write the table into docs/reading.md, and the curve beside it "
        "(default: print the table only)",
    )  # fmt: skip
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
