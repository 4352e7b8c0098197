"""What the wide paper answers: digits, the ten bars of each, words, on screens of any width."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.support.browser import STROKES, draw_strokes, ink
from tests.support.number_paper import WIDE, drawn_as, expect_bars_of, expect_number, place_of
from tests.support.readings import draw_number, number, read_as


def test_pointing_at_a_digit_shows_its_ten_bars(reading_page: Page) -> None:
    drawn_as(reading_page, "30749")
    expect_number(reading_page, "30749")
    digits = reading_page.locator("#number-digits button")
    digits.nth(3).hover()
    expect_bars_of(reading_page, 4, 3)
    expect(reading_page.locator("#number .bars .share").nth(4)).to_have_text("99.0%")
    for i, digit in enumerate((3, 0, 7, 4, 9)):  # and over its ink
        box = place_of(reading_page.locator("#number-boxes span").nth(i))
        reading_page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect_bars_of(reading_page, digit, i)


def test_the_least_sure_digit_has_the_bars_at_first(reading_page: Page) -> None:
    away = [(10.0 + 5 * i, 0.0, 4.0, 4.0) for i in range(5)]  # from the mouse
    answer = json.loads(number("30749", 0.95, boxes=away))
    answer["readings"][0]["digits"][1]["confidence"] = 0.6
    read_as(reading_page, json.dumps(answer))
    draw_number(reading_page, "30749", WIDE)
    expect_bars_of(reading_page, 0, 1)
    unsure = reading_page.locator("#number-digits [data-unsure]")
    expect(unsure).to_have_accessible_name("Digit 2 of 5: 0, 60.0% sure")


def test_a_finger_taps_on_a_digit(browser: Browser, reading_url: str) -> None:
    phone = ViewportSize(width=360, height=740)
    with browser.new_context(viewport=phone, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(reading_url)
        drawn_as(page, "30749")
        expect_number(page, "30749")
        page.locator("#number-digits button").nth(4).tap()
        expect_bars_of(page, 9, 4)
        assert ink(page, WIDE) > 0
        assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("width", [320, 360])
@pytest.mark.parametrize("count", [5, 12, 20])
def test_digits_of_a_narrow_screen_can_each_be_hit(
    reading_page: Page, width: int, count: int
) -> None:
    """Even where their boxes are narrow and touch."""
    reading_page.set_viewport_size({"width": width, "height": 740})
    boxes = [(600 + 9.0 * i, 60, 8, 100) for i in range(count)]
    read_as(reading_page, number("12345678901234567890"[:count], boxes=boxes))
    draw_strokes(reading_page, WIDE, STROKES[1])
    expect(reading_page.locator("#number-digits button")).to_have_count(count)
    places = [place_of(each) for each in reading_page.locator("#number-digits button").all()]
    assert places[0]["x"] >= 16 - 1
    assert places[-1]["x"] + places[-1]["width"] <= width - 16 + 1
    for one, other in pairwise(places):
        assert other["x"] >= one["x"] + one["width"] - 0.5
    assert reading_page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(
    ("body", "headline", "note", "guesses", "spoken"),
    [
        (number("47", 0.62, alternatives=[("41", 0.2), ("17", 0.1), ("1", 0.0002)]),
         "Perhaps 47", "62.0% sure", ["or 41: 20.0%", "or 17: 10.0%"],
         "Read as 47, 62.0 percent sure; second guess 41"),
        (number("47", 0.9999, alternatives=[("41", 0.0001)]),
         "47", ">99.9% sure", [], "Read as 47, more than 99.9 percent sure"),
        (number("", 0, rejected="no_number", alternatives=[("1", 0.1)]), "No number here",
         "Not like a number; nearest is 1.", [],
         "No number here. Not like a number; nearest is 1."),
        (number("", 0, rejected="no_number"), "No number here", "There is no digit in it.", [],
         "No number here. There is no digit in it."),
        (number("", 0, rejected="blank"), "No number here", "Nothing is written there.", [],
         "No number here. Nothing is written there."),
    ],
    ids=["unsure", "sure", "nearest", "no digit", "blank"],
)  # fmt: skip
def test_what_is_shown_is_what_is_said(
    reading_page: Page, body: str, headline: str, note: str, guesses: list[str], spoken: str
) -> None:
    read_as(reading_page, body)
    draw_number(reading_page, "47", WIDE)
    expect(reading_page.locator("#number-headline")).to_have_text(headline)
    expect(reading_page.locator("#number-note")).to_have_text(note)
    expect(reading_page.locator("#number-guesses li")).to_have_text(guesses)
    expect(reading_page.locator("#number-spoken")).to_have_text(spoken)


@pytest.mark.parametrize("width", [320, 360, 740, 820, 1920])
def test_fits_without_scrolling_sideways(reading_page: Page, width: int) -> None:
    reading_page.set_viewport_size({"width": width, "height": 600})
    drawn_as(reading_page, "30749")
    expect_number(reading_page, "30749")
    assert reading_page.evaluate("document.documentElement.scrollWidth") == width
    paper = place_of(reading_page.locator(WIDE))
    assert paper["width"] == pytest.approx(3 * paper["height"], abs=2)


def test_nothing_keeps_people_out(reading_page: Page) -> None:
    drawn_as(reading_page, "30749")
    draw_number(reading_page, "47")
    expect_number(reading_page, "30749")
    expect(reading_page.locator("#spoken")).to_have_text(re.compile("^Read as 30749, "))
    for scheme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        reading_page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found = Axe().run(reading_page, options=options).response["violations"]
        assert [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found] == []
