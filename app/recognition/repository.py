"""The folder of models: which are there, in which version, and whether they can be trusted."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.errors import ModelError, UnknownModel
from app.recognition import images
from app.recognition.recogniser import CLASSES, Recogniser

KNOWN_DIGITS = Path(__file__).with_name("known_digits.png")

log = logging.getLogger(__name__)


class Repository:
    """The models that are served, each in its highest version that stands the test."""

    def __init__(self, recognisers: dict[str, Recogniser], default: str) -> None:
        self._recognisers = recognisers
        self._default = default

    @classmethod
    def load(cls, models_dir: Path, *, default: str, device: str = "auto") -> Repository:
        """Load every model below ``models_dir``.

        A version that fails its check is logged and left out, and the one before it served.
        Raises ``ModelError`` where the ``default`` model has no version left.
        """
        found = {name: _newest(models_dir / name, device) for name in model_names(models_dir)}
        recognisers = {name: recogniser for name, recogniser in found.items() if recogniser}
        if default not in recognisers:
            raise ModelError(
                f"No model {default!r} to serve in {models_dir}: train one with "
                "`python -m training`, or set DIGITS_MODELS_DIR and DIGITS_MODEL."
            )
        return cls(recognisers, default)

    def get(self, name: str | None = None) -> Recogniser:
        """Return the model called ``name``, or the default one; else raise ``UnknownModel``."""
        recogniser = self._recognisers.get(name or self._default)
        if recogniser is None:
            raise UnknownModel(
                f"There is no model {name!r}. Served: {', '.join(sorted(self._recognisers))}."
            )
        return recogniser

    def all(self) -> list[Recogniser]:
        """Return the models served, by name."""
        return [self._recognisers[name] for name in sorted(self._recognisers)]


def model_names(models_dir: Path) -> list[str]:
    """List the folders of ``models_dir`` that hold at least one numbered version."""
    if not models_dir.is_dir():
        return []
    return sorted(folder.name for folder in models_dir.iterdir() if versions(folder))


def versions(model_dir: Path) -> list[Path]:
    """List the version folders of a model, the highest number first."""
    if not model_dir.is_dir():
        return []
    numbered = [path for path in model_dir.iterdir() if path.name.isdecimal() and path.is_dir()]
    return sorted(numbered, key=lambda path: int(path.name), reverse=True)


def check_known_digits(recogniser: Recogniser) -> None:
    """Raise ``ModelError`` unless the model reads one clear digit of each class right.

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


def _newest(model_dir: Path, device: str) -> Recogniser | None:
    for folder in versions(model_dir):
        try:
            recogniser = Recogniser(folder, device=device)
            check_known_digits(recogniser)
        except ModelError as error:
            log.error("not served: %s", error)
        else:
            return recogniser
    return None
