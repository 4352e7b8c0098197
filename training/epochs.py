"""The epochs of a run: each trains, prints a row and writes a checkpoint."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from training.learning.fit import Examples, fit
from training.learning.learner import EpochResult, Learner
from training.material import Material
from training.mnist import Digits
from training.runs.folder import Run

HEADER = "epoch  train loss  accuracy  validation loss  accuracy      rate  seconds"

Say = Callable[[str], None]


def learn(learner: Learner, material: Material, run: Run | None, say: Say, *, bar: bool) -> None:
    """Train ``learner``, saving after every epoch where there is a ``run``."""
    device = learner.config.device
    train, validation = (to_examples(p, device) for p in (material.train, material.validation))
    say(HEADER)
    for result in learner.history:
        say(row(result))
    negatives = to_pictures(material.negatives, device)
    synthetic = to_examples(material.synthetic, device) if material.synthetic else None
    for result in fit(learner, train, validation, negatives, synthetic=synthetic, bar=bar):
        say(row(result))
        if run:
            run.save(learner)


def to_examples(digits: Digits, device: str) -> Examples:
    """Copy ``digits`` to ``device``."""
    return Examples(to_pictures(digits.images, device), torch.from_numpy(digits.labels).to(device))


def to_pictures(images: NDArray[np.float32], device: str) -> torch.Tensor:
    """Copy ``images`` (n, 28, 28) to ``device`` as (n, 1, 28, 28)."""
    return torch.from_numpy(images).unsqueeze(1).to(device)


def row(result: EpochResult) -> str:
    """Write an epoch as a row of fixed width."""
    return (
        f"{result.epoch:5d}  {result.train_loss:10.4f}  {result.train_accuracy:8.2%}  "
        f"{result.validation_loss:15.4f}  {result.validation_accuracy:8.2%}  "
        f"{result.learning_rate:8.1e}  {result.seconds:7.1f}"
    )
