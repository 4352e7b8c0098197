"""The networks: dense ones from "784-15-10", and the convolutional default. Nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, cat, nn

from training.config import ConfigError, TrainConfig

CLASSES = 10
PIXELS = 28 * 28
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky-relu")


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

    def __call__(self, images: Tensor) -> Answer:
        answer: Answer = super().__call__(images)
        return answer


class ConvolutionalNet(Network):
    """Five convolutions, whose 64 maps are pooled over all places by mean and by maximum.

    Pooling forgets where a stroke was found, and so what is learned holds for a shifted digit;
    weighted sums over places learned faster, and read fewer of the validation digits right.
    """

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_convolution(1, 16, size=5, stride=2),
            *_convolution(16, 32),
            *_convolution(32, 64, stride=2),
            *_convolution(64, 64),
            *_convolution(64, 64),
        )
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(128, CLASSES)
        self.gate = nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, images: Tensor) -> Answer:
        """Classify ``images`` (n, 1, 28, 28)."""
        maps = self.features(images)
        found = cat((maps.mean((2, 3)), maps.amax((2, 3))), dim=1)
        return Answer(self.classifier(self.dropout(found)), self.gate(found).squeeze(1))


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
        return ConvolutionalNet(config.dropout)
    sizes = layer_sizes(config.network)
    return DenseNet(sizes, activations(config, len(sizes) - 2), config.dropout)


def layer_sizes(network: str) -> tuple[int, ...]:
    """Read "784-15-10" as (784, 15, 10); raises ``ConfigError``."""
    parts = network.split("-")
    sizes = tuple(int(part) for part in parts if part.isdecimal())
    fits = len(sizes) == len(parts) > 1 and (sizes[0], sizes[-1]) == (PIXELS, CLASSES)
    if not fits or 0 in sizes:
        raise ConfigError(
            f"--network {network}: neither conv nor the neurons a layer, "
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
        if parameter.dim() > 1 and not name.startswith("gate."):
            yield name.removesuffix(".weight"), parameter


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


def _convolution(
    before: int, after: int, *, size: int = 3, stride: int = 1
) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(before, after, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(),
    )
