"""Learning: batches, losses, gradients, steps; one ``EpochResult`` after every epoch.

The schedule is Smith and Topin's one cycle (arXiv 1708.07120), the optimiser AdamW
(Loshchilov and Hutter, arXiv 1711.05101), and what is judged and kept is the running average
of the weights (Polyak and Juditsky, 1992).
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from training.augment import augment
from training.config import TrainConfig
from training.networks import Answer, Network, build

WARM_UP = 0.15  # share of all steps in which the learning rate rises
NEGATIVES_SHARE = 0.2  # non-digits a digit in each batch
GATE_WEIGHT = 0.5  # of the gate's loss beside that of the ten digits
GATE_RATE = 1e-3
SAMPLE = 5000  # training digits on which fit is measured as on validation
EVALUATION_BATCH = 1000


@dataclass(frozen=True)
class Examples:
    """Tensors resident on the training device: images (n, 1, 28, 28) in 0..1, labels (n,)."""

    images: Tensor
    labels: Tensor


@dataclass(frozen=True)
class EpochResult:
    """What an epoch came to: mean loss and share of digits read right, on either part.

    Both are measured after the epoch, on digits as they are and with nothing switched off.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    seconds: float


class Learner:
    """All that changes while learning: weights, their average, optimisers, randomness."""

    def __init__(self, config: TrainConfig) -> None:
        """Set up ``config``'s network, seeded, on its device."""
        torch.manual_seed(config.seed)
        self.config = config
        self.net = build(config.network).to(config.device)
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.learned = copy.deepcopy(self.net).eval()  # the running average: what is kept
        gate = list(self.net.gate.parameters())
        others = [p for name, p in self.net.named_parameters() if not name.startswith("gate.")]
        self.optimizer = torch.optim.AdamW(others, weight_decay=config.weight_decay)
        self.gate_optimizer = torch.optim.AdamW(gate, lr=GATE_RATE)
        self.generator = torch.Generator(config.device).manual_seed(config.seed)
        self.epoch = 0
        self.steps = 0


def fit(
    learner: Learner, train: Examples, validation: Examples, negatives: Tensor
) -> Iterator[EpochResult]:
    """Train ``learner`` epoch by epoch, up to its config's number of them.

    ``negatives`` (n, 1, 28, 28) are pictures that are no digit.
    """
    while learner.epoch < learner.config.epochs:
        begun = time.perf_counter()
        rate = _run_epoch(learner, train, negatives)
        learner.epoch += 1
        sample = Examples(train.images[:SAMPLE], train.labels[:SAMPLE])
        yield EpochResult(
            learner.epoch,
            *measure(learner.learned, sample),
            *measure(learner.learned, validation),
            rate,
            time.perf_counter() - begun,
        )


def measure(net: Network, examples: Examples) -> tuple[float, float]:
    """Return mean cross-entropy and accuracy of ``net`` on ``examples``."""
    logits = answer(net, examples.images).logits
    loss = functional.cross_entropy(logits, examples.labels)
    return float(loss), float((logits.argmax(1) == examples.labels).float().mean())


@torch.inference_mode()
def answer(net: Network, images: Tensor) -> Answer:
    """Return ``net``'s logits and gate for ``images`` (n, 1, 28, 28), learning nothing."""
    net.eval()
    parts = [
        net(batch.contiguous(memory_format=torch.channels_last))
        for batch in images.split(EVALUATION_BATCH)  # type: ignore[no-untyped-call]
    ]
    return Answer(torch.cat([p.logits for p in parts]), torch.cat([p.gate for p in parts]))


def one_cycle(step: int, steps: int, peak: float) -> float:
    """Return the learning rate of ``step`` of ``steps``: a linear rise, then a cosine to zero."""
    rise = max(1, int(WARM_UP * steps))
    if step < rise:
        return peak * (step + 1) / rise
    return peak * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise))) / 2


def _run_epoch(learner: Learner, train: Examples, negatives: Tensor) -> float:
    """Pass once through ``train`` in random order; return the last learning rate."""
    config, generator = learner.config, learner.generator
    order = torch.randperm(len(train.labels), generator=generator, device=train.labels.device)
    batches = order.split(config.batch_size)  # type: ignore[no-untyped-call]
    learner.net.train()
    rate = 0.0
    title = f"epoch {learner.epoch + 1}/{config.epochs}"
    for batch in tqdm(batches, title, leave=False, disable=None):
        rate = one_cycle(learner.steps, config.epochs * len(batches), config.learning_rate)
        _step(learner, train.images[batch], train.labels[batch], negatives, rate)
    return rate


def _step(learner: Learner, images: Tensor, labels: Tensor, negatives: Tensor, rate: float) -> None:
    """Take one step down the gradient of the loss on a batch."""
    count = math.ceil(NEGATIVES_SHARE * len(images))
    drawn = torch.randint(
        len(negatives), (count,), generator=learner.generator, device=images.device
    )
    batch = torch.cat((images, negatives[drawn]))
    if learner.config.augment:
        batch = augment(batch, learner.generator)
    loss = _loss(learner.net, batch, labels, learner.config.label_smoothing)
    for group in learner.optimizer.param_groups:
        group["lr"] = rate
    for optimizer in (learner.optimizer, learner.gate_optimizer):
        optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    for optimizer in (learner.optimizer, learner.gate_optimizer):
        optimizer.step()
    _update_average(learner)


@torch.no_grad()
def _update_average(learner: Learner) -> None:
    """Move the average towards the weights, faster while they are young."""
    learner.steps += 1
    decay = min(learner.config.averaging, learner.steps / (learner.steps + 10))
    pairs = zip(
        learner.learned.state_dict().values(), learner.net.state_dict().values(), strict=True
    )
    for average, current in pairs:
        if average.is_floating_point():
            average.lerp_(current, 1 - decay)


def _loss(net: Network, batch: Tensor, labels: Tensor, label_smoothing: float) -> Tensor:
    """The digits come first in ``batch``; what follows is none."""
    answer = net(batch.contiguous(memory_format=torch.channels_last))
    digits = len(labels)
    is_digit = torch.zeros_like(answer.gate)
    is_digit[:digits] = 1
    classes = functional.cross_entropy(
        answer.logits[:digits], labels, label_smoothing=label_smoothing
    )
    return classes + GATE_WEIGHT * functional.binary_cross_entropy_with_logits(
        answer.gate, is_digit
    )
