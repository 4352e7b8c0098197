"""Where a request spends its time: filled by the doors, told by the Server-Timing header,
by the metrics and by the log.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import cast

from flask import g


@dataclass(slots=True)
class Stages:
    """Seconds that a request spent in each stage, and when it ``begun``."""

    begun: float
    decode: float = 0.0
    normalise: float = 0.0
    queue: float = 0.0
    infer: float = 0.0
    inferred: float = 0.0  # the moment: what comes after is encoding

    def header(self) -> str:
        """Return the Server-Timing header's value (W3C), in milliseconds."""
        return (
            f"decode;dur={1000 * self.decode:.3f}, normalise;dur={1000 * self.normalise:.3f}, "
            f"queue;dur={1000 * self.queue:.3f}, infer;dur={1000 * self.infer:.3f}"
        )

    def seconds(self, encode: float) -> tuple[float, ...]:
        """Return the stages in the order of ``app.telemetry.metrics.STAGES``."""
        return (self.decode, self.normalise, self.queue, self.infer, encode)


def begin() -> None:
    """Begin to measure the present request."""
    g.stages = Stages(time.perf_counter())


def stages() -> Stages:
    """Return the stages of the present request."""
    return cast(Stages, g.stages)
