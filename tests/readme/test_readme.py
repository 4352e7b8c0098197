"""What the documentation shows is run, or compared with the code."""

import json
import re
import shlex
import subprocess
import sys

import pytest

from app.settings import ROOT
from tests.readme import course, outputs, pages, summary
from training.commands import parse_training

LEARN = sorted(course.commands(page.read_text(encoding="utf-8") for page in course.PAGES))
TEXT = outputs.README.read_text(encoding="utf-8")
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
COMMANDS = [
    (f"{page.name}, {match['command'][:50]}", match)
    for page in pages.PAGES
    for match in outputs.CONSOLE.finditer(page.read_text(encoding="utf-8"))
]
SCRIPTS = [
    (page.name, match["code"])
    for page in pages.PAGES
    for match in outputs.SCRIPT.finditer(page.read_text(encoding="utf-8"))
]


def about(value):
    """Compare numbers loosely: processors differ in the last digits."""
    if isinstance(value, dict):
        return {key: about(member) for key, member in value.items()}
    if isinstance(value, list):
        return [about(member) for member in value]
    return pytest.approx(value, abs=2e-3) if isinstance(value, float) else value


def test_there_are_commands_to_run():
    assert len(COMMANDS) >= 6
    assert len(SCRIPTS) >= 2


@pytest.mark.parametrize("match", [match for _, match in COMMANDS], ids=[n for n, _ in COMMANDS])
def test_command_prints_what_the_page_shows(service_url, match):
    printed = json.loads(outputs.output_of(match["command"], service_url))
    shown = json.loads(match["output"])
    assert (outputs.shortened(printed) if match["short"] else printed) == about(shown)


@pytest.mark.parametrize("code", [code for _, code in SCRIPTS], ids=[name for name, _ in SCRIPTS])
def test_script_prints_what_its_comments_say(service_url, code):
    local = code.replace(outputs.ADDRESS, service_url.removeprefix("http://"))
    done = subprocess.run(
        [sys.executable, "-c", local], cwd=ROOT, capture_output=True, text=True, check=True
    )
    wanted = re.findall(r"^print\(.*\)  # (.+)$", code, re.MULTILINE)
    assert wanted
    assert done.stdout.splitlines() == wanted


@pytest.mark.parametrize("command", LEARN)
def test_command_of_the_course_can_be_run(command):
    config, _ = parse_training(shlex.split(command)[3:])
    assert config.epochs > 0


def test_commands_of_the_course_are_shown_as_they_are_run():
    split = [shlex.split(command) for command in LEARN]
    assert [course.with_always(words) for words in split] == split


def test_the_course_shows_each_of_its_nets():
    assert len(LEARN) >= 5


def test_settings_are_listed_as_they_are():
    assert outputs.settings_table() in outputs.SETTINGS.read_text(encoding="utf-8")


def test_readme_has_the_figures_of_the_pages():
    assert summary.PLACE.findall(TEXT) == [summary.table()]


def test_readme_can_be_read_in_a_sitting():
    assert len(TEXT.splitlines()) <= 150


def test_every_error_code_is_listed_with_its_status():
    errors = re.findall(
        r'^    status(?:, code)? = (\d+)(?:, |\n    code = )"(\w+)"',
        (ROOT / "app/errors.py").read_text(),
        re.MULTILINE,
    )
    assert len(errors) > 10
    rows = dict(re.findall(r"^\| (\d{3}) \| (.*)$", API, re.MULTILINE))
    assert [error for error in errors if f"`{error[1]}`" not in rows.get(error[0], "")] == []
