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
from benchmarks.reading import sets
from benchmarks.reading.readers import Answers, Reads, ours, rapidocr, single
from benchmarks.reading.sets import Shown
from benchmarks.recognition import newest
from training import mnist
from training.config import DATA_DIR
from training.evaluation.goals import Figure, Goal, Row, as_markdown, share
from training.evaluation.reading import score

PAGE = ROOT / "docs" / "reading.md"
TABLE = re.compile(r"(?<=<!-- reading -->\n).*?(?=<!-- /reading -->)", re.DOTALL)
ONE_DIGIT = ("drawn-28", "drawn-large", "paper-photos")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    options = _parse(arguments)
    readers = [ours(Reader(options.model or newest("reader"), device="cpu"))]
    names = ["Digits"]
    if options.rapidocr:
        readers.append(rapidocr(options.rapidocr))
        names.append("RapidOCR")
    scans = mnist.load_scans(mnist.find(options.data_dir), "t10k")
    rows = amounts(readers, options.pictures)
    for name, gap, goal in (("spaced", sets.spaced, 0.985), ("touching", sets.touching, 0.95)):
        shown = sets.lines(scans, options.lines, gap)
        rows.append(whole(f"lines of MNIST test digits, {name}", readers, shown, Goal(goal)))
    rows += one_digit(readers[0], options.pictures, sets.singles(scans, options.lines))
    rows += no_number(readers, options.pictures)
    table = as_markdown(rows, names)
    print(table)
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(TABLE.sub(lambda _: f"{table}\n", text), encoding="utf-8")


def amounts(readers: Sequence[Reads], folder: Path | None) -> list[Row]:
    """Measure whole amounts on cheques: accuracy, errors, and whether the reader knows."""
    shown = sets.from_folder(folder / "number-strings") if folder else []
    name = "cheque amounts"
    if not shown:
        return [Row("amounts", name, 0)]
    answers = [read(shown) for read in readers]
    scores = [score(read) for read, _ in answers]
    rates = tuple(Figure(s.error_rate, s.error_rate, s.error_rate) for s in scores)
    eces = tuple(Figure(s.ece, s.ece, s.ece) for s in scores)
    n = len(shown)
    return [
        Row("amounts", f"{name}: correct", n, tuple(s.whole for s in scores), Goal(0.91)),
        Row("amounts", f"{name}: digit error rate", n, rates, Goal(0.025, at_most=True)),
        Row("amounts", f"{name}: correct among the surest 80 %", round(0.8 * n),
            tuple(s.surest for s in scores), Goal(0.97)),
        Row("amounts", f"{name}: ECE of the confidence", n, eces, Goal(0.03, at_most=True)),
        Row("amounts", f"{name}: CPU a picture", n, tuple(_time(a) for a in answers), unit="µs"),
    ]  # fmt: skip


def whole(name: str, readers: Sequence[Reads], shown: list[Shown], goal: Goal | None) -> Row:
    """Return the share of pictures of which all digits are correct."""
    figures = tuple(score(read(shown)[0]).whole for read in readers)
    return Row("lines", name, len(shown), figures, goal)


def one_digit(read: Reads, folder: Path | None, test: list[Shown]) -> list[Row]:
    """Compare /read with /predict on pictures of one digit; the goal is 0.3 points less at most."""
    predict = single(Recogniser(newest("digits"), device="cpu"))
    kinds = {"MNIST test": test}
    if folder:
        kinds |= {name: sets.from_folder(folder / name) for name in ONE_DIGIT}
    return [
        whole(f"one digit, {name}", [read], shown, Goal(_accuracy(predict(shown)) - 0.003))
        for name, shown in kinds.items()
        if shown
    ]


def no_number(readers: Sequence[Reads], folder: Path | None) -> list[Row]:
    """Return the share of pictures without a number that read as "" or are rejected."""
    rows = []
    for kind in sets.NOTHING if folder else ():
        shown = sets.from_folder(folder / "not-digits", (kind,)) if folder else []
        if shown:
            rows.append(whole(f"no number: {kind}", readers, shown, Goal(0.95)))
    return rows


def _accuracy(answers: Answers) -> float:
    right = [answer.is_right for answer in answers[0]]
    return share(sum(right), len(right)).value


def _time(answers: Answers) -> Figure:
    micros = 1e6 * answers[1]
    return Figure(micros, micros, micros)


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
        help="Write the table into docs/reading.md (default: print it only)",
    )  # fmt: skip
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
