"""The cascade as one ONNX graph: its thorough net runs for those pictures alone that need it.

PyTorch computes both nets for every picture and takes what is wanted of either; here the second
one is in a branch (``If``), and gets only the unsure pictures of a batch. The nodes between the
two nets, and after them, are written by hand; ``export.check_parity`` compares the whole.
"""

from __future__ import annotations

from collections.abc import Callable

import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, compose
from onnx.helper import make_graph, make_model, make_node, make_tensor, make_tensor_value_info
from torch import Tensor, nn

from training.networks import CLASSES, Cascade, Network, is_unsure

Export = Callable[[nn.Module, list[str]], ModelProto]
SHAPES: dict[str, list[str | int]] = {"logits": ["n", CLASSES], "gate": ["n"]}


class Look(nn.Module):
    """A net's logits (n, 10) and gate (n,)."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Look at ``image`` (n, 1, 28, 28)."""
        answer = self.network(image)
        return answer.logits, answer.gate


class QuickLook(Look):
    """The same of the quick net, and of which pictures (n,) it is unsure."""

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Look at ``image`` (n, 1, 28, 28)."""
        answer = self.network(image)
        return answer.logits, answer.gate, is_unsure(answer)


def join(cascade: Cascade, temperature: float, export: Export) -> ModelProto:
    """Return ``cascade`` in ONNX, its probabilities softened by ``temperature``.

    ``export`` turns a module into ONNX, given its outputs' names.
    """
    quick = export(QuickLook(cascade.quick), [*SHAPES, "unsure"])
    thorough = export(Look(cascade.thorough), [*SHAPES])
    first = _named(quick.graph, "quick", "image")
    second = _named(thorough.graph, "thorough", "unsure_image")
    graph = make_graph(
        [*first.node, *_whether_any(), _choice(second), *_ending()],
        "cascade", first.input,
        [_value("probabilities", SHAPES["logits"]), _value("digitness", SHAPES["gate"])],
        [*first.initializer, make_tensor("temperature", TensorProto.FLOAT, [], [temperature])],
    )  # fmt: skip
    model: ModelProto = make_model(graph, opset_imports=quick.opset_import)
    model.ir_version = quick.ir_version
    return model


def _named(graph: GraphProto, prefix: str, image: str) -> GraphProto:
    """Put ``prefix`` before each name in ``graph``, and call its input ``image``."""
    graph = compose.add_prefix_graph(graph, f"{prefix}/")
    for node in graph.node:
        node.input[:] = [image if name == f"{prefix}/image" else name for name in node.input]
    graph.input[0].name = image
    return graph


def _whether_any() -> list[NodeProto]:
    """Compute whether the quick net is unsure of any picture of the batch."""
    return [
        make_node("Cast", ["quick/unsure"], ["unsure"], to=TensorProto.FLOAT),
        make_node("ReduceMax", ["unsure"], ["most_unsure"], keepdims=0),
        make_node("Cast", ["most_unsure"], ["any_unsure"], to=TensorProto.BOOL),
    ]


def _choice(thorough: GraphProto) -> NodeProto:
    """Ask the ``thorough`` net where the quick one is unsure, else take what that one says."""
    asked = make_graph(
        [
            make_node("NonZero", ["quick/unsure"], ["row_of_places"]),
            make_node("Transpose", ["row_of_places"], ["places"]),
            make_node("GatherND", ["image", "places"], ["unsure_image"]),
            *thorough.node,
            *_mean("logits"),
            *_mean("gate"),
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
    """Put the mean of both nets' ``output`` in the place of the quick one's where it is unsure."""
    quick, thorough = f"quick/{output}", f"thorough/{output}"
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
        make_node("Sigmoid", ["gate"], ["digitness"]),
    ]


def _value(name: str, shape: list[str | int]) -> ValueInfoProto:
    value: ValueInfoProto = make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
    return value
