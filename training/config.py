"""The settings of a training run: a field here is a flag, and a key of the run's config.json."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

Table = TypeVar("Table")


def setting(default: Any, help_text: str, choices: tuple[str, ...] | None = None) -> Any:
    """Declare a field of a settings table with its default and the help of its flag."""
    return field(default=default, metadata={"help": help_text, "choices": choices})


@dataclass(frozen=True)
class TrainConfig:
    """All that decides what a run comes to; with it and one commit, a run can be repeated."""

    name: str = setting("digits", "name of the model: it is published as models/NAME/<number>")
    network: str = setting("conv", "conv, or the neurons a layer of a dense net: 784-15-10")
    epochs: int = setting(20, "passes through the training part")
    batch_size: int = setting(256, "digits a step")
    learning_rate: float = setting(4e-3, "the peak of the one-cycle schedule")
    weight_decay: float = setting(0.02, "shrinks the weights at each step, against overfitting")
    label_smoothing: float = setting(0.03, "share of the target spread over all ten digits")
    averaging: float = setting(0.995, "decay of the running average of the weights; 0 is none")
    augment: bool = setting(True, "bend, turn, thicken and blur the digits anew in every epoch")
    validation: int = setting(5000, "digits of the 60,000 held out to choose and to calibrate on")
    seed: int = setting(0, "of everything random: the same seed gives the same file on the CPU")
    device: str = setting("cpu", "where to train", ("cpu", "cuda"))
    threads: int = setting(2, "CPU threads; sums are split among them, so the file depends on it")


@dataclass(frozen=True)
class Places:
    """Where a run reads and writes: nothing here changes the network."""

    data_dir: Path | None = setting(None, "folder of MNIST's four files (else DIGITS_DATA_DIR)")
    models_dir: Path = setting(Path("models"), "model repository to publish in")
    publish: bool = setting(True, "make the network the served one, if it passes every check")


def parse(arguments: Sequence[str]) -> tuple[TrainConfig, Places]:
    """Read the command line; a wrong one ends the program with a message (status 2)."""
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Train a network on MNIST's 60,000 digits, check it and publish it.",
        allow_abbrev=False,
    )
    _add_flags(parser.add_argument_group("what to train"), TrainConfig)
    _add_flags(parser.add_argument_group("where"), Places)
    values = vars(parser.parse_args(arguments))
    return _take(TrainConfig, values), _take(Places, values)


def _add_flags(group: argparse._ArgumentGroup, table: type[Any]) -> None:
    types = get_type_hints(table)
    for entry in fields(table):
        flag = "--" + entry.name.replace("_", "-")
        text = f"{entry.metadata['help']} [{entry.default}]"
        if types[entry.name] is bool:
            group.add_argument(
                flag, action=argparse.BooleanOptionalAction, default=entry.default, help=text
            )
        else:
            group.add_argument(
                flag,
                type=Path if types[entry.name] in (Path, Path | None) else types[entry.name],
                default=entry.default,
                choices=entry.metadata["choices"],
                metavar=None if entry.metadata["choices"] else entry.name.upper(),
                help=text,
            )


def _take(table: type[Table], values: dict[str, Any]) -> Table:
    names = [entry.name for entry in fields(table)]  # type: ignore[arg-type]
    return table(**{name: values[name] for name in names})
