"""The command line of ``python -m training``: each field of a settings table is a flag."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from training.config import GROUPS, ConfigError, TrainConfig, flag_of, read_config, settle
from training.options import Options, check_options

Table = TypeVar("Table")

NEW_RUN_ONLY = ("config", "resume", "seeds", "folds", "dry_run")  # options that start new runs


def parse_training(arguments: Sequence[str]) -> tuple[TrainConfig, Options]:
    """Read the flags of a training run; ``--config`` comes first and flags override it.

    A wrong flag ends the program with a message (status 2); raises ``ConfigError``.
    """
    parser = training_parser()
    options = take(Options, vars(parser.parse_args(arguments)))
    check_options(options)
    if options.config:
        parser.set_defaults(**read_config(options.config))
    values = vars(parser.parse_args(arguments))
    config = take(TrainConfig, values)
    if options.resume:
        if config != TrainConfig():
            raise ConfigError("--resume continues with the settings of its run: give no others")
        config = TrainConfig(**read_config(options.resume / "config.json"))
    return settle(config), options


def training_parser() -> argparse.ArgumentParser:
    """Make the parser of ``python -m training``."""
    parser = argparse.ArgumentParser(
        prog="python -m training",
        description="Train a network on MNIST, verify it and publish it. "
        "Other commands: evaluate, compare, tune (each has its own --help).",
        allow_abbrev=False,
    )
    add_flags(parser, TrainConfig, Options)
    return parser


def to_go_on(run: Path, options: Options) -> str:
    """Return the command that continues ``run`` with those of ``options`` that apply to it."""
    words = ["python", "-m", "training", "--resume", str(run)]
    for entry in fields(Options):
        value = getattr(options, entry.name)
        if value == entry.default or entry.name in NEW_RUN_ONLY:
            continue
        flag = flag_of(entry.name)
        if isinstance(value, bool):
            words.append(flag if value else flag.replace("--", "--no-", 1))
        else:
            words += [flag, f"{value:g}" if isinstance(value, float) else str(value)]
    return shlex.join(words)


def add_flags(parser: argparse.ArgumentParser, *tables: type[Any]) -> None:
    """Give ``parser`` a flag for each field of ``tables``, in the groups that these name."""
    for name in GROUPS:
        group = parser.add_argument_group(name)
        for table in tables:
            types = get_type_hints(table)
            for entry in fields(table):
                if entry.metadata["group"] == name:
                    _add_flag(group, entry, types[entry.name])


def _add_flag(group: argparse._ArgumentGroup, entry: Field[Any], kind: Any) -> None:
    flag, choices = flag_of(entry.name), entry.metadata["choices"]
    if kind is bool:
        added: argparse.Action = group.add_argument(
            flag, action=argparse.BooleanOptionalAction, default=entry.default
        )
    else:
        added = group.add_argument(
            flag, type=Path if kind in (Path, Path | None) else kind, default=entry.default,
            choices=choices, metavar=None if choices else _placeholder(kind),
        )  # fmt: skip
    added.help = _help(entry)  # set here, as BooleanOptionalAction would add to it


def _help(entry: Field[Any]) -> str:
    """Return the help of ``entry``'s flag, with its default."""
    text, default = str(entry.metadata["help"]), entry.metadata["automatic"] or entry.default
    if default is None:
        return text
    if isinstance(default, bool):
        return f"{text} (default: {'yes' if default else 'no'})"
    return f"{text} (default: {f'{default:g}' if isinstance(default, float) else default})"


def take(table: type[Table], values: dict[str, Any]) -> Table:
    """Make a ``table`` from those of ``values`` that it has a field for."""
    names = [entry.name for entry in fields(table)]  # type: ignore[arg-type]
    return table(**{name: values[name] for name in names})


def _placeholder(kind: Any) -> str:
    return {int: "N", float: "X", str: "TEXT"}.get(kind, "PATH")
