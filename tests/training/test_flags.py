"""Every flag of ``python -m training`` explains itself: help, group, default."""

from __future__ import annotations

import dataclasses

import pytest

from training.commands import training_parser
from training.config import GROUPS, TrainConfig
from training.inspection import compare_parser, evaluate_parser
from training.options import Options
from training.tune import Search, tune_parser

PARSERS = (training_parser, tune_parser, evaluate_parser, compare_parser)


def described(make):
    """List (group, arguments) of a command, ``--help`` aside."""
    for group in make()._action_groups:
        yield group.title, [a for a in group._group_actions if a.dest != "help"]


@pytest.mark.parametrize("make", PARSERS)
def test_every_flag_has_a_group_a_help_text_and_its_default(make):
    seen = set()
    for title, arguments in described(make):
        for argument in arguments:
            assert argument.help, argument.dest
            assert argument.help[0].isupper(), argument.help
            if argument.option_strings:
                assert title in GROUPS, argument.dest
                assert argument.help.count("(default: ") == 1, argument.help
            seen.add(argument.dest)
    assert seen == {action.dest for action in make()._actions} - {"help"}


@pytest.mark.parametrize(
    ("make", "tables"),
    [(training_parser, (TrainConfig, Options)), (tune_parser, (TrainConfig, Search))],
)
def test_every_field_of_the_settings_is_a_flag_with_its_own_default(make, tables):
    parser = make()
    helps = {action.dest: action.help or "" for action in parser._actions}
    fields = [entry for table in tables for entry in dataclasses.fields(table)]
    for entry in fields:
        assert parser.get_default(entry.name) == entry.default
        if entry.default is not None:
            shown = entry.metadata["automatic"] or as_text(entry.default)
            assert f"(default: {shown})" in helps[entry.name]
    assert len(helps) == len(fields) + 1


def as_text(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("make", PARSERS)
def test_help_is_printed(make, capsys):
    with pytest.raises(SystemExit) as stop:
        make().parse_args(["--help"])
    assert stop.value.code == 0
    assert "data:" in capsys.readouterr().out


def test_defaults_that_depend_on_the_optimiser_are_those_of_the_help():
    helps = {action.dest: action.help or "" for action in training_parser()._actions}
    for words in ("sgd 0.5", "momentum and nag 0.1", "adagrad 0.02", "adam and adamw 0.004"):
        assert words in helps["learning_rate"]
