"""The square paper's benchmark: its pictures, what the page would show of them, its tables."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.recognition.reader import ReadDigit, Reading
from app.recognition.recogniser import Prediction
from benchmarks.square import __main__ as square
from benchmarks.square.answers import Asked, Count, Thresholds, count, of_the_page
from benchmarks.square.papers import AT_EDGE, NEGATIVES, ONE, PAIRS, SIDE, draw
from benchmarks.square.tables import best, others, results
from tests.support.pictures import Digits
from training.mnist import Scans

THRESHOLDS = Thresholds(doubt=0.9, likely=0.5)


@pytest.fixture(scope="module")
def scans(mnist: Digits) -> Scans:
    return Scans(mnist.images[:20], mnist.labels[:20].astype(np.int64))


def inked(picture: bytes) -> NDArray[np.bool_]:
    pixels: NDArray[np.uint8] = np.asarray(Image.open(io.BytesIO(picture)))
    return np.less(pixels, 128)


def test_pictures_are_as_many_as_asked_and_the_same_each_time(scans: Scans) -> None:
    drawn = draw(scans, 3)
    assert {name: len(shown) for name, shown in drawn.items()} == {
        **dict.fromkeys((*PAIRS, AT_EDGE, *NEGATIVES), 3), ONE: 12,
    }  # fmt: skip
    assert draw(scans, 3) == drawn
    assert {inked(one.picture).shape for one in drawn[ONE]} == {(SIDE, SIDE)}


def test_paper_is_between_two_digits_or_not(scans: Scans) -> None:
    drawn = draw(scans, 6)

    def parts(picture: bytes) -> int:
        columns = np.asarray(inked(picture).any(axis=0))
        return int((columns[1:] & ~columns[:-1]).sum()) + int(columns[0])

    assert {parts(one.picture) >= 2 for one in drawn[PAIRS[0]]} == {True}
    assert {parts(one.picture) for one in drawn[PAIRS[1]]} == {1}
    assert all(inked(one.picture)[:, :3].any() for one in drawn[AT_EDGE])
    assert not any(inked(one.picture)[:, 0].any() for one in drawn[PAIRS[0]])


def asked(
    label: str, digit: int | None, digitness: float, text: str = "", confidence: float = 0.9
) -> Asked:
    """Return the answers of both endpoints, as they might be."""
    shares = (0.1,) * 10
    digits = tuple(ReadDigit(int(sign), 0.9, shares, (0, 0, 1, 1)) for sign in text)
    rejected = None if digit is not None else "not_a_digit"
    return Asked(
        label,
        Prediction(digit, 0.9, shares, digitness, rejected),
        Reading(text, confidence, None, digits, ()),
    )


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (asked("47", None, 0.1, "47"), Count(1, 1, 0, 0, 0, 1)),
        (asked("47", None, 0.1, "41"), Count(1, 0, 1, 0, 0, 1)),
        (asked("47", None, 0.1, "47", 0.4), Count(1, 0, 0, 0, 1, 1)),
        (asked("47", None, 0.1, "4"), Count(1, 0, 0, 0, 1, 1)),
        (asked("47", 6, 0.8, "47"), Count(1, 1, 0, 0, 0, 1)),
        (asked("47", 6, 0.9, "47"), Count(1, 0, 0, 1, 0, 0)),
        (asked("6", 6, 0.9, "47"), Count(1, 1, 0, 0, 0, 0)),
        (asked("6", 6, 0.8, "47"), Count(1, 0, 1, 0, 0, 1)),
        (asked("", None, 0.1), Count(1, 1, 0, 0, 0, 1)),
    ],
)
def test_counts_what_the_page_would_show(one: Asked, expected: Count) -> None:
    assert count([one], THRESHOLDS) == expected


def kinds(one: Callable[[int], Asked]) -> dict[str, list[Asked]]:
    """Return ten pairs and ten negatives that are fine, and 2,000 single digits."""
    fine = dict.fromkeys(PAIRS, [asked("47", None, 0.1, "47", 0.6)] * 10)
    return fine | dict.fromkeys(NEGATIVES, [asked("", None, 0.1)] * 10) | {
        ONE: [one(i) for i in range(2_000)]
    }  # fmt: skip


def test_thresholds_stay_unless_others_are_better() -> None:
    sure = kinds(lambda i: asked("6", 6, 1.0))
    assert best(sure, Thresholds(0.99, 0.5)) == Thresholds(0.99, 0.5)
    assert best(sure, Thresholds(0.99, 0.7)).likely < 0.7


def test_thresholds_do_no_harm_to_single_digits() -> None:
    doubted = kinds(lambda i: asked("6", 6, 0.93 if i < 200 else 1.0))
    assert best(doubted, Thresholds(0.99, 0.5)).doubt == 0.9
    numbers = kinds(lambda i: asked("6", 6, 0.8 if i < 50 else 1.0, "66", 0.65))
    assert best(numbers, Thresholds(0.99, 0.5)).likely == 0.7


def test_tables_have_a_row_for_each_kind_and_each_threshold() -> None:
    some = kinds(lambda i: asked("6", 6, 1.0))
    assert "| two digits, paper between | 10 | 10 | 0 | 0 | 0 | 10 |" in results(some, THRESHOLDS)
    assert "| 0.9 | 0.5 | 20 | 0 | 0 | 0 | 0 |" in others(some, THRESHOLDS)


def test_the_command_reads_the_pages_thresholds_and_asks_both_models(
    scans: Scans, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(square, "draw", lambda *_: draw(scans, 2))
    monkeypatch.setattr(square, "validation", lambda _: scans)
    monkeypatch.setattr("training.mnist.find", lambda _: None)
    square.main([])
    printed = capsys.readouterr().out
    page = of_the_page()
    assert f"The page has DOUBT {page.doubt} and LIKELY {page.likely}." in printed
    assert "| one digit | 8 | " in printed
