"""Verify a version folder by a full trial before it may answer requests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.errors import DeviceError, ModelError
from app.recognition import images, lines
from app.recognition.contract import CLASSES, MAX_MODEL_BYTES, READER
from app.recognition.lines import Line
from app.recognition.model import Model, load
from app.recognition.reader import Reader
from app.recognition.recogniser import Recogniser

KNOWN_DIGITS = Path(__file__).with_name("known_digits.png")
KNOWN_LINES = Path(__file__).with_name("known_lines.png")
KNOWN_TEXTS = (  # of its rows
    "4071", "58293", "1666", "90210", "33748", "2025", "77152", "600", "8495", "1234567890",
)  # fmt: skip
ENLARGED = 2  # times, to about the height that the reader sees; the file has MNIST's own pixels


@dataclass(frozen=True)
class Rules:
    """Which versions are loaded from the folder of models, and with which limits."""

    default: str
    device: str = "auto"
    keep: int = 2  # versions of each model
    max_bytes: int = MAX_MODEL_BYTES
    max_batch: int = 256


def verified(folder: Path, models_dir: Path, rules: Rules) -> Model:
    """Load ``folder``, compute a batch of each size, and let it classify ten known digits.

    A reader computes lines of several lengths, and reads ten known lines.

    Raises ``ModelError`` with the reason where it must not be served, and ``DeviceError``
    where the device asked for cannot be used.
    """
    try:
        return _tried_out(folder, models_dir, rules)
    except (ModelError, DeviceError):
        raise
    except Exception as error:  # damaged bytes can raise anything; other models must load
        raise ModelError(f"it is damaged ({type(error).__name__}: {error})") from error


def _tried_out(folder: Path, models_dir: Path, rules: Rules) -> Model:
    _check_place(folder, models_dir)
    loaded = load(folder, device=rules.device, max_bytes=rules.max_bytes)
    if loaded.kind == READER:
        if folder.parent.name == rules.default:
            raise ModelError("it reads whole numbers, but the default model classifies digits")
        reader = Reader(folder, loaded=loaded)
        reader.warm_up(rules.max_batch)
        check_known_lines(reader)
        return reader
    recogniser = Recogniser(folder, loaded=loaded)
    recogniser.warm_up(rules.max_batch)
    check_known_digits(recogniser)
    return recogniser


def check_known_digits(recogniser: Recogniser) -> None:
    """Raise ``ModelError`` unless the model classifies one clear digit of each class correctly.

    The digits are MNIST training images: a model that was exported wrongly fails on them,
    and no model worth serving does.
    """
    known = known_digits()
    predictions, _ = recogniser.recognise(known, [False] * CLASSES)
    answers = [prediction.digit for prediction in predictions]
    if answers != list(range(CLASSES)):
        raise ModelError(
            f"{recogniser.name}/{recogniser.version} reads the known digits 0 to 9 as {answers}"
        )


def check_known_lines(reader: Reader) -> None:
    """Raise ``ModelError`` unless the reader reads ten clear lines correctly.

    They are rows of MNIST training images, well apart. A model that was exported wrongly fails on
    them, and no model worth serving does.
    """
    texts = [reading.text for reading in reader.read(known_lines())]
    wrong = [f"{a} as {b or 'nothing'}" for a, b in zip(KNOWN_TEXTS, texts, strict=True) if a != b]
    if wrong:
        raise ModelError(f"{reader.name}/{reader.version} reads known lines: {', '.join(wrong)}")


@cache
def known_digits() -> NDArray[np.float32]:
    """Return one clear digit of each class, 0 to 9, as (10, 28, 28)."""
    strip = np.asarray(Image.open(KNOWN_DIGITS))
    return np.stack([images.normalise(cell).pixels for cell in np.hsplit(strip, CLASSES)])


@cache
def known_lines() -> tuple[Line, ...]:
    """Return a line for each of ``KNOWN_TEXTS``."""
    sheet = Image.open(KNOWN_LINES)
    height = sheet.height // len(KNOWN_TEXTS)
    rows = [
        sheet.crop((0, top, sheet.width, top + height)) for top in range(0, sheet.height, height)
    ]
    size = ENLARGED * sheet.width, ENLARGED * height
    return tuple(lines.find_line(row.resize(size, Image.Resampling.BICUBIC)) for row in rows)


def _check_place(folder: Path, models_dir: Path) -> None:
    """Refuse links that lead out of ``models_dir``; those within it are how volumes are swapped."""
    home = models_dir.resolve()
    for path in (folder, folder / "model.onnx", folder / "card.json"):
        if not path.resolve().is_relative_to(home):
            raise ModelError(f"{path.name} is a link out of the folder of models")
