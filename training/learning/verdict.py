"""The verdict after a training: underfitting, overfitting, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from training.learning.learner import EpochResult

GAP = 0.02  # training minus validation accuracy, above which digits were memorised
RISE = 1.10  # validation loss over its least, while training loss fell
POOR = 0.94  # training accuracy, below which the network underfits
FALLING = 0.80  # last loss over that three quarters through: below, it was stopped too early


@dataclass(frozen=True)
class Verdict:
    """``kind`` is "underfitting", "overfitting" or "neither"; ``sentence`` gives the reason."""

    kind: str
    sentence: str


def judge(history: Sequence[EpochResult]) -> Verdict:
    """Judge by the losses and accuracies of the epochs."""
    first, last = history[0], history[-1]
    least = min(history, key=lambda result: result.validation_loss)
    moved = (
        f"training loss went from {first.train_loss:.3f} to {last.train_loss:.3f}, validation "
        f"loss from {first.validation_loss:.3f} to {last.validation_loss:.3f}"
    )
    if _overfits(last, least):
        return Verdict(
            "overfitting",
            f"Overfitting: {moved} (least after epoch {least.epoch}); training accuracy is "
            f"{last.train_accuracy:.1%}, validation accuracy {last.validation_accuracy:.1%}. More "
            "digits, augmentation, weight decay, dropout, a smaller network or early stopping "
            "(--patience) help.",
        )
    if _underfits(history):
        return Verdict(
            "underfitting",
            f"Underfitting: {moved}; training accuracy is {last.train_accuracy:.1%} at the end. "
            "More epochs, a higher learning rate or a larger network help.",
        )
    return Verdict(
        "neither",
        f"Neither under- nor overfitting: {moved}; training accuracy is "
        f"{last.train_accuracy:.1%}, validation accuracy {last.validation_accuracy:.1%}.",
    )


def _overfits(last: EpochResult, least: EpochResult) -> bool:
    gap = last.train_accuracy - last.validation_accuracy
    risen = last.validation_loss > RISE * least.validation_loss
    memorised = gap > GAP and last.train_accuracy >= POOR
    return memorised or (risen and last.train_loss < least.train_loss)


def _underfits(history: Sequence[EpochResult]) -> bool:
    last, earlier = history[-1], history[len(history) * 3 // 4 - 1 if len(history) > 3 else 0]
    still_falling = last is not earlier and last.validation_loss < FALLING * earlier.validation_loss
    return still_falling or last.train_accuracy < POOR
