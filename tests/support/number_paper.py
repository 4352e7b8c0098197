"""The page's wide paper, as tests use it and look at it."""

from __future__ import annotations

import re

from playwright.sync_api import FilePayload, FloatRect, Locator, Page, expect

from tests.support.browser import ink
from tests.support.readers import known_picture
from tests.support.readings import boxes_of, draw_number, layout, number, read_as

WIDE = "#number-canvas"
LINE = FilePayload(name="n.png", mimeType="image/png", buffer=known_picture("4071"))


def drawn_as(page: Page, text: str) -> None:
    """Draw ``text``, and let it be answered with the boxes of what is drawn."""
    read_as(page, number(text, boxes=boxes_of(layout(text))))
    draw_number(page, text, WIDE)


def expect_number(page: Page, text: str) -> None:
    expect(page.locator("#number-headline")).to_have_text(text)
    expect(page.locator("#number-digits")).to_have_text(text)
    expect(page.locator("#number-spoken")).to_have_text(re.compile(f"^Read as {text}, "))


def expect_bars_of(page: Page, digit: int, place: int) -> None:
    """Wait for the bars of one digit, for the words above them, and for its box."""
    expect(page.locator("#number .bars [data-chosen] > :first-child")).to_have_text(str(digit))
    expect(page.locator("#number-digit")).to_contain_text(f"Digit {place + 1} of")
    chosen = page.locator("#number-boxes span").nth(place)
    expect(chosen).to_have_attribute("data-chosen", "")


def expect_nothing(page: Page) -> None:
    expect(page.locator("#number-hint")).to_be_visible()
    expect(page.locator("#number-headline")).to_be_empty()
    expect(page.locator("#number-digits button, #number-boxes span")).to_have_count(0)
    expect(page.locator("#number .share").filter(has_text=re.compile("."))).to_have_count(0)
    assert ink(page, WIDE) == 0


def place_of(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box
    return box
