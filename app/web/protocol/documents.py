"""A model's metadata in the inference protocol, and its configuration in Triton's form."""

from __future__ import annotations

from typing import Any

from app.recognition.contract import INPUT
from app.recognition.images import SIDE
from app.recognition.recogniser import Recogniser

EXTENSIONS = [
    "binary_tensor_data",
    "classification",
    "model_repository",
    "model_repository(unload_dependents)",
    "model_configuration",
    "statistics",
]
IMAGE = [1, SIDE, SIDE]


def metadata(recogniser: Recogniser, loaded: list[str]) -> dict[str, Any]:
    """Return a model's metadata. A request has one of the two inputs."""
    outputs = [
        {"name": name, "datatype": "FP32", "shape": [-1, *shape]}
        for name, shape in recogniser.outputs.items()
    ]
    return {
        "name": recogniser.name,
        "versions": loaded,
        "platform": "onnx_onnxv1",
        "inputs": [
            {"name": INPUT, "datatype": "FP32", "shape": [-1, *IMAGE]},
            {"name": "picture", "datatype": "BYTES", "shape": [-1]},
        ],
        "outputs": [
            *outputs,
            {"name": "digit", "datatype": "INT64", "shape": [-1]},
            {"name": "rejected", "datatype": "BYTES", "shape": [-1]},
        ],
        "parameters": {
            "version": recogniser.version,
            "sha256": recogniser.sha256,
            "provider": recogniser.provider,
            **{f"nodes_{provider}": count for provider, count in recogniser.nodes.items()},
        },
    }


def config(recogniser: Recogniser, max_batch: int) -> dict[str, Any]:
    """Return Triton's model configuration; ``dims`` are without the batch."""
    outputs = [
        {"name": name, "data_type": "TYPE_FP32", "dims": shape or [1]}
        for name, shape in recogniser.outputs.items()
    ]
    return {
        "name": recogniser.name,
        "platform": "onnxruntime_onnx",
        "backend": "onnxruntime",
        "max_batch_size": max_batch,
        "version_policy": {"latest": {"num_versions": 1}},
        "input": [
            {"name": INPUT, "data_type": "TYPE_FP32", "dims": IMAGE, "optional": True},
            {"name": "picture", "data_type": "TYPE_STRING", "dims": [1], "optional": True},
        ],
        "output": [
            *outputs,
            {"name": "digit", "data_type": "TYPE_INT64", "dims": [1]},
            {"name": "rejected", "data_type": "TYPE_STRING", "dims": [1]},
        ],
        "instance_group": [
            {"name": recogniser.name, "kind": _kind(recogniser.provider), "count": 1}
        ],
    }


def _kind(provider: str) -> str:
    return "KIND_CPU" if provider == "CPUExecutionProvider" else "KIND_GPU"
