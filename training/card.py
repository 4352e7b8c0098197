"""What stands on a model's card: how it was made, and how good it is."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from training.calibrate import Calibration
from training.config import TrainConfig
from training.evaluate import Scores
from training.export import Parity


@dataclass(frozen=True)
class Findings:
    """What a run found out about its network."""

    parameters: int
    calibration: Calibration
    validation: Scores
    test: Scores
    negatives_rejected: float
    parity: Parity
    training_seconds: float


def make_card(config: TrainConfig, version: int, findings: Findings) -> dict[str, Any]:
    """Return card.json's contents but for the file's own hash."""
    return {
        "name": config.name,
        "version": str(version),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": asdict(config),
        "parameters": findings.parameters,
        "metrics": {"validation": asdict(findings.validation), "test": asdict(findings.test)},
        "negatives_rejected": findings.negatives_rejected,
        "parity": asdict(findings.parity),
        **asdict(findings.calibration),
        "training_seconds": round(findings.training_seconds, 1),
        "environment": describe_environment(),
    }


def describe_environment() -> dict[str, str]:
    """Name the versions and the machine that a result depends on."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
        "numpy": np.__version__,
        "platform": platform.platform(),
        "threads": str(torch.get_num_threads()),
    }
