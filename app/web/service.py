"""What the routes need: settings and models, in one object of the Flask application."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from flask import Flask, current_app

from app.recognition.contract import OUTPUTS
from app.recognition.expected import Expected
from app.recognition.images import Drawing
from app.recognition.lines import Line
from app.recognition.model import Model
from app.recognition.reader import Reader, Reading
from app.recognition.recogniser import Images, Prediction, Recogniser, Result
from app.recognition.repository import Repository
from app.settings import Settings
from app.web import calls
from app.web.calls import Call

Chosen = TypeVar("Chosen", bound=Model)


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
    """Return a model for digits, and note that the present request uses it, to its end."""
    return _noted(service().repository.get(name, version))


def choose_reader(name: str | None, version: str | None) -> Reader:
    """Return a model that reads whole numbers, and note that the present request uses it."""
    return _noted(service().repository.reader(name, version))


def choose_any(name: str, version: str | None) -> Model:
    """Return a model of any kind, and note that the present request uses it."""
    return _noted(service().repository.find(name, version))


def read_lines(
    call: Call, reader: Reader, lines: Sequence[Line], expected: Expected
) -> list[Reading]:
    """Read ``lines`` for ``call``, and note times and readings in it, for the metrics."""
    readings, timing = reader.read_timed(lines, expected)
    call.queue, call.infer = timing.queue_s, timing.infer_s
    call.inferred = time.perf_counter()
    call.predictions = readings
    return readings


def recognise(call: Call, recogniser: Recogniser, drawings: Sequence[Drawing]) -> list[Prediction]:
    """Classify ``drawings`` for ``call``."""
    pixels = [drawing.pixels for drawing in drawings]
    return infer(call, recogniser, pixels, [d.is_blank for d in drawings], OUTPUTS).predictions


def infer(
    call: Call,
    recogniser: Recogniser,
    images: Images,
    is_blank: Sequence[bool],
    names: Sequence[str] = (),
) -> Result:
    """Classify ``images``, and note times and predictions in ``call``, for the metrics."""
    result = recogniser.infer(images, is_blank, names)
    call.queue, call.infer = result.timing.queue_s, result.timing.infer_s
    call.inferred = time.perf_counter()
    call.predictions = result.predictions
    return result


def _noted(model: Chosen) -> Chosen:
    calls.current().model = model
    return model
