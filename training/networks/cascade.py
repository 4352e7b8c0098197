"""The cascade as one ONNX graph: its thorough stage runs only for the pictures that need it.

PyTorch computes both stages for every picture and then selects; here the second one is in a
branch (``If``), and gets only the unsure pictures of a batch. The nodes between the two stages,
and after them, are written by hand; ``export.check_parity`` compares the whole.
"""

from __future__ import annotations

from collections.abc import Callable

import onnx.utils
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, compose
from onnx.helper import make_graph, make_model, make_node, make_tensor, make_tensor_value_info
from torch import Tensor, nn

from training.networks.architectures import CLASSES, Cascade, is_unsure

Export = Callable[[nn.Module, list[str]], ModelProto]
SHAPES: dict[str, list[str | int]] = {"logits": ["n", CLASSES], "digitness_logit": ["n"]}


class BothStages(nn.Module):
    """The answers of both stages, and for which pictures (n,) the quick one is unsure."""

    outputs = (
        "logits", "digitness_logit", "unsure", "thorough_logits", "thorough_digitness_logit",
    )  # fmt: skip

    def __init__(self, cascade: Cascade) -> None:
        super().__init__()
        self.cascade = cascade

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Run both stages on ``image`` (n, 1, 28, 28); return the ``outputs``."""
        quick, thorough = self.cascade.stages(image)
        first = (quick.logits, quick.digitness_logit, is_unsure(quick))
        return (*first, thorough.logits, thorough.digitness_logit)


def join(cascade: Cascade, temperature: float, export: Export) -> ModelProto:
    """Return ``cascade`` in ONNX, its probabilities softened by ``temperature``.

    ``export`` turns a module into ONNX, given its outputs' names. That takes seconds, and so both
    stages are exported as one module, and then separated.
    """
    both = export(BothStages(cascade), list(BothStages.outputs))
    quick = _part(both, "quick", "image", BothStages.outputs[:3])
    thorough = _part(both, "thorough", "unsure_image", BothStages.outputs[3:])
    graph = make_graph(
        [*quick.node, *_whether_any(), _choice(thorough), *_ending()],
        "cascade", quick.input,
        [
            _value("probabilities", SHAPES["logits"]),
            _value("digitness", SHAPES["digitness_logit"]),
        ],
        [*quick.initializer, make_tensor("temperature", TensorProto.FLOAT, [], [temperature])],
    )  # fmt: skip
    model: ModelProto = make_model(graph, opset_imports=both.opset_import)
    model.ir_version = both.ir_version
    return model


def _part(both: ModelProto, stage: str, image: str, outputs: tuple[str, ...]) -> GraphProto:
    """Extract what computes ``outputs`` from ``both``; prefix each name in it with ``stage``.

    Its input is called ``image``.
    """
    part = onnx.utils.Extractor(both).extract_model(["image"], list(outputs)).graph
    graph = compose.add_prefix_graph(part, f"{stage}/")
    for node in graph.node:
        node.input[:] = [image if name == f"{stage}/image" else name for name in node.input]
    graph.input[0].name = image
    return graph


def _whether_any() -> list[NodeProto]:
    """Compute whether the quick stage is unsure of any picture of the batch."""
    return [
        make_node("Cast", ["quick/unsure"], ["unsure"], to=TensorProto.FLOAT),
        make_node("ReduceMax", ["unsure"], ["most_unsure"], keepdims=0),
        make_node("Cast", ["most_unsure"], ["any_unsure"], to=TensorProto.BOOL),
    ]


def _choice(thorough: GraphProto) -> NodeProto:
    """Run the ``thorough`` stage where the quick one is unsure, else keep the quick answer."""
    asked = make_graph(
        [
            make_node("NonZero", ["quick/unsure"], ["row_of_places"]),
            make_node("Transpose", ["row_of_places"], ["places"]),
            make_node("GatherND", ["image", "places"], ["unsure_image"]),
            *thorough.node,
            *_mean("logits"),
            *_mean("digitness_logit"),
        ],
        "asked", [], [_value(f"both/{name}", shape) for name, shape in SHAPES.items()],
        [*thorough.initializer, make_tensor("half", TensorProto.FLOAT, [], [0.5])],
    )  # fmt: skip
    believed = make_graph(
        [make_node("Identity", [f"quick/{name}"], [f"one/{name}"]) for name in SHAPES],
        "believed", [], [_value(f"one/{name}", shape) for name, shape in SHAPES.items()],
    )  # fmt: skip
    return make_node("If", ["any_unsure"], list(SHAPES), then_branch=asked, else_branch=believed)


def _mean(output: str) -> list[NodeProto]:
    """Replace the quick stage's ``output`` by the mean of both stages where it is unsure."""
    quick, thorough = f"quick/{output}", f"thorough/thorough_{output}"
    some, total, mean = (f"{word}/{output}" for word in ("some", "sum", "mean"))
    return [
        make_node("GatherND", [quick, "places"], [some]),
        make_node("Add", [some, thorough], [total]),
        make_node("Mul", [total, "half"], [mean]),
        make_node("ScatterND", [quick, "places", mean], [f"both/{output}"]),
    ]


def _ending() -> list[NodeProto]:
    return [
        make_node("Div", ["logits", "temperature"], ["softened"]),
        make_node("Softmax", ["softened"], ["probabilities"], axis=1),
        make_node("Sigmoid", ["digitness_logit"], ["digitness"]),
    ]


def _value(name: str, shape: list[str | int]) -> ValueInfoProto:
    value: ValueInfoProto = make_tensor_value_info(name, TensorProto.FLOAT, shape)
    return value
