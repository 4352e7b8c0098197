"""The views below the answer: each is used, and what it shows is compared with the truth."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.support.browser import draw, expect_read, open_view
from tests.support.pictures import Digits

VIEWS = [
    "What it sees", "Why", "Neurons", "Models", "Torture test", "Correct it", "Use it",
]  # fmt: skip


def test_sees_what_the_network_sees_and_what_others_would_send(page: Page) -> None:
    page.get_by_role("button", name="two in the corner").click()
    expect_read(page, 2)
    expect(page.locator("#seen-ours-answer")).to_have_text(re.compile("^2, "))
    expect(page.locator("#seen-plain-answer")).not_to_have_text(re.compile("^(2|–)"))
    expect(page.locator("#seen-where")).to_contain_text("centre of mass at 14")
    corner = "document.getElementById('seen-plain').getContext('2d').getImageData(14, 14, 1, 1)"
    assert page.evaluate(f"{corner}.data[0]") < 20


def test_clear_empties_what_the_network_sees(page: Page) -> None:
    draw(page, 7)
    expect(page.locator("#seen-ours-answer")).to_have_text(re.compile("^7, "))
    expect(page.locator("#seen-where")).not_to_be_empty()
    page.keyboard.press("Delete")
    expect(page.locator("#seen-where")).to_be_empty()
    expect(page.locator("#seen-ours-answer")).to_have_text("–")
    expect(page.locator("#seen-frame")).to_be_hidden()


def test_why_colours_the_ink_and_says_where(page: Page) -> None:
    draw(page, 7)
    open_view(page, "Why")
    expect(page.locator("#why-words")).to_have_text(
        re.compile(
            r"^The ink (at|in|on) the .* matters most: .* the odds of 7 are .* times lower\.$"
        )
    )
    blue = page.evaluate(
        """() => {
            const sheet = document.querySelector("#view-why canvas");
            const {data} = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
            return data.filter((value, i) => i % 4 === 2 && value > data[i - 2] + 60).length;
        }"""
    )
    assert blue > 500


def test_neurons_add_up_to_the_answer(page: Page) -> None:
    draw(page, 7)
    open_view(page, "Neurons")
    expect(page.locator("#neurons-list tr")).to_have_count(15)
    expect(page.locator("#neurons-sum")).to_contain_text("together")
    text = page.locator("#neurons-sum").inner_text().replace("−", "-")
    neurons, bias, together = map(float, re.findall(r"[+-]?\d+\.\d\d", text)[:3])
    shown = page.locator("[data-cell=sum]").all_inner_texts()
    assert sum(float(value.replace("−", "-")) for value in shown) == pytest.approx(neurons, abs=0.1)
    assert neurons + bias == pytest.approx(together, abs=0.02)


def test_models_answer_side_by_side(page: Page) -> None:
    draw(page, 7)
    open_view(page, "Models")
    expect(page.locator("[data-model=digits] [data-cell=figure]")).to_have_text("7")
    expect(page.locator("[data-model=perceptron] [data-cell=answer]")).not_to_be_empty()


def test_torture_tells_where_the_decision_changes(page: Page) -> None:
    draw(page, 7)
    open_view(page, "Torture")
    turn = page.locator("[data-torture=turn]")
    expect(turn.locator(".range")).to_have_text(re.compile("^A 7 (from|up to)"), timeout=15_000)
    expect(turn.locator(".strip span").nth(6)).to_have_text("7")
    page.get_by_label("Erase").fill("180")
    expect(page.locator("#torture-answer")).not_to_contain_text("Answer: 7")
    page.get_by_role("button", name="Reset sliders").click()
    expect(page.locator("#torture-answer")).to_contain_text("Answer: 7")


def code_of(page: Page, name: str) -> str:
    return page.locator(f"#use-{name}").text_content() or ""


def test_snippets_are_true(page: Page) -> None:
    draw(page, 7)
    expect_read(page, 7)
    open_view(page, "Use it")
    expect(page.locator("#use-curl")).to_contain_text("base64")
    curl = subprocess.run(["bash", "-c", code_of(page, "curl")], capture_output=True, check=True)
    assert json.loads(curl.stdout)["predictions"][0]["digit"] == 7
    python = [sys.executable, "-c", code_of(page, "python")]
    assert "'digit': 7" in subprocess.run(python, capture_output=True, text=True, check=True).stdout
    with page.expect_console_message() as said:
        page.evaluate(f"async () => {{ {code_of(page, 'javascript')} }}")
    assert said.value.args[0].json_value()["digit"] == 7


def test_snippets_name_a_large_picture_as_it_is_saved(page: Page, mnist: Digits) -> None:
    large = io.BytesIO()
    Image.fromarray(mnist.images[0]).resize((300, 300)).save(large, "BMP")
    seven = FilePayload(name="7.bmp", mimeType="image/bmp", buffer=large.getvalue())
    page.set_input_files("#file", seven)
    expect_read(page, 7)
    open_view(page, "Use it")
    expect(page.locator("#use-curl")).to_contain_text("--data-binary @digit.bmp")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download it").click()
    assert download.value.suggested_filename == "digit.bmp"
    assert download.value.path().read_bytes() == large.getvalue()


def test_views_are_tabs_for_the_keyboard(page: Page) -> None:
    page.get_by_role("tab", name="What it sees").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Why")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Why")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Use it")).to_have_attribute("aria-selected", "true")


def test_a_closed_view_asks_nothing(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    open_view(page, "Use it")
    page.wait_for_timeout(200)
    asked.clear()
    draw(page, 7)
    expect_read(page, 7)
    assert set(asked) - {"icon.svg", "read"} == {"predict"}  # a reader is asked for the answer too


def test_nothing_keeps_people_out(page: Page, service_url: str) -> None:
    draw(page, 7)
    expect_read(page, 7)
    names = page.get_by_role("tab").all_inner_texts()
    assert set(names) <= set(VIEWS)
    for name in names:
        open_view(page, name)
        page.wait_for_timeout(300)
        assert violations(page) == []
    page.goto(f"{service_url}/models/digits")
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    """Run axe-core, with all its rules by day and with that of contrast by night."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = Axe().run(page).response["violations"]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
