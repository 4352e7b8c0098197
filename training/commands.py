"""The command line: ``python -m training [evaluate | compare | tune]`` and their flags."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from training.config import (
    ConfigError,
    Options,
    TrainConfig,
    check_options,
    read_config,
    settle,
)

Table = TypeVar("Table")

NOT_OF_A_RUN = ("config", "resume", "seeds", "folds", "dry_run")  # options that begin others


def parse_training(arguments: Sequence[str]) -> tuple[TrainConfig, Options]:
    """Read the flags of a training run; ``--config`` comes first and flags override it.

    A wrong flag ends the program with a message (status 2); raises ``ConfigError``.
    """
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Train a network on MNIST's 60,000 digits, check it and publish it. "
        "Other commands: evaluate, compare, tune (each has its own --help).",
        allow_abbrev=False,
    )
    add_flags(parser.add_argument_group("what to train"), TrainConfig)
    add_flags(parser.add_argument_group("where, and how often"), Options)
    options = take(Options, vars(parser.parse_args(arguments)))
    check_options(options)
    if options.config:
        parser.set_defaults(**read_config(options.config))
    values = vars(parser.parse_args(arguments))
    config = take(TrainConfig, values)
    if options.resume:
        if config != TrainConfig():
            raise ConfigError("--resume goes on with the settings of its run: give no others")
        config = TrainConfig(**read_config(options.resume / "config.json"))
    return settle(config), options


def to_go_on(run: Path, options: Options) -> str:
    """Return the command that goes on with ``run`` in the places and the way of ``options``."""
    words = ["python", "-m", "training", "--resume", str(run)]
    for entry in fields(Options):
        value = getattr(options, entry.name)
        if value == entry.default or entry.name in NOT_OF_A_RUN:
            continue
        flag = entry.name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            words += [f"--{flag}", f"{value:g}" if isinstance(value, float) else str(value)]
    return shlex.join(words)


def add_flags(group: argparse._ArgumentGroup, table: type[Any]) -> None:
    """Give ``group`` a flag for each field of ``table``."""
    types = get_type_hints(table)
    for entry in fields(table):
        flag = "--" + entry.name.replace("_", "-")
        choices, kind = entry.metadata["choices"], types[entry.name]
        text = entry.metadata["help"] + ("" if entry.default is None else f" [{entry.default}]")
        if kind is bool:
            group.add_argument(
                flag, action=argparse.BooleanOptionalAction, default=entry.default, help=text
            )
        else:
            group.add_argument(
                flag, type=Path if kind in (Path, Path | None) else kind, default=entry.default,
                choices=choices, metavar=None if choices else _placeholder(kind), help=text,
            )  # fmt: skip


def take(table: type[Table], values: dict[str, Any]) -> Table:
    """Make a ``table`` of those of ``values`` that it has a field for."""
    names = [entry.name for entry in fields(table)]  # type: ignore[arg-type]
    return table(**{name: values[name] for name in names})


def _placeholder(kind: Any) -> str:
    return {int: "N", float: "X", str: "TEXT"}.get(kind, "PATH")
