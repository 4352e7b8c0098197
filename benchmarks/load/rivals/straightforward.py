"""The job as one writes it first: Pillow, NumPy, ONNX Runtime, and nothing of this project.

Both rivals share it. It is fair to them: one session with one thread, which is the fastest
for so small a network, and the preprocessing that tutorials on MNIST come to in the end. It
does not judge uneven light, ruled paper, dirt or rotated photographs.
"""

from __future__ import annotations

import io
import json
import os
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float64]


def open_session() -> ort.InferenceSession:
    """Open the model that the environment names."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    model = os.environ["BENCHMARK_MODEL"]
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def to_grey(data: bytes) -> Grey:
    """Decode an image file to (h, w), on white where it is transparent."""
    image: Image.Image = Image.open(io.BytesIO(data))
    if image.mode in ("RGBA", "LA", "P"):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("L"), dtype=np.float64)


def to_28x28(grey: Grey) -> NDArray[np.float32]:
    """Bring a digit to MNIST's form: light ink in 20x20, its centre of mass in the middle."""
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = np.median(edge)
    ink = np.clip(paper - grey if paper > 127 else grey - paper, 0, None)
    ink = np.clip(ink * (255 / max(ink.max(), 1)), 0, 255)
    rows, columns = np.where(ink > 96)
    if not rows.size:
        return np.zeros((28, 28), np.float32)
    ink = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = 20 / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    image = Image.fromarray(ink.astype(np.uint8)).resize((width, height), Image.Resampling.LANCZOS)
    small = np.asarray(image, dtype=np.float64)
    y = (small.sum(axis=1) * np.arange(height)).sum() / small.sum()
    x = (small.sum(axis=0) * np.arange(width)).sum() / small.sum()
    top = int(np.clip(round(14 - y), 0, 28 - height))
    left = int(np.clip(round(14 - x), 0, 28 - width))
    placed = np.zeros((28, 28), np.float32)
    placed[top : top + height, left : left + width] = small / 255
    return placed


def predict(session: ort.InferenceSession, data: bytes) -> dict[str, Any]:
    """Read one picture, and answer in the form of this project's service."""
    image = to_28x28(to_grey(data)).reshape(1, 1, 28, 28)
    (probabilities,), (digitness,) = session.run(["probabilities", "digitness"], {"image": image})
    digit = int(probabilities.argmax())
    prediction = {
        "digit": digit,
        "confidence": round(float(probabilities[digit]), 6),
        "probabilities": [round(p, 6) for p in probabilities.tolist()],
        "digitness": round(float(digitness), 6),
    }
    return {"predictions": [prediction]}


def predict_json(session: ort.InferenceSession, data: bytes) -> bytes:
    """Read one picture, and answer as JSON."""
    return json.dumps(predict(session, data)).encode()
