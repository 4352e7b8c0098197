"""Publishing: a model version appears in the repository whole or not at all.

The layout is Triton's: ``models/<name>/{config.pbtxt,labels.txt,<version>/model.onnx}``,
with our ``card.json`` beside the model.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from PIL import Image

from app.recognition.lines import HEIGHT
from app.recognition.reader import Reader
from app.recognition.reader_contract import LABELS
from app.recognition.recogniser import Recogniser
from app.recognition.verification import check_known_lines
from training.networks.architectures import CLASSES
from training.networks.export import ExportError
from training.runs import files

KNOWN_DIGITS = Path(__file__).parents[2] / "app" / "recognition" / "known_digits.png"
MAX_BATCH = 256


@dataclass(frozen=True)
class Kind:
    """What publishing must know of a kind of model: its trial, its labels, Triton's description."""

    try_out: Callable[[Path], None]
    labels: Sequence[str]
    describe: Callable[[str, bytes], str]


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


def publish(
    models: Path,
    name: str,
    version: int,
    model: bytes,
    card: dict[str, Any],
    kind: Kind | None = None,
) -> Path:
    """Put ``model`` and its ``card`` into the repository, and return their folder.

    Written beside its final name, synced, loaded and tried on known digits, then renamed; a
    model of another ``kind`` is tried in its own way. Raises ``ExportError`` if it misclassifies
    those, ``ModelError`` if the service could not load it, ``OSError`` if writing fails.
    """
    kind = kind or Kind(_try, [str(digit) for digit in range(CLASSES)], triton_config)
    home = models / name
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".new-") as scratch:
        folder = Path(scratch) / str(version)
        folder.mkdir()
        files.write(folder / "model.onnx", model)
        files.write(folder / "card.json", json.dumps(card, indent=2) + "\n")
        kind.try_out(folder)
        files.write(home / "labels.txt", "".join(f"{label}\n" for label in kind.labels))
        files.write(home / "config.pbtxt", kind.describe(name, model))
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


def triton_reader(name: str, model: bytes) -> str:
    """Describe a reader to Triton Inference Server; -1 is any length."""
    return f"""name: "{name}"
backend: "onnxruntime"
max_batch_size: {MAX_BATCH}
input [
  {{ name: "line" data_type: TYPE_FP32 dims: [ 1, {HEIGHT}, -1 ] }}
]
output [
  {{ name: "probabilities" data_type: TYPE_FP32 dims: [ -1, {len(LABELS)} ] }}
]
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


def _try_reader(folder: Path) -> None:
    """Load ``folder`` as the service does, and test it on the service's ten known lines."""
    check_known_lines(Reader(folder, device="cpu"))


READER = Kind(_try_reader, ["blank", *LABELS[1:]], triton_reader)
