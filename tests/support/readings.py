"""Answers of /read as a test wants them, and numbers drawn on the page's papers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page, Route

from tests.support.browser import STROKES, Stroke, draw_strokes

READ = "**/read"
HIGH = 192  # units of a digit of STROKES, whose ink begins at TOP
TOP = 46
GAP = 30  # units between two digits

Box = tuple[float, float, float, float]


def number(
    text: str,
    confidence: float = 0.99,
    *,
    boxes: Sequence[Box] = (),
    alternatives: Sequence[tuple[str, float]] = (),
    rejected: str | None = None,
) -> str:
    """Return the body of an answer: ``text``, each digit as sure as ``confidence``."""
    reading = {
        "text": text,
        "confidence": confidence,
        "rejected": rejected,
        "digits": [
            _digit(int(sign), confidence, boxes[i] if boxes else (40 + 50 * i, 60, 40, 100))
            for i, sign in enumerate(text)
        ],
        "alternatives": [{"text": other, "confidence": p} for other, p in alternatives],
    }
    return json.dumps({"readings": [reading], "model": {"name": "told", "version": "0"}})


def _digit(digit: int, confidence: float, box: Box) -> dict[str, Any]:
    others = (1 - confidence) / 9
    shares = [confidence if i == digit else others for i in range(10)]
    return {"digit": digit, "confidence": confidence, "probabilities": shares, "box": box}


def read_as(page: Page, body: str) -> list[str]:
    """Let /read answer with ``body``; return a list that grows with each request."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body=body)

    page.route(READ, answer)
    return asked


def layout(text: str, high: float = 110, left: float = 30, top: float = 70) -> list[list[Stroke]]:
    """Return the strokes of each digit of ``text``, set side by side."""
    digits = []
    for sign in text:
        strokes = STROKES[int(sign)]
        scale, start = high / HIGH, min(x for stroke in strokes for x, _ in stroke)
        moved = [
            [(left + (x - start) * scale, top + (y - TOP) * scale) for x, y in stroke]
            for stroke in strokes
        ]
        digits.append(moved)
        left = max(x for stroke in moved for x, _ in stroke) + GAP
    return digits


def boxes_of(digits: list[list[Stroke]]) -> list[Box]:
    """Return left, top, width, height of each digit's strokes, without the pen's width."""
    found = []
    for strokes in digits:
        xs, ys = zip(*(point for stroke in strokes for point in stroke), strict=True)
        found.append((min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)))
    return found


def draw_number(page: Page, text: str, canvas: str = "#canvas") -> None:
    """Draw the digits of ``text`` side by side with the mouse, which then leaves the paper."""
    draw_strokes(page, canvas, [stroke for digit in layout(text) for stroke in digit])
    page.mouse.move(2, 2)
