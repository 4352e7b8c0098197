"""``python -m training reader``: from synthesised lines to a published reader of numbers."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training import lines, mnist
from training.commands import add_flags, take
from training.config import (
    DATA,
    DATA_DIR,
    OPTIMISATION,
    PRECISIONS,
    PUBLISHING,
    RUN,
    ConfigError,
    setting,
)
from training.learning.ctc import LineLearner, accuracy, learn
from training.lines import LineFolder
from training.reader_model import conclude
from training.runs.folder import Run

HEADER = "epoch  train loss  validation accuracy      rate  seconds"
CHECKED = 1_000  # validation lines of which accuracy is told after each epoch
VALIDATION_SEED = 1_000_003  # far from the seeds of runs


@dataclass(frozen=True)
class ReaderConfig:
    """All settings that the result of a reader's run depends on."""

    name: str = setting(
        "reader", PUBLISHING, "Name of the model, which is published as models/NAME/VERSION"
    )
    lines: int = setting(60_000, DATA, "Number of synthesised lines to train on, 1 or more")
    validation_lines: int = setting(
        3_000, DATA, "Number of lines of held-out digits and fonts, 10 or more, to calibrate on"
    )
    epochs: int = setting(12, OPTIMISATION, "Number of passes over the lines, 1 or more")
    batch_size: int = setting(64, OPTIMISATION, "Number of lines in a batch, 1 or more")
    learning_rate: float = setting(3e-3, OPTIMISATION, "Peak learning rate of AdamW, above 0")
    precision: str = setting(
        "float32", OPTIMISATION,
        "Numbers of the forward pass; bfloat16 is faster on processors that compute with it",
        PRECISIONS,
    )  # fmt: skip
    start_from: str = setting(
        "", RUN, "Folder of a finished run, whose weights are trained further", automatic="none"
    )
    seed: int = setting(0, RUN, "Seed of the lines, the first weights and the order of batches")
    threads: int = setting(2, RUN, "Number of CPU threads, 1 or more; results depend on it")


@dataclass(frozen=True)
class ReaderOptions:
    """Where a reader's run reads and writes."""

    data_dir: Path | None = setting(None, DATA, DATA_DIR)
    models_dir: Path = setting(Path("models"), PUBLISHING, "Model repository to publish in")
    runs_dir: Path = setting(Path("runs"), RUN, "Folder in which each run gets its own folder")
    resume: Path | None = setting(
        None, RUN, "Folder of an interrupted run to continue (default: start a new run)"
    )
    publish: bool = setting(True, PUBLISHING, "Publish the reader")


def reader_command(arguments: Sequence[str]) -> int:
    """Train a reader as ``arguments`` say; return the exit status."""
    config, options = _parse(arguments)
    torch.set_num_threads(config.threads)
    torch.use_deterministic_algorithms(True)
    folder = mnist.find(options.data_dir)
    run = Run(options.resume) if options.resume else Run.create(options.runs_dir, config)
    print(f"run folder {run.folder}", flush=True)
    try:
        train, validation = _draw(config, folder, run)
        learner = _train(config, run, train, validation)
    except KeyboardInterrupt:
        print(f"\nstopped. Continue with:\n  python -m training reader --resume {run.folder}")
        raise
    print(conclude(learner, validation, run, config.name, options.models_dir, options.publish))
    return 0


def _parse(arguments: Sequence[str]) -> tuple[ReaderConfig, ReaderOptions]:
    parser = argparse.ArgumentParser(
        prog="python -m training reader",
        description="Train a reader of handwritten numbers on synthesised lines; publish it.",
        allow_abbrev=False,
    )
    add_flags(parser, ReaderConfig, ReaderOptions)
    values = vars(parser.parse_args(arguments))
    config, options = take(ReaderConfig, values), take(ReaderOptions, values)
    if options.resume:
        if config != ReaderConfig():
            raise ConfigError("--resume continues with the settings of its run: give no others")
        config = _read_config(options.resume / "config.json")
    for name in ("lines", "epochs", "batch_size", "learning_rate", "threads"):
        if getattr(config, name) <= 0:
            raise ConfigError(f"--{name.replace('_', '-')} must be above 0")
    if config.validation_lines < 10:
        raise ConfigError("--validation-lines must be 10 or more")
    return config, options


def _read_config(path: Path) -> ReaderConfig:
    try:
        return ReaderConfig(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path} has no settings of a reader's run ({error})") from error


def _draw(config: ReaderConfig, folder: Path, run: Run) -> tuple[LineFolder, LineFolder]:
    """Draw the lines that are not there yet, with a row for each file."""
    home = run.folder / "lines"
    train, validation = LineFolder(home, "train"), LineFolder(home, "validation")
    writers = lines.sources(folder)
    wanted = (
        (validation, config.validation_lines, writers[1], VALIDATION_SEED),
        (train, config.lines, writers[0], config.seed),
    )
    for part, count, samples, seed in wanted:
        begun = time.perf_counter()
        for done in part.draw(count, samples, seed):
            seconds = time.perf_counter() - begun
            print(f"{done:,} of {count:,} {part.part} lines drawn, {seconds:.0f} s", flush=True)
    return train, validation


def _train(
    config: ReaderConfig, run: Run, train: LineFolder, validation: LineFolder
) -> LineLearner:
    """Train a new learner, or the one of a checkpoint, with a row and a checkpoint an epoch."""
    steps = config.epochs * sum(math.ceil(len(part) / config.batch_size) for part in train)
    learner = LineLearner(config.learning_rate, steps, config.seed)
    saved = run.read_state()
    if saved:
        learner.restore(saved)
    elif config.start_from:
        learner.start_from(_state_of(Path(config.start_from)))
    checked = next(iter(validation)).first(CHECKED)
    print(HEADER)
    for epoch in range(len(learner.losses) + 1, config.epochs + 1):
        begun = time.perf_counter()
        losses = [
            learn(learner, lines.load(path), config.batch_size, config.precision)
            for path in _shuffled(train.paths(), config.seed, epoch)
        ]
        learner.losses.append(float(np.mean(losses)))
        run.write_state(learner.state())
        rate = learner.optimizer.param_groups[0]["lr"]
        print(
            f"{epoch:5d}  {learner.losses[-1]:10.4f}  {accuracy(learner.average, checked):19.2%}  "
            f"{rate:8.1e}  {time.perf_counter() - begun:7.1f}", flush=True,
        )  # fmt: skip
    return learner


def _state_of(folder: Path) -> dict[str, Any]:
    """Return the last state of the run in ``folder``; raise ``ConfigError`` where there is none."""
    state = Run(folder).read_state()
    if state is None:
        raise ConfigError(f"--start-from {folder}: there is no checkpoint of a reader's run")
    return state


def _shuffled(paths: list[Path], seed: int, epoch: int) -> list[Path]:
    order = np.random.default_rng((seed, epoch)).permutation(len(paths))
    return [paths[place] for place in order]
