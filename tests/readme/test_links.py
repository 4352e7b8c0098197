"""Whatever the documentation points to exists: links, anchors, files, make targets."""

import pytest

from app.settings import ROOT
from tests.readme import pages
from tests.test_architecture import TRAINING

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def each(find):
    """Return a pair for each thing that ``find`` finds in a page: the page's name, the thing."""
    return [(pages.name_of(page), found) for page in pages.PAGES for found in find(page)]


@pytest.mark.parametrize(("page", "link"), each(pages.links))
def test_linked_file_exists(page, link):
    path, _, anchor = link.partition("#")
    target = (ROOT / page).parent / path if path else ROOT / page
    assert target.exists()
    assert not anchor or anchor in pages.anchors(target)


@pytest.mark.parametrize(("page", "path"), each(pages.paths))
def test_named_file_exists(page, path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize(("page", "target"), each(pages.make_targets))
def test_make_target_exists(page, target):
    assert f"\n{target}:" in MAKEFILE


def test_every_page_is_in_the_index():
    index = ROOT / "docs" / "README.md"
    listed = {(index.parent / link).resolve() for link in pages.links(index)}
    assert {page for page in index.parent.glob("*.md") if page != index} - listed == set()


def test_architecture_names_every_package():
    folders = {path.parent for top in ("app", "benchmarks", "training") for path in
               (ROOT / top).rglob("__init__.py")}  # fmt: skip
    named = [f"`{folder.relative_to(ROOT).as_posix()}/`" for folder in folders]
    assert [name for name in named if name not in ARCHITECTURE] == []


def test_architecture_has_the_order_of_training():
    assert " → ".join(f"`{wing}`" for wing in TRAINING) in ARCHITECTURE
