"""Refinement: a few epochs more with weaker augmentation, and the mean of before and after.

Strong augmentation teaches what other hands do, and at its end stands between the network and
digits as they are (Z. He et al., "Data augmentation revisited: rethinking the distribution gap
between clean and augmented data", arXiv 1909.09148). The mean of the weights keeps what either
knows (M. Wortsman et al., "Robust fine-tuning of zero-shot models", arXiv 2109.01903).
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from training.config import TrainConfig
from training.epochs import Say, learn
from training.learning.learner import Learner
from training.material import Material
from training.runs.folder import Run

RATE = 0.2  # of the learning rate before
STRENGTH = 0.6  # of the augmentation before

Weights = dict[str, Tensor]


def refine(learner: Learner, material: Material, run: Run, say: Say, *, bar: bool) -> None:
    """Put the mean of its own and the refined weights in the place of ``learner``'s best.

    The epochs are saved in a folder of ``run``'s own, so that they too can be taken up again.
    Raises ``DivergenceError`` and, for a damaged checkpoint, ``RunError``.
    """
    if not learner.config.refine:
        return
    again = Learner(weaker(learner.config))
    again.begin_with(learner.best)
    part = run.part("refinement")
    part.restore(again)
    say(f"refinement: {STRENGTH} of the augmentation, and the mean of the weights")
    learn(again, material, part, say, bar=bar)
    learner.refinement = again.history
    learner.best = mean_of(learner.best, again.learned.state_dict())


def weaker(config: TrainConfig) -> TrainConfig:
    """Return the settings of the refinement after a run of ``config``."""
    return replace(
        config,
        epochs=config.refine,
        patience=0,
        learning_rate=RATE * config.learning_rate,
        augment=STRENGTH * config.augment,
    )


def mean_of(one: Weights, other: Weights) -> Weights:
    """Return the mean of two sets of weights; what is no weight is the first's."""
    return {
        name: value.lerp(other[name].to(value.device), 0.5) if value.is_floating_point() else value
        for name, value in one.items()
    }
