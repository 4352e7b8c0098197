"""The settings of a training run: a field here is a flag, and a key of the run's config.json."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, NoReturn, get_type_hints

RATES = {  # the learning rate that suits each optimiser here
    "sgd": 0.5, "momentum": 0.1, "nag": 0.1, "adagrad": 0.02, "adam": 4e-3, "adamw": 4e-3,
}  # fmt: skip
MSE_RATES = {"sgd": 5.0, "momentum": 0.5, "nag": 0.5}  # its gradients are small at first
CONVOLUTIONAL = ("conv", "quick")
LOSSES = ("cross-entropy", "mse")
SCHEDULES = ("one-cycle", "constant")
DEVICES = ("cpu", "cuda")
PRECISIONS = ("float32", "bfloat16")


class ConfigError(ValueError):
    """A setting that cannot be; the message names it."""


def setting(default: Any, help_text: str, choices: tuple[str, ...] | None = None) -> Any:
    """Declare a field of a settings table with its default and the help of its flag."""
    return field(default=default, metadata={"help": help_text, "choices": choices})


@dataclass(frozen=True)
class TrainConfig:
    """All that decides what a run comes to; with it and one commit, a run can be repeated."""

    name: str = setting("digits", "name of the model: it is published as models/NAME/<number>")
    network: str = setting(
        "conv",
        "conv; quick, its quick net alone; or the neurons a layer of a dense net: 784-15-10",
    )
    activation: str = setting(
        "sigmoid",
        "of a dense net's hidden layers: sigmoid, tanh, relu or leaky-relu; one for all, "
        "or one a layer, as in relu,tanh",
    )
    slope: float = setting(0.01, "of leaky-relu below zero")
    dropout: float = setting(0.0, "share of neurons left out at each step, against overfitting")
    loss: str = setting("cross-entropy", "what learning makes small", LOSSES)
    optimizer: str = setting("adamw", "how it steps down the gradient", tuple(RATES))
    learning_rate: float = setting(0.0, "length of a step at its longest; 0: as suits --optimizer")
    schedule: str = setting("one-cycle", "rise to the learning rate and fall, or stay", SCHEDULES)
    momentum: float = setting(0.9, "how much of the last step goes on (momentum, nag)")
    weight_decay: float = setting(
        -1.0, "shrinks the weights at each step, against overfitting; negative: as suits"
    )
    epochs: int = setting(36, "passes through the training part")
    refine: int = setting(
        -1,
        "epochs afterwards with weaker augmentation; the mean of the weights before and after is "
        "kept; negative: 3, or 0 for dense nets",
    )
    patience: int = setting(0, "stop after so many epochs without a better one; 0: never")
    batch_size: int = setting(256, "digits a step")
    label_smoothing: float = setting(0.0, "share of the target spread over all ten digits")
    averaging: float = setting(0.995, "decay of the running average of the weights; 0: none")
    augment: float = setting(
        -1.0,
        "how far digits are bent and turned anew in each epoch; negative: 1, or 0 for dense nets",
    )
    anew: float = setting(
        -1.0,
        "share of each batch that is synthetic digits (training/synthesis/digits); "
        "negative: 0.33, or 0 for dense nets",
    )
    validation: int = setting(5000, "digits of the 60,000 held out to choose and to calibrate on")
    split: int = setting(0, "seed of that choice, apart from --seed: runs are judged on the same")
    seed: int = setting(0, "of all else random: the same seed gives the same file on the CPU")
    device: str = setting("cpu", "where to train", DEVICES)
    precision: str = setting(
        "float32", "bfloat16 learns in less time on processors that compute with it", PRECISIONS
    )
    threads: int = setting(2, "CPU threads; sums are split among them, so the file depends on it")


@dataclass(frozen=True)
class Options:
    """Where a run reads and writes, and how many there are: nothing here changes a network."""

    config: Path | None = setting(None, "config.json of an earlier run to start from")
    resume: Path | None = setting(None, "folder of an interrupted run to go on with")
    data_dir: Path | None = setting(None, "folder of MNIST's four files, else DIGITS_DATA_DIR")
    pictures: Path | None = setting(
        None, "folder of folders of real pictures, NUMBER_LABEL.EXT, for the card's table alone"
    )
    models_dir: Path = setting(Path("models"), "model repository to publish in")
    runs_dir: Path = setting(Path("runs"), "where each run gets a folder of its own")
    publish: bool = setting(True, "make the network the served one, unless it is worse")
    force: bool = setting(False, "publish it even so")
    seeds: int = setting(1, "train so many times, from --seed on, and give mean and deviation")
    folds: int = setting(0, "cross-validate over so many parts of the 60,000 instead; publish none")
    target: float = setting(0.0, "exit with 1 below this accuracy on the test set, in per cent")
    dry_run: bool = setting(False, "pass one batch through everything, publish nothing")
    quiet: bool = setting(False, "print the end result alone")


def settle(config: TrainConfig) -> TrainConfig:
    """Fill in what is left open, and refuse what cannot be; raises ``ConfigError``."""
    dense = config.network not in CONVOLUTIONAL
    decay = 0.02 if config.optimizer == "adamw" else 0.0
    rates = RATES | (MSE_RATES if config.loss == "mse" else {})
    settled = replace(
        config,
        learning_rate=config.learning_rate or rates[config.optimizer],
        weight_decay=config.weight_decay if config.weight_decay >= 0 else decay,
        refine=config.refine if config.refine >= 0 else 0 if dense else 3,
        augment=config.augment if config.augment >= 0 else float(not dense),
        anew=config.anew if config.anew >= 0 else 0.0 if dense else 0.33,
    )
    _check(settled)
    return settled


def _check(config: TrainConfig) -> None:
    rules = {
        "name": config.name.replace("-", "").replace("_", "").isalnum(),
        "epochs": config.epochs > 0,
        "refine": config.refine >= 0,
        "batch_size": config.batch_size > 0,
        "threads": config.threads > 0,
        "learning_rate": config.learning_rate > 0,
        "validation": 10 <= config.validation <= 30_000,
        "patience": config.patience >= 0,
        "split": config.split >= 0,
        "seed": 0 <= config.seed < 2**32,
        "dropout": 0 <= config.dropout < 1,
        "averaging": 0 <= config.averaging < 1,
        "label_smoothing": 0 <= config.label_smoothing < 1,
        "anew": config.anew <= 1,
        "momentum": 0 <= config.momentum < 1,
    }
    for name, holds in rules.items():
        if not holds:
            _refuse(name, getattr(config, name))


def check_options(options: Options) -> None:
    """Refuse what cannot be; raises ``ConfigError``."""
    if options.seeds < 1:
        _refuse("seeds", options.seeds)
    if options.folds < 0 or options.folds == 1:
        _refuse("folds", options.folds)
    if options.resume and (options.seeds > 1 or options.folds or options.dry_run):
        raise ConfigError("--resume goes on with one run: leave out --seeds, --folds, --dry-run")


def _refuse(name: str, value: object) -> NoReturn:
    flag = "--" + name.replace("_", "-")
    raise ConfigError(f"{flag} {value} is outside of what makes sense: see --help")


def read_config(path: Path) -> dict[str, Any]:
    """Read the settings in a config.json; an unknown key or a wrong type is a ``ConfigError``."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read as JSON ({error})") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path} holds no settings: it must be a JSON object")
    types = get_type_hints(TrainConfig)
    choices = {entry.name: entry.metadata["choices"] for entry in fields(TrainConfig)}
    for key, value in values.items():
        if key not in types:
            raise ConfigError(f"{path}: no setting is called {key}")
        if types[key] is float and type(value) is int:
            values[key] = float(value)
        elif type(value) is not types[key]:
            raise ConfigError(f"{path}: {key} must be {types[key].__name__}, not {value!r}")
        if choices[key] and value not in choices[key]:
            raise ConfigError(f"{path}: {key} must be one of {', '.join(choices[key])}")
    return dict(values)
