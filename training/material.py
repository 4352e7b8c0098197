"""A run's data: splits of MNIST, synthetic digits, negatives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training import mnist
from training.config import CONVOLUTIONAL, TrainConfig
from training.mnist import Digits
from training.synthesis.digits.handwriting import synthesize
from training.synthesis.negatives.mixture import draw_negatives

NEGATIVES = 45_000
FEWER_NEGATIVES = 12_000  # for dense networks, which are to be trained in a minute
HELD_OUT_NEGATIVES = 3_000
SYNTHETIC = 40_000  # synthetic digits, made from training digits
HELD_OUT_SYNTHETIC = 2_000  # synthetic digits, made from validation digits
FEW = 150  # digits of a dry run, which trains on one batch


@dataclass(frozen=True)
class Material:
    """``train`` for training, ``validation`` to select and calibrate; negatives for either.

    ``negatives`` and ``held_out_negatives`` (n, 28, 28) are for training and for validation;
    ``synthetic`` and ``held_out_synthetic`` are synthetic digits made from either split, or None
    where none are asked for.
    """

    train: Digits
    validation: Digits
    negatives: NDArray[np.float32]
    held_out_negatives: NDArray[np.float32]
    synthetic: Digits | None = None
    held_out_synthetic: Digits | None = None


def gather(config: TrainConfig, folder: Path, *, few: bool = False) -> Material:
    """Read the 60,000 training digits, split them, draw negatives; or just a ``few`` of each."""
    digits = mnist.load(folder, "train", FEW if few else None)
    held_out = len(digits) // 6 if few else config.validation
    return divide(digits, stratified_split(digits.labels, held_out, config.split), config)


def divide(
    digits: Digits, parts: tuple[NDArray[np.int64], NDArray[np.int64]], config: TrainConfig
) -> Material:
    """Take (training, validation) indices out of ``digits``; add negatives and synthetic digits."""
    seed = config.split
    train, validation = (digits.take(part) for part in parts)
    most = NEGATIVES if config.network in CONVOLUTIONAL else FEWER_NEGATIVES
    share = min(1.0, len(train) / most)
    held_out = round(HELD_OUT_NEGATIVES * share)
    return Material(
        train,
        validation,
        draw_negatives(round(most * share), train.images, seed),
        draw_negatives(held_out, validation.images, seed + 1, held_out=True),
        _synthetic(train, SYNTHETIC, seed) if config.synthetic else None,
        _synthetic(validation, HELD_OUT_SYNTHETIC, seed + 1) if config.synthetic else None,
    )


def _synthetic(digits: Digits, count: int, seed: int) -> Digits:
    """Make synthetic digits from ``count`` of ``digits``, evenly spread, or from all if fewer."""
    some = digits.take(np.unique(np.linspace(0, len(digits) - 1, count).astype(np.int64)))
    return Digits(synthesize(some.images, some.labels, seed), some.labels)


def stratified_split(
    labels: NDArray[np.int64], held_out: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split indices into (training, validation), stratified by label.

    A validation split is contained in every larger one of the same ``seed``.
    """
    rank = _ranks(labels, seed)
    is_held_out = np.zeros(len(labels), bool)
    is_held_out[np.argsort(rank, kind="stable")[:held_out]] = True
    return np.flatnonzero(~is_held_out), np.flatnonzero(is_held_out)


def stratified_folds(
    labels: NDArray[np.int64], folds: int, seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Split indices so that each digit is in the validation split of one of ``folds`` splits."""
    order = np.argsort(_ranks(labels, seed), kind="stable")
    fold = np.empty(len(labels), np.int64)
    fold[order] = np.arange(len(labels)) * folds // len(labels)
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]


def _ranks(labels: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Give each index its place in 0..1 among those of its label, in random order.

    Any interval of the ranking is thus stratified.
    """
    generator = np.random.default_rng(seed)
    rank = np.empty(len(labels))
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        rank[members] = (np.arange(len(members)) + 0.5) / len(members)
    return rank
