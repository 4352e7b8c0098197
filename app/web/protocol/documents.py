"""A model's metadata in the inference protocol, and its configuration in Triton's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.recognition.contract import INPUT
from app.recognition.images import SIDE
from app.recognition.model import Model
from app.recognition.recogniser import Recogniser

EXTENSIONS = [
    "binary_tensor_data",
    "classification",
    "model_repository",
    "model_repository(unload_dependents)",
    "model_configuration",
    "statistics",
]
IMAGE = (1, SIDE, SIDE)
OPTIONAL = {"optional": True}
TRITON = {"FP32": "TYPE_FP32", "INT64": "TYPE_INT64", "BYTES": "TYPE_STRING"}


@dataclass(frozen=True)
class TensorKind:
    """An input or an output: its name, its datatype, and its shape without the batch."""

    name: str
    datatype: str
    shape: tuple[int, ...] = ()


def metadata(model: Model, loaded: list[str]) -> dict[str, Any]:
    """Return a model's metadata. A request has one of the inputs."""
    inputs, outputs = _tensors(model)
    return {
        "name": model.name,
        "versions": loaded,
        "platform": "onnx_onnxv1",
        "inputs": [_described(one) for one in inputs],
        "outputs": [_described(one) for one in outputs],
        "parameters": {
            "version": model.version,
            "sha256": model.sha256,
            "provider": model.provider,
            **{f"nodes_{provider}": count for provider, count in model.nodes.items()},
        },
    }


def config(model: Model, max_batch: int) -> dict[str, Any]:
    """Return Triton's model configuration; ``dims`` are without the batch."""
    inputs, outputs = _tensors(model)
    return {
        "name": model.name,
        "platform": "onnxruntime_onnx",
        "backend": "onnxruntime",
        "max_batch_size": max_batch,
        "version_policy": {"latest": {"num_versions": 1}},
        "input": [{**_configured(one), **(OPTIONAL if inputs[1:] else {})} for one in inputs],
        "output": [_configured(one) for one in outputs],
        "instance_group": [{"name": model.name, "kind": _kind(model.provider), "count": 1}],
    }


def _tensors(model: Model) -> tuple[list[TensorKind], list[TensorKind]]:
    """Return the inputs, of which a request has one, and the outputs."""
    picture = TensorKind("picture", "BYTES")
    if not isinstance(model, Recogniser):
        return [picture], [TensorKind("text", "BYTES"), TensorKind("confidence", "FP32")]
    outputs = [TensorKind(name, "FP32", tuple(shape)) for name, shape in model.outputs.items()]
    concluded = [TensorKind("digit", "INT64"), TensorKind("rejected", "BYTES")]
    return [TensorKind(INPUT, "FP32", IMAGE), picture], [*outputs, *concluded]


def _described(one: TensorKind) -> dict[str, Any]:
    return {"name": one.name, "datatype": one.datatype, "shape": [-1, *one.shape]}


def _configured(one: TensorKind) -> dict[str, Any]:
    dims = list(one.shape) or [1]
    return {"name": one.name, "data_type": TRITON[one.datatype], "dims": dims}


def _kind(provider: str) -> str:
    return "KIND_CPU" if provider == "CPUExecutionProvider" else "KIND_GPU"
