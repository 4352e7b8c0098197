"""A loaded model: (n, 28, 28) grey values in, n predictions out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelError
from app.recognition.contract import (
    CLASSES,
    DIGITS,
    INPUT,
    MAX_MODEL_BYTES,
    OUTPUTS,
    check_contract,
)
from app.recognition.images import SIDE
from app.recognition.model import Loaded, Model, load

# On a GPU a batch is padded to the next of these: cuDNN needs time to prepare for each new size.
GPU_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
CPU_WARM_UP = (1, 2, 8)
CPU_BATCH = 32  # pictures at once: 256 at once would need 19 MB and be no faster

Images = NDArray[np.float32] | Sequence[NDArray[np.float32]]


@dataclass(frozen=True)
class Prediction:
    """The answer for one picture.

    ``digit`` is None where ``rejected`` names the reason, ``"blank"`` or ``"not_a_digit"``;
    ``confidence`` is the calibrated probability of ``digit``, and 0 where there is none.
    """

    digit: int | None
    confidence: float
    probabilities: tuple[float, ...]
    digitness: float
    rejected: str | None


@dataclass(frozen=True)
class Timing:
    """Where a call of ``Recogniser.recognise`` spent its time, in seconds."""

    queue_s: float
    infer_s: float


@dataclass(frozen=True)
class Result:
    """The network's outputs by name for a batch, the predictions from them, and the time taken."""

    outputs: dict[str, NDArray[np.float32]]
    predictions: list[Prediction]
    timing: Timing


class Recogniser(Model):
    """One version of a model that classifies digits. Safe to share among threads."""

    kind = DIGITS

    def __init__(
        self,
        folder: Path,
        *,
        device: str = "auto",
        max_bytes: int = MAX_MODEL_BYTES,
        loaded: Loaded | None = None,
    ) -> None:
        """Load ``folder`` (``models/<name>/<version>``) and check it against the contract.

        Raises ``ModelError`` where a file is missing, damaged or too large, or where inputs,
        outputs or metadata are not as contracted, and ``DeviceError`` where ``device`` is
        ``"cuda"`` and CUDA cannot be used. ``loaded`` is what ``load`` made of ``folder`` already.
        """
        super().__init__(loaded or load(folder, device=device, max_bytes=max_bytes))
        contract = check_contract(self._session)
        self.threshold, self.outputs = contract.threshold, contract.outputs

    def recognise(
        self, images: Images, is_blank: Sequence[bool]
    ) -> tuple[list[Prediction], Timing]:
        """Classify ``images`` (n, 28, 28), ink high in 0..1; those that are blank are rejected."""
        result = self.infer(images, is_blank, OUTPUTS)
        return result.predictions, result.timing

    def infer(self, images: Images, is_blank: Sequence[bool], names: Sequence[str] = ()) -> Result:
        """Classify as ``recognise`` does; return the outputs ``names`` as well, by default all."""
        asked = time.perf_counter()
        with self._turn:  # threads of a worker share a core: one run at a time ends soonest
            begun = time.perf_counter()
            outputs = self._run(images, list(names or self.outputs))
            done = time.perf_counter()
        rows = outputs["probabilities"].tolist()
        predictions = [
            self._predict(p, d, blank)
            for p, d, blank in zip(rows, outputs["digitness"].tolist(), is_blank, strict=True)
        ]
        return Result(outputs, predictions, Timing(queue_s=begun - asked, infer_s=done - begun))

    def run(self, images: Images) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the network's raw outputs for (n, 28, 28): (n, 10) and (n,)."""
        outputs = self._run(images, list(OUTPUTS))
        return outputs["probabilities"], outputs["digitness"]

    def warm_up(self, max_batch: int) -> None:
        """Compute a batch of each size now, so that no request waits for the first run.

        Raises ``ModelError`` where that fails, or where outputs are of the wrong shape or not
        finite.
        """
        sizes = GPU_BATCHES if self._pads else CPU_WARM_UP
        for size in (size for size in sizes if size <= max(max_batch, 1)):
            try:
                probabilities, digitness = self.run(np.zeros((size, SIDE, SIDE), np.float32))
            except Exception as error:  # ONNX Runtime has no common base for its errors
                raise ModelError(f"it cannot compute a batch of {size} ({error})") from error
            if probabilities.shape != (size, CLASSES) or digitness.shape != (size,):
                raise ModelError(f"its outputs for a batch of {size} are of the wrong shape")
            if not (np.isfinite(probabilities).all() and np.isfinite(digitness).all()):
                raise ModelError(f"its outputs for a batch of {size} are not all numbers")

    def _run(self, images: Images, names: list[str]) -> dict[str, NDArray[np.float32]]:
        batch = np.ascontiguousarray(images, dtype=np.float32).reshape(-1, 1, SIDE, SIDE)
        if self._pads:
            outputs = [output[: len(batch)] for output in self._compute(_padded(batch), names)]
        elif len(batch) <= CPU_BATCH:
            outputs = self._compute(batch, names)
        else:
            starts = range(0, len(batch), CPU_BATCH)
            parts = [self._compute(batch[start : start + CPU_BATCH], names) for start in starts]
            outputs = [np.concatenate(part) for part in zip(*parts, strict=True)]
        return dict(zip(names, outputs, strict=True))

    def _compute(self, batch: NDArray[np.float32], names: list[str]) -> list[NDArray[np.float32]]:
        outputs: list[NDArray[np.float32]] = self._session.run(names, {INPUT: batch})
        return outputs

    def _predict(self, probabilities: list[float], digitness: float, blank: bool) -> Prediction:
        rejected = "blank" if blank else "not_a_digit" if digitness < self.threshold else None
        confidence = max(probabilities)
        digit = None if rejected else probabilities.index(confidence)
        return Prediction(
            digit, 0.0 if rejected else confidence, tuple(probabilities), digitness, rejected
        )


def _padded(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pad ``batch`` with blank pictures to the next of ``GPU_BATCHES``."""
    size = next((size for size in GPU_BATCHES if size >= len(batch)), len(batch))
    filled = np.zeros((size, *batch.shape[1:]), np.float32)
    filled[: len(batch)] = batch
    return filled
