"""What the README says is run, or compared with the code."""

import json
import re
import shlex

import pytest

from app.settings import ROOT
from tests.readme import course, outputs
from training.commands import parse_training

LEARN = sorted(course.commands(page.read_text(encoding="utf-8") for page in course.PAGES))
TEXT = outputs.README.read_text(encoding="utf-8")
COMMANDS = [match.group("command", "output") for match in outputs.CONSOLE.finditer(TEXT)]


def about(value):
    """Compare numbers loosely: processors differ in the last digits."""
    if isinstance(value, dict):
        return {key: about(member) for key, member in value.items()}
    if isinstance(value, list):
        return [about(member) for member in value]
    return pytest.approx(value, abs=2e-3) if isinstance(value, float) else value


def test_there_are_commands_to_run():
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize(("command", "output"), COMMANDS, ids=lambda text: text[:40])
def test_command_prints_what_the_readme_shows(service_url, command, output):
    printed = json.loads(outputs.output_of(command, service_url))
    assert printed == about(json.loads(output))


@pytest.mark.parametrize("command", LEARN)
def test_command_of_the_course_can_be_run(command):
    config, _ = parse_training(shlex.split(command)[3:])
    assert config.epochs > 0


def test_the_course_shows_each_of_its_nets():
    assert len(LEARN) >= 5


def test_settings_are_listed_as_they_are():
    assert outputs.settings_table() in TEXT


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", TEXT))
def test_linked_file_exists(link):
    assert (ROOT / link).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make ([a-z]+)", TEXT, re.M))))
def test_make_target_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_every_error_code_is_listed():
    codes = re.findall(r'status, code = \d+, "(\w+)"', (ROOT / "app/errors.py").read_text())
    assert codes
    assert [code for code in codes if f"`{code}`" not in TEXT] == []
