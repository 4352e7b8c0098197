"""What commands make of the documentation: ``python -m tests.readme.outputs`` writes it.

The tests compare instead of writing, so that the documentation cannot drift. A block
```` ```console ```` holds a command for a running service and what it prints; with the word
``shortened`` its long lists are cut.
"""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from app.settings import PREFIX, ROOT, Settings
from tests.readme import summary

README = ROOT / "README.md"
SETTINGS = ROOT / "docs" / "settings.md"
PAGES = (README, ROOT / "docs" / "api.md", SETTINGS)
ADDRESS = "127.0.0.1:8000"  # of the service in the documentation
CONSOLE = re.compile(
    r"^```console(?P<short> shortened)?\n\$ (?P<command>.*)\n(?P<output>(?:.*\n)*?)```$",
    re.MULTILINE,
)
SCRIPT = re.compile(r"^```python\n(?P<code>(?:.*\n)*?)```$", re.MULTILINE)
TABLE = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.DOTALL)
SHOWN = 2  # entries of a list that a shortened block keeps
SHORT = re.compile(r"\[\s+([^][{}]*?)\s+\]")  # a list of values alone


def settings_table() -> str:
    """Return the table of settings, as the code has it."""
    rows = ["| variable | default | |", "|---|---|---|"]
    for spec in dataclasses.fields(Settings):
        default = str(spec.default).removeprefix(f"{ROOT}/")
        shown = f"`{default}`" if default else "none"
        rows.append(f"| `{PREFIX}{spec.name.upper()}` | {shown} | {spec.metadata['help']} |")
    return "\n".join(rows) + "\n"


def output_of(command: str, service_url: str, folder: Path = ROOT) -> str:
    """Run a command of the documentation against a service at ``service_url``."""
    local = command.replace(f"http://{ADDRESS}", service_url)
    shell = ["bash", "-c", local]
    return subprocess.run(shell, cwd=folder, capture_output=True, text=True, check=True).stdout


def shortened(value: Any) -> Any:
    """Cut every list in a JSON value after ``SHOWN`` entries; "…" stands for the others."""
    if isinstance(value, dict):
        return {key: shortened(member) for key, member in value.items()}
    if isinstance(value, list):
        rest = ["…"] if len(value) > SHOWN else []
        return [shortened(member) for member in value[:SHOWN]] + rest
    return value


def laid_out(value: Any) -> str:
    """Write a JSON value with a line for each member, and lists of values on one line."""
    text, before = json.dumps(value, indent=2, ensure_ascii=False), ""
    while text != before:
        before, text = text, SHORT.sub(lambda m: f"[{' '.join(m[1].split())}]", text)
    return text


def rewritten(text: str, service_url: str) -> str:
    """Return a page with true outputs, the settings of the code, and the figures of docs/."""

    def with_output(match: re.Match[str]) -> str:
        short, command = match["short"] or "", match["command"]
        output = output_of(command, service_url).strip()
        shown = laid_out(shortened(json.loads(output))) if short else output
        return f"```console{short}\n$ {command}\n{shown}\n```"

    text = CONSOLE.sub(with_output, text)
    return summary.PLACE.sub(lambda _: summary.table(), TABLE.sub(lambda _: settings_table(), text))


if __name__ == "__main__":
    from tests.conftest import serving

    with serving("make", "serve") as url:
        for page in PAGES:
            page.write_text(rewritten(page.read_text(encoding="utf-8"), url), encoding="utf-8")
