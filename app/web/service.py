"""What the routes work with: one object, put into the Flask application by its factory."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, g

from app.recognition.contract import OUTPUTS
from app.recognition.images import Drawing
from app.recognition.recogniser import Images, Prediction, Recogniser, Result
from app.recognition.repository import Repository
from app.settings import Settings
from app.web.stages import stages


@dataclass(frozen=True)
class Service:
    """The settings and the models of this process."""

    settings: Settings
    repository: Repository

    def attach(self, app: Flask) -> None:
        """Make this the service that ``app``'s routes find by ``service()``."""
        app.extensions["digits"] = self


def service() -> Service:
    """Return the service of the application that handles the present request."""
    return cast(Service, current_app.extensions["digits"])


def choose(name: str | None, version: str | None) -> Recogniser:
    """Return the model for the present request, which keeps it to its end."""
    recogniser = service().repository.get(name, version)
    g.recogniser = recogniser
    return recogniser


def recognise(recogniser: Recogniser, drawings: Sequence[Drawing]) -> list[Prediction]:
    """Classify ``drawings`` for the present request."""
    pixels = [drawing.pixels for drawing in drawings]
    return infer(recogniser, pixels, [d.is_blank for d in drawings], OUTPUTS).predictions


def infer(
    recogniser: Recogniser, images: Images, is_blank: Sequence[bool], names: Sequence[str] = ()
) -> Result:
    """Classify for the present request, whose stages and predictions are kept for the metrics."""
    result = recogniser.infer(images, is_blank, names)
    measured = stages()
    measured.queue, measured.infer = result.timing.queue_s, result.timing.infer_s
    measured.inferred = time.perf_counter()
    g.predictions = result.predictions
    return result
