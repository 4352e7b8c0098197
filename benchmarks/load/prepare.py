"""The requests of a load and their correct answers: ``python -m benchmarks.load.prepare FILE``.

Each picture is one that is classified correctly with our preprocessing and with the
straightforward one, so that a wrong digit is always the service's fault.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from app.recognition import images
from app.recognition.recogniser import Recogniser
from app.recognition.repository import Repository
from app.settings import Settings
from benchmarks.load import payloads
from benchmarks.load.payloads import Labelled
from benchmarks.load.rivals import straightforward

BOUNDARY = "digits-benchmark"
BATCH = 256
SOURCES = {
    "png28": (payloads.small, 16),
    "canvas": (payloads.canvases, 8),
    "photo": (payloads.photos, 4),
}


def main(path: Path) -> None:
    """Write all requests to ``path``, whole or not at all."""
    recogniser = open_recogniser()
    judge = Judge(recogniser)
    chosen = {kind: judge.choose(make(), count) for kind, (make, count) in SOURCES.items()}
    digits = judge.choose(payloads.small(), BATCH)
    document = {
        "model": str(model_path(recogniser)),
        "pictures": [base64.b64encode(data).decode() for data, _ in digits],
        **{kind: [judge.request([one], one[0]) for one in some] for kind, some in chosen.items()},
        "form": [judge.request([one], *form([one[0]])) for one in chosen["png28"]],
        "json": [judge.request([one], *base64_json([one[0]])) for one in chosen["png28"]],
        "pictures256": [judge.request(digits, *form([data for data, _ in digits]))],
        "tensors256": [judge.request(digits, *tensors([data for data, _ in digits]))],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(document), encoding="ascii")
    unfinished.rename(path)


def open_recogniser() -> Recogniser:
    """Load the served model for the CPU."""
    return Repository.load(Settings.models_dir, default=Settings.model, device="cpu").get()


def model_path(recogniser: Recogniser) -> Path:
    """Return the file of the served model, which the rivals serve as well."""
    return Settings.models_dir / recogniser.name / recogniser.version / "model.onnx"


def drawn(data: bytes) -> images.Drawing:
    """Decode and normalise as the service does."""
    return images.read(data, max_pixels=Settings.max_pixels)


class Judge:
    """Both ways to read a picture, ours and the straightforward one, on one model."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        os.environ["BENCHMARK_MODEL"] = str(model_path(recogniser))
        self._session = straightforward.open_session()

    def choose(self, pictures: Iterator[Labelled], count: int) -> list[Labelled]:
        """Return the first ``count`` pictures that both classify correctly."""
        chosen: list[Labelled] = []
        while len(chosen) < count:
            data, label = next(pictures)
            if self._ours(data) == self._plainly(data)["digit"] == label:
                chosen.append((data, label))
        return chosen

    def request(
        self,
        pictures: list[Labelled],
        body: bytes,
        kind: str = "application/octet-stream",
        path: str = "/predict",
        *headers: str,
    ) -> dict[str, Any]:
        """Describe one request with ``pictures``, and what must come back."""
        seen = [drawn(data) for data, _ in pictures]
        ours, _ = self._recogniser.recognise([d.pixels for d in seen], [False] * len(seen))
        return {
            "path": path,
            "headers": [f"Content-Type: {kind}", *headers],
            "body": base64.b64encode(body).decode(),
            "digits": [label for _, label in pictures],
            "probabilities": {
                "digits": [list(prediction.probabilities) for prediction in ours],
                "straightforward": [self._plainly(data)["probabilities"] for data, _ in pictures],
            },
        }

    def _ours(self, data: bytes) -> int | None:
        drawing = drawn(data)
        (prediction,), _ = self._recogniser.recognise([drawing.pixels], [drawing.is_blank])
        return prediction.digit

    def _plainly(self, data: bytes) -> dict[str, Any]:
        prediction: dict[str, Any] = straightforward.predict(self._session, data)["predictions"][0]
        return prediction


def form(pictures: list[bytes]) -> tuple[bytes, str]:
    """Return pictures as the files of a form, and its type."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="{i}.png"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + data
        + b"\r\n"
        for i, data in enumerate(pictures)
    ]
    body = b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
    return body, f"multipart/form-data; boundary={BOUNDARY}"


def base64_json(pictures: list[bytes]) -> tuple[bytes, str]:
    """Return pictures as base64 texts in JSON, and its type."""
    texts = [base64.b64encode(data).decode() for data in pictures]
    return json.dumps({"images": texts}).encode(), "application/json"


def tensors(pictures: list[bytes]) -> tuple[bytes, str, str, str]:
    """Return what the network sees of ``pictures`` as a binary infer request of /v2."""
    values = np.stack([drawn(data).pixels for data in pictures]).tobytes()
    image = {"name": "image", "datatype": "FP32", "shape": [len(pictures), 1, 28, 28]}
    document = {
        "inputs": [{**image, "parameters": {"binary_data_size": len(values)}}],
        "parameters": {"binary_data_output": True},
    }
    head = json.dumps(document).encode()
    path = f"/v2/models/{Settings.model}/infer"
    length = f"Inference-Header-Content-Length: {len(head)}"
    return head + values, "application/octet-stream", path, length


if __name__ == "__main__":
    main(Path(sys.argv[1]))
