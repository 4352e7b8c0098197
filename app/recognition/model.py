"""What models of all kinds share: their files, their session, and who they are."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime as ort

from app.recognition.contract import DIGITS, MAX_MODEL_BYTES, read_model
from app.recognition.dense import Layer, read_layers
from app.recognition.session import CPU, Engine, open_engine


@dataclass(frozen=True)
class Loaded:
    """A version's files, read and opened as an ONNX Runtime session, but not yet checked."""

    folder: Path
    card: dict[str, Any]
    layers: tuple[Layer, ...]
    engine: Engine

    @property
    def kind(self) -> str:
        """Return the kind that the metadata names: ``DIGITS``, the default, or ``READER``."""
        metadata: dict[str, str] = self.engine.session.get_modelmeta().custom_metadata_map
        return metadata.get("kind", DIGITS)


def load(folder: Path, *, device: str = "auto", max_bytes: int = MAX_MODEL_BYTES) -> Loaded:
    """Read and open ``folder`` (``models/<name>/<version>``).

    Raises ``ModelError`` where a file is missing, damaged or too large, and ``DeviceError`` where
    ``device`` is ``"cuda"`` and CUDA cannot be used.
    """
    model, card = read_model(folder, max_bytes)
    layers = read_layers(model)
    return Loaded(folder, card, layers, open_engine(model, device))


class Model:
    """One version of one model in an ONNX Runtime session. Safe to share among threads."""

    kind: str  # ``DIGITS`` or ``READER``

    def __init__(self, loaded: Loaded) -> None:
        self.name, self.version = loaded.folder.parent.name, loaded.folder.name
        self.card, self.layers = loaded.card, loaded.layers
        self.sha256 = str(self.card["sha256"])
        self.provider, self.nodes = loaded.engine.provider, loaded.engine.nodes
        self._session: ort.InferenceSession = loaded.engine.session
        self._pads = self.provider != CPU
        self._turn = threading.Lock()
