"""A real browser, and a hand that draws digits in it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

Stroke = list[tuple[float, float]]

# Each digit as a hand may write it, on paper of 280 x 280.
STROKES: dict[int, list[Stroke]] = {
    0: [[(140, 50), (100, 75), (82, 140), (100, 205), (140, 230), (182, 205), (198, 140),
         (180, 72), (140, 50)]],
    1: [[(146, 48), (140, 232)]],
    2: [[(88, 92), (112, 58), (160, 54), (186, 90), (164, 138), (88, 222), (200, 222)]],
    3: [[(92, 72), (140, 52), (182, 76), (172, 118), (128, 136), (182, 156), (192, 196),
         (150, 228), (88, 210)]],
    4: [[(118, 52), (84, 156), (204, 156)], [(172, 84), (166, 232)]],
    5: [[(190, 56), (106, 56), (98, 128), (150, 120), (190, 150), (186, 202), (142, 228),
         (90, 208)]],
    6: [[(172, 50), (116, 104), (90, 174), (112, 224), (164, 224), (188, 184), (162, 146),
         (112, 158), (94, 188)]],
    7: [[(80, 62), (198, 62), (128, 232)]],
    8: [[(186, 82), (144, 52), (102, 76), (116, 118), (170, 160), (184, 204), (140, 230),
         (98, 204), (116, 158), (172, 116), (186, 82)]],
    9: [[(184, 92), (146, 56), (104, 76), (100, 118), (140, 138), (182, 104), (184, 90),
         (178, 160), (160, 232)]],
}  # fmt: skip


def find_browser() -> str | None:
    """Return the path of a Chromium on this machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def browsing(executable: str) -> Iterator[Browser]:
    """Run the browser until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
        yield browser
        browser.close()


def draw(page: Page, digit: int) -> None:
    """Draw a digit with the mouse, stroke by stroke."""
    box = page.locator("#canvas").bounding_box()
    assert box
    for stroke in STROKES[digit]:
        places = [(box["x"] + x * box["width"] / 280, box["y"] + y * box["height"] / 280)
                  for x, y in stroke]  # fmt: skip
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=4)
        page.mouse.up()
