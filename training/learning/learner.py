"""The state of training, which can be saved and restored bit for bit."""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from training.config import TrainConfig
from training.networks.architectures import Network, build, is_of_digitness_head

DIGITNESS_RATE = 1e-3  # learning rate of the digitness head


@dataclass(frozen=True)
class EpochResult:
    """The result of an epoch: mean loss and accuracy on the training and the validation split.

    Both are measured after the epoch, without augmentation and dropout. ``gradient_norms`` holds
    the mean norm of the loss's gradient for each layer's weights, from the pixels on.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    seconds: float
    gradient_norms: tuple[float, ...]


class Learner:
    """Weights, their average, optimisers, random generators, and the results of the epochs."""

    def __init__(self, config: TrainConfig) -> None:
        """Set up ``config``'s network, seeded, on its device; raises ``ConfigError``."""
        torch.manual_seed(config.seed)
        self.config = config
        self.net = build(config).to(config.device)
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.learned = copy.deepcopy(self.net).eval()  # the running average, which is saved
        self.optimizers = _make_optimizers(self.net, config)
        self.generator = torch.Generator(config.device).manual_seed(config.seed)
        self.steps = 0
        self.history: list[EpochResult] = []
        self.best: dict[str, Tensor] = {}
        self.fine_tuning: list[EpochResult] = []  # results of its epochs, if any

    def begin_with(self, weights: dict[str, Tensor]) -> None:
        """Start from ``weights`` instead of fresh ones."""
        self.net.load_state_dict(weights)
        self.learned.load_state_dict(weights)

    def remember(self, result: EpochResult) -> None:
        """Add ``result`` to the history; keep the weights if they are the best so far."""
        self.history.append(result)
        if self.best_epoch == result.epoch:
            self.best = {name: value.clone() for name, value in self.learned.state_dict().items()}

    @property
    def best_epoch(self) -> int:
        """The epoch, from 1, of the highest validation accuracy, and of several the least loss.

        The loss alone would penalise label smoothing.
        """
        return min(self.history, key=lambda r: (-r.validation_accuracy, r.validation_loss)).epoch

    @property
    def is_done(self) -> bool:
        """Whether all epochs are over, or ``patience`` is."""
        epoch, patience = len(self.history), self.config.patience
        stalled = bool(patience and epoch and epoch - self.best_epoch >= patience)
        return stalled or epoch >= self.config.epochs

    def best_network(self) -> Network:
        """Return the network as it was after the best epoch."""
        network = copy.deepcopy(self.learned)
        network.load_state_dict(self.best)
        return network.eval()

    def state(self) -> dict[str, Any]:
        """Return everything that the next step depends on."""
        return {
            "net": self.net.state_dict(),
            "learned": self.learned.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "generator": self.generator.get_state(),
            "random": torch.get_rng_state(),
            "cuda_random": torch.cuda.get_rng_state_all(),
            "steps": self.steps,
            "history": [asdict(result) for result in self.history],
            "best": self.best,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a ``state`` of a learner of the same config."""
        self.net.load_state_dict(state["net"])
        self.learned.load_state_dict(state["learned"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.generator.set_state(state["generator"])
        torch.set_rng_state(state["random"])
        torch.cuda.set_rng_state_all(state["cuda_random"])
        self.steps = state["steps"]
        self.history = [EpochResult(**result) for result in state["history"]]
        self.best = state["best"]


def _make_optimizers(net: Network, config: TrainConfig) -> tuple[Optimizer, Optimizer]:
    """Make the optimiser of ``config``, and the digitness head's, which no flag changes."""
    digits = [p for name, p in net.named_parameters() if not is_of_digitness_head(name)]
    rate, decay = config.learning_rate, config.weight_decay
    makers: dict[str, Any] = {
        "sgd": lambda: torch.optim.SGD(digits, rate, weight_decay=decay),
        "momentum": lambda: torch.optim.SGD(digits, rate, config.momentum, weight_decay=decay),
        "nag": lambda: torch.optim.SGD(
            digits, rate, config.momentum, weight_decay=decay, nesterov=True
        ),
        "adagrad": lambda: torch.optim.Adagrad(digits, rate, weight_decay=decay),
        "adam": lambda: torch.optim.Adam(digits, rate, weight_decay=decay),
        "adamw": lambda: torch.optim.AdamW(digits, rate, weight_decay=decay),
    }
    optimizer: Optimizer = makers[config.optimizer]()
    return optimizer, torch.optim.AdamW(_parameters(net.digitness_head), DIGITNESS_RATE)


def _parameters(module: nn.Module) -> list[nn.Parameter]:
    return list(module.parameters())
