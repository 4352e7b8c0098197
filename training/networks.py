"""The networks: dense ones from "784-15-10", and the convolutional default. Nothing else."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, cat, nn

CLASSES = 10
PIXELS = 28 * 28


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
    """Five convolutions, pooled by mean and by maximum: 75 thousand weights, 126 us a digit."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_convolution(1, 16, size=5, stride=2),
            *_convolution(16, 32),
            *_convolution(32, 32),
            *_convolution(32, 64, stride=2),
            *_convolution(64, 64),
        )
        self.classifier = nn.Linear(128, CLASSES)
        self.gate = nn.Sequential(nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, images: Tensor) -> Answer:
        """Classify ``images`` (n, 1, 28, 28)."""
        maps = self.features(images)
        pooled = cat((maps.mean((2, 3)), maps.amax((2, 3))), dim=1)
        return Answer(self.classifier(pooled), self.gate(pooled).squeeze(1))


class DenseNet(Network):
    """The course's network: every neuron sees all neurons of the layer before.

    Its gate is a small net of its own on the pixels, so that the course's stays as it is told.
    """

    def __init__(self, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Linear(before, after) for before, after in zip(sizes, sizes[1:], strict=False)
        )
        self.gate = nn.Sequential(nn.Linear(PIXELS, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, images: Tensor) -> Answer:
        """Classify ``images`` (n, 1, 28, 28)."""
        pixels = images.flatten(1)
        hidden: list[Tensor] = []
        for layer in self.layers[:-1]:
            hidden.append(layer(hidden[-1] if hidden else pixels).sigmoid())
        logits = self.layers[-1](hidden[-1] if hidden else pixels)
        return Answer(logits, self.gate(pixels).squeeze(1), tuple(hidden))


def build(network: str) -> Network:
    """Build the network that ``network`` names; raises ``ValueError`` where it names none."""
    return ConvolutionalNet() if network == "conv" else DenseNet(layer_sizes(network))


def layer_sizes(network: str) -> tuple[int, ...]:
    """Read "784-15-10" as (784, 15, 10)."""
    parts = network.split("-")
    sizes = tuple(int(part) for part in parts if part.isdecimal())
    fits = len(sizes) == len(parts) > 1 and (sizes[0], sizes[-1]) == (PIXELS, CLASSES)
    if not fits or 0 in sizes:
        raise ValueError(
            f"--network {network}: neither conv nor the neurons a layer, "
            f"from {PIXELS} pixels to {CLASSES} digits, such as 784-15-10"
        )
    return sizes


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
