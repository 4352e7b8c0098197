"""A call: what is measured of one request.

The endpoints fill it in; the Server-Timing header, the metrics and the log report it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from flask import g, request

from app.recognition.model import Model
from app.recognition.reader import Reading
from app.recognition.recogniser import Prediction
from app.web import request_ids


@dataclass(slots=True)
class Call:
    """The start of a request, the seconds that it spent in each stage, and its predictions."""

    begun: float
    request_id: str
    decode: float = 0.0
    normalise: float = 0.0
    queue: float = 0.0
    infer: float = 0.0
    inferred: float = 0.0  # when inference ended: what follows is encoding
    model: Model | None = None  # chosen once, and kept to the request's end
    predictions: Sequence[Prediction] | Sequence[Reading] | None = None

    def header(self) -> str:
        """Return the Server-Timing header's value (W3C), in milliseconds."""
        return (
            f"decode;dur={1000 * self.decode:.3f}, normalise;dur={1000 * self.normalise:.3f}, "
            f"queue;dur={1000 * self.queue:.3f}, infer;dur={1000 * self.infer:.3f}"
        )

    def seconds(self, encode: float) -> tuple[float, ...]:
        """Return the stages in the order of ``app.telemetry.metrics.STAGES``."""
        return (self.decode, self.normalise, self.queue, self.infer, encode)


def new(given_id: str) -> Call:
    """Begin to measure a request that came with ``given_id`` as its X-Request-ID."""
    return Call(time.perf_counter(), request_ids.choose(given_id))


def begin() -> None:
    """Begin to measure Flask's present request."""
    g.call = new(request.headers.get(request_ids.HEADER, ""))


def current() -> Call:
    """Return the call of Flask's present request."""
    return cast(Call, g.call)
