"""Drawing by every means: brush, eraser, undo and redo, keys alone, samples, links."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import draw, expect_empty, expect_read, ink, tool

LONGEST_LINK = 2000
PEN = """([type, x, y, pressure, buttons]) => {
    const box = canvas.getBoundingClientRect();
    canvas.setPointerCapture = () => {};  // there is no such pointer
    canvas.dispatchEvent(new PointerEvent(type, {
        pointerType: "pen", pointerId: 7, bubbles: true, button: 0, buttons, pressure,
        clientX: box.left + x * box.width / 280, clientY: box.top + y * box.height / 280,
    }));
}"""


def move_pen(page: Page, pressure: float, buttons: int = 1) -> None:
    """Draw a line downwards with a pen."""
    page.evaluate(PEN, ["pointerdown", 140, 40, pressure, buttons])
    for y in range(60, 240, 20):
        page.evaluate(PEN, ["pointermove", 140, y, pressure, buttons])
    page.evaluate(PEN, ["pointerup", 140, 240, 0, 0])
    page.wait_for_timeout(100)


def test_brush_is_thick_or_thin(page: Page) -> None:
    drawn = []
    for width in ("6", "38"):
        page.keyboard.press("Delete")
        page.locator("#brush").fill(width)
        draw(page, 1)
        expect_read(page, 1)
        drawn.append(ink(page))
    assert drawn[1] > 4 * drawn[0]


def test_a_pen_presses_and_its_other_end_erases(page: Page) -> None:
    move_pen(page, 0.1)
    light = ink(page)
    page.keyboard.press("Delete")
    move_pen(page, 0.9)
    assert ink(page) > 2 * light > 0
    move_pen(page, 0.9, buttons=32)
    assert ink(page) < light


def test_eraser_takes_ink_away(page: Page) -> None:
    draw(page, 7)
    drawn = ink(page)
    tool(page, "Eraser").click()
    expect(tool(page, "Eraser")).to_have_attribute("aria-pressed", "true")
    draw(page, 7)
    page.wait_for_timeout(100)
    assert ink(page) < drawn / 10
    expect(page.locator("#spoken")).to_have_text("No digit here. Nothing is written there.")


def test_undo_and_redo(page: Page) -> None:
    draw(page, 7)
    tool(page, "Undo").click()
    expect_empty(page)
    page.keyboard.press("Control+Shift+Z")
    expect_read(page, 7)
    page.keyboard.press("Delete")
    page.keyboard.press("Control+z")
    expect_read(page, 7)
    page.keyboard.press("Control+y")
    expect_empty(page)
    expect(tool(page, "Redo")).to_have_attribute("aria-disabled", "true")


def test_keyboard_alone_suffices(page: Page) -> None:
    while page.evaluate("document.activeElement.id") != "canvas":
        page.keyboard.press("Tab")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press(" ")
    expect(page.locator("#pen")).to_have_text("Pen down")
    for _ in range(22):
        page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    expect(page.locator("#pen")).to_have_text("Pen up")
    expect_read(page, 1)
    drawn = ink(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert ink(page) == drawn


@pytest.mark.parametrize("key", ["Control+z", "Delete"])
def test_what_is_undone_while_it_is_drawn_lifts_the_pen(page: Page, key: str) -> None:
    page.locator("#canvas").focus()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(key)
    expect(page.locator("#pen")).to_have_text("Pen up")
    expect(page.locator("#nib")).not_to_have_attribute("data-down", "")
    page.keyboard.press("ArrowDown")
    expect_empty(page)
    page.keyboard.press(" ")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(100)
    assert ink(page) > 0


def test_words_about_the_keys_hold_up_no_mouse(page: Page) -> None:
    draw(page, 7)
    page.keyboard.press("]")
    expect(page.locator("#keys")).to_be_visible()
    box = tool(page, "Clear").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect_empty(page)


def test_samples_are_read(page: Page) -> None:
    page.get_by_role("button", name="a five").click()
    expect_read(page, 5)
    page.get_by_role("button", name="two in the corner").click()
    expect_read(page, 2)
    page.get_by_role("button", name="crossed seven").click()
    expect_read(page, 7)
    page.get_by_role("button", name="no digit").click()
    expect(page.locator("#headline")).to_have_text("No digit here")


def test_a_link_shows_the_drawing_and_the_view_again(browser: Browser, page: Page) -> None:
    for stroke in (4, 8, 7, 0):
        draw(page, stroke)
    tool(page, "Eraser").click()
    draw(page, 1)
    page.get_by_role("tab", name="Why").click()
    page.wait_for_timeout(600)
    with browser.new_context(reduced_motion="reduce") as context:
        other = context.new_page()
        other.goto(page.url)
        expect(other.get_by_role("tab", name="Why")).to_have_attribute("aria-selected", "true")
        expect(other.locator("#spoken")).not_to_be_empty()
        assert ink(other) == ink(page) or abs(ink(other) / ink(page) - 1) < 0.02
    assert len(page.url) < LONGEST_LINK


def test_a_long_scrawl_still_fits_into_a_link(page: Page) -> None:
    """Fifteen metres of zigzag, with pressure: sent through the page's own module."""
    kept = page.evaluate(
        """async () => {
            const { decode, encode } = await import("./static/share.js");
            const points = Array.from({length: 6000}, (_, i) =>
                [Math.abs((i % 160) - 80) * 3, i / 25, 0.5]);
            const text = encode([{ width: 20, points }]);
            return [text.length, decode(text)[0].points.at(-1)];
        }"""
    )
    length, last = kept
    assert 500 < length < LONGEST_LINK
    assert last == pytest.approx([3, 240, 0.5], abs=2)


def test_what_a_link_cannot_hold_is_said(page: Page) -> None:
    for _ in range(400):
        page.mouse.click(300, 300)
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#banner")).to_contain_text("The drawing is not in the link")


def test_link_is_copied(browser: Browser, service_url: str) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with browser.new_context(permissions=permissions) as context:
        page = context.new_page()
        page.goto(service_url)
        draw(page, 7)
        page.get_by_role("button", name="Copy link").click()
        expect(page.locator("#share")).to_have_text("Copied")
        link = page.evaluate("navigator.clipboard.readText()")
        assert link == page.url
        assert re.search(r"#s=[\w.-]+$", link)


def test_a_link_of_another_making_is_ignored(page: Page, service_url: str) -> None:
    page.goto(f"{service_url}/#v=nothing&s=%00!!")
    page.reload()
    expect_read(page, 3)
