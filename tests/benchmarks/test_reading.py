"""RapidOCR is asked in a process of its own; pictures to be timed are what they are called."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.reading import speed
from benchmarks.reading.peer_reader import rapidocr, rapidocr_times
from training.evaluation.reading_pictures import Shown
from training.mnist import Scans


@pytest.fixture
def scans(mnist):
    return Scans(mnist.images, mnist.labels.astype(np.int64))


@pytest.fixture
def peer(tmp_path, monkeypatch):
    """Put a script in RapidOCR's place that answers 7 to each picture, after 0.25 s."""
    answer = {"text": "7", "score": 0.5, "seconds": 0.25}
    script = tmp_path / "peer.py"
    script.write_text(
        "import pathlib, sys\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        f"    print({json.dumps(json.dumps(answer))})\n"
    )
    monkeypatch.setattr("benchmarks.reading.peer_reader.PEER", script)
    return Path(sys.executable)


def test_peer_is_asked_in_a_process_of_its_own_in_the_order_given(peer):
    shown = [Shown(b"x", "7"), Shown(b"y", "8")]
    answers, seconds = rapidocr(peer)(shown)
    assert [one.is_right for one in answers] == [True, False]
    assert seconds == 0.25
    assert rapidocr_times(peer)(shown) == [0.25, 0.25]


@pytest.mark.parametrize(
    ("picture", "form", "size"),
    [(speed.draw, "PNG", (600, 150)), (speed.snap, "JPEG", (1600, 400))],
)
def test_timed_pictures_show_six_digits_and_are_the_same_each_time(scans, picture, form, size):
    first, again = (speed.numbers(scans, 2, picture) for _ in range(2))
    assert first == again
    for one in first:
        assert len(one.label) == 6
        image = Image.open(io.BytesIO(one.picture))
        assert (image.format, image.size) == (form, size)


def test_row_has_the_median_and_the_middle_half_without_the_warm_up(scans):
    def times(shown):
        return [1.0] * speed.WARM_UP + [0.001 * n for n in range(len(shown) - speed.WARM_UP)]

    drawn, photographed = speed.measure([times], scans, 5)
    assert drawn.n == 5
    (figure,) = drawn.figures
    assert figure is not None
    assert (figure.low, figure.value, figure.high) == pytest.approx((1e3, 2e3, 3e3))
    assert [row.verdict(row.figures[0]) for row in (drawn, photographed)] == ["met", "met"]
    assert drawn.goal_in_words() == "≤ 8,000 µs"
