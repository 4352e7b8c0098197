"""``python -m training evaluate`` and ``compare``: published models, through ONNX Runtime."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from app.errors import ModelError
from app.recognition.contract import READER
from app.recognition.model import Loaded, load
from app.recognition.recogniser import Recogniser
from training import mnist
from training.config import DATA, DATA_DIR, EVALUATION, PUBLISHING
from training.evaluation.compare import compare
from training.evaluation.examine import (
    Examination,
    classifier_of,
    examine,
    read_pictures,
    reader_of,
)
from training.evaluation.goals import as_card, as_markdown
from training.evaluation.robustness import SPLITS
from training.experiment import TestData
from training.reader_inspection import evaluate_reader
from training.runs import files

MISSES_SHOWN = 20
COMPARING = (
    "Compare two published models on MNIST's test digits: clean, and in each of "
    f"{len(SPLITS)} robustness splits, with McNemar's test. It takes minutes."
)


def evaluate_parser() -> argparse.ArgumentParser:
    """Make the parser of ``python -m training evaluate``."""
    parser = _parser("evaluate", "Measure a published model: of digits, or a reader of numbers.")
    parser.add_argument("model", type=Path, help="Folder of a model version: models/digits/5")
    parser.add_argument_group(EVALUATION).add_argument(
        "--pictures", type=Path, metavar="PATH",
        help="Folder of pictures NUMBER_LABEL.EXT, such as PICTURES/17_8.png, which are "
        "classified instead of MNIST; LABEL is the digit, or what is shown instead, such as "
        "letter; or a folder of such folders (PICTURES/drawn-28/17_8.png), for the table of "
        "goals, which a reader of numbers needs (default: none)",
    )  # fmt: skip
    parser.add_argument_group(PUBLISHING).add_argument(
        "--card", action="store_true",
        help="Write the table of goals into the model's card.json (default: print it only)",
    )  # fmt: skip
    return parser


def evaluate_command(arguments: Sequence[str]) -> int:
    """Print the table of goals of one model, or classify a folder of pictures."""
    options = evaluate_parser().parse_args(arguments)
    loaded = _load(options.model)
    if loaded.kind == READER:
        return evaluate_reader(loaded, options.pictures, options.data_dir, write_card=options.card)
    recogniser = Recogniser(loaded.folder, loaded=loaded)
    if options.pictures and not any(path.is_dir() for path in options.pictures.glob("*")):
        print(_tell_pictures(recogniser, options.pictures))
        return 0
    scans = mnist.load_scans(mnist.find(options.data_dir), "t10k")
    test_data = TestData(scans, options.pictures)
    classifier = classifier_of(recogniser)
    print(_tell(examine(classifier.read, test_data.digits, recogniser.threshold)))
    rows = test_data.evaluate(classifier)
    print(as_markdown(rows, [classifier.name]))
    if options.card:
        card = recogniser.card | {"table": as_card(rows)}
        files.write(options.model / "card.json", json.dumps(card, indent=2) + "\n")
    return 0


def compare_parser() -> argparse.ArgumentParser:
    """Make the parser of ``python -m training compare``."""
    parser = _parser("compare", COMPARING)
    parser.add_argument("first", type=Path, help="Folder of a model version: models/digits/5")
    parser.add_argument("second", type=Path, help="Folder of the other: models/perceptron/2")
    return parser


def compare_command(arguments: Sequence[str]) -> int:
    """Print the accuracies of two models on the same digits, clean and corrupted."""
    options = compare_parser().parse_args(arguments)
    first, second = (reader_of(_open(folder)) for folder in (options.first, options.second))
    digits = mnist.load(mnist.find(options.data_dir), "t10k")
    print(f"comparing on {len(SPLITS) + 1} splits: this takes minutes", file=sys.stderr)
    print(
        f"{'split':12s}{'n':>8s}{'first':>9s}{'second':>9s}  only first  only second  p (McNemar)"
    )
    for c in compare(first, second, digits):  # one by one: a split takes seconds
        print(
            f"{c.split:12s}{c.n:8,}{c.first:9.2%}{c.second:9.2%}"
            f"{c.only_first:12,}{c.only_second:13,}  {c.p_text}",
            flush=True,
        )
    return 0


def _open(folder: Path) -> Recogniser:
    """Load the version of a model of digits in ``folder``; raises ``ModelError``."""
    return Recogniser(folder, loaded=_load(folder))


def _load(folder: Path) -> Loaded:
    """Load the model version in ``folder``; raises ``ModelError``."""
    if not folder.is_dir():
        there = sorted(path.parent.name for path in folder.parent.glob("*/model.onnx"))
        known = f" There: {', '.join(there)}" if there else ""
        raise ModelError(f"{folder} does not exist.{known}")
    return load(folder, device="cpu")


def _parser(command: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m training {command}", description=description, allow_abbrev=False
    )
    data = parser.add_argument_group(DATA)
    data.add_argument("--data-dir", type=Path, metavar="PATH", help=DATA_DIR)
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
        f"accepted            {scores.kept:.2%} of the digits",
        f"rejected            {found.negatives_rejected:.2%} of negatives "
        f"(AUROC {found.digitness_auroc:.4f})",
        "confusion matrix (row: label, column: answer)",
        *("  " + "".join(f"{count:6d}" for count in row) for row in found.confusion.tolist()),
        f"misclassified ({len(found.misses)}; index: label as answer, confidence)",
        *(
            f"  {miss.index:5d}: {miss.label} as {miss.read}, {miss.confidence:.2f}"
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
        share = 1 - len(rows) / len(digits)
        rows.insert(0, f"{share:.2%} of {len(digits):,} digits correct; misclassified:")
    if others:
        rejected = sum(not read.isdigit() for _, _, read in others)
        rows.append(f"{rejected / len(others):.2%} of {len(others):,} negatives rejected")
    return "\n".join(rows)
