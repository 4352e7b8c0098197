"""The views below the answer while a number is shown, and the wide paper below the views."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from tests.support.browser import STROKES, draw, draw_strokes, expect_read, open_view
from tests.support.number_paper import WIDE, place_of
from tests.support.readings import draw_number, number, read_as


@pytest.mark.parametrize("view", ["What it sees", "Why", "Torture test"])
def test_views_of_one_digit_say_that_it_is_a_number(reading_page: Page, view: str) -> None:
    """They would say "no digit" beside the number."""
    note = reading_page.locator("#of-number")
    open_view(reading_page, view)
    expect(note).to_be_hidden()
    read_as(reading_page, number("47"))
    draw_number(reading_page, "47")
    panel = reading_page.get_by_role("tabpanel", name=view)
    expect(panel).to_have_text(re.compile("^\\s*A number is read by another network"))
    expect(note).to_be_visible()
    expect(panel.locator("canvas").first).to_be_hidden()
    reading_page.keyboard.press("Delete")
    expect(note).to_be_hidden()
    expect(panel.locator("canvas").first).to_be_visible()


def test_views_that_hold_for_a_number_stay(reading_page: Page) -> None:
    read_as(reading_page, number("47"))
    draw_number(reading_page, "47")
    expect(reading_page.locator("#figure")).to_have_text("47")
    open_view(reading_page, "Use it")
    expect(reading_page.locator("#of-number")).to_be_hidden()
    open_view(reading_page, "Correct it")
    expect(reading_page.locator("#of-number")).to_be_hidden()
    expect(reading_page.locator("#view-correct [data-chosen]")).to_have_count(0)
    reading_page.get_by_role("group", name="Label").get_by_role("button", name="4").click()
    expect(reading_page.locator("#view-correct li")).to_contain_text("4, read as 47")


def test_a_digit_after_a_number_is_explained(reading_page: Page) -> None:
    read_as(reading_page, number("47"))
    draw_number(reading_page, "47")
    expect(reading_page.locator("#of-number")).to_be_visible()
    reading_page.keyboard.press("Delete")
    draw(reading_page, 7)
    expect(reading_page.locator("#seen-ours-answer")).to_have_text(re.compile("^7, "))
    expect(reading_page.locator("#seen-ours-answer")).to_be_visible()


@pytest.mark.parametrize("width", [320, 360, 600])
def test_an_answer_above_the_wide_paper_does_not_move_it(
    browser: Browser, reading_url: str, width: int
) -> None:
    """Else a stroke that begins just then would miss the paper."""
    held: list[Route] = []
    phone = ViewportSize(width=width, height=740)
    with browser.new_context(viewport=phone, reduced_motion="reduce") as context:
        page = context.new_page()
        page.route("**/predict?include=input*", lambda route: held.append(route), times=1)
        page.goto(reading_url)
        expect_read(page, 3)
        page.locator(WIDE).scroll_into_view_if_needed()
        before = place_of(page.locator(WIDE))
        held[0].continue_()
        expect(page.locator("#seen-where")).to_contain_text("The ink touches")
        assert place_of(page.locator(WIDE)) == before
        read_as(page, number("1"))
        draw_strokes(page, WIDE, STROKES[1])
        expect(page.locator("#number-digits button")).to_have_count(1)
