"""Fine-tuning: last epochs with weaker augmentation, their weights averaged with those before.

Strong augmentation teaches other handwriting, but shifts the training distribution away from
clean digits (Z. He et al., "Data augmentation revisited: rethinking the distribution gap between
clean and augmented data", arXiv 1909.09148). Averaging the weights before and after fine-tuning
keeps the strengths of both (WiSE-FT: M. Wortsman et al., "Robust fine-tuning of zero-shot
models", arXiv 2109.01903).
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from training.config import TrainConfig
from training.epochs import Say, learn
from training.learning.learner import Learner
from training.material import Material
from training.runs.folder import Run

RATE = 0.2  # share of the learning rate before
STRENGTH = 0.6  # share of the augmentation before

Weights = dict[str, Tensor]


def fine_tune(learner: Learner, material: Material, run: Run, say: Say, *, bar: bool) -> None:
    """Replace ``learner``'s best weights by their mean with the fine-tuned ones.

    The epochs are saved in a sub-folder of ``run``, so that they too can be resumed.
    Raises ``DivergenceError`` and, for a damaged checkpoint, ``RunError``.
    """
    if not learner.config.fine_tune:
        return
    again = Learner(weaker(learner.config))
    again.begin_with(learner.best)
    part = run.part("fine-tuning")
    part.restore(again)
    say(f"fine-tuning with {STRENGTH:g} of the augmentation; the weights are averaged")
    learn(again, material, part, say, bar=bar)
    learner.fine_tuning = again.history
    learner.best = mean_of(learner.best, again.learned.state_dict())


def weaker(config: TrainConfig) -> TrainConfig:
    """Return the settings for fine-tuning after a run of ``config``."""
    return replace(
        config,
        epochs=config.fine_tune,
        patience=0,
        learning_rate=RATE * config.learning_rate,
        augment=STRENGTH * config.augment,
    )


def mean_of(one: Weights, other: Weights) -> Weights:
    """Return the mean of two sets of weights; integers, which are counts, are the first's."""
    return {
        name: value.lerp(other[name].to(value.device), 0.5) if value.is_floating_point() else value
        for name, value in one.items()
    }
