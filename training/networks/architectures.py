"""The networks: dense ones from "784-15-10", and the convolutional default. Nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, cat, nn, where

from training.config import ConfigError, TrainConfig

CLASSES = 10
PIXELS = 28 * 28
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky-relu")
SURE = 0.98  # probability of a digit from which the quick net is believed
SURE_GATE = 3.0  # logit of being a digit, or of being none, from which it is


class Convolution(NamedTuple):
    """A layer's count of ``maps``, its window's ``size`` and ``stride``."""

    maps: int
    size: int = 3
    stride: int = 1


QUICK = (
    Convolution(16, size=5, stride=2), Convolution(32),
    Convolution(48, stride=2), Convolution(48), Convolution(64),
)  # fmt: skip
THOROUGH = (
    Convolution(24, size=5), Convolution(48, stride=2), Convolution(48),
    Convolution(96, stride=2), Convolution(96), Convolution(96),
)  # fmt: skip


class Answer(NamedTuple):
    """``logits`` (n, 10); ``gate`` (n,), the logit of being a digit; ``hidden`` activations."""

    logits: Tensor
    gate: Tensor
    hidden: tuple[Tensor, ...] = ()


class Network(nn.Module):
    """Pictures (n, 1, 28, 28) in 0..1 in, an ``Answer`` out.

    ``gate`` tells digits from other drawings; it is learned with its own loss and optimiser.
    """

    gate: nn.Module

    def forward(self, images: Tensor) -> Answer:
        """Classify ``images``."""
        raise NotImplementedError

    def looks(self, images: Tensor) -> tuple[Answer, ...]:
        """Return every answer that is to be learned: here the one that there is."""
        return (self(images),)

    def __call__(self, images: Tensor) -> Answer:
        answer: Answer = super().__call__(images)
        return answer


class ConvolutionalNet(Network):
    """Convolutions, whose last maps are pooled over all places by mean and by maximum.

    Pooling forgets where a stroke was found, and so what is learned holds for a shifted digit;
    weighted sums over places learned faster, and read fewer of the validation digits right.
    """

    def __init__(self, layers: tuple[Convolution, ...], dropout: float) -> None:
        super().__init__()
        before = (1, *(layer.maps for layer in layers))
        parts = (_convolution(*pair) for pair in zip(before, layers, strict=False))
        self.features = nn.Sequential(*(module for part in parts for module in part))
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(2 * layers[-1].maps, CLASSES)
        self.gate = nn.Sequential(nn.Linear(2 * layers[-1].maps, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, images: Tensor) -> Answer:
        """Classify ``images`` (n, 1, 28, 28)."""
        maps = self.features(images)
        found = cat((maps.mean((2, 3)), maps.amax((2, 3))), dim=1)
        return Answer(self.classifier(self.dropout(found)), self.gate(found).squeeze(1))


class Cascade(Network):
    """A quick net for every picture, and a thorough one for those that it is not sure of.

    There the mean of both decides. After S. Teerapittayanon, B. McDanel, H. T. Kung,
    "BranchyNet: fast inference via early exiting from deep neural networks" (2016), but with
    two nets that share nothing, since two opinions are worth more than one that goes on.
    """

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.quick = ConvolutionalNet(QUICK, dropout)
        self.thorough = ConvolutionalNet(THOROUGH, dropout)

    @property
    def gate(self) -> nn.Module:  # type: ignore[override]
        """The gates of both."""
        return nn.ModuleList((self.quick.gate, self.thorough.gate))

    def looks(self, images: Tensor) -> tuple[Answer, ...]:
        """Return the quick net's answer and the thorough one's, each to all ``images``."""
        return self.quick(images), self.thorough(images)

    def forward(self, images: Tensor) -> Answer:
        """Classify ``images`` (n, 1, 28, 28)."""
        quick, thorough = self.looks(images)
        again = is_unsure(quick)
        return Answer(
            where(again.unsqueeze(1), (quick.logits + thorough.logits) / 2, quick.logits),
            where(again, (quick.gate + thorough.gate) / 2, quick.gate),
        )


def is_unsure(answer: Answer) -> Tensor:
    """Say of which pictures (n,) a second opinion is wanted.

    Not of those that are surely no digit, nor of digits that are surely one of the ten.
    """
    unclear = answer.logits.softmax(dim=1).amax(dim=1) < SURE
    return (answer.gate > -SURE_GATE) & (unclear | (answer.gate < SURE_GATE))


class DenseNet(Network):
    """The course's network: every neuron sees all neurons of the layer before.

    Its gate is a small net of its own on the pixels, so that the course's stays as it is told.
    """

    def __init__(
        self, sizes: tuple[int, ...], activations: list[nn.Module], dropout: float
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.activations = nn.ModuleList(activations)
        self.dropout = nn.Dropout(dropout)
        self.gate = nn.Sequential(nn.Linear(PIXELS, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, images: Tensor) -> Answer:
        """Classify ``images`` (n, 1, 28, 28)."""
        pixels = images.flatten(1)
        hidden: list[Tensor] = []
        current = pixels
        for layer, activation in zip(self.layers[:-1], self.activations, strict=True):
            hidden.append(activation(layer(current)))
            current = self.dropout(hidden[-1])
        return Answer(self.layers[-1](current), self.gate(pixels).squeeze(1), tuple(hidden))


def build(config: TrainConfig) -> Network:
    """Build ``config``'s network with fresh weights; raises ``ConfigError``."""
    if config.network == "conv":
        return Cascade(config.dropout)
    if config.network == "quick":
        return ConvolutionalNet(QUICK, config.dropout)
    sizes = layer_sizes(config.network)
    return DenseNet(sizes, activations(config, len(sizes) - 2), config.dropout)


def layer_sizes(network: str) -> tuple[int, ...]:
    """Read "784-15-10" as (784, 15, 10); raises ``ConfigError``."""
    parts = network.split("-")
    sizes = tuple(int(part) for part in parts if part.isdecimal())
    fits = len(sizes) == len(parts) > 1 and (sizes[0], sizes[-1]) == (PIXELS, CLASSES)
    if not fits or 0 in sizes:
        raise ConfigError(
            f"--network {network}: neither conv nor quick nor the neurons a layer, "
            f"from {PIXELS} pixels to {CLASSES} digits, such as 784-15-10"
        )
    return sizes


def activations(config: TrainConfig, hidden_layers: int) -> list[nn.Module]:
    """Make the activation of each hidden layer; raises ``ConfigError``."""
    names = config.activation.split(",")
    if len(names) == 1:
        names *= hidden_layers
    if len(names) != hidden_layers or not set(names) <= set(ACTIVATIONS):
        raise ConfigError(
            f"--activation {config.activation}: give one of {', '.join(ACTIVATIONS)}, "
            f"or one for each of the {hidden_layers} hidden layers, separated by commas"
        )
    makers = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
    return [makers[name]() if name in makers else nn.LeakyReLU(config.slope) for name in names]


def weight_layers(network: Network) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield the weights of each layer that classifies, by name, from the pixels on."""
    for name, parameter in network.named_parameters():
        if parameter.dim() > 1 and not is_of_gate(name):
            yield name.removesuffix(".weight"), parameter


def is_of_gate(name: str) -> bool:
    """Whether the parameter of that name belongs to a gate."""
    return "gate" in name.split(".")


def describe(network: Network) -> str:
    """Say what layers there are and how many weights, biases included."""
    gate = count_weights(network.gate)
    course = count_weights(network) - gate
    layers = [
        f"  {name:12s} {tuple(weights.shape)!s:18s} {weights.numel():7,} weights"
        for name, weights in weight_layers(network)
    ]
    total = f"{course:,} weights to tell the digits, {gate:,} to tell digits from anything else"
    return "\n".join([*layers, total])


def count_weights(module: nn.Module) -> int:
    """Count what is learned, biases included."""
    return sum(parameter.numel() for parameter in module.parameters())


def _convolution(before: int, layer: Convolution) -> tuple[nn.Module, ...]:
    maps, size, stride = layer
    return (
        nn.Conv2d(before, maps, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(maps),
        nn.ReLU(),
    )
