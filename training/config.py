"""The settings of a training run: a field here is a flag, and a key of the run's config.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, NoReturn, get_type_hints

RATES = {  # the default learning rate of each optimiser
    "sgd": 0.5, "momentum": 0.1, "nag": 0.1, "adagrad": 0.02, "adam": 4e-3, "adamw": 4e-3,
}  # fmt: skip
MSE_RATES = {"sgd": 5.0, "momentum": 0.5, "nag": 0.5}  # its gradients are small at first
CONVOLUTIONAL = ("conv", "quick")
DENSE_ONLY = ("activation", "slope")  # settings that a convolutional network does not have
LOSSES = ("cross-entropy", "mse")
SCHEDULES = ("one-cycle", "constant")
DEVICES = ("cpu", "cuda")
NAMES = "letters, digits, hyphens and underscores"
PRECISIONS = ("float32", "bfloat16")

GROUPS = ("network", "optimisation", "data", "evaluation", "publishing", "run")  # of flags
NETWORK, OPTIMISATION, DATA, EVALUATION, PUBLISHING, RUN = GROUPS
DATA_DIR = (
    "Folder with MNIST's four files (default: DIGITS_DATA_DIR, else a cached, verified download)"
)


class ConfigError(ValueError):
    """A setting that cannot be; the message names it."""


def setting(
    default: Any,
    group: str,
    help_text: str,
    choices: tuple[str, ...] | None = None,
    *,
    automatic: str = "",
) -> Any:
    """Declare a field of a settings table: its default, and its flag's group, help and choices.

    A default of None must be described in ``help_text``; any other is added to it. Where the
    default is a sign for another value, ``automatic`` says whose that is, as in "the network's".
    """
    return field(
        default=default,
        metadata={
            "group": group, "help": help_text, "choices": choices, "automatic": automatic,
        },
    )  # fmt: skip


@dataclass(frozen=True)
class TrainConfig:
    """All settings that a run's result depends on: with them and the commit it can be repeated."""

    name: str = setting(
        "digits",
        PUBLISHING,
        "Name of the model, published as models/NAME/VERSION; tune publishes nothing: it names "
        "RUNS_DIR/tune-NAME.db and .json",
    )
    network: str = setting(
        "conv", NETWORK,
        "Architecture: conv, a cascade of two convolutional networks; quick, the first of them "
        "alone; or the widths of a dense network's layers, such as 784-15-10",
    )  # fmt: skip
    activation: str = setting(
        "sigmoid", NETWORK,
        "Activation of the hidden layers: sigmoid, tanh, relu or leaky-relu; one for all layers, "
        "or one for each, as in relu,tanh; dense networks only",
    )  # fmt: skip
    slope: float = setting(
        0.01,
        NETWORK,
        "Negative slope of leaky ReLU, usually 0 to 1; -1 gives |x|; dense networks only",
    )
    dropout: float = setting(
        0.0, NETWORK, "Probability with which dropout zeroes a neuron, from 0 to below 1"
    )
    loss: str = setting("cross-entropy", OPTIMISATION, "Loss function of the ten digits", LOSSES)
    optimizer: str = setting("adamw", OPTIMISATION, "Optimiser", tuple(RATES))
    learning_rate: float = setting(
        0.0, OPTIMISATION,
        "Peak learning rate, above 0; 0 takes the optimiser's default: sgd 0.5, momentum and nag "
        "0.1, adagrad 0.02, adam and adamw 0.004; with --loss mse: sgd 5, momentum and nag 0.5",
        automatic="the optimiser's",
    )  # fmt: skip
    schedule: str = setting(
        "one-cycle", OPTIMISATION,
        "Learning rate schedule: one-cycle rises to the peak and falls to 0, constant stays",
        SCHEDULES,
    )  # fmt: skip
    momentum: float = setting(
        0.9, OPTIMISATION, "Momentum of the optimisers momentum and nag, from 0 to below 1"
    )
    weight_decay: float = setting(
        -1.0, OPTIMISATION,
        "Coefficient of weight decay, 0 or more, decoupled for adamw, L2 for the others; "
        "negative takes the optimiser's default: adamw 0.02, others 0",
        automatic="the optimiser's",
    )  # fmt: skip
    epochs: int = setting(36, OPTIMISATION, "Passes through the training split, 1 or more")
    fine_tune: int = setting(
        -1, OPTIMISATION,
        "Epochs of fine-tuning after training, at a lower learning rate with weaker augmentation; "
        "the weights before and after are averaged; negative takes the network's default: 3, or 0 "
        "for dense networks",
        automatic="the network's",
    )  # fmt: skip
    patience: int = setting(
        0, OPTIMISATION,
        "Early stopping: epochs without a better validation accuracy until training stops; "
        "0 never stops early",
    )  # fmt: skip
    batch_size: int = setting(
        256, OPTIMISATION, "Digits in a batch, without the negatives, 1 or more"
    )
    label_smoothing: float = setting(
        0.0, OPTIMISATION, "Share of each target spread over all ten digits, from 0 to below 1"
    )
    averaging: float = setting(
        0.995, OPTIMISATION,
        "Decay per step of the running average of the weights, from 0 to below 1; 0 takes the last "
        "weights",
    )  # fmt: skip
    augment: float = setting(
        -1.0, DATA,
        "Strength of augmentation (rotation, scale, shear, bending, stroke width): 0 for none, "
        "1 for full, without an upper bound; negative takes the network's default: 1, or 0 for "
        "dense networks",
        automatic="the network's",
    )  # fmt: skip
    synthetic: float = setting(
        -1.0, DATA,
        "Share of synthetic digits in each batch, 0 to 1; negative takes the network's default: "
        "0.33, or 0 for dense networks",
        automatic="the network's",
    )  # fmt: skip
    validation: int = setting(
        5000, DATA, "Digits in the validation split, 10 to 30000 of MNIST's 60,000 training digits"
    )
    split: int = setting(
        0, DATA,
        "Seed that chooses the validation split, 0 or more; runs of other --seed share the split",
    )  # fmt: skip
    seed: int = setting(
        0, RUN, "Seed of the weights, batches and augmentation, 0 to 4294967295; the same seed "
        "gives the same model file on the CPU",
    )  # fmt: skip
    device: str = setting("cpu", RUN, "Device to train on", DEVICES)
    precision: str = setting(
        "float32", RUN,
        "Number format of the forward pass; bfloat16 is faster on processors with "
        "AVX512-BF16 or AMX",
        PRECISIONS,
    )  # fmt: skip
    threads: int = setting(
        2, RUN, "CPU threads, 1 or more; another number may give another model file"
    )


def settle(config: TrainConfig) -> TrainConfig:
    """Put defaults in the place of 0 and negative values that stand for them, and check the rest.

    Raises ``ConfigError``.
    """
    dense = config.network not in CONVOLUTIONAL
    decay = 0.02 if config.optimizer == "adamw" else 0.0
    rates = RATES | (MSE_RATES if config.loss == "mse" else {})
    settled = replace(
        config,
        learning_rate=config.learning_rate or rates[config.optimizer],
        weight_decay=config.weight_decay if config.weight_decay >= 0 else decay,
        fine_tune=config.fine_tune if config.fine_tune >= 0 else 0 if dense else 3,
        augment=config.augment if config.augment >= 0 else float(not dense),
        synthetic=config.synthetic if config.synthetic >= 0 else 0.0 if dense else 0.33,
    )
    _check(settled)
    return settled


def _check(config: TrainConfig) -> None:
    below_one = "from 0 to below 1"
    rules = {
        "name": (config.name.replace("-", "").replace("_", "").isalnum(), NAMES),
        "epochs": (config.epochs > 0, "1 or more"),
        "fine_tune": (config.fine_tune >= 0, "0 or more"),
        "batch_size": (config.batch_size > 0, "1 or more"),
        "threads": (config.threads > 0, "1 or more"),
        "learning_rate": (config.learning_rate > 0, "above 0"),
        "validation": (10 <= config.validation <= 30_000, "10 to 30000"),
        "patience": (config.patience >= 0, "0 or more"),
        "split": (config.split >= 0, "0 or more"),
        "seed": (0 <= config.seed < 2**32, "0 to 4294967295"),
        "dropout": (0 <= config.dropout < 1, below_one),
        "averaging": (0 <= config.averaging < 1, below_one),
        "label_smoothing": (0 <= config.label_smoothing < 1, below_one),
        "synthetic": (config.synthetic <= 1, "0 to 1"),
        "momentum": (0 <= config.momentum < 1, below_one),
    }
    for name, (holds, valid) in rules.items():
        if not holds:
            refuse(name, getattr(config, name), valid)
    if config.network in CONVOLUTIONAL:
        refuse_given(config, DENSE_ONLY, "for dense networks only, such as --network 784-15-10")


def refuse_given(config: TrainConfig, names: Iterable[str], why: str) -> None:
    """Raise a ``ConfigError`` that says ``why`` where one of ``names`` is not at its default."""
    for name in names:
        value = getattr(config, name)
        if value != getattr(TrainConfig, name):
            raise ConfigError(f"{flag_of(name)} {value}: {why}")


def refuse(name: str, value: object, valid: str) -> NoReturn:
    """Raise a ``ConfigError`` naming the flag of the field ``name`` and its range ``valid``."""
    raise ConfigError(f"{flag_of(name)} {value} is out of range: it must be {valid}")


def flag_of(name: str) -> str:
    """Return the flag of the field ``name``."""
    return "--" + name.replace("_", "-")


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
