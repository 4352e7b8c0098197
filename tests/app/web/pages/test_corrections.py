"""Corrected answers: kept in this browser alone, and never with another picture."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from app.recognition.recogniser import Recogniser
from tests.conftest import ROOT
from tests.support.browser import draw, expect_read, open_view
from training.evaluation.examine import read_pictures


def put_right(page: Page, drawn: int, label: str) -> None:
    page.keyboard.press("Delete")
    draw(page, drawn)
    expect_read(page, drawn)
    page.get_by_role("button", name=label, exact=True).click()


def test_corrections_stay_here_and_become_what_training_reads(page: Page, tmp_path: Path) -> None:
    open_view(page, "Correct it")
    for drawn, label in ((7, "7"), (1, "4"), (0, "No digit")):
        put_right(page, drawn, label)
    page.reload()
    open_view(page, "Correct it")
    expect(page.locator("#correct-count")).to_contain_text("3 kept")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as zip").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    table = list(csv.DictReader((tmp_path / "labels.csv").read_text().splitlines()))
    assert [(row["label"], row["read"]) for row in table] == [("7", "7"), ("4", "1"), ("none", "0")]
    answers = read_pictures(
        Recogniser(ROOT / "models" / "digits" / served(), device="cpu"), tmp_path
    )
    assert [(label, read) for _, label, read in answers] == [("7", "7"), ("4", "1"), ("none", "0")]
    command = page.locator("#view-correct code").inner_text().split()
    assert (ROOT / command[command.index("evaluate") + 1]).name == served()
    page.get_by_role("button", name="Remove").first.click()
    expect(page.locator(".corrections li")).to_have_count(2)
    page.get_by_role("button", name="Forget all").click()
    expect(page.locator("#correct-kept")).to_be_hidden()


def served() -> str:
    """Return the version of the default model that is served."""
    folders = (ROOT / "models" / "digits").iterdir()
    return max((folder.name for folder in folders if folder.name.isdecimal()), key=int)


def test_a_drawing_not_read_yet_is_not_kept(page: Page) -> None:
    open_view(page, "Correct it")
    draw(page, 1)
    expect_read(page, 1)
    page.route("**/predict", lambda route: None)
    page.get_by_role("button", name="a five").click()
    page.get_by_role("button", name="5", exact=True).click()
    expect(page.locator("#correct-count")).to_have_text("Draw, and wait for the answer.")
    expect(page.locator(".corrections li")).to_have_count(0)


def test_a_drawing_that_has_grown_is_not_kept_with_its_answer_before(page: Page) -> None:
    open_view(page, "Correct it")
    page.keyboard.press("Delete")
    page.locator("#canvas").focus()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowDown")
    button = page.get_by_role("button", name="7", exact=True)
    expect(button).to_have_attribute("aria-disabled", "false")
    page.route("**/predict", lambda route: None)
    page.keyboard.press("ArrowDown")
    button.click()
    expect(page.locator("#correct-count")).to_have_text("Draw, and wait for the answer.")
    expect(page.locator(".corrections li")).to_have_count(0)


def test_nothing_can_be_put_right_while_the_service_is_away(page: Page) -> None:
    open_view(page, "Correct it")
    draw(page, 1)
    expect_read(page, 1)
    page.route("**/predict", lambda route: route.abort())
    draw(page, 7)
    button = page.get_by_role("button", name="7", exact=True)
    expect(button).to_have_attribute("aria-disabled", "true")
    button.click(force=True)
    expect(page.locator("#correct-count")).to_have_text("Draw, and wait for the answer.")
    page.unroute("**/predict")
    expect(page.locator("#correct-count")).to_be_empty()
    expect(button).to_have_attribute("aria-disabled", "false")


def test_two_tabs_keep_what_each_was_given(page: Page, service_url: str) -> None:
    other = page.context.new_page()
    other.goto(service_url)
    for tab, digit in ((page, 7), (other, 1)):
        open_view(tab, "Correct it")
        put_right(tab, digit, str(digit))
    for tab in (page, other):
        expect(tab.locator("#correct-count")).to_contain_text("2 kept")


def test_what_others_left_in_the_browser_does_no_harm(page: Page) -> None:
    for left in ("[null]", "{}", "no JSON"):
        page.evaluate("(left) => localStorage.setItem('digits.corrections', left)", left)
        page.reload()
        expect_read(page, 3)
