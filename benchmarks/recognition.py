"""How accurate a model is, beside its goals and baselines.

``python -m benchmarks.recognition --pictures FOLDER`` prints the project's table for the served
model, for PyTorch's own MNIST example behind "resize to 28x28", and for the same network behind
our images.py: share, 95 % interval (Wilson's; for calibration errors by bootstrap), goal.
FOLDER holds folders of real pictures named ``NUMBER_LABEL.EXT``; missing ones are marked.
``--scenes N`` adds digits in scenes as people photograph them: validation digits, so that
images.py can be improved by them, or for a final figure the test's (``--part test``).
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from app.recognition import images
from app.recognition.images import SIDE
from app.recognition.recogniser import Recogniser
from app.settings import ROOT, Settings
from benchmarks import baseline
from benchmarks.scenes import SCENES
from training import mnist
from training.config import DATA_DIR, TrainConfig
from training.evaluation.examine import classifier_of
from training.evaluation.goals import Row, as_markdown
from training.evaluation.measure import Classifier, accuracy_row, measure
from training.evaluation.scores import Outputs
from training.evaluation.timing import compare_images, time_images, time_model
from training.material import stratified_split
from training.mnist import Pictures, Scans
from training.runs.publish import served

PAGE = ROOT / "docs" / "recognition.md"
TABLE = re.compile(r"(?<=<!-- recognition -->\n).*?(?=<!-- /recognition -->)", re.DOTALL)
LIGHT = 127  # a picture whose mean is above is assumed to be dark ink on light paper


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    options = parse(arguments)
    torch.set_num_threads(1)
    recogniser = Recogniser(options.model or newest(Settings.model), device="cpu")
    folder = mnist.find(options.data_dir)
    test = mnist.load_scans(folder, "t10k", options.digits)
    classifiers = [classifier_of(recogniser)]
    if options.baseline_epochs:
        classifiers += baselines(options.baseline_epochs, folder)
    rows = measure(classifiers, test, options.pictures)
    if options.scenes:
        part = test if options.part == "test" else validation(folder)
        rows += photographed(classifiers, part, options.scenes, options.part)
    rows += times(classifiers[0], test, options.before)
    table = as_markdown(rows, [classifier.name for classifier in classifiers])
    print(table)
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(TABLE.sub(lambda _: f"{table}\n", text), encoding="utf-8")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--model", type=Path, help="Folder of a model version (default: the served model)"
    )
    parser.add_argument(
        "--pictures",
        type=Path,
        metavar="FOLDER",
        help="Folder of folders of real pictures (default: none)",
    )
    parser.add_argument("--data-dir", type=Path, help=DATA_DIR)
    parser.add_argument(
        "--digits", type=int, metavar="N", help="Number of test digits, the first N (default: all)"
    )
    parser.add_argument(
        "--baseline-epochs", type=int, default=baseline.EPOCHS, metavar="N",
        help="Epochs of PyTorch's example, trained once and saved; 0 leaves the baseline out "
        f"(default: {baseline.EPOCHS})",
    )  # fmt: skip
    parser.add_argument(
        "--scenes", type=int, default=0, metavar="N", help="Digits per scene (default: 0)"
    )
    parser.add_argument(
        "--part", choices=("validation", "test"), default="validation",
        help="Split of MNIST used in the scenes (default: validation)",
    )  # fmt: skip
    parser.add_argument(
        "--before", type=Path, metavar="FOLDER",
        help="Checkout of an earlier commit whose images.py is timed in turns with this one "
        "(default: none)",
    )  # fmt: skip
    parser.add_argument(
        "--write",
        action="store_true",
        help="Write the table into docs/recognition.md (default: print it only)",
    )
    return parser.parse_args(arguments)


def newest(name: str) -> Path:
    """Return the folder of the version of model ``name`` that is served."""
    folder = served(Settings.models_dir, name)
    if folder is None:
        raise SystemExit(f"no version of {name} is in {Settings.models_dir}")
    return folder


def baselines(epochs: int, folder: Path) -> list[Classifier]:
    """Return PyTorch's example with resized pictures, as in most tutorials, and with images.py."""
    net = baseline.trained(epochs, folder)

    def read(seen: NDArray[np.float32]) -> Outputs:
        return baseline.read(net, seen)

    return [
        Classifier(f"PyTorch's example ({epochs} epochs), resized", read, None, resized),
        Classifier("the same behind images.py", read, 0.0),
    ]


def resized(pictures: Pictures) -> NDArray[np.float32]:
    """Squeeze ``pictures`` to (n, 28, 28) as tutorials do, turning light ones ink high."""
    small = [np.asarray(Image.fromarray(grey).resize((SIDE, SIDE))) for grey in pictures]
    upright = [255 - grey if grey.mean() > LIGHT else grey for grey in small]
    return np.stack(upright).astype(np.float32) / np.float32(255)


def validation(folder: Path) -> Scans:
    """Return the validation split, as MNIST publishes it."""
    scans, config = mnist.load_scans(folder, "train"), TrainConfig()
    _, held_out = stratified_split(scans.labels, config.validation, config.split)
    return Scans(scans.grey[held_out], scans.labels[held_out])


def photographed(
    classifiers: Sequence[Classifier], part: Scans, count: int, name: str
) -> Iterator[Row]:
    """Photograph the first ``count`` digits of ``part`` in each scene; yield the accuracies."""
    random = np.random.default_rng(0)
    for scene, photograph in SCENES.items():
        files = [photograph(digit, random) for digit in part.grey[:count]]
        decoded = (images.decode(file, max_pixels=Settings.max_pixels) for file in files)
        pictures = [np.asarray(image) for image in decoded]
        row = f"{name} digits photographed, {scene}"
        yield accuracy_row(row, classifiers, pictures, part.labels[:count])


def times(classifier: Classifier, test: Scans, before: Path | None) -> Iterator[Row]:
    """Time the network and images.py, this one against that of ``before`` where given."""
    yield time_model(classifier.read, mnist.as_served(test.grey))
    if before is None:
        yield time_images(test.grey)
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield compare_images(test.grey, before, ROOT, Path(scratch))


if __name__ == "__main__":
    main()
