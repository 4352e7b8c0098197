"""The contents of a model card: how the model was made, and its figures."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from training.config import TrainConfig
from training.evaluation.scores import Scores
from training.learning.calibrate import Calibration
from training.networks.export import Parity, git_commit


@dataclass(frozen=True)
class Findings:
    """The figures of a run's network."""

    parameters: int
    calibration: Calibration
    validation: Scores
    test: Scores
    negatives_rejected: float
    parity: Parity
    epochs_run: int
    best_epoch: int
    training_seconds: float


def make_card(
    config: TrainConfig, version: int, model: bytes, findings: Findings
) -> dict[str, Any]:
    """Return the contents of card.json for ``model``."""
    return {
        "sha256": hashlib.sha256(model).hexdigest(),
        "name": config.name,
        "version": str(version),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": asdict(config),
        "parameters": findings.parameters,
        "metrics": {"validation": asdict(findings.validation), "test": asdict(findings.test)},
        "negatives_rejected": findings.negatives_rejected,
        "parity": asdict(findings.parity),
        **asdict(findings.calibration),
        "epochs_run": findings.epochs_run,
        "best_epoch": findings.best_epoch,
        "training_seconds": round(findings.training_seconds, 1),
        "environment": describe_environment(config.device),
    }


def describe_environment(device: str) -> dict[str, str]:
    """Name the versions and the machine that a result depends on, ``device`` ("cpu") among it."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "onnx": onnx.__version__,
        "onnxruntime": onnxruntime.__version__,
        "numpy": np.__version__,
        "platform": platform.platform(),
        "device": _name(device),
        "threads": str(torch.get_num_threads()),
        "git_commit": git_commit(),
        "peak_memory_mb": str(_peak_memory_mb()),
    }


def _name(device: str) -> str:
    if device == "cuda":
        return torch.cuda.get_device_name()
    return f"{device}, {platform.machine()}, {os.cpu_count()} cores"


def _peak_memory_mb() -> int:
    if sys.platform == "win32":
        return 0  # the resource module is Unix's
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
