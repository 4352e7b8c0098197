"""``python -m training evaluate`` and ``compare``: published models, through ONNX Runtime."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from app.recognition.recogniser import Recogniser
from training import mnist
from training.evaluation.compare import compare
from training.evaluation.examine import (
    Examination,
    contestant_of,
    examine,
    read_pictures,
    reader_of,
)
from training.evaluation.goals import as_card, as_markdown
from training.experiment import Exam
from training.runs import files

MISSES_SHOWN = 20


def evaluate_command(arguments: Sequence[str]) -> int:
    """Fill in the project's table for one model, or read a folder of pictures."""
    parser = _parser("evaluate", "Score a published model.")
    parser.add_argument("model", type=Path, help="folder of a version: models/digits/5")
    parser.add_argument(
        "--pictures", type=Path,
        help="folder of pictures named *_LABEL.*, or of such folders, for the table",
    )  # fmt: skip
    parser.add_argument("--card", action="store_true", help="write the table into card.json")
    options = parser.parse_args(arguments)
    recogniser = Recogniser(options.model, device="cpu")
    if options.pictures and not any(path.is_dir() for path in options.pictures.glob("*")):
        print(_tell_pictures(recogniser, options.pictures))
        return 0
    exam = Exam(mnist.load_scans(mnist.find(options.data_dir), "t10k"), options.pictures)
    contestant = contestant_of(recogniser)
    print(_tell(examine(contestant.read, exam.digits, recogniser.threshold)))
    rows = exam.take(contestant)
    print(as_markdown(rows, [contestant.name]))
    if options.card:
        card = recogniser.card | {"table": as_card(rows)}
        files.write(options.model / "card.json", json.dumps(card, indent=2) + "\n")
    return 0


def compare_command(arguments: Sequence[str]) -> int:
    """Put two models side by side on the same digits."""
    parser = _parser("compare", "Compare two published models on the same test digits.")
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    options = parser.parse_args(arguments)
    first, second = (
        reader_of(Recogniser(folder, device="cpu")) for folder in (options.first, options.second)
    )
    digits = mnist.load(mnist.find(options.data_dir), "t10k")
    print(
        f"{'split':12s}{'n':>8s}{'first':>9s}{'second':>9s}  only first  only second  p (McNemar)"
    )
    for c in compare(first, second, digits):
        print(
            f"{c.split:12s}{c.n:8,}{c.first:9.2%}{c.second:9.2%}"
            f"{c.only_first:12,}{c.only_second:13,}  {c.p_value:.2g}"
        )
    return 0


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m training {command}", description=description, allow_abbrev=False
    )
    parser.add_argument("--data-dir", type=Path, help="folder of MNIST, else DIGITS_DATA_DIR")
    return parser


def _tell(found: Examination) -> str:
    scores = found.scores
    rows = [
        f"accuracy            {scores.accuracy:.2%} of {scores.n:,}",
        f"corrected labels    {found.corrected_accuracy:.2%} of {found.corrected_n:,}",
        *(
            f"{name.upper():20s}{getattr(scores, name):.4f} (95 %: {low:.4f} to {high:.4f})"
            for name, (low, high) in found.intervals.items()
        ),
        f"taken for digits    {scores.kept:.2%} of the digits",
        f"turned away         {found.negatives_rejected:.2%} of non-digits "
        f"(AUROC {found.digitness_auroc:.4f})",
        "confusion (row: label, column: read as)",
        *("  " + "".join(f"{count:6d}" for count in row) for row in found.confusion.tolist()),
        f"misses ({len(found.misses)}; index: label read as, confidence)",
        *(
            f"  {miss.index:5d}: {miss.label} read as {miss.read}, {miss.confidence:.2f}"
            for miss in found.misses[:MISSES_SHOWN]
        ),
    ]
    return "\n".join(rows)


def _tell_pictures(recogniser: Recogniser, folder: Path) -> str:
    answers = read_pictures(recogniser, folder)
    if not answers:
        raise mnist.DataError(f"{folder} holds no pictures named *_LABEL.*, such as 17_8.png")
    digits = [answer for answer in answers if answer[1] in set("0123456789")]
    others = [answer for answer in answers if answer not in digits]
    rows = [f"  {name}: {label} read as {read}" for name, label, read in digits if read != label]
    if digits:
        right = len(digits) - len(rows)
        rows.insert(0, f"{right / len(digits):.2%} of {len(digits):,} digits right; missed:")
    if others:
        turned = sum(not read.isdigit() for _, _, read in others)
        rows.append(f"{turned / len(others):.2%} of {len(others):,} non-digits turned away")
    return "\n".join(rows)
