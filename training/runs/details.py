"""Parts of a card that the quality page draws: confusion, reliability, misses, curves."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.evaluation import scores
from training.evaluation.examine import CORRECTIONS
from training.evaluation.scores import Miss, Outputs
from training.learning.learner import EpochResult
from training.mnist import Digits

MOST_MISSES = 60  # a card stays below 50 kB
CURVES = ("epoch", "train_loss", "validation_loss", "train_accuracy", "validation_accuracy")


def describe_test(outputs: Outputs, test: Digits) -> dict[str, Any]:
    """Describe a model's ``outputs`` for the ``test`` digits; most confident misses first."""
    counts, confidence, accuracy = scores.reliability(outputs.probabilities, test.labels)
    read = outputs.probabilities.argmax(axis=1)
    misses = scores.misses(outputs.probabilities, test.labels)[:MOST_MISSES]
    return {
        "confusion": scores.confusion(read, test.labels).tolist(),
        "reliability": {
            "counts": counts.tolist(),
            "confidence": confidence.round(5).tolist(),
            "accuracy": accuracy.round(5).tolist(),
        },
        "misses": [_describe_miss(miss, test.images[miss.index]) for miss in misses],
    }


def describe_history(history: list[EpochResult]) -> dict[str, Any]:
    """Describe the losses and accuracies, an epoch a row."""
    rows = [{name: round(getattr(result, name), 5) for name in CURVES} for result in history]
    return {"history": rows}


def _describe_miss(miss: Miss, image: NDArray[np.float32]) -> dict[str, Any]:
    """Describe a miss with its picture, and with people's majority if they doubt the label."""
    told = {
        "index": miss.index,
        "label": miss.label,
        "read": miss.read,
        "confidence": round(miss.confidence, 4),
        "picture": _picture(image),
    }
    return told | ({"majority": CORRECTIONS[miss.index]} if miss.index in CORRECTIONS else {})


def _picture(image: NDArray[np.float32]) -> str:
    buffer = io.BytesIO()
    Image.fromarray((image * 255).round().astype(np.uint8)).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()
