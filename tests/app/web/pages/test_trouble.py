"""The views while the service cannot be reached: they say so, and go on by themselves."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import draw, expect_read, open_view

ALL = re.compile("/(predict|models)")


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
    expect(answer).to_contain_text("Read as: 7")
    page.route(ALL, lambda route: route.abort())
    page.get_by_label("Erase").fill("180")
    expect(answer).to_have_text("Not read yet")
    page.unroute(ALL)
    expect(answer).to_contain_text("Read as: ")


def test_a_view_that_is_left_takes_its_trouble_along(page: Page) -> None:
    draw(page, 7)
    expect_read(page, 7)
    page.route(ALL, lambda route: route.abort())
    open_view(page, "Why")
    expect(page.locator("#banner")).to_contain_text("does not answer")
    open_view(page, "Use it")
    expect(page.locator("#banner")).to_be_empty()
