"""What the course asks after every training: underfitting, overfitting, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.learning.learner import EpochResult

GAP = 0.02  # of accuracy between the parts: beyond that, more was learned by heart than understood
RISE = 1.10  # of validation loss above its least, while training loss fell
POOR = 0.94  # of the training part read right: less means that not even that was learned
FALLING = 0.80  # of the loss three quarters through: if it went below, it was stopped too soon


@dataclass(frozen=True)
class Verdict:
    """``kind`` is "underfitting", "overfitting" or "neither"; ``sentence`` gives the reason."""

    kind: str
    sentence: str


def judge(history: Sequence[EpochResult]) -> Verdict:
    """Say what the losses and accuracies of the epochs show."""
    first, last = history[0], history[-1]
    least = min(history, key=lambda result: result.validation_loss)
    moved = (
        f"training loss went from {first.train_loss:.3f} to {last.train_loss:.3f}, validation "
        f"loss from {first.validation_loss:.3f} to {last.validation_loss:.3f}"
    )
    if _overfits(last, least):
        return Verdict(
            "overfitting",
            f"Overfitting: {moved} (least after epoch {least.epoch}); {last.train_accuracy:.1%} of "
            f"the training part is read right and {last.validation_accuracy:.1%} of the validation "
            "part. More digits, augmentation, weight decay, dropout, a smaller net or stopping "
            "earlier (--patience) help.",
        )
    if _underfits(history):
        return Verdict(
            "underfitting",
            f"Underfitting: {moved}, and at the end {last.train_accuracy:.1%} of the training part "
            "is read right. More epochs, a higher learning rate or a larger net help.",
        )
    return Verdict(
        "neither",
        f"Neither under- nor overfitting: {moved}; {last.train_accuracy:.1%} of the training part "
        f"and {last.validation_accuracy:.1%} of the validation part are read right.",
    )


def _overfits(last: EpochResult, least: EpochResult) -> bool:
    gap = last.train_accuracy - last.validation_accuracy
    risen = last.validation_loss > RISE * least.validation_loss
    by_heart = gap > GAP and last.train_accuracy >= POOR
    return by_heart or (risen and last.train_loss < least.train_loss)


def _underfits(history: Sequence[EpochResult]) -> bool:
    last, earlier = history[-1], history[len(history) * 3 // 4 - 1 if len(history) > 3 else 0]
    still_falling = last is not earlier and last.validation_loss < FALLING * earlier.validation_loss
    return still_falling or last.train_accuracy < POOR
