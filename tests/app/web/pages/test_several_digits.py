"""Several digits on the square paper: who draws 47 reads 47."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.support.browser import draw, expect_read, open_view
from tests.support.pictures import Digits, plain
from tests.support.readers import known_picture
from tests.support.readings import READ, draw_number, number, read_as

PREDICT = "**/predict"


def predicted(digit: int, digitness: float) -> str:
    """Answer as /predict would: a digit, and how sure it is that there is just one."""
    prediction = {
        "digit": digit,
        "confidence": 0.99,
        "probabilities": [0.99 if i == digit else 0.001 for i in range(10)],
        "digitness": digitness,
        "rejected": None,
    }
    return json.dumps({"predictions": [prediction], "model": {"name": "told", "version": "0"}})


def expect_number(page: Page, text: str) -> None:
    """Wait for one answer, which is the number, shown and said."""
    expect(page.locator("#figure")).to_have_text(text)
    expect(page.locator("#spoken")).to_have_text(re.compile(f"^Read as {text}, "))


def expect_bars_of(page: Page, digit: int) -> None:
    expect(page.locator("#answer [data-chosen] > :first-child")).to_have_text(str(digit))


def test_who_draws_47_reads_47(reading_page: Page) -> None:
    read_as(reading_page, number("47", 0.97))
    draw_number(reading_page, "47")
    expect_number(reading_page, "47")
    expect(reading_page.locator("#headline")).to_have_text("Two digits")
    expect(reading_page.locator("#note")).to_have_text("97.0% sure")
    expect(reading_page.locator("#model")).to_have_text("told, version 0")


def test_the_number_in_a_picture_is_read(reading_page: Page) -> None:
    """By the reader itself, which knows this line."""
    line = FilePayload(name="n.png", mimeType="image/png", buffer=known_picture("4071"))
    reading_page.set_input_files("#file", line)
    expect_number(reading_page, "4071")
    expect(reading_page.locator("#headline")).to_have_text("Four digits")
    expect(reading_page.locator("#model")).to_have_text("reader, version 1")


def test_pointing_at_a_digit_shows_its_bars(reading_page: Page) -> None:
    read_as(reading_page, number("47"))
    draw_number(reading_page, "47")
    expect_number(reading_page, "47")
    reading_page.get_by_role("button", name="Digit 2 of 2: 7, 99.0% sure").hover()
    expect_bars_of(reading_page, 7)
    reading_page.get_by_role("button", name="Digit 1 of 2").focus()
    expect_bars_of(reading_page, 4)
    reading_page.keyboard.press("Tab")
    expect_bars_of(reading_page, 7)


def test_an_unsure_number_names_the_next(reading_page: Page) -> None:
    read_as(reading_page, number("47", 0.62, alternatives=[("41", 0.2), ("17", 0.1)]))
    draw_number(reading_page, "47")
    expect(reading_page.locator("#headline")).to_have_text("Perhaps 47")
    expect(reading_page.locator("#note")).to_have_text("62.0% sure, or else 41: 20.0%")
    said = "Read as 47, 62.0 percent sure; second guess 41"
    expect(reading_page.locator("#spoken")).to_have_text(said)


@pytest.mark.parametrize(
    "body",
    [number("", 0, rejected="no_number"), number("4", 0.9), number("47", 0.4)],
    ids=["no number", "one digit", "unlikely"],
)
def test_what_is_no_number_stays_without_a_digit(reading_page: Page, body: str) -> None:
    asked = read_as(reading_page, body)
    for digit in (4, 8, 7, 0):  # over each other
        draw(reading_page, digit)
    expect(reading_page.locator("#spoken")).to_have_text(re.compile("^No digit here"))
    assert asked


def test_after_a_number_one_digit_is_shown_as_ever(reading_page: Page) -> None:
    read_as(reading_page, number("47"))
    draw_number(reading_page, "47")
    expect_number(reading_page, "47")
    reading_page.keyboard.press("Delete")
    expect(reading_page.locator("#figure")).to_be_empty()
    draw(reading_page, 7)
    expect_read(reading_page, 7)
    expect(reading_page.locator("#figure button")).to_have_count(0)


def test_a_plain_digit_is_not_sent_to_the_reader(reading_page: Page, mnist: Digits) -> None:
    asked = read_as(reading_page, number("47"))
    seven = FilePayload(name="7.png", mimeType="image/png", buffer=plain(mnist.images[0]))
    reading_page.set_input_files("#file", seven)
    expect_read(reading_page, 7)
    assert asked == []


def test_two_digits_that_look_like_one_are_read_as_two(reading_page: Page) -> None:
    """/predict takes some of them for one digit, but doubts that it is just one."""
    reading_page.route(PREDICT, lambda route: route.fulfill(body=predicted(6, 0.6)))
    read_as(reading_page, number("10"))
    draw_number(reading_page, "10")
    expect_number(reading_page, "10")


def test_a_doubtful_digit_does_not_wait_for_a_slow_reader(reading_page: Page) -> None:
    reading_page.route(PREDICT, lambda route: route.fulfill(body=predicted(6, 0.6)))
    held: list[Route] = []
    reading_page.route(READ, lambda route: held.append(route))
    draw(reading_page, 6)
    expect(reading_page.locator("#figure")).to_have_text("6", timeout=10_000)  # 15 s end a request
    assert held
    expect(reading_page.locator("#banner")).to_be_empty()


def test_a_slow_reader_is_waited_for(reading_page: Page) -> None:
    held: list[Route] = []
    reading_page.route(READ, lambda route: held.append(route), times=1)
    with reading_page.expect_request(READ):
        line = FilePayload(name="n.png", mimeType="image/png", buffer=known_picture("4071"))
        reading_page.set_input_files("#file", line)
    expect(reading_page.locator("#banner")).to_contain_text("slow")
    held[0].continue_()
    expect_number(reading_page, "4071")
    expect(reading_page.locator("#banner")).to_be_empty()


def test_a_reader_that_fails_is_asked_again(reading_page: Page) -> None:
    refusal = json.dumps({"detail": "The service is full."})
    full = {"status": 503, "headers": {"Retry-After": "1"}, "body": refusal}
    reading_page.route(READ, lambda route: route.fulfill(**full))
    draw_number(reading_page, "47")
    expect(reading_page.locator("#banner")).to_contain_text("The service is full.")
    expect(reading_page.locator("#headline")).to_have_text("Not read yet")
    reading_page.unroute(READ)
    read_as(reading_page, number("47"))
    expect_number(reading_page, "47")
    expect(reading_page.locator("#banner")).to_be_empty()


def test_a_reader_that_is_gone_is_missed_by_nobody(reading_page: Page) -> None:
    """It was removed since the page was loaded: the answer is that of one digit."""
    gone = json.dumps({"detail": "No model here reads whole numbers."})
    reading_page.route(READ, lambda route: route.fulfill(status=404, body=gone))
    draw_number(reading_page, "47")
    expect(reading_page.locator("#headline")).to_have_text("No digit here")
    expect(reading_page.locator("#banner")).to_be_empty()


def test_without_a_reader_the_page_is_for_one_digit(plain_page: Page) -> None:
    asked: list[str] = []
    plain_page.on("request", lambda request: asked.append(request.url))
    expect(plain_page.locator("#hint")).to_have_text("Draw a digit here")
    expect(plain_page.get_by_text("Read a number")).to_have_count(0)
    draw_number(plain_page, "47")
    expect(plain_page.locator("#headline")).to_have_text("No digit here")
    assert not [url for url in asked if url.endswith("/read")]
    plain_page.keyboard.press("Delete")
    draw(plain_page, 7)
    expect_read(plain_page, 7)


def test_the_snippet_for_a_number_is_true(reading_page: Page) -> None:
    line = FilePayload(name="n.png", mimeType="image/png", buffer=known_picture("4071"))
    reading_page.set_input_files("#file", line)
    expect_number(reading_page, "4071")
    open_view(reading_page, "Use it")
    expect(reading_page.locator("#use-python")).to_contain_text("/read")
    code = reading_page.locator("#use-python").text_content() or ""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'text': '4071'" in done.stdout
