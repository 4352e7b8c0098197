"""The page, as people use it: in a real browser, with the real service and its model."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    Page,
    Request,
    Response,
    Route,
    expect,
)

from tests.support.browser import draw, expect_empty, expect_read, ink, tool

PREDICT = "**/predict"
FULL = {"detail": "The service is full."}
ZERO = {
    "predictions": [
        {"digit": 0, "confidence": 1, "probabilities": [1] + 9 * [0], "rejected": None}
    ],
    "model": {"name": "stale", "version": "0"},
}


def count_predictions(page: Page) -> list[Request]:
    """Return a list that grows with each request for a prediction from now on."""
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if is_predict(request) else None)
    return asked


def is_predict(request: Request) -> bool:
    """Tell the request for the answer from those for what explains it, which have a query."""
    return request.url.endswith("/predict")


def test_says_that_there_is_no_digit(page: Page) -> None:
    for digit in (4, 8, 7, 0):  # over each other
        draw(page, digit)
    expect(page.locator("#spoken")).to_have_text(re.compile("^No digit here"))
    expect(page.locator("#headline")).to_have_text("No digit here")


def answered(digit: int | None, *probabilities: float, rejected: str | None = None) -> str:
    """Answer as the service would, with ``probabilities`` of 4 and of 9."""
    shares = [0.0] * 10
    shares[4], shares[9] = probabilities
    prediction = {
        "digit": digit,
        "confidence": 0 if digit is None else shares[digit],
        "probabilities": shares,
        "rejected": rejected,
    }
    return json.dumps({"predictions": [prediction], "model": {"name": "told", "version": "0"}})


@pytest.mark.parametrize(
    ("body", "headline", "note", "spoken"),
    [
        (answered(4, 0.6, 0.35), "Perhaps four", "60.0% sure, or else 9: 35.0%",
         "Read as 4, 60.0 percent sure; second guess 9"),
        (answered(4, 0.9999, 0.0001), "Four", ">99.9% sure",
         "Read as 4, more than 99.9 percent sure"),
        (answered(None, 0.3, 0.2, rejected="not_a_digit"), "No digit here",
         "Not like one digit; nearest is 4.", "No digit here. Not like one digit; nearest is 4."),
        (answered(None, 0.3, 0.2, rejected="blank"), "No digit here",
         "Nothing is written there.", "No digit here. Nothing is written there."),
    ],
    ids=["unsure", "sure", "no digit", "blank"],
)  # fmt: skip
def test_what_is_shown_is_what_is_said(
    page: Page, body: str, headline: str, note: str, spoken: str
) -> None:
    page.route(PREDICT, lambda route: route.fulfill(body=body))
    draw(page, 4)
    expect(page.locator("#headline")).to_have_text(headline)
    expect(page.locator("#note")).to_have_text(note)
    expect(page.locator("#spoken")).to_have_text(spoken)


def test_clear_empties_and_sends_nothing(page: Page) -> None:
    draw(page, 7)
    expect_read(page, 7)
    asked = count_predictions(page)
    tool(page, "Clear").click()
    page.wait_for_timeout(200)
    expect_empty(page)
    assert asked == []


def test_keys_clear_and_undo(page: Page) -> None:
    draw(page, 4)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect_empty(page)
    draw(page, 7)
    page.keyboard.press("Delete")
    expect_empty(page)
    page.keyboard.press("Control+z")  # also what was cleared
    expect_read(page, 7)


def test_one_request_is_in_flight_and_the_newest_drawing_is_answered(page: Page) -> None:
    expect_read(page, 3)  # the sample, so that it is not its request that is held
    held: list[Route] = []
    page.route(PREDICT, lambda route: held.append(route), times=1)
    asked = count_predictions(page)
    with page.expect_request(PREDICT):
        draw(page, 7)
    page.wait_for_timeout(100)
    assert len(asked) == len(held) == 1
    held[0].fulfill(json=ZERO)
    expect_read(page, 7)


def test_an_answer_to_what_was_cleared_is_not_shown(page: Page) -> None:
    expect_read(page, 3)  # the sample, so that it is not its request that is held
    held: list[Route] = []
    page.route(PREDICT, lambda route: held.append(route), times=1)
    with page.expect_request(PREDICT):
        draw(page, 1)
    page.keyboard.press("Delete")
    draw(page, 7)
    held[0].fulfill(json=ZERO)
    expect_read(page, 7)
    expect(page.locator("#model")).to_contain_text("digits")


@pytest.mark.parametrize("status", [429, 503])
def test_trouble_keeps_the_drawing_and_passes_by_itself(page: Page, status: int) -> None:
    refusal = json.dumps(FULL)
    page.route(
        PREDICT,
        lambda route: route.fulfill(status=status, headers={"Retry-After": "1"}, body=refusal),
    )
    draw(page, 7)
    expect(page.locator("#banner")).to_contain_text("The service is full.")
    drawn = ink(page)
    page.unroute(PREDICT)
    expect_read(page, 7)
    expect(page.locator("#banner")).to_be_empty()
    assert ink(page) == drawn > 0


def test_service_away(page: Page) -> None:
    page.route(PREDICT, lambda route: route.abort())
    draw(page, 7)
    expect(page.locator("#banner")).to_contain_text("does not answer")
    page.unroute(PREDICT)
    expect_read(page, 7)


def test_service_slow(page: Page) -> None:
    expect_read(page, 3)  # the sample, so that it is not its request that is held
    held: list[Route] = []
    page.route(PREDICT, lambda route: held.append(route), times=1)
    draw(page, 7)
    expect(page.locator("#banner")).to_contain_text("slow")
    held[0].continue_()
    expect_read(page, 7)
    expect(page.locator("#banner")).to_be_empty()


def test_an_error_that_is_not_ours_is_told_too(page: Page) -> None:
    page.route(PREDICT, lambda route: route.fulfill(status=502, body="<html>Bad gateway"))
    draw(page, 7)
    expect(page.locator("#banner")).to_contain_text("error 502")
    page.unroute(PREDICT)
    expect_read(page, 7)


def test_light_quiet_and_at_home(browser: Browser, service_url: str) -> None:
    """Under 115 kB, 15 of them for reading numbers, no word on the console (so no policy violated),
    nothing from elsewhere.
    """
    with browser.new_context() as context:
        page = context.new_page()
        said: list[str] = []
        got: list[Response] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("response", lambda response: got.append(response))
        page.goto(service_url)
        expect_read(page, 3)
        draw(page, 7)
        expect_read(page, 7)
        assert said == []
        assert {urlsplit(response.url).netloc for response in got} == {urlsplit(service_url).netloc}
        loaded = [response for response in got if "/predict" not in response.url]
        assert {response.status for response in loaded} == {200}
        bodies = {response.url: len(response.body()) for response in loaded}  # the worker's share
        assert sum(bodies.values()) < 115_000


@pytest.mark.parametrize("width", [320, 390, 740, 820, 1920])
def test_fits_without_scrolling_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for tab in page.get_by_role("tab").all():
        box = tab.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("path", ["docs", "quality"])
def test_the_other_pages_fit_a_phone(page: Page, service_url: str, path: str) -> None:
    page.set_viewport_size({"width": 320, "height": 600})
    page.goto(f"{service_url}/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_nothing_moves(browser: Browser, service_url: str) -> None:
    """From loading to an answer and to the banner, no element shifts."""
    with browser.new_context() as context:
        page = context.new_page()
        page.add_init_script(
            """window.shift = 0;
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) window.shift += entry.value;
            }).observe({type: "layout-shift", buffered: true});"""
        )
        page.goto(service_url)
        draw(page, 7)
        expect_read(page, 7)
        page.route(PREDICT, lambda route: route.abort())
        draw(page, 8)
        expect(page.locator("#banner")).not_to_be_empty()
        assert page.evaluate("window.shift") == 0
