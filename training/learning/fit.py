"""Training: batches, losses, gradients, steps; one ``EpochResult`` after every epoch.

The schedule is Smith and Topin's one cycle (arXiv 1708.07120), the default optimiser AdamW
(Loshchilov and Hutter, arXiv 1711.05101). The running average of the weights (Polyak and
Juditsky, 1992) is what is evaluated and saved.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from training.config import TrainConfig
from training.learning.learner import EpochResult, Learner
from training.networks.architectures import CLASSES, Answer, Network, weight_layers
from training.synthesis.digits.augment import augment

WARM_UP = 0.15  # share of all steps in which the learning rate rises
NEGATIVES_SHARE = 0.3  # negatives per digit in each batch
DIGITNESS_WEIGHT = 0.5  # of the digitness head's loss beside that of the ten digits
DISTILLATION_WEIGHT = 1.0  # of the quick stage's loss against the thorough one's answers
SAMPLE = 5000  # training digits on which learning is measured as on validation
EVALUATION_BATCH = 1000


class DivergenceError(Exception):
    """The loss is not finite any more; the message says what helps."""


@dataclass(frozen=True)
class Examples:
    """Tensors resident on the training device: images (n, 1, 28, 28) in 0..1, labels (n,)."""

    images: Tensor
    labels: Tensor


def fit(
    learner: Learner,
    train: Examples,
    validation: Examples,
    negatives: Tensor,
    *,
    synthetic: Examples | None = None,
    bar: bool = True,
) -> Iterator[EpochResult]:
    """Train ``learner`` epoch by epoch until its config says that it is done.

    ``negatives`` (n, 1, 28, 28) train the digitness head; ``synthetic`` digits replace some of
    ``train``'s in each batch. Raises ``DivergenceError``.
    """
    sample = Examples(train.images[:SAMPLE], train.labels[:SAMPLE])
    while not learner.is_done:
        begun = time.perf_counter()
        norms = _run_epoch(learner, train, negatives, synthetic, bar)
        result = EpochResult(
            len(learner.history) + 1,
            *measure(learner.learned, sample, learner.config),
            *measure(learner.learned, validation, learner.config),
            learner.optimizers[0].param_groups[0]["lr"],
            time.perf_counter() - begun,
            norms,
        )
        if not math.isfinite(result.train_loss + result.validation_loss):
            raise DivergenceError(
                f"Learning diverged in epoch {result.epoch}: the loss is no number any more. "
                f"Lower --learning-rate ({learner.config.learning_rate:g})."
            )
        learner.remember(result)
        yield result


def measure(net: Network, examples: Examples, config: TrainConfig) -> tuple[float, float]:
    """Return mean loss and accuracy of ``net`` on ``examples``."""
    logits = answer(net, examples.images).logits
    right = logits.argmax(1) == examples.labels
    return float(class_loss(logits, examples.labels, config.loss)), float(right.float().mean())


@torch.inference_mode()
def answer(net: Network, images: Tensor) -> Answer:
    """Return ``net``'s logits for ``images`` (n, 1, 28, 28), without gradients."""
    net.eval()
    parts = [
        net(batch.contiguous(memory_format=torch.channels_last))
        for batch in images.split(EVALUATION_BATCH)  # type: ignore[no-untyped-call]
    ]
    return Answer(
        torch.cat([part.logits for part in parts]),
        torch.cat([part.digitness_logit for part in parts]),
    )


def class_loss(logits: Tensor, labels: Tensor, loss: str, smoothing: float = 0.0) -> Tensor:
    """Return the mean loss of ``logits`` (n, 10) for ``labels`` (n,).

    "mse" is the squared error of sigmoid outputs, summed over the ten.
    """
    if loss == "cross-entropy":
        return functional.cross_entropy(logits, labels, label_smoothing=smoothing)
    wanted = functional.one_hot(labels, CLASSES) * (1 - smoothing) + smoothing / CLASSES
    return ((logits.sigmoid() - wanted) ** 2).sum(dim=1).mean()


def learning_rate(step: int, steps: int, config: TrainConfig) -> float:
    """Return the rate of ``step`` of ``steps``: constant, or a linear rise, then a cosine to 0."""
    peak, rise = config.learning_rate, max(1, int(WARM_UP * steps))
    if config.schedule == "constant":
        return peak
    if step < rise:
        return peak * (step + 1) / rise
    return peak * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise))) / 2


def _run_epoch(
    learner: Learner, train: Examples, negatives: Tensor, synthetic: Examples | None, bar: bool
) -> tuple[float, ...]:
    """Pass once through ``train`` in random order; return the mean gradient norms."""
    config, generator = learner.config, learner.generator
    order = torch.randperm(len(train.labels), generator=generator, device=train.labels.device)
    batches = order.split(config.batch_size)  # type: ignore[no-untyped-call]
    learner.net.train()
    title = f"epoch {len(learner.history) + 1}/{config.epochs}"
    norms = []
    for batch in tqdm(batches, title, leave=False, disable=None if bar else True):
        rate = learning_rate(learner.steps, config.epochs * len(batches), config)
        learner.optimizers[0].param_groups[0]["lr"] = rate
        digits = Examples(train.images[batch], train.labels[batch])
        digits = _partly_synthetic(learner, digits, synthetic) if synthetic else digits
        norms.append(_step(learner, digits, negatives))
    mean: list[float] = torch.stack(norms).mean(dim=0).tolist()
    return tuple(mean)


def _partly_synthetic(learner: Learner, digits: Examples, synthetic: Examples) -> Examples:
    """Replace the first digits of a batch, which is in random order, by synthetic ones."""
    count = round(learner.config.synthetic * len(digits.labels))
    drawn = _draw(learner, len(synthetic.labels), count)
    return Examples(
        torch.cat((synthetic.images[drawn], digits.images[count:])),
        torch.cat((synthetic.labels[drawn], digits.labels[count:])),
    )


def _draw(learner: Learner, most: int, count: int) -> Tensor:
    return torch.randint(most, (count,), generator=learner.generator, device=learner.config.device)


def _step(learner: Learner, digits: Examples, negatives: Tensor) -> Tensor:
    """Take one optimiser step on a batch; return the norm of each layer's gradient."""
    count = math.ceil(NEGATIVES_SHARE * len(digits.labels))
    drawn = _draw(learner, len(negatives), count)
    batch = torch.cat((digits.images, negatives[drawn]))
    if learner.config.augment:
        batch = augment(batch, learner.generator, learner.config.augment)
    loss = _loss(learner.net, batch, digits.labels, learner.config)
    for optimizer in learner.optimizers:
        optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    for optimizer in learner.optimizers:
        optimizer.step()
    _update_average(learner)
    gradients = [weights.grad for _, weights in weight_layers(learner.net)]
    return torch.stack([g.norm() for g in gradients if g is not None])


@torch.no_grad()
def _update_average(learner: Learner) -> None:
    """Move the average towards the weights, faster in the first steps."""
    learner.steps += 1
    decay = min(learner.config.averaging, learner.steps / (learner.steps + 10))
    pairs = zip(
        learner.learned.state_dict().values(), learner.net.state_dict().values(), strict=True
    )
    for average, current in pairs:
        if average.is_floating_point():
            average.lerp_(current, 1 - decay)


def _loss(net: Network, batch: Tensor, labels: Tensor, config: TrainConfig) -> Tensor:
    """Sum the losses of ``net``'s stages; the digits come first in ``batch``, then negatives."""
    images = batch.contiguous(memory_format=torch.channels_last)
    with torch.autocast(config.device, torch.bfloat16, enabled=config.precision == "bfloat16"):
        answers = net.stages(images)
    logits = [stage.logits.float()[: len(labels)] for stage in answers]
    losses = [_stage_loss(stage, labels, config) for stage in answers]
    losses += [DISTILLATION_WEIGHT * _distilled(quick, logits[-1]) for quick in logits[:-1]]
    return torch.stack(losses).sum()


def _stage_loss(stage: Answer, labels: Tensor, config: TrainConfig) -> Tensor:
    digitness = stage.digitness_logit.float()
    is_digit = (torch.arange(len(digitness), device=digitness.device) < len(labels)).float()
    logits = stage.logits.float()[: len(labels)]
    classes = class_loss(logits, labels, config.loss, config.label_smoothing)
    head = functional.binary_cross_entropy_with_logits(digitness, is_digit)
    return classes + DIGITNESS_WEIGHT * head


def _distilled(quick: Tensor, thorough: Tensor) -> Tensor:
    """Return the divergence of the quick stage's probabilities from the thorough one's (n, 10).

    G. Hinton, O. Vinyals, J. Dean, "Distilling the knowledge in a neural network" (2015), with
    a teacher that learns at the same time (Y. Zhang et al., "Deep mutual learning", 2018).
    """
    taught = thorough.detach().softmax(dim=1)
    return functional.kl_div(quick.log_softmax(dim=1), taught, reduction="batchmean")
