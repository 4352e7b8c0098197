"""The pages of the documentation, and what they point to."""

from __future__ import annotations

import re
from pathlib import Path

from app.settings import ROOT

PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)
PATH = re.compile(r"`((?:app|benchmarks|deploy|docs|tests|training)/[\w./-]*)`")
TARGET = re.compile(r"(?:`|^)make ([a-z]+)", re.MULTILINE)


def name_of(page: Path) -> str:
    """Return where a page lies in the project."""
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """Return the text of ``page`` without its fenced blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    """Return the relative links of ``page``, each once, as they are written."""
    found = {one or other for one, other in LINK.findall(prose(page))}
    return sorted(link for link in found if not re.match(r"[a-z]+:", link))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of ``page``."""
    return {_slug(heading) for heading in HEADING.findall(prose(page))}


def paths(page: Path) -> list[str]:
    """Return the files and folders of the project that ``page`` names, each once."""
    return sorted(set(PATH.findall(prose(page))))


def make_targets(page: Path) -> list[str]:
    """Return the targets of the Makefile that ``page`` names, each once."""
    return sorted(set(TARGET.findall(page.read_text(encoding="utf-8"))))


def _slug(heading: str) -> str:
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)  # of a link, its words
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
