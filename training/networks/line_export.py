"""The reader's network becomes an ONNX file that answers the same in every runtime."""

from __future__ import annotations

import logging
import warnings

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from training.networks.export import (
    OPSET,
    TOLERANCE,
    ExportError,
    forget_origin,
    open_session,
)
from training.networks.lines import ServableReader

EXAMPLE = (2, 1, 40, 160)  # a batch of one would be taken for a constant


def to_onnx(servable: ServableReader, metadata: dict[str, str]) -> bytes:
    """Return ``servable`` as one ONNX file that takes lines of any number and length."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses torchvision aloud
    dynamic = torch.export.Dim.DYNAMIC
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the exporter's own making
        warnings.simplefilter("ignore", FutureWarning)
        program = torch.onnx.export(
            servable.cpu().eval(), (torch.zeros(EXAMPLE),), dynamo=True, external_data=False,
            opset_version=OPSET, input_names=["line"], output_names=["probabilities"],
            dynamic_shapes=({0: dynamic, 3: dynamic},), verbose=False,
        )  # fmt: skip
    assert program is not None
    model = program.model_proto
    forget_origin(model)
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


@torch.inference_mode()
def check_parity(servable: ServableReader, model: bytes, lines: NDArray[np.float32]) -> float:
    """Return how far ONNX Runtime is from PyTorch at most over ``lines`` (n, 1, 40, w).

    Raises ``ExportError`` where a probability differs by ``TOLERANCE`` or more.
    """
    wanted = servable.eval()(torch.from_numpy(lines)).numpy()
    session = open_session(model)
    parts = [session.run(["probabilities"], {"line": line[None]})[0] for line in lines]
    greatest = float(np.abs(np.concatenate(parts) - wanted).max())
    if not greatest < TOLERANCE:
        raise ExportError(
            f"ONNX Runtime and PyTorch disagree: probabilities differ by up to {greatest:.1e}. "
            "Nothing was published."
        )
    return greatest
