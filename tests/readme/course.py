"""Rerun the course's commands: ``python -m tests.readme.course`` (ten minutes on two cores).

Each block ``$ python -m training ...`` of docs/learn.md is run as it stands, with
one thread and without publishing even where it does not say so, and what it prints replaces
what was there.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterable

from app.settings import ROOT

PAGES = (ROOT / "docs" / "learn.md",)
RUN = re.compile(r"^```text\n\$ (?P<command>python -m training .*)\n(?:.*\n)*?```$", re.MULTILINE)
ALWAYS = (("--threads", "1"), ("--no-publish",))


def main() -> None:
    """Write the outputs into the pages; a command that two pages have is run once."""
    texts = {page: page.read_text(encoding="utf-8") for page in PAGES}
    outputs = {command: output_of(command) for command in commands(texts.values())}
    for page, text in texts.items():
        renewed = RUN.sub(lambda match: block(match["command"], outputs), text)
        page.write_text(renewed, encoding="utf-8")


def commands(texts: Iterable[str]) -> set[str]:
    """Return the commands that ``texts`` show the output of."""
    return {match["command"] for text in texts for match in RUN.finditer(text)}


def output_of(command: str) -> str:
    """Train as ``command`` says, from the project's folder."""
    arguments = [sys.executable, *with_always(shlex.split(command)[1:])]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def with_always(arguments: list[str]) -> list[str]:
    """Return ``arguments`` with each flag of ``ALWAYS`` that they lack, and its value, added."""
    missing = [flag for flag in ALWAYS if flag[0] not in arguments]
    return [*arguments, *(word for flag in missing for word in flag)]


def block(command: str, outputs: dict[str, str]) -> str:
    """Return a command with its output, as Markdown."""
    return f"```text\n$ {command}\n{outputs[command]}\n```"


if __name__ == "__main__":
    main()
