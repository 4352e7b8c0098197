"""How fast the page is, measured in a browser: ``python -m benchmarks.page``.

From the movement of the pen to the frame that shows its answer, frames a second while drawing
(also on a CPU slowed four times), and what loading costs. The browser slows the page's own thread
alone, neither its worker nor the service, which share this machine's cores with it.
"""

from __future__ import annotations

import statistics
from typing import Any

from playwright.sync_api import Browser, Page

from tests.conftest import serving
from tests.support.browser import STROKES, browsing, find_browser

ROUNDS = 5  # of the ten digits
SLOWED = 4
LATE_MS = 20  # between two frames, where a sixtieth of a second is 16.7
STEP_MS = 16  # between two movements, as of a hand at 60 a second
REST_MS = 300  # before and after a digit

# Draws as a hand does, a movement a frame or so, and notes for each answer shown how long ago
# the movement was that it is the answer to. A request takes the newest drawing, so that is the
# last movement before its picture was made.
DRAW = """async ([strokes, stepMs, restMs]) => {
    const canvas = document.querySelector("#canvas");
    const box = canvas.getBoundingClientRect();
    const waits = [], frames = [];
    let worker = null, receive = null;  // and what the page does with its messages
    let moved = 0, asked = 0, drawing = true;
    canvas.setPointerCapture = () => {};
    const send = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
        const since = moved;  // noted after the answer just shown took the last
        const isLive = message.task === "predict" && !message.args[1];  // a view has a query
        if (isLive) queueMicrotask(() => { asked = since; });
        if (!worker) {
            worker = this;
            receive = worker.onmessage;
            worker.onmessage = (event) => { note(event); receive(event); };
        }
        return send.call(this, message, ...rest);
    };
    const note = ({data: {result}}) => {
        if (!result?.prediction || result.prediction.input) return;  // of a view
        const since = asked;
        requestAnimationFrame(() => {  // this frame paints it; the next task comes after
            const {port1, port2} = new MessageChannel();
            port1.onmessage = () => waits.push(performance.now() - since);
            port2.postMessage(null);
        });
    };
    const point = (type, [x, y], buttons) => {
        moved = performance.now();
        canvas.dispatchEvent(new PointerEvent(type, {
            pointerId: 7, pointerType: "mouse", bubbles: true, button: 0, buttons,
            clientX: box.left + x * box.width / 280, clientY: box.top + y * box.height / 280,
        }));
    };
    const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    await rest(restMs);  // until this is compiled and the drawing before is gone
    const count = (now) => { frames.push(now); if (drawing) requestAnimationFrame(count); };
    requestAnimationFrame(count);
    for (const stroke of strokes) {
        point("pointerdown", stroke[0], 1);
        for (let i = 1; i < stroke.length; i++) {
            for (let part = 1; part <= 4; part++) {
                const [[ax, ay], [bx, by]] = [stroke[i - 1], stroke[i]];
                point("pointermove", [ax + (bx - ax) * part / 4, ay + (by - ay) * part / 4], 1);
                await rest(stepMs);
            }
        }
        point("pointerup", stroke.at(-1), 0);
    }
    await rest(restMs);
    drawing = false;
    Worker.prototype.postMessage = send;
    worker.onmessage = receive;
    document.dispatchEvent(new KeyboardEvent("keydown", {key: "Delete"}));
    return [waits, frames.slice(1).map((now, i) => now - frames[i])];
}"""

LOADING = """() => {
    const paints = performance.getEntriesByType("paint");
    const [navigation] = performance.getEntriesByType("navigation");
    const all = [navigation, ...performance.getEntriesByType("resource")]
        .filter(({name}) => !name.includes("/predict"));
    const bodies = new Map(all.map(({name, encodedBodySize}) => [name, encodedBodySize]));
    return {
        requests: all.length,  // the worker's for what the page has are answered by 304
        bytes: [...bodies.values()].reduce((sum, size) => sum + size, 0),
        paint: paints.find(({name}) => name === "first-contentful-paint")?.startTime,
        ready: navigation.domContentLoadedEventEnd,
    };
}"""


def main() -> None:
    """Measure on this machine, and print what was found."""
    executable = find_browser()
    if executable is None:
        raise SystemExit("no Chromium here: install Debian's package chromium-headless-shell")
    with serving("make", "serve") as url, browsing(executable) as browser:
        for slowed in (1, SLOWED):
            print(f"CPU slowed {slowed} times" if slowed > 1 else "CPU as it is")
            _measure(browser, url, slowed)


def _measure(browser: Browser, url: str, slowed: int) -> None:
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    page.goto(url)
    page.wait_for_timeout(2000)
    _tell_loading(page.evaluate(LOADING))
    _draw_all(page, 1)  # what is drawn first warms the service and the browser up
    waits, frames = _draw_all(page, ROUNDS)
    _tell("movement to painted answer", waits)
    _tell("between frames while drawing", frames)
    _tell_pace(frames)
    page.close()


def _draw_all(page: Page, rounds: int) -> tuple[list[float], list[float]]:
    waits: list[float] = []
    frames: list[float] = []
    for _ in range(rounds):
        for strokes in STROKES.values():
            some_waits, some_frames = page.evaluate(DRAW, [strokes, STEP_MS, REST_MS])
            waits += some_waits
            frames += some_frames
    return waits, frames


def _tell(what: str, values: list[float]) -> None:
    values = sorted(values)
    median, late = statistics.median(values), values[int(0.99 * len(values))]
    print(f"  {what:28s} median {median:6.1f} ms, p99 {late:6.1f} ms (n = {len(values):,})")


def _tell_pace(frames: list[float]) -> None:
    late = sum(gap > LATE_MS for gap in frames)
    pace = 1000 / statistics.mean(frames)
    print(f"  frames a second              {pace:.2f}, {late} of {len(frames):,} late")


def _tell_loading(found: dict[str, Any]) -> None:
    print(
        f"  loading: {found['requests']} requests, {found['bytes']:,} bytes, "
        f"first paint after {found['paint']:.0f} ms, ready after {found['ready']:.0f} ms"
    )


if __name__ == "__main__":
    main()
