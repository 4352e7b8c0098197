"""The views while the service cannot be reached: they say so, and go on by themselves."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.support.browser import draw, expect_read, open_view

ALL = re.compile("/(predict|models)")
PREDICT = re.compile("/predict$")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Why", "#why-words"),
        ("Neurons", "#neurons-sum"),
        ("Models", "[data-cell=answer] >> nth=0"),
        ("Torture", "[data-torture=erase] .range"),
    ],
)
def test_a_view_opened_meanwhile_is_filled_later(page: Page, name: str, shown: str) -> None:
    draw(page, 7)
    expect_read(page, 7)
    page.route(ALL, lambda route: route.abort())
    open_view(page, name)
    expect(page.locator("#banner")).to_contain_text("does not answer")
    page.unroute(ALL)
    expect(page.locator(shown)).not_to_be_empty()
    expect(page.locator("#banner")).to_be_empty()


def test_what_torture_would_do_is_not_guessed(page: Page) -> None:
    draw(page, 7)
    open_view(page, "Torture")
    answer = page.locator("#torture-answer")
    expect(answer).to_contain_text("Answer: 7")
    page.route(ALL, lambda route: route.abort())
    page.get_by_label("Erase").fill("180")
    expect(answer).to_have_text("Not read yet")
    page.unroute(ALL)
    expect(answer).to_contain_text("Answer: ")


def test_a_file_that_cannot_be_opened_is_told_until_the_next_act(page: Page) -> None:
    """Not only until the answer to what was drawn before comes, as the opening sample's does."""
    held: list[Route] = []
    page.route(PREDICT, lambda route: held.append(route), times=1)
    with page.expect_request(PREDICT):
        page.reload()
    damaged = FilePayload(name="7.png", mimeType="image/png", buffer=b"no picture")
    page.set_input_files("#file", damaged)
    told = "7.png cannot be opened: it is damaged, or not PNG, JPEG, WebP, GIF or BMP."
    expect(page.locator("#banner")).to_have_text(told)
    held[0].continue_()
    expect_read(page, 3)
    expect(page.locator("#banner")).to_have_text(told)
    draw(page, 7)
    expect(page.locator("#banner")).to_be_empty()


def test_a_view_that_is_left_takes_its_trouble_along(page: Page) -> None:
    draw(page, 7)
    expect_read(page, 7)
    page.route(ALL, lambda route: route.abort())
    open_view(page, "Why")
    expect(page.locator("#banner")).to_contain_text("does not answer")
    open_view(page, "Use it")
    expect(page.locator("#banner")).to_be_empty()
