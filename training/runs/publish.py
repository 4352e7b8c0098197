"""Publishing: a model version appears in the repository whole or not at all.

The layout is Triton's: ``models/<name>/{config.pbtxt,labels.txt,<version>/model.onnx}``,
with our ``card.json`` beside the model.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from PIL import Image

from app.recognition.recogniser import Recogniser
from training.networks.architectures import CLASSES
from training.networks.export import ExportError
from training.runs import files

KNOWN_DIGITS = Path(__file__).parents[2] / "app" / "recognition" / "known_digits.png"
MAX_BATCH = 256


def served(models: Path, name: str) -> Path | None:
    """Return the folder of the version that the service would serve, if there is one."""
    version = next_version(models, name) - 1
    return models / name / str(version) if version else None


def next_version(models: Path, name: str) -> int:
    """Return the number after the highest in ``models``/``name``, or 1."""
    folder = models / name
    numbers = [int(p.name) for p in folder.glob("*") if p.name.isdecimal()]
    return max(numbers, default=0) + 1


def refusal(folder: Path) -> str:
    """Return why the service would not serve the network in ``folder``, or ""."""
    try:
        _try(folder)
    except ExportError as error:
        return str(error)
    return ""


def publish(models: Path, name: str, version: int, model: bytes, card: dict[str, Any]) -> Path:
    """Put ``model`` and its ``card`` into the repository, and return their folder.

    Written beside its final name, synced, loaded and tried on known digits, then renamed.
    Raises ``ExportError`` if it misclassifies those, ``ModelError`` if the service could not
    load it, ``OSError`` if writing fails.
    """
    home = models / name
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".new-") as scratch:
        folder = Path(scratch) / str(version)
        folder.mkdir()
        files.write(folder / "model.onnx", model)
        files.write(folder / "card.json", json.dumps(card, indent=2) + "\n")
        _try(folder)
        files.write(home / "labels.txt", "".join(f"{digit}\n" for digit in range(CLASSES)))
        files.write(home / "config.pbtxt", triton_config(name, model))
        folder.rename(home / str(version))
    files.sync(home)
    return home / str(version)


def triton_config(name: str, model: bytes) -> str:
    """Describe ``model`` to Triton Inference Server; dims leave the batch out."""
    hidden = "".join(
        f',\n  {{ name: "{output}" data_type: TYPE_FP32 dims: [ {width} ] }}'
        for output, width in _hidden_outputs(model)
    )
    return f"""name: "{name}"
backend: "onnxruntime"
max_batch_size: {MAX_BATCH}
input [
  {{ name: "image" data_type: TYPE_FP32 dims: [ 1, 28, 28 ] }}
]
output [
  {{ name: "probabilities" data_type: TYPE_FP32 dims: [ {CLASSES} ] label_filename: "labels.txt" }},
  {{ name: "digitness" data_type: TYPE_FP32 dims: [ 1 ] reshape {{ shape: [ ] }} }}{hidden}
]
dynamic_batching {{ max_queue_delay_microseconds: 500 }}
instance_group [ {{ count: 1 kind: KIND_CPU }} ]
version_policy: {{ latest: {{ num_versions: 1 }} }}
parameters {{ key: "intra_op_thread_count" value: {{ string_value: "1" }} }}
"""


def _hidden_outputs(model: bytes) -> list[tuple[str, int]]:
    outputs = onnx.load_from_string(model).graph.output
    return [
        (node.name, node.type.tensor_type.shape.dim[1].dim_value)
        for node in outputs
        if node.name.startswith("hidden_")
    ]


def _try(folder: Path) -> None:
    """Load ``folder`` as the service does, and test it on the service's ten known digits."""
    strip = np.asarray(Image.open(KNOWN_DIGITS).convert("L"), dtype=np.float32) / np.float32(255)
    digits = strip.reshape(28, CLASSES, 28).swapaxes(0, 1)
    predictions, _ = Recogniser(folder, device="cpu").recognise(digits, [False] * CLASSES)
    read = [prediction.digit for prediction in predictions]
    if read != list(range(CLASSES)):
        raise ExportError(
            f"the network classifies the known digits 0 to 9 as {read}: it would not be served"
        )
