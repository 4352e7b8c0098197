"""What of the README is made by commands: ``python -m tests.readme.outputs`` writes it anew.

The tests compare instead of writing, so that the README cannot drift.
"""

from __future__ import annotations

import dataclasses
import re
import subprocess
from pathlib import Path

from app.settings import PREFIX, ROOT, Settings

README = ROOT / "README.md"
CONSOLE = re.compile(r"^```console\n\$ (?P<command>.*)\n(?P<output>(?:.*\n)*?)```$", re.MULTILINE)
TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.DOTALL)


def settings_table() -> str:
    """Return the table of settings, as the code has it."""
    rows = ["| variable | default | |", "|---|---|---|"]
    for spec in dataclasses.fields(Settings):
        default = str(spec.default).removeprefix(f"{ROOT}/")
        shown = f"`{default}`" if default else "none"
        rows.append(f"| `{PREFIX}{spec.name.upper()}` | {shown} | {spec.metadata['help']} |")
    return "\n".join(rows) + "\n"


def output_of(command: str, service_url: str, folder: Path = ROOT) -> str:
    """Run one of the README's commands against a service at ``service_url``."""
    local = command.replace("http://127.0.0.1:8000", service_url)
    shell = ["bash", "-c", local]
    return subprocess.run(shell, cwd=folder, capture_output=True, text=True, check=True).stdout


def rewritten(text: str, service_url: str) -> str:
    """Return the README with true outputs and the settings of today."""

    def with_output(match: re.Match[str]) -> str:
        output = output_of(match["command"], service_url).strip()
        return f"```console\n$ {match['command']}\n{output}\n```"

    return TABLE.sub(lambda _: settings_table(), CONSOLE.sub(with_output, text))


if __name__ == "__main__":
    from tests.conftest import serving

    with serving("make", "serve") as url:
        README.write_text(rewritten(README.read_text(encoding="utf-8"), url), encoding="utf-8")
