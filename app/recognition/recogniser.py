"""A model folder becomes a function: (n, 28, 28) grey values in, n predictions out."""

from __future__ import annotations

import ctypes
import hashlib
import json
import logging
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from app.errors import DeviceError, ModelError
from app.recognition.images import SIDE

CLASSES = 10
INPUT = "image"
OUTPUTS = ("probabilities", "digitness")

Images = NDArray[np.float32] | Sequence[NDArray[np.float32]]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prediction:
    """What the network says of one picture.

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


class Recogniser:
    """One version of one model in an ONNX Runtime session. Safe to share among threads."""

    def __init__(self, folder: Path, *, device: str = "auto") -> None:
        """Load ``folder`` (``models/<name>/<version>``) and check it against the contract.

        Raises ``ModelError`` where a file is missing or damaged, where inputs, outputs or
        metadata are not as contracted, or where ``device`` is ``"cuda"`` and CUDA is not to be had.
        """
        self.name, self.version = folder.parent.name, folder.name
        model, self.card = read_model(folder)
        self._session = _open_session(model, device)
        _check_contract(self._session, folder)
        metadata = self._session.get_modelmeta().custom_metadata_map
        try:
            self.threshold = float(metadata["digitness_threshold"])
        except (KeyError, ValueError):
            raise ModelError(f"{folder}: metadata has no number digitness_threshold") from None
        self.provider: str = self._session.get_providers()[0]
        self._turn = threading.Lock()

    def recognise(
        self, images: Images, is_blank: Sequence[bool]
    ) -> tuple[list[Prediction], Timing]:
        """Classify ``images`` (n, 28, 28), ink high in 0..1; where ``is_blank``, reject it so."""
        asked = time.perf_counter()
        with self._turn:  # threads of a worker share a core: one run at a time ends soonest
            begun = time.perf_counter()
            probabilities, digitness = self.run(images)
            done = time.perf_counter()
        predictions = [
            self._predict(p, float(d), blank)
            for p, d, blank in zip(probabilities.tolist(), digitness, is_blank, strict=True)
        ]
        return predictions, Timing(queue_s=begun - asked, infer_s=done - begun)

    def run(self, images: Images) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the network's raw outputs for (n, 28, 28): (n, 10) and (n,)."""
        batch = np.ascontiguousarray(images, dtype=np.float32).reshape(-1, 1, SIDE, SIDE)
        probabilities, digitness = self._session.run(OUTPUTS, {INPUT: batch})
        return probabilities, digitness

    def _predict(self, probabilities: list[float], digitness: float, blank: bool) -> Prediction:
        rejected = "blank" if blank else "not_a_digit" if digitness < self.threshold else None
        confidence = max(probabilities)
        digit = None if rejected else probabilities.index(confidence)
        return Prediction(
            digit, 0.0 if rejected else confidence, tuple(probabilities), digitness, rejected
        )


def read_model(folder: Path) -> tuple[bytes, dict[str, object]]:
    """Read ``model.onnx`` and ``card.json``; the one's SHA-256 must be as the other says.

    Raises ``ModelError`` where a file is missing, unreadable or not what the card was made for.
    """
    try:
        model = (folder / "model.onnx").read_bytes()
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        expected = card["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder}: cannot be read ({error})") from error
    if hashlib.sha256(model).hexdigest() != expected:
        raise ModelError(f"{folder}: model.onnx is not the file that card.json describes")
    return model, card


def _open_session(model: bytes, device: str) -> ort.InferenceSession:
    """Open ``model`` on CUDA where asked for or at hand, else on the CPU, without a driver's noise.

    onnxruntime-gpu lists CUDA and runs on the CPU without an error where a library is missing
    (microsoft/onnxruntime #23372). So CUDA is tried alone, with the fall-back turned off.
    """
    if device == "cpu" or (device == "auto" and not _has_nvidia_driver()):
        return _session(model, ["CPUExecutionProvider"])
    try:
        return _session(model, ["CUDAExecutionProvider"])
    except Exception as error:  # ONNX Runtime has no common base for its errors
        if device == "cuda":
            raise DeviceError(f"DIGITS_DEVICE=cuda, and CUDA cannot be used: {error}") from error
        log.warning("there is an NVIDIA driver, but CUDA cannot be used, so the CPU is: %s", error)
        return _session(model, ["CPUExecutionProvider"])


def _session(model: bytes, providers: list[str]) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # a 28x28 network has no work for two
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if providers == ["CUDAExecutionProvider"]:
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    return ort.InferenceSession(model, options, providers=providers, enable_fallback=0)


def _has_nvidia_driver() -> bool:
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def _check_contract(session: ort.InferenceSession, folder: Path) -> None:
    inputs = {node.name: (node.type, node.shape[1:]) for node in session.get_inputs()}
    if inputs != {INPUT: ("tensor(float)", [1, SIDE, SIDE])}:
        raise ModelError(f"{folder}: input must be {INPUT} float32 [n, 1, 28, 28], not {inputs}")
    outputs = {node.name: (node.type, node.shape[1:]) for node in session.get_outputs()}
    for name, shape in zip(OUTPUTS, ([CLASSES], []), strict=True):
        if outputs.get(name) != ("tensor(float)", shape):
            raise ModelError(f"{folder}: output {name} must be float32 [n, *{shape}]: {outputs}")
