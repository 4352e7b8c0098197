"""The wide paper while the reader is slow, away or gone, and what it costs to load."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Browser, Page, Response, Route, expect

from tests.support.number_paper import LINE, WIDE, expect_nothing, expect_number
from tests.support.readings import READ, draw_number, number


def test_an_answer_to_what_was_cleared_is_not_shown(reading_page: Page) -> None:
    held: list[Route] = []
    reading_page.route(READ, lambda route: held.append(route))
    with reading_page.expect_request(READ):
        draw_number(reading_page, "47", WIDE)
    reading_page.keyboard.press("Delete")
    held[0].fulfill(body=number("47"))
    reading_page.wait_for_timeout(200)
    expect_nothing(reading_page)


def test_a_slow_reader_is_told(reading_page: Page) -> None:
    held: list[Route] = []
    reading_page.route(READ, lambda route: held.append(route), times=1)
    reading_page.set_input_files("#number-file", LINE)
    expect(reading_page.locator("#banner")).to_contain_text("slow")
    held[0].continue_()
    expect_number(reading_page, "4071")
    expect(reading_page.locator("#banner")).to_be_empty()


@pytest.mark.parametrize("status", [None, 503])
def test_trouble_keeps_the_drawing_and_passes_by_itself(
    reading_page: Page, status: int | None
) -> None:
    refusal = json.dumps({"detail": "The service is full."})

    def fail(route: Route) -> None:
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, headers={"Retry-After": "1"}, body=refusal)

    reading_page.route(READ, fail)
    reading_page.set_input_files("#number-file", LINE)
    told = "does not answer" if status is None else "The service is full."
    expect(reading_page.locator("#banner")).to_contain_text(told)
    expect(reading_page.locator("#number-headline")).to_have_text("Not read yet")
    reading_page.unroute(READ)
    expect_number(reading_page, "4071")
    expect(reading_page.locator("#banner")).to_be_empty()


def test_a_refusal_is_told_in_the_services_words(reading_page: Page) -> None:
    gone = json.dumps({"detail": "No model here reads whole numbers."})
    reading_page.route(READ, lambda route: route.fulfill(status=404, body=gone))
    draw_number(reading_page, "47", WIDE)
    expect(reading_page.locator("#banner")).to_have_text("No model here reads whole numbers.")


def test_light_with_a_reader_too(browser: Browser, reading_url: str) -> None:
    """Under 115 kB with the paper for numbers, for which the limit grew by 15 kB; no word on the
    console.
    """
    with browser.new_context() as context:
        page = context.new_page()
        said: list[str] = []
        got: list[Response] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("response", lambda response: got.append(response))
        page.goto(reading_url)
        page.set_input_files("#number-file", LINE)
        expect_number(page, "4071")
        assert said == []
        loaded = [each for each in got if not re.search("/(predict|read)", each.url)]
        bodies = {response.url: len(response.body()) for response in loaded}
        assert sum(bodies.values()) < 115_000
