"""The wide paper: what is drawn or brought is sent, read, and boxed; tools and keys work there."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Page, Route, expect

from tests.support.browser import STROKES, draw, draw_strokes, expect_read, ink, tool
from tests.support.number_paper import (
    LINE,
    WIDE,
    drawn_as,
    expect_bars_of,
    expect_nothing,
    expect_number,
    place_of,
)
from tests.support.readings import READ, boxes_of, layout, number, read_as

PEN = 14  # units: the brush


def test_a_number_that_is_drawn_is_read(reading_page: Page) -> None:
    drawn_as(reading_page, "30749")
    expect_number(reading_page, "30749")
    expect(reading_page.locator("#number-note")).to_have_text("99.0% sure")


def test_the_whole_paper_is_sent(reading_page: Page) -> None:
    read_as(reading_page, number("1"))
    with reading_page.expect_request(READ) as asked:
        draw_strokes(reading_page, WIDE, [[(800, 40), (801, 40), (800, 240)]])
        reading_page.wait_for_timeout(100)
    with Image.open(io.BytesIO(asked.value.post_data_buffer or b"")) as sent:
        assert sent.size == (840, 280)
        left, _, right, _ = ImageOps.invert(sent.convert("L")).getbbox() or (0, 0, 0, 0)
    assert left == pytest.approx(800 - PEN / 2, abs=2)
    assert right == pytest.approx(800 + PEN / 2, abs=2)


def test_boxes_lie_over_the_ink_and_digits_above_them(reading_page: Page) -> None:
    drawn_as(reading_page, "30749")
    expect_number(reading_page, "30749")
    paper = place_of(reading_page.locator(WIDE))
    unit = paper["height"] / 280
    for i, (left, top, width, height) in enumerate(boxes_of(layout("30749"))):
        box = place_of(reading_page.locator("#number-boxes span").nth(i))
        assert box["x"] == pytest.approx(paper["x"] + left * unit, abs=4)
        assert box["y"] == pytest.approx(paper["y"] + top * unit, abs=4)
        assert box["width"] == pytest.approx(width * unit, abs=8)
        assert box["height"] == pytest.approx(height * unit, abs=8)
        digit = place_of(reading_page.locator("#number-digits button").nth(i))
        assert digit["y"] + digit["height"] <= paper["y"]
        middle = box["x"] + box["width"] / 2
        assert digit["x"] + digit["width"] / 2 == pytest.approx(middle, abs=2)


def dark_outside(page: Page) -> float:
    """Return the share of dark pixels on the paper that lie in no box."""
    return float(
        page.evaluate(
            """() => {
                const canvas = document.querySelector("#number-canvas");
                const sheet = canvas.getBoundingClientRect();
                const boxes = [...document.querySelectorAll("#number-boxes span")]
                    .map((box) => box.getBoundingClientRect());
                const {width, height} = canvas;
                const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
                let [dark, outside] = [0, 0];
                for (let i = 0; i < width * height; i++) {
                    if (data[4 * i + 3] < 128 || data[4 * i] > 128) continue;
                    const x = sheet.left + (i % width) * sheet.width / width;
                    const y = sheet.top + Math.floor(i / width) * sheet.height / height;
                    const holds = (box) =>
                        x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
                    dark++;
                    if (!boxes.some(holds)) outside++;
                }
                return outside / dark;
            }"""
        )
    )


def test_a_picture_of_a_number_is_read_and_boxed(reading_page: Page) -> None:
    """By the reader itself, which knows this line; the file has other pixels than the paper."""
    reading_page.set_input_files("#number-file", LINE)
    expect_number(reading_page, "4071")
    assert dark_outside(reading_page) < 0.02


def test_boxes_fit_a_picture_that_was_drawn_over(reading_page: Page) -> None:
    """It goes out as it is painted, not as its file; here a box is as large as what was sent."""

    def answer(route: Route) -> None:
        with Image.open(io.BytesIO(route.request.post_data_buffer or b"")) as sent:
            route.fulfill(body=number("1", boxes=[(0, 0, *sent.size)]))

    reading_page.route(READ, answer)
    reading_page.set_input_files("#number-file", LINE)
    expect_number(reading_page, "1")
    file = place_of(reading_page.locator("#number-boxes span"))
    paper = place_of(reading_page.locator(WIDE))
    assert file["height"] < paper["height"] - 10  # a wide picture leaves paper above and below
    with reading_page.expect_response(READ):
        draw_strokes(reading_page, WIDE, [[(20, 20), (21, 20)]])
    reading_page.wait_for_timeout(300)
    whole = place_of(reading_page.locator("#number-boxes span"))
    paper = place_of(reading_page.locator(WIDE))
    for side in ("x", "y", "width", "height"):
        assert whole[side] == pytest.approx(paper[side], abs=8)


DELIVER = """([bytes, kind, target]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "n.png", {type: "image/png"}));
    const event = kind === "paste"
        ? new ClipboardEvent(kind, {clipboardData: data, bubbles: true})
        : new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true});
    document.querySelector(target).dispatchEvent(event);
}"""


def test_a_picture_dropped_on_the_paper_is_read_there(reading_page: Page) -> None:
    reading_page.evaluate(DELIVER, [list(LINE["buffer"]), "drop", WIDE])
    expect_number(reading_page, "4071")
    expect_read(reading_page, 3)  # the other paper keeps its sample


def test_a_picture_is_pasted_where_one_drew_last(reading_page: Page) -> None:
    draw_strokes(reading_page, WIDE, [[(20, 20), (21, 20)]])
    reading_page.evaluate(DELIVER, [list(LINE["buffer"]), "paste", "body"])
    expect_number(reading_page, "4071")
    expect_read(reading_page, 3)


def test_samples_are_read(reading_page: Page) -> None:
    asked = read_as(reading_page, number("47"))
    samples = reading_page.get_by_role("group", name="Samples of numbers").get_by_role("button")
    drawn = set()
    for i in range(samples.count()):
        samples.nth(i).click()
        with reading_page.expect_response(READ):
            tool(reading_page, "Clear", "a number").click()
            samples.nth(i).click()
        drawn.add(ink(reading_page, WIDE))
    assert len(drawn) == samples.count() >= 5
    assert min(drawn) > 0
    assert asked


def test_undo_and_clear_are_of_the_paper_used_last(reading_page: Page) -> None:
    draw(reading_page, 7)
    expect_read(reading_page, 7)
    drawn_as(reading_page, "1")
    expect_number(reading_page, "1")
    reading_page.keyboard.press("Control+z")
    expect_nothing(reading_page)
    reading_page.keyboard.press("Control+y")
    expect_number(reading_page, "1")
    reading_page.keyboard.press("Delete")
    expect_nothing(reading_page)
    expect_read(reading_page, 7)
    tool(reading_page, "Undo", "a number").click()
    expect_number(reading_page, "1")
    reading_page.locator("#canvas").focus()
    reading_page.keyboard.press("Delete")
    expect(reading_page.locator("#figure")).to_be_empty()
    expect_number(reading_page, "1")


def test_keyboard_alone_suffices(reading_page: Page) -> None:
    read_as(reading_page, number("11"))
    reading_page.locator("#number-samples button").last.focus()
    while reading_page.evaluate("document.activeElement.id") != "number-canvas":
        reading_page.keyboard.press("Shift+Tab")
    expect(reading_page.locator("#number-keys")).to_be_visible()
    reading_page.keyboard.press(" ")
    expect(reading_page.locator("#number-pen")).to_have_text("Pen down")
    for _ in range(20):
        reading_page.keyboard.press("ArrowDown")
    reading_page.keyboard.press(" ")
    expect_number(reading_page, "11")
    for _ in range(100):  # to the end of the wide paper, and not further
        reading_page.keyboard.press("ArrowRight")
    nib, paper = (place_of(reading_page.locator(f"#number-{name}")) for name in ("nib", "paper"))
    assert nib["x"] + nib["width"] / 2 == pytest.approx(paper["x"] + paper["width"], abs=2)
    reading_page.keyboard.press("Shift+Tab")
    expect_bars_of(reading_page, 1, 1)
    expect(reading_page.locator("#number-digits button").last).to_be_focused()


def test_eraser_and_brush_are_the_papers_own(reading_page: Page) -> None:
    read_as(reading_page, number("1"))
    draw_strokes(reading_page, WIDE, STROKES[1])
    reading_page.wait_for_timeout(100)
    drawn = ink(reading_page, WIDE)
    tool(reading_page, "Eraser", "a number").click()
    expect(tool(reading_page, "Eraser")).to_have_attribute("aria-pressed", "false")
    draw_strokes(reading_page, WIDE, STROKES[1])
    reading_page.wait_for_timeout(100)
    assert ink(reading_page, WIDE) < drawn / 10
