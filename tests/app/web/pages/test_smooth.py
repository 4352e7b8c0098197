"""Drawing is smooth: what keeps the page's main thread free meanwhile."""

from __future__ import annotations

import json
from collections import Counter

from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import draw, expect_read

# Resolves once the change was painted.
CHANGE = """async () => {
    for (const cell of document.querySelectorAll("#note, .share, [data-part], #view-seen b")) {
        cell.textContent = "12.3";
    }
    for (const row of document.querySelectorAll(".bars li")) row.toggleAttribute("data-chosen");
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}"""

# Shows answers, so sure that it is a four, right after each other; returns the note then.
SHOW = """async (shares) => {
    const { AnswerView } = await import("./static/answer.js");
    const view = new AnswerView(document.querySelector("#answer"));
    for (const share of shares) {
        const probabilities = [0, 0, 0, 0, share, 0, 0, 0, 0, 1 - share];
        const prediction = { digit: 4, confidence: share, probabilities, rejected: null };
        view.show({ prediction, timing: {} });
    }
    return document.querySelector("#note").textContent;
}"""

# Asks for a second as fast as it may, where each answer keeps its frame busy; returns how often.
ASK = """async (busyMs) => {
    const { LiveReader } = await import("./static/client.js");
    const rest = () => new Promise((resolve) => setTimeout(resolve, 4));
    const end = performance.now() + 1000;
    let asked = 0;
    const spin = (now) => { while (performance.now() < now + busyMs); };
    const onAnswer = () => requestAnimationFrame(spin);
    const reader = new LiveReader({ read: async () => ++asked, onAnswer });
    for (; performance.now() < end; await rest()) reader.ask(() => null);
    return asked;
}"""


def test_a_stroke_paints_nothing_but_its_ink(browser: Browser, page: Page) -> None:
    """No tile of the page is painted again, and the samples are no canvases, which would each
    be handed to the screen with every frame.
    """
    expect_read(page, 3)  # the sample, so that no answer to it is painted meanwhile
    page.route("**/predict", lambda route: None)  # and none to what is drawn
    draw(page, 7)
    browser.start_tracing(page=page, categories=["cc"])
    page.mouse.down()
    for step in range(50):
        page.mouse.move(200 + 2 * step, 300)
        page.wait_for_timeout(20)
    page.mouse.up()
    events = Counter(event["name"] for event in json.loads(browser.stop_tracing())["traceEvents"])
    assert events["RasterTask"] < events["ProxyMain::BeginMainFrame::commit"]
    expect(page.locator("#samples canvas")).to_have_count(0)


def test_what_changes_with_every_answer_lays_out_nothing_else(browser: Browser, page: Page) -> None:
    draw(page, 7)
    expect_read(page, 7)
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    page.evaluate(CHANGE)
    layouts = [
        event["args"]["beginData"]["partialLayout"]
        for event in json.loads(browser.stop_tracing())["traceEvents"]
        if event["name"] == "Layout" and "beginData" in event["args"]
    ]
    assert layouts
    assert all(layouts)


def test_a_machine_that_shows_answers_late_is_asked_for_fewer(page: Page) -> None:
    at_ease = max(page.evaluate(ASK, 0) for _ in range(3))  # the machine may be busy with more
    assert page.evaluate(ASK, 50) < 10 < at_ease <= 25


def test_numbers_change_as_often_as_one_reads_and_end_with_the_last(page: Page) -> None:
    page.keyboard.press("Delete")
    assert page.evaluate(SHOW, [0.6, 0.55, 0.7]).startswith("60.0% sure")
    expect(page.locator("#headline")).to_have_text("Perhaps four")
    expect(page.locator("#note")).to_contain_text("70.0% sure")
    expect(page.locator("#answer [data-chosen] .share")).to_have_text("70.0%")


def test_other_words_come_at_once_with_their_numbers(page: Page) -> None:
    page.keyboard.press("Delete")
    assert page.evaluate(SHOW, [0.6, 0.95]) == "95.0% sure"
    expect(page.locator("#headline")).to_have_text("Four")


def test_pictures_are_made_and_sent_off_the_thread_that_draws(page: Page) -> None:
    page.evaluate("window.fetch = window.createImageBitmap = undefined")
    page.evaluate("HTMLCanvasElement.prototype.toBlob = undefined")
    draw(page, 7)
    expect_read(page, 7)


def test_the_worker_may_talk_to_the_service_and_do_nothing_else(client: FlaskClient) -> None:
    with client.get("/worker.js") as script:
        assert script.mimetype == "text/javascript"
        policies = script.headers.getlist("Content-Security-Policy")
    assert policies == ["default-src 'none'; script-src 'self'; connect-src 'self'"]
