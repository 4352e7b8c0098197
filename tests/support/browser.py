"""A real browser, and a hand that draws digits in it."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

# The shell is the same engine without windows; it opens a page in a third of the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

expect.set_options(timeout=20_000)  # ms: a loaded machine is slow, and no test measures it

Stroke = list[tuple[float, float]]

# Each digit as a hand may write it, on paper of 280 x 280. The page rounds the corners.
STROKES: dict[int, list[Stroke]] = {
    0: [[(144, 48), (104, 66), (82, 140), (104, 216), (144, 234), (186, 212), (204, 138),
         (182, 64), (140, 48)]],
    1: [[(148, 46), (145, 110), (140, 234)]],
    2: [[(86, 100), (98, 62), (144, 44), (190, 66), (186, 120), (128, 182), (84, 222), (92, 228),
         (206, 224)]],
    3: [[(90, 76), (128, 46), (184, 62), (184, 108), (126, 134), (132, 136), (192, 156),
         (196, 210), (140, 238), (84, 208)]],
    4: [[(120, 48), (82, 148), (86, 160), (206, 156)], [(174, 92), (172, 150), (168, 234)]],
    5: [[(192, 54), (112, 54), (106, 58), (98, 122), (102, 126), (154, 116), (196, 152),
         (186, 214), (132, 236), (84, 210)]],
    6: [[(176, 46), (118, 92), (84, 174), (102, 228), (158, 238), (194, 196), (170, 148),
         (118, 158), (92, 196)]],
    7: [[(80, 62), (190, 60), (200, 64), (192, 84), (158, 146), (126, 236)]],
    8: [[(188, 84), (150, 46), (100, 66), (110, 116), (174, 160), (192, 208), (142, 242),
         (92, 206), (112, 158), (178, 116), (188, 80)]],
    9: [[(188, 88), (150, 48), (100, 70), (98, 122), (146, 140), (188, 100), (190, 88),
         (184, 160), (160, 238)]],
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
    draw_strokes(page, "#canvas", STROKES[digit])


def draw_strokes(page: Page, canvas: str, strokes: list[Stroke]) -> None:
    """Draw strokes with the mouse on a paper that is 280 units high."""
    page.locator(canvas).scroll_into_view_if_needed()
    box = page.locator(canvas).bounding_box()
    assert box
    unit = box["height"] / 280
    for stroke in strokes:
        places = [(box["x"] + x * unit, box["y"] + y * unit) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def tool(page: Page, name: str, what: str = "a digit") -> Locator:
    """Find a button below the paper to draw ``what`` on."""
    tools = page.get_by_role("group", name=f"Tools to draw {what}")
    return tools.get_by_role("button", name=name)


def open_view(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tabpanel", name=name)).to_be_visible()


def expect_read(page: Page, digit: int) -> None:
    """Wait for what a screen reader would say, which comes once the answer is settled."""
    expect(page.locator("#spoken")).to_have_text(re.compile(f"^Read as {digit}, "))
    expect(page.locator("#figure")).to_have_text(str(digit))
    expect(page.locator("#answer [data-chosen] > :first-child")).to_have_text(str(digit))


def expect_empty(page: Page) -> None:
    expect(page.locator("#hint")).to_be_visible()
    expect(page.locator("#figure")).to_be_empty()
    expect(page.locator("#answer .share").filter(has_text=re.compile("."))).to_have_count(0)
    assert ink(page) == 0


def ink(page: Page, canvas: str = "#canvas") -> int:
    """Count the pixels that are drawn on."""
    return int(
        page.locator(canvas).evaluate(
            """(canvas) => {
                const {width, height} = canvas;
                const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
                return data.filter((value, i) => i % 4 === 3 && value > 0).length;
            }"""
        )
    )
