"""Learning to read lines: batches of like lengths, the CTC loss, an average of the weights.

A. Graves et al., "Connectionist temporal classification" (ICML 2006). The schedule is one cycle
and what is kept is the running average of the weights, as in ``fit.py``.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor
from torch.nn import functional

from training.networks.lines import LineNetwork
from training.synthesis.lines.numbers import ALPHABET
from training.synthesis.lines.samples import Lines, batch

WARM_UP = 0.06  # share of all steps in which the learning rate rises
GREATEST_NORM = 5.0  # of the gradient, beyond which it is cut
DECAY = 0.998  # of the running average of the weights, a step
WEIGHT_DECAY = 0.02
AT_ONCE = 64  # lines whose accuracy is measured in one batch
POOL = 32  # batches among which lines are sorted by length

Say = Callable[[str], None]


@dataclass
class LineLearner:
    """All that changes while the reader learns, so that it can be put down and taken up."""

    rate: float
    steps: int  # in all
    seed: int
    step: int = 0
    losses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        torch.manual_seed(self.seed)
        self.net = LineNetwork(len(ALPHABET) + 1)
        self.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.net).eval()
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), self.rate, weight_decay=WEIGHT_DECAY
        )
        self.generator = torch.Generator().manual_seed(self.seed)

    def state(self) -> dict[str, Any]:
        """Return everything that the next step depends on."""
        return {
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "random": torch.get_rng_state(),
            "step": self.step,
            "losses": self.losses,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a ``state`` of a learner of the same settings."""
        self.net.load_state_dict(state["net"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        torch.set_rng_state(state["random"])
        self.step, self.losses = state["step"], state["losses"]

    def start_from(self, state: dict[str, Any]) -> None:
        """Take the averaged weights of the ``state`` of another learner, and nothing else of it.

        Layers that its network did not have yet keep their first weights.
        """
        self.net.load_state_dict(state["average"], strict=False)
        self.average.load_state_dict(self.net.state_dict())


def learn(learner: LineLearner, lines: Lines, batch_size: int, precision: str) -> float:
    """Pass once through ``lines``, or to the last step; return the mean loss."""
    losses = []
    for members in _batches(lines, batch_size, learner.generator):
        if learner.step >= learner.steps:
            break
        images = torch.from_numpy(batch([lines.pixels[i] for i in members]))
        varied = augment(images, learner.generator)
        losses.append(_step(learner, varied, [lines.texts[i] for i in members], precision))
    return float(np.mean(losses)) if losses else math.nan


@torch.inference_mode()
def accuracy(network: LineNetwork, lines: Lines) -> float:
    """Return the share of ``lines`` whose digits are all read correctly, by the best path."""
    right = 0
    order = sorted(range(len(lines)), key=lambda i: lines.pixels[i].shape[1])
    for start in range(0, len(order), AT_ONCE):
        members = order[start : start + AT_ONCE]
        images = torch.from_numpy(batch([lines.pixels[i] for i in members]))
        paths = network.eval()(images).argmax(dim=1).tolist()
        right += sum(
            _digits(_spelt(path)) == _digits(lines.texts[i])
            for path, i in zip(paths, members, strict=True)
        )
    return right / len(lines)


def _spelt(path: list[int]) -> str:
    """Merge repeated classes of a path, and leave blanks out."""
    kept = [c for c, last in zip(path, [0, *path], strict=False) if c and c != last]
    return "".join(ALPHABET[c - 1] for c in kept)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())


def learning_rate(step: int, steps: int, peak: float) -> float:
    """Return the rate of ``step`` of ``steps``: a linear rise, then a cosine to nearly nothing."""
    rise = max(1, int(WARM_UP * steps))
    if step < rise:
        return peak * (step + 1) / rise
    return peak * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise))) / 2 + 1e-6


def augment(lines: Tensor, generator: Generator) -> Tensor:
    """Scale, slant, shift, blur, fade and roughen lines (n, 1, 40, w) again for each epoch."""
    height, width = lines.shape[2:]

    def draw(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(lines), generator=generator)

    def column(values: Tensor) -> Tensor:
        return values.view(-1, 1, 1, 1)

    theta = torch.zeros(len(lines), 2, 3)
    theta[:, 0, 0], theta[:, 1, 1] = draw(0.88, 1.12), draw(0.85, 1.2)
    theta[:, 0, 1] = draw(-0.12, 0.12) * height / width
    theta[:, 0, 2], theta[:, 1, 2] = draw(-0.02, 0.02), draw(-0.12, 0.12)
    grid = functional.affine_grid(theta, list(lines.shape), align_corners=False)
    varied = functional.grid_sample(lines, grid, align_corners=False)
    blurred = functional.avg_pool2d(varied, 3, stride=1, padding=1)
    varied = varied.lerp(blurred, column(draw(-0.8, 0.7).clamp_min(0)))
    varied = varied * column(draw(0.75, 1.2)) + column(draw(-0.08, 0.08))
    noise = torch.randn(varied.shape, generator=generator)
    return varied + noise * column(draw(-0.1, 0.12).clamp_min(0))


def targets(texts: list[str]) -> tuple[Tensor, Tensor]:
    """Return the classes of all ``texts`` one after the other, and their lengths."""
    classes = [ALPHABET.index(sign) + 1 for text in texts for sign in text]
    lengths = [len(text) for text in texts]
    return torch.tensor(classes, dtype=torch.long), torch.tensor(lengths, dtype=torch.long)


def ctc_loss(logits: Tensor, texts: list[str]) -> Tensor:
    """Return the mean loss of ``logits`` (n, classes, frames), of each text a sign."""
    frames = logits.float().log_softmax(dim=1).permute(2, 0, 1)
    classes, lengths = targets(texts)
    whole = torch.full((len(texts),), len(frames), dtype=torch.long)
    return functional.ctc_loss(frames, classes, whole, lengths, zero_infinity=True)


def _step(learner: LineLearner, lines: Tensor, texts: list[str], precision: str) -> float:
    """Take one step down the gradient of the loss on a batch; return the loss."""
    rate = learning_rate(learner.step, learner.steps, learner.rate)
    learner.optimizer.param_groups[0]["lr"] = rate
    learner.net.train()
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
        logits = learner.net(lines.contiguous(memory_format=torch.channels_last))
    loss = ctc_loss(logits, texts)
    learner.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(learner.net.parameters(), GREATEST_NORM)
    learner.optimizer.step()
    learner.step += 1
    _update_average(learner)
    return float(loss.detach())


@torch.no_grad()
def _update_average(learner: LineLearner) -> None:
    """Move the average towards the weights, faster while they are young."""
    decay = min(DECAY, (learner.step + 1) / (learner.step + 20))
    pairs = zip(
        learner.average.state_dict().values(), learner.net.state_dict().values(), strict=True
    )
    for average, current in pairs:
        if average.is_floating_point():
            average.lerp_(current, 1 - decay)
        else:
            average.copy_(current)


def _batches(lines: Lines, size: int, generator: Generator) -> Iterator[list[int]]:
    """Return batches in random order, each of lines that are about as long as each other."""
    order = torch.randperm(len(lines), generator=generator).tolist()
    parts: list[list[int]] = []
    for start in range(0, len(order), size * POOL):
        pool = sorted(order[start : start + size * POOL], key=lambda i: lines.pixels[i].shape[1])
        parts += [pool[i : i + size] for i in range(0, len(pool), size)]
    for place in torch.randperm(len(parts), generator=generator).tolist():
        yield parts[place]
