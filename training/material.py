"""What a run learns from and is judged on: the parts of MNIST, and what is no digit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training import mnist
from training.config import CONVOLUTIONAL, TrainConfig
from training.mnist import Digits
from training.synthesis.digits.handwriting import write_anew
from training.synthesis.negatives.mixture import draw_negatives

NEGATIVES = 45_000
FEWER_NEGATIVES = 12_000  # for the course's nets, which are to be trained in a minute
UNSEEN_NEGATIVES = 3_000
ANEW = 40_000  # of the digits to learn from are written anew
UNSEEN_ANEW = 2_000  # of those to validate on
FEW = 150  # digits, of which a dry run learns one batch


@dataclass(frozen=True)
class Material:
    """``train`` to learn from, ``validation`` to choose and calibrate on; negatives for either.

    ``negatives`` and ``unseen`` (n, 28, 28) are pictures that are no digit; ``anew`` and
    ``unseen_anew`` some of either part's digits written anew, or none where none are asked for.
    """

    train: Digits
    validation: Digits
    negatives: NDArray[np.float32]
    unseen: NDArray[np.float32]
    anew: Digits | None = None
    unseen_anew: Digits | None = None


def gather(config: TrainConfig, folder: Path, *, few: bool = False) -> Material:
    """Read the 60,000 from ``folder``, split them, draw negatives; or just a ``few`` of each."""
    digits = mnist.load(folder, "train", FEW if few else None)
    held_out = len(digits) // 6 if few else config.validation
    return divide(digits, stratified_split(digits.labels, held_out, config.split), config)


def divide(
    digits: Digits, parts: tuple[NDArray[np.int64], NDArray[np.int64]], config: TrainConfig
) -> Material:
    """Take (training, validation) indices out of ``digits``; draw and write what else it needs."""
    seed = config.split
    train, validation = (digits.take(part) for part in parts)
    most = NEGATIVES if config.network in CONVOLUTIONAL else FEWER_NEGATIVES
    share = min(1.0, len(train) / most)
    return Material(
        train,
        validation,
        draw_negatives(round(most * share), train.images, seed),
        draw_negatives(round(UNSEEN_NEGATIVES * share), validation.images, seed + 1, unseen=True),
        _anew(train, ANEW, seed) if config.anew else None,
        _anew(validation, UNSEEN_ANEW, seed + 1) if config.anew else None,
    )


def _anew(digits: Digits, count: int, seed: int) -> Digits:
    """Write ``count`` of ``digits`` anew, from all over them, or each once if there are fewer."""
    some = digits.take(np.unique(np.linspace(0, len(digits) - 1, count).astype(np.int64)))
    return Digits(write_anew(some.images, some.labels, seed), some.labels)


def stratified_split(
    labels: NDArray[np.int64], held_out: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split indices into (training, validation), both with each digit's share of the whole.

    What a smaller ``held_out`` takes, a larger one takes as well.
    """
    rank = _ranks(labels, seed)
    is_held_out = np.zeros(len(labels), bool)
    is_held_out[np.argsort(rank, kind="stable")[:held_out]] = True
    return np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)


def stratified_folds(
    labels: NDArray[np.int64], folds: int, seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Split indices so that each digit is in the validation part of one of ``folds`` splits."""
    order = np.argsort(_ranks(labels, seed), kind="stable")
    fold = np.empty(len(labels), np.int64)
    fold[order] = np.arange(len(labels)) * folds // len(labels)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]


def _ranks(labels: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Give each index its place in 0..1 among those of its label, in random order.

    A stretch of the ranking thus holds each label by its share.
    """
    generator = np.random.default_rng(seed)
    rank = np.empty(len(labels))
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        rank[members] = (np.arange(len(members)) + 0.5) / len(members)
    return rank
