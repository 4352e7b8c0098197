"""The networks: dense ones such as "784-15-10", and the convolutional default."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, cat, nn, where

from training.config import ConfigError, TrainConfig

CLASSES = 10
PIXELS = 28 * 28
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky-relu")
SURE = 0.98  # probability of a digit from which the first stage alone answers
SURE_DIGITNESS = 3.0  # absolute value of the digitness logit from which it does


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
    """``logits`` (n, 10); ``digitness_logit`` (n,), of being one digit; ``hidden`` activations."""

    logits: Tensor
    digitness_logit: Tensor
    hidden: tuple[Tensor, ...] = ()


class Network(nn.Module):
    """Pictures (n, 1, 28, 28) in 0..1 in, an ``Answer`` out.

    ``digitness_head`` tells digits from negatives; it has its own loss and optimiser.
    """

    digitness_head: nn.Module

    def forward(self, images: Tensor) -> Answer:
        """Classify ``images``."""
        raise NotImplementedError

    def stages(self, images: Tensor) -> tuple[Answer, ...]:
        """Return the answer of each stage, for the loss: here of the only one."""
        return (self(images),)

    def __call__(self, images: Tensor) -> Answer:
        answer: Answer = super().__call__(images)
        return answer


class ConvolutionalNet(Network):
    """Convolutions, whose last maps are pooled over all places by mean and by maximum.

    Pooling makes the answer independent of a digit's place. Weighted sums over places learned
    faster, with a lower validation accuracy.
    """

    def __init__(self, layers: tuple[Convolution, ...], dropout: float) -> None:
        super().__init__()
        before = (1, *(layer.maps for layer in layers))
        parts = (_convolution(*pair) for pair in zip(before, layers, strict=False))
        self.features = nn.Sequential(*(module for part in parts for module in part))
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(2 * layers[-1].maps, CLASSES)
        self.digitness_head = nn.Sequential(
            nn.Linear(2 * layers[-1].maps, 64), nn.ReLU(), nn.Linear(64, 1)
        )

    def forward(self, images: Tensor) -> Answer:
        """Classify ``images`` (n, 1, 28, 28)."""
        maps = self.features(images)
        found = cat((maps.mean((2, 3)), maps.amax((2, 3))), dim=1)
        digitness_logit = self.digitness_head(found).squeeze(1)
        return Answer(self.classifier(self.dropout(found)), digitness_logit)


class Cascade(Network):
    """Two stages: a quick network for all pictures, a thorough one for the unsure ones.

    For those the mean of both logits counts. After S. Teerapittayanon, B. McDanel, H. T. Kung,
    "BranchyNet: fast inference via early exiting from deep neural networks" (2016), but with
    two networks that share no weights, so that their mean is that of an ensemble.
    """

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.quick = ConvolutionalNet(QUICK, dropout)
        self.thorough = ConvolutionalNet(THOROUGH, dropout)

    @property
    def digitness_head(self) -> nn.Module:  # type: ignore[override]
        """The digitness heads of both stages."""
        return nn.ModuleList((self.quick.digitness_head, self.thorough.digitness_head))

    def stages(self, images: Tensor) -> tuple[Answer, ...]:
        """Return the answers of the quick and the thorough stage, each for all ``images``."""
        return self.quick(images), self.thorough(images)

    def forward(self, images: Tensor) -> Answer:
        """Classify ``images`` (n, 1, 28, 28)."""
        quick, thorough = self.stages(images)
        unsure = is_unsure(quick)
        digitness_logit = (quick.digitness_logit + thorough.digitness_logit) / 2
        return Answer(
            where(unsure.unsqueeze(1), (quick.logits + thorough.logits) / 2, quick.logits),
            where(unsure, digitness_logit, quick.digitness_logit),
        )


def is_unsure(answer: Answer) -> Tensor:
    """Return for which pictures (n,) the second stage is needed.

    Not for sure negatives, nor for digits that are surely one of the ten.
    """
    unclear = answer.logits.softmax(dim=1).amax(dim=1) < SURE
    digitness = answer.digitness_logit
    return (digitness > -SURE_DIGITNESS) & (unclear | (digitness < SURE_DIGITNESS))


class DenseNet(Network):
    """A dense network: every neuron is connected to all neurons of the layer before.

    Its digitness head is a small network of its own on the pixels, so that the network for the
    ten digits stays exactly the one of the course (docs/learn.md).
    """

    def __init__(
        self, sizes: tuple[int, ...], activations: list[nn.Module], dropout: float
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.activations = nn.ModuleList(activations)
        self.dropout = nn.Dropout(dropout)
        self.digitness_head = nn.Sequential(nn.Linear(PIXELS, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, images: Tensor) -> Answer:
        """Classify ``images`` (n, 1, 28, 28)."""
        pixels = images.flatten(1)
        hidden: list[Tensor] = []
        current = pixels
        for layer, activation in zip(self.layers[:-1], self.activations, strict=True):
            hidden.append(activation(layer(current)))
            current = self.dropout(hidden[-1])
        digitness_logit = self.digitness_head(pixels).squeeze(1)
        return Answer(self.layers[-1](current), digitness_logit, tuple(hidden))


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
            f"--network {network}: give conv, quick or the neurons of each layer, "
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
    """Yield the weights of each layer, by name, from the pixels on; not of digitness heads."""
    for name, parameter in network.named_parameters():
        if parameter.dim() > 1 and not is_of_digitness_head(name):
            yield name.removesuffix(".weight"), parameter


def is_of_digitness_head(name: str) -> bool:
    """Whether the parameter of that name belongs to a digitness head."""
    return "digitness_head" in name.split(".")


def describe(network: Network) -> str:
    """Return a text of the layers and the number of weights, biases included."""
    digitness = count_weights(network.digitness_head)
    digits = count_weights(network) - digitness
    layers = [
        f"  {name:12s} {tuple(weights.shape)!s:18s} {weights.numel():7,} weights"
        for name, weights in weight_layers(network)
    ]
    total = f"{digits:,} weights for the ten digits, {digitness:,} for the digitness head"
    return "\n".join([*layers, total])


def count_weights(module: nn.Module) -> int:
    """Count the parameters of ``module``, biases included."""
    return sum(parameter.numel() for parameter in module.parameters())


def _convolution(before: int, layer: Convolution) -> tuple[nn.Module, ...]:
    maps, size, stride = layer
    return (
        nn.Conv2d(before, maps, size, stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(maps),
        nn.ReLU(),
    )
