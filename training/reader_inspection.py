"""``python -m training evaluate`` for a reader of whole numbers: the table of its goals."""

from __future__ import annotations

import json
from pathlib import Path

from app.recognition.model import Loaded
from app.recognition.reader import Reader
from app.recognition.recogniser import Recogniser
from training import mnist
from training.evaluation.goals import as_card, as_markdown
from training.evaluation.reading_table import measure, ours, single
from training.runs import files
from training.runs.publish import served

DIGITS = "digits"  # the model beside the reader, which is as good at one digit as that should be
LINES = 1_000  # of MNIST's test digits, and as many single ones


def evaluate_reader(
    loaded: Loaded, pictures: Path | None, data_dir: Path | None, *, write_card: bool
) -> int:
    """Print the table, and write it into the card if ``write_card``; return the exit status.

    The goal for pictures of one digit is set by the model ``digits`` of the same repository.
    """
    reader = Reader(loaded.folder, loaded=loaded)
    scans = mnist.load_scans(mnist.find(data_dir), "t10k")
    beside = served(loaded.folder.parent.parent, DIGITS)
    predict = single(Recogniser(beside, device="cpu")) if beside else None
    rows = measure([ours(reader)], predict, scans, pictures, LINES)
    print(as_markdown(rows, [f"{reader.name} {reader.version}"]))
    if write_card:
        card = reader.card | {"table": as_card(rows)}
        files.write(loaded.folder / "card.json", json.dumps(card, indent=2) + "\n")
    return 0
