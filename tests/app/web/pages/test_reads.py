"""The page reads: drawn with mouse or finger, on a desk or a phone, or brought as a picture."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect

from tests.support.browser import draw, expect_read, tool
from tests.support.pictures import Digits, plain


def test_reads_what_is_drawn(page: Page) -> None:
    for digit in range(10):
        page.keyboard.press("Delete")
        draw(page, digit)
        expect(page.locator("#figure")).to_have_text(str(digit))
    expect_read(page, 9)
    expect(page.locator("[data-part=infer]")).to_have_text(re.compile(r"^\d+\.\d$"))


def test_reads_a_picture_from_a_file(page: Page, mnist: Digits) -> None:
    seven = FilePayload(name="7.png", mimeType="image/png", buffer=plain(mnist.images[0]))
    page.set_input_files("#file", seven)
    expect_read(page, 7)


@pytest.mark.parametrize(
    ("size", "form", "kind"),
    [(280, "AVIF", "image/avif"), (5600, "PNG", "image/png")],
    ids=["format", "size"],
)
def test_reads_a_picture_that_the_service_would_refuse(
    page: Page, mnist: Digits, size: int, form: str, kind: str
) -> None:
    """It goes out as the browser shows it: smaller, as PNG."""
    picture = io.BytesIO()
    Image.fromarray(mnist.images[0]).resize((size, size)).save(picture, form)
    seven = FilePayload(name="7", mimeType=kind, buffer=picture.getvalue())
    page.set_input_files("#file", seven)
    expect_read(page, 7)
    expect(page.locator("#banner")).to_be_empty()


def test_a_phone_reads_what_is_drawn(browser: Browser, service_url: str) -> None:
    phone = ViewportSize(width=390, height=844)
    with browser.new_context(viewport=phone, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(service_url)
        for digit in range(10):
            tool(page, "Clear").tap()
            draw(page, digit)
            expect(page.locator("#figure")).to_have_text(str(digit))
        expect_read(page, 9)


DELIVER = """([bytes, kind]) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "7.png", {type: "image/png"}));
    const event = kind === "paste"
        ? new ClipboardEvent(kind, {clipboardData: data, bubbles: true})
        : new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true});
    canvas.dispatchEvent(event);
}"""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_reads_a_picture_that_is_pasted_or_dropped(page: Page, mnist: Digits, kind: str) -> None:
    page.evaluate(DELIVER, [list(plain(mnist.images[0])), kind])
    expect_read(page, 7)


def test_reads_a_photograph_on_a_phone(browser: Browser, service_url: str, mnist: Digits) -> None:
    with browser.new_context(has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(service_url)
        with page.expect_file_chooser() as chooser:
            tool(page, "Camera").tap()
        seven = FilePayload(name="7.png", mimeType="image/png", buffer=plain(mnist.images[0]))
        chooser.value.set_files(seven)
        expect_read(page, 7)


def test_a_finger_draws_and_does_not_scroll(browser: Browser, service_url: str) -> None:
    phone = ViewportSize(width=390, height=600)
    with browser.new_context(viewport=phone, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(service_url)
        swipe(page, 195, range(330, 90, -20))
        expect_read(page, 1)
        assert page.evaluate("scrollY") == 0
        swipe(page, 195, range(560, 320, -20))  # below the paper
        page.wait_for_function("scrollY > 0")


def swipe(page: Page, x: int, ys: Iterable[int]) -> None:
    """Move a finger up or down, as the screen tells it to the browser."""
    screen = page.context.new_cdp_session(page)
    event = "touchStart"
    for y in ys:
        screen.send("Input.dispatchTouchEvent", {"type": event, "touchPoints": [{"x": x, "y": y}]})
        event = "touchMove"
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
