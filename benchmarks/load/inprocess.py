"""The floor: the service's own job without a server, ``python -m benchmarks.load.inprocess``.

Bytes in, bytes out, by the functions that the service calls. Prints CPU seconds, seconds and
how often the job was done, as JSON.
"""

from __future__ import annotations

import base64
import itertools
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from app.recognition.recogniser import Prediction, Recogniser
from benchmarks.load import calls
from benchmarks.load.prepare import drawn, open_recogniser

WARM_UP_S = 0.3

Job = Callable[[], object]


def main(path: Path, kind: str, seconds: float) -> None:
    """Do the job of ``kind`` again and again for ``seconds``."""
    job = job_of(kind, open_recogniser(), calls.read(path))
    measure(job, WARM_UP_S)
    cpu_s, wall_s, jobs = measure(job, seconds)
    print(json.dumps({"cpu_s": cpu_s, "seconds": wall_s, "jobs": jobs}))


def measure(job: Job, seconds: float) -> tuple[float, float, int]:
    """Return CPU seconds, seconds, and how many times ``job`` was done."""
    cpu, begun, jobs = time.process_time(), time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        job()
        jobs += 1
    return time.process_time() - cpu, time.perf_counter() - begun, jobs


def job_of(kind: str, recogniser: Recogniser, prepared: dict[str, Any]) -> Job:
    """Return one request's work, on the next of the pictures at each call."""
    pictures = [base64.b64decode(text) for text in prepared["pictures"]]
    if kind == "tensors256":
        values = np.stack([drawn(data).pixels for data in pictures]).tobytes()
        return partial(infer, recogniser, values)
    if kind == "pictures256":
        return partial(predict, recogniser, pictures)
    each = itertools.cycle([base64.b64decode(request["body"]) for request in prepared[kind]])
    return lambda: predict(recogniser, [next(each)])


def predict(recogniser: Recogniser, pictures: list[bytes]) -> bytes:
    """Read pictures, and answer as /predict does."""
    drawings = [drawn(data) for data in pictures]
    predictions, _ = recogniser.recognise(
        [drawing.pixels for drawing in drawings], [drawing.is_blank for drawing in drawings]
    )
    return json.dumps({"predictions": [answer(p) for p in predictions]}).encode()


def infer(recogniser: Recogniser, values: bytes) -> bytes:
    """Compute a batch of tensors, and answer as /v2 does where all is binary."""
    probabilities, digitness = recogniser.run(np.frombuffer(values, "<f4").reshape(-1, 28, 28))
    return probabilities.tobytes() + digitness.tobytes()


def answer(prediction: Prediction) -> dict[str, Any]:
    """Describe what the network says, as /predict does."""
    return {
        "digit": prediction.digit,
        "confidence": round(prediction.confidence, 6),
        "probabilities": [round(p, 6) for p in prediction.probabilities],
        "digitness": round(prediction.digitness, 6),
        "rejected": prediction.rejected,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
