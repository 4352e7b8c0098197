"""The sheet of wrong answers in docs/reading.md shows what the table beside it says."""

import dataclasses
import re

import numpy as np
import pytest

from app.recognition.reader import Reader
from benchmarks.recognition import newest
from tests.readme import reading_misses
from tests.readme.sheet import MARGIN
from tests.readme.summary import cells
from training.evaluation.reading_pictures import Shown
from training.evaluation.reading_table import ours
from training.mnist import Scans


@pytest.fixture(scope="module")
def shown(mnist):
    """Three lines of each kind, the last of which has a label that it does not show."""
    *lines, last = reading_misses.both(Scans(mnist.images, mnist.labels.astype(np.int64)), 3)
    return [*lines, dataclasses.replace(last, label="0")]


def test_misses_are_the_wrong_answers_of_the_table(shown):
    reader = Reader(newest("reader"), device="cpu")
    answers, _ = ours(reader)(shown)
    wrong = {(one.label, one.text, one.confidence) for one in answers if not one.is_right}
    found = reading_misses.find_misses(reader, shown)
    assert {(miss.shown.label, miss.text, miss.confidence) for miss in found} == wrong
    assert "0" in {miss.shown.label for miss in found}
    assert found == sorted(found, key=lambda miss: miss.confidence, reverse=True)


@pytest.mark.parametrize(
    ("text", "kind", "caption"),
    [
        ("124", "one digit taken for another", ("123 as 124", "50%")),
        ("13", "a digit too few", ("123 as 13", "50%")),
        ("1123", "a digit too many", ("123 as 1123", "50%")),
        ("321", "more than one mistake", ("123 as 321", "50%")),
        ("", "rejected", ("123 rejected", "")),
    ],
)
def test_kind_and_caption(text, kind, caption):
    miss = reading_misses.Miss(Shown(b"", "123"), text, 0.5)
    assert (miss.kind, miss.lines) == (kind, caption)


def test_sheet_has_room_for_each(shown):
    four = [reading_misses.Miss(one, "1", 0.5) for one in shown[:4]]
    sheet = np.asarray(reading_misses.draw_sheet(four).convert("L"))
    (across, down), (width, _) = reading_misses.LAYOUT.cell, reading_misses.LAYOUT.size
    assert sheet.shape == (2 * down + MARGIN, 3 * across + MARGIN)
    assert sheet[down + MARGIN :, :width].min() < 64  # the fourth begins the second row


def test_page_has_as_many_misses_as_its_table():
    """Both are written by a command: after a new reader both must be run."""
    wrong = total = 0
    for kind in ("spaced", "touching"):
        n, _, _, ours, *_ = cells(reading_misses.PAGE, f"lines of MNIST test digits, {kind}")
        count, share = int(n.replace(",", "")), float(ours.split("%")[0]) / 100
        wrong, total = wrong + round(count * (1 - share)), total + count
    text = reading_misses.PAGE.read_text(encoding="utf-8")
    told = re.search(r"Wrong answers on (.*) lines: (\d+) \((.*)\)\.", text)
    assert told
    assert (told[1], int(told[2])) == (f"{total:,}", wrong)
    assert sum(int(part.split(": ")[1]) for part in told[3].split(", ")) == wrong
    assert f"{min(wrong, 30)} most confident of {wrong} wrong answers on {total:,} lines" in text
