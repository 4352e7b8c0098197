"""Verify a version folder by a full trial before it may answer requests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.errors import DeviceError, ModelError
from app.recognition import images
from app.recognition.contract import CLASSES, MAX_MODEL_BYTES
from app.recognition.recogniser import Recogniser

KNOWN_DIGITS = Path(__file__).with_name("known_digits.png")


@dataclass(frozen=True)
class Rules:
    """Which versions are loaded from the folder of models, and with which limits."""

    default: str
    device: str = "auto"
    keep: int = 2  # versions of each model
    max_bytes: int = MAX_MODEL_BYTES
    max_batch: int = 256


def verified(folder: Path, models_dir: Path, rules: Rules) -> Recogniser:
    """Load ``folder``, compute a batch of each size, and let it classify ten known digits.

    Raises ``ModelError`` with the reason where it must not be served, and ``DeviceError``
    where the device asked for cannot be used.
    """
    try:
        return _tried_out(folder, models_dir, rules)
    except (ModelError, DeviceError):
        raise
    except Exception as error:  # damaged bytes can raise anything; other models must load
        raise ModelError(f"it is damaged ({type(error).__name__}: {error})") from error


def _tried_out(folder: Path, models_dir: Path, rules: Rules) -> Recogniser:
    _check_place(folder, models_dir)
    recogniser = Recogniser(folder, device=rules.device, max_bytes=rules.max_bytes)
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


@cache
def known_digits() -> NDArray[np.float32]:
    """Return one clear digit of each class, 0 to 9, as (10, 28, 28)."""
    strip = np.asarray(Image.open(KNOWN_DIGITS))
    return np.stack([images.normalise(cell).pixels for cell in np.hsplit(strip, CLASSES)])


def _check_place(folder: Path, models_dir: Path) -> None:
    """Refuse links that lead out of ``models_dir``; those within it are how volumes are swapped."""
    home = models_dir.resolve()
    for path in (folder, folder / "model.onnx", folder / "card.json"):
        if not path.resolve().is_relative_to(home):
            raise ModelError(f"{path.name} is a link out of the folder of models")
