"""Small material for tests of training, cut from the 10,000 test digits."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
from pathlib import Path

import numpy as np
import torch

from tests.support.pictures import Digits as RawDigits
from training import material, mnist
from training.config import TrainConfig, settle
from training.epochs import learn
from training.evaluation import robustness
from training.learning.learner import Learner
from training.material import Material
from training.mnist import Digits
from training.networks import export
from training.runs import files, publish
from training.synthesis.negatives.mixture import draw_negatives

torch.set_num_threads(1)  # threads that wait for each other make small nets slow


def small_material(mnist: RawDigits, train: int = 2000, validation: int = 500) -> Material:
    """Take digits from the test set for training and other ones for validation."""
    images = mnist.images[: train + validation].astype(np.float32) / np.float32(255)
    labels = mnist.labels[: train + validation].astype(np.int64)
    parts = Digits(images[:train], labels[:train]), Digits(images[train:], labels[train:])
    return Material(*parts, draw_negatives(110, images, 1), draw_negatives(110, images, 2))


def config_of(**settings: object) -> TrainConfig:
    """Settle a config for a quick run."""
    quick = {"network": "784-15-10", "epochs": 3, "batch_size": 50, "averaging": 0.0}
    few = {"threads": 1, "validation": 300}
    return settle(TrainConfig(**{**quick, **few, **settings}))  # type: ignore[arg-type]


def train(parts: Material, **settings: object) -> Learner:
    """Train a quick net on ``parts``; return its learner."""
    learner = Learner(config_of(**settings))
    learn(learner, parts, None, lambda line: None, bar=False)
    return learner


def write_small_mnist(folder: Path, mnist: RawDigits) -> Path:
    """Write MNIST's four files, with 1,500 training and 300 test digits."""
    for part, first, last in (("train", 0, 1500), ("t10k", 1500, 1800)):
        pixels = mnist.images[first:last].tobytes()
        labels = mnist.labels[first:last].tobytes()
        for name, head, body in (("images-idx3", 16, pixels), ("labels-idx1", 8, labels)):
            packed = gzip.compress(bytes(head) + body, mtime=0)
            (folder / f"{part}-{name}-ubyte.gz").write_bytes(packed)
    return folder


def accept(folder: Path) -> None:
    """Accept ``folder``'s files as MNIST in this process, with few negatives and one split.

    The commit is fixed, too: it is in the model file, and may change while tests run.
    """
    export.git_commit = lambda: "the commit"
    material.NEGATIVES = material.FEWER_NEGATIVES = material.HELD_OUT_NEGATIVES = 110
    material.SYNTHETIC = material.HELD_OUT_SYNTHETIC = 60
    robustness.SPLITS = ("scale",)
    for name in mnist.FILES:
        contents = gzip.decompress((folder / f"{name}.gz").read_bytes())
        mnist.FILES[name] = ("", hashlib.sha256(contents).hexdigest())


def die(name: str, count: int) -> None:
    """Let this process be killed while it writes the file ``name`` for the ``count``-th time."""
    publish._try = lambda folder: None
    write, left = files.write, count

    def write_or_die(path: Path, contents: bytes | str) -> None:
        nonlocal left
        left -= path.name == name
        if path.name == name and left == 0:
            path.with_name(f".{name}.new").write_text("half of it")
            os.kill(os.getpid(), signal.SIGKILL)
        write(path, contents)

    files.write = write_or_die
