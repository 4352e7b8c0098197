"""The project speaks the field's words: the glossary's third column stands nowhere else."""

import re
import subprocess

import pytest

from tests.conftest import ROOT

PAGE = "docs/architecture.md"
PICTURES = (".png", ".jpg", ".gz", ".onnx", ".svg")


def avoided():
    """Return the words that the glossary gives others for."""
    rows = re.findall(r"^\|[^|]+\|[^|]+\|([^|]+)\|$", glossary(), re.MULTILINE)
    return sorted({word.strip() for row in rows[2:] for word in row.split(",") if word.strip()})


def glossary():
    return (ROOT / PAGE).read_text(encoding="utf-8").split("## Glossary")[1]


def texts():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.split("\0"):
        if name and not name.endswith(PICTURES) and (ROOT / name).is_file():
            text = (ROOT / name).read_text(encoding="utf-8")
            yield name, text.replace(glossary(), "") if name == PAGE else text


@pytest.fixture(scope="module")
def everything():
    return dict(texts())


def test_glossary_is_at_most_twenty_rows():
    assert 10 < len(re.findall(r"^\|", glossary(), re.MULTILINE)) <= 22


@pytest.mark.parametrize("word", avoided())
def test_avoided_word_is_written_nowhere(word, everything):
    pattern = re.compile(rf"(?<![a-z]){re.escape(word).replace(' ', r'[ _-]?')}(?![a-z])", re.I)
    found = [
        f"{name}:{text[: match.start()].count(chr(10)) + 1}: {match[0]}"
        for name, text in everything.items()
        for match in pattern.finditer(text)
    ]
    assert not found
