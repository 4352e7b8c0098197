"""Make docs/page.png, the README's picture: ``python -m tests.screenshot``."""

from __future__ import annotations

from tests.browser import browsing, draw, find_browser
from tests.conftest import ROOT, serving

DIGIT = 2
REST_MS = 1000  # until the answer has come and the bars stand still


def main() -> None:
    """Draw a digit on the real page, let the real model read it, and take the picture."""
    executable = find_browser()
    if executable is None:
        raise SystemExit("no Chromium here: install Debian's package chromium")
    with serving("make", "serve") as url, browsing(executable) as browser:
        page = browser.new_page(viewport={"width": 1100, "height": 760}, color_scheme="light")
        page.goto(url)
        draw(page, DIGIT)
        page.mouse.move(0, 0)
        page.wait_for_timeout(REST_MS)
        page.screenshot(path=ROOT / "docs" / "page.png")


if __name__ == "__main__":
    main()
