"""The wide paper: a number drawn or brought, its digits above their ink, the bars of each."""

from __future__ import annotations

import io
import json
import re
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image, ImageOps
from playwright.sync_api import (
    Browser,
    FilePayload,
    FloatRect,
    Locator,
    Page,
    Response,
    Route,
    ViewportSize,
    expect,
)

from tests.support.browser import STROKES, draw, draw_strokes, expect_read, ink, tool
from tests.support.readers import known_picture
from tests.support.readings import READ, boxes_of, draw_number, layout, number, read_as

WIDE = "#number-canvas"
PEN = 14  # units: the brush
LINE = FilePayload(name="n.png", mimeType="image/png", buffer=known_picture("4071"))


def drawn_as(page: Page, text: str) -> None:
    """Draw ``text``, and let it be answered with the boxes of what is drawn."""
    read_as(page, number(text, boxes=boxes_of(layout(text))))
    draw_number(page, text, WIDE)


def expect_number(page: Page, text: str) -> None:
    expect(page.locator("#number-headline")).to_have_text(text)
    expect(page.locator("#number-digits")).to_have_text(text)
    expect(page.locator("#number-spoken")).to_have_text(re.compile(f"^Read as {text}, "))


def expect_bars_of(page: Page, digit: int, place: int) -> None:
    """Wait for the bars of one digit, for the words above them, and for its box."""
    expect(page.locator("#number .bars [data-chosen] > :first-child")).to_have_text(str(digit))
    expect(page.locator("#number-digit")).to_contain_text(f"Digit {place + 1} of")
    chosen = page.locator("#number-boxes span").nth(place)
    expect(chosen).to_have_attribute("data-chosen", "")


def expect_nothing(page: Page) -> None:
    expect(page.locator("#number-hint")).to_be_visible()
    expect(page.locator("#number-headline")).to_be_empty()
    expect(page.locator("#number-digits button, #number-boxes span")).to_have_count(0)
    expect(page.locator("#number .share").filter(has_text=re.compile("."))).to_have_count(0)
    assert ink(page, WIDE) == 0


def place_of(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box
    return box


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
