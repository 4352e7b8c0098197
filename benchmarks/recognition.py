"""How well the served model reads, bytes in, answer out: ``python -m benchmarks.recognition``.

Prints the MNIST test set in the ways that people send a digit, its first digits in scenes as
people photograph them, and each FOLDER of pictures named ``*_LABEL.EXT``. A rejected digit
counts as wrong. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from app.errors import Problem
from app.recognition import images
from app.recognition.recogniser import Recogniser
from app.recognition.repository import Repository
from app.settings import Settings
from benchmarks.scenes import SCENES
from tests import pictures

Z = 1.959964  # two-sided 95 % of a normal distribution
DIGITS = set("0123456789")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--model", default=Settings.model)
    parser.add_argument("--scenes", type=int, default=500, metavar="N", help="digits a scene [500]")
    options = parser.parse_args()
    recogniser = Repository.load(Settings.models_dir, default=options.model).get()
    print(f"{recogniser.name}/{recogniser.version}\n\n| pictures | n | right | 95 % | rejected |")
    print("|---|---|---|---|---|")
    digits = pictures.read_mnist()
    labels = [str(label) for label in digits.labels]
    for name, way in pictures.WAYS.items():
        report(f"MNIST test, {name}", recogniser, map(way, digits.images), labels)
    random = np.random.default_rng(0)
    for name, scene in SCENES.items():
        photographs = (scene(digit, random) for digit in digits.images[: options.scenes])
        report(f"photographed, {name}", recogniser, photographs, labels[: options.scenes])
    for folder in options.folders:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        labels = [path.stem.partition("_")[2] for path in files]
        report(folder.name, recogniser, (path.read_bytes() for path in files), labels)


def report(name: str, recogniser: Recogniser, files: Iterable[bytes], labels: list[str]) -> None:
    """Print one row: a digit is right where it is read, anything else where it is rejected."""
    answers = [answer(recogniser, data) for data in files]
    right = sum(
        given == (label if label in DIGITS else None)
        for given, label in zip(answers, labels, strict=True)
    )
    low, high = interval(right, len(labels))
    print(
        f"| {name} | {len(labels):,} | {right / len(labels):.2%} | {low:.2%} – {high:.2%} "
        f"| {answers.count(None) / len(labels):.2%} |"
    )


def answer(recogniser: Recogniser, data: bytes) -> str | None:
    """Read one picture as the service does; None where it is rejected or unreadable."""
    try:
        drawing = images.read(data, max_pixels=Settings.max_pixels)
    except Problem:
        return None
    (prediction,), _ = recogniser.recognise([drawing.pixels], [drawing.is_blank])
    return None if prediction.digit is None else str(prediction.digit)


def interval(right: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval for a share (JASA 22, 1927)."""
    share, spread = right / n, Z * Z / n
    middle = share + spread / 2
    half = math.sqrt(spread * share * (1 - share) + spread * spread / 4)
    return (middle - half) / (1 + spread), (middle + half) / (1 + spread)


if __name__ == "__main__":
    main()
