"""Open a model as an ONNX Runtime session, and verify which provider runs its nodes.

Where a CUDA library is missing, onnxruntime-gpu still lists CUDA, but runs on the CPU without an
error (microsoft/onnxruntime #23372). So CUDA is tried alone with the fall-back turned off, and the
session's own record says where its nodes run.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass

import onnxruntime as ort

from app.errors import DeviceError, ModelError
from app.recognition import cuda

CPU = "CPUExecutionProvider"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Engine:
    """A session, its main provider, and how many nodes run on each provider."""

    session: ort.InferenceSession
    provider: str
    nodes: dict[str, int]


def open_engine(model: bytes, device: str) -> Engine:
    """Open ``model`` on CUDA where ``device`` asks for it, or is ``"auto"`` and it works; else CPU.

    Raises ``DeviceError`` where ``device`` is ``"cuda"`` and any node would run elsewhere, and
    ``ModelError`` where ONNX Runtime cannot open the model at all.
    """
    if device == "cpu" or (device == "auto" and not cuda.has_driver()):
        return _on_cpu(model)
    try:
        return _on_cuda(model)
    except DeviceError as error:
        if device == "cuda":
            raise
        log.warning("there is an NVIDIA driver, but the CPU is used: %s", error)
        return _on_cpu(model)


def _on_cpu(model: bytes) -> Engine:
    try:
        return _engine(ort.InferenceSession(model, session_options(), [CPU], enable_fallback=0))
    except Exception as error:  # ONNX Runtime has no common base for its errors
        raise ModelError(f"ONNX Runtime cannot open it ({error})") from error


def _on_cuda(model: bytes) -> Engine:
    missing = cuda.missing()
    if missing:
        raise DeviceError(
            f"CUDA cannot be used: missing {', '.join(missing)}. ONNX Runtime "
            f"{ort.__version__} needs CUDA 13 and cuDNN 9: {cuda.INSTALL}"
        )
    options = session_options()
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    providers = [(cuda.PROVIDER, cuda.OPTIONS)]
    try:
        engine = _engine(ort.InferenceSession(model, options, providers, enable_fallback=0))
    except Exception as error:  # ONNX Runtime has no common base for its errors
        _on_cpu(model)  # where that fails as well, it is the model's fault, not the device's
        raise DeviceError(f"CUDA cannot be used: {error}") from error
    if set(engine.nodes) != {cuda.PROVIDER}:
        raise DeviceError(f"CUDA cannot be used for all of the model: {engine.nodes}")
    return engine


def session_options() -> ort.SessionOptions:
    """Return the options of every session: one thread, no spinning, no warnings."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # a 28x28 network has no work for two
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    return options


def _engine(session: ort.InferenceSession) -> Engine:
    nodes: Counter[str] = Counter()
    for part in session.get_provider_graph_assignment_info():
        nodes[part.ep_name] += len(part.get_nodes())
    return Engine(session, session.get_providers()[0], dict(nodes))
