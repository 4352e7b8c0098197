"""Make the pictures of the page in docs/: ``python -m tests.readme.screenshot``."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.conftest import ROOT, serving
from tests.support.browser import browsing, draw, find_browser

REST_MS = 1500  # until the answer has come, the bars stand still, and the view has followed


def sample(page: Page) -> None:
    """Leave the page as it opens, with its sample on the paper."""


def two(page: Page) -> None:
    """Draw a digit that is accepted."""
    draw(page, 2)


def scrawl(page: Page) -> None:
    """Draw something that is rejected."""
    for digit in (4, 8, 7):
        draw(page, digit)


def torture(page: Page) -> None:
    """Open the view with the sliders."""
    draw(page, 2)
    page.get_by_role("tab", name="Torture").click()
    page.wait_for_timeout(2 * REST_MS)


def inside(page: Page) -> None:
    """Open the view of the neurons if there is one, else that of the ink."""
    draw(page, 2)
    tabs = page.get_by_role("tab")
    neurons = tabs.filter(has_text="Neurons")
    (neurons if neurons.count() else tabs.filter(has_text="Why")).click()


@dataclass(frozen=True)
class Shot:
    """A picture of the page after ``act``: of its first screen, or ``whole``."""

    name: str
    act: Callable[[Page], None] = two
    size: tuple[int, int] = (1100, 780)
    scheme: Literal["light", "dark"] = "light"
    whole: bool = False


SHOTS = (
    Shot("page"),
    Shot("page-sample", sample),
    Shot("page-empty", lambda page: page.keyboard.press("Delete")),
    Shot("page-rejected", scrawl),
    Shot("page-inside", inside, whole=True),
    Shot("page-torture", torture, whole=True),
    Shot("page-dark", scheme="dark"),
    Shot("page-phone", size=(390, 844)),
)


def main() -> None:
    """Draw on the real page, let the real model answer, and take the pictures."""
    executable = find_browser()
    if executable is None:
        raise SystemExit("no Chromium here: install Debian's package chromium-headless-shell")
    with serving("make", "serve") as url, browsing(executable) as browser:
        for shot in SHOTS:
            take(browser, url, shot)


def take(browser: Browser, url: str, shot: Shot) -> None:
    """Open a new page, act on it, and write docs/<name>.png."""
    width, height = shot.size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme=shot.scheme,
        reduced_motion="reduce",
    )
    page.goto(url)
    shot.act(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(REST_MS)
    taken: Image.Image = Image.open(io.BytesIO(page.screenshot(full_page=shot.whole)))
    if shot.whole:  # a third of the bytes, and no shadow of importance
        taken = taken.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
    taken.save(ROOT / "docs" / f"{shot.name}.png", optimize=True)
    page.close()


if __name__ == "__main__":
    main()
