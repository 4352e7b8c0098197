"""Export of a network to one ONNX file, and the check that it answers as PyTorch does."""

from __future__ import annotations

import json
import logging
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.evaluation.scores import Outputs
from training.networks.architectures import CLASSES, Cascade, Network
from training.networks.cascade import join

OPSET = 20
BATCHES = (1, 2, 7, 64)
TOLERANCE = 1e-4
INPUT_CONTRACT = (
    "image: float32 [n, 1, 28, 28] in 0..1, ink high on 0, the digit scaled into 20x20 "
    "and its centre of mass at the middle, as in MNIST"
)


Session: TypeAlias = ort.InferenceSession


class ExportError(Exception):
    """The exported file is not the network that was trained; it must not be served."""


@dataclass(frozen=True)
class Parity:
    """How far ONNX Runtime was from PyTorch over ``digits`` digits in batches of ``batches``."""

    digits: int
    batches: tuple[int, ...]
    argmax_differs: int
    greatest_difference: float


class Servable(nn.Module):
    """A network with the contract's outputs: calibrated probabilities, digitness, activations."""

    def __init__(self, network: Network, temperature: float) -> None:
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Answer ``image`` (n, 1, 28, 28) with (n, 10), (n,) and any hidden activations."""
        answer = self.network(image)
        probabilities = (answer.logits / self.temperature).softmax(dim=1)
        return (probabilities, answer.digitness_logit.sigmoid(), *answer.hidden)


@torch.inference_mode()
def predict(servable: Servable, images: NDArray[np.float32]) -> Outputs:
    """Run ``servable`` in PyTorch on ``images`` (n, 28, 28)."""
    servable.eval()
    device = next(servable.parameters()).device
    parts = [
        servable(torch.from_numpy(images[start : start + 1000]).unsqueeze(1).to(device))
        for start in range(0, len(images), 1000)
    ]
    probabilities, digitness = (torch.cat([part[i] for part in parts]).cpu() for i in (0, 1))
    return Outputs(probabilities.numpy(), digitness.numpy())


def to_onnx(servable: Servable, metadata: dict[str, str]) -> bytes:
    """Return ``servable`` as one self-contained ONNX file that takes any batch size."""
    servable = servable.cpu().eval()
    if isinstance(servable.network, Cascade):
        model = join(servable.network, servable.temperature, _export)
    else:
        hidden = len(servable(torch.zeros(1, 1, 28, 28))) - 2
        names = ["probabilities", "digitness", *(f"hidden_{i + 1}" for i in range(hidden))]
        model = _export(servable, names)
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _export(module: nn.Module, outputs: list[str]) -> onnx.ModelProto:
    """Return ``module``, which takes pictures (n, 1, 28, 28) called "image", in ONNX."""
    example = torch.zeros(2, 1, 28, 28)  # a batch of one would be exported as a constant
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses torchvision aloud
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the exporter's own making
        warnings.simplefilter("ignore", FutureWarning)
        program = torch.onnx.export(
            module.eval(), (example,), dynamo=True, external_data=False, opset_version=OPSET,
            input_names=["image"], output_names=outputs, verbose=False,
            dynamic_shapes=({0: "n"},),
        )  # fmt: skip
    assert program is not None
    model = program.model_proto
    forget_origin(model)
    return model


def forget_origin(model: onnx.ModelProto) -> None:
    """Remove the exporter's stack traces: they name this machine's folders."""
    graph = model.graph
    graph.ClearField("metadata_props")
    for part in (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")


def check_parity(servable: Servable, model: bytes, images: NDArray[np.float32]) -> Parity:
    """Compare ``model`` in ONNX Runtime with ``servable`` in PyTorch on ``images`` (n, 28, 28).

    Raises ``ExportError`` where an argmax differs or a probability by ``TOLERANCE`` or more.
    """
    wanted = predict(servable, images)
    session = open_session(model)
    differs, greatest = 0, 0.0
    for size in BATCHES:
        got = run(session, images, size)
        differs += int((got.probabilities.argmax(1) != wanted.probabilities.argmax(1)).sum())
        for a, b in (
            (got.probabilities, wanted.probabilities),
            (got.digitness, wanted.digitness),
        ):
            greatest = max(greatest, float(np.abs(a - b).max()))
    if differs or not greatest < TOLERANCE:
        raise ExportError(
            f"ONNX Runtime and PyTorch disagree: {differs} digits are classified differently, "
            f"probabilities differ by up to {greatest:.1e}. Nothing was published."
        )
    return Parity(len(images), BATCHES, differs, greatest)


def open_session(model: bytes) -> Session:
    """Open ``model`` in ONNX Runtime on one CPU core, as the service does."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run(session: Session, images: NDArray[np.float32], size: int) -> Outputs:
    """Run ``session`` on ``images`` (n, 28, 28) in batches of ``size``."""
    batch = images[:, None]
    parts = [
        session.run(["probabilities", "digitness"], {"image": batch[start : start + size]})
        for start in range(0, len(batch), size)
    ]
    return Outputs(*(np.concatenate([part[i] for part in parts]) for i in (0, 1)))


def make_metadata(
    name: str, version: int, threshold: float, training_data_sha256: str
) -> dict[str, str]:
    """Return the metadata of a model file; no time is in it, so that a run can be repeated."""
    return {
        "name": name,
        "version": str(version),
        "labels": json.dumps([str(digit) for digit in range(CLASSES)]),
        "digitness_threshold": str(threshold),
        "input_contract": INPUT_CONTRACT,
        "training_data_sha256": training_data_sha256,
        "git_commit": git_commit(),
    }


def git_commit() -> str:
    """Return the commit that trains, "-modified" where its code is; "unknown" without git."""
    try:
        commit = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--", "training", "app/recognition")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}-modified" if changed else commit


def _git(*arguments: str) -> str:
    here = Path(__file__).parents[2]
    return subprocess.run(
        ["git", *arguments], cwd=here, check=True, capture_output=True, text=True
    ).stdout.strip()
