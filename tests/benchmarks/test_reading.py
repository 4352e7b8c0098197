"""The reader's benchmark measures what it says, on pictures whose answers are known."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.reading import sets
from benchmarks.reading.readers import rapidocr
from benchmarks.reading.sets import Shown
from training.mnist import Scans


@pytest.fixture(scope="module")
def scans(mnist):
    return Scans(mnist.images, mnist.labels.astype(np.int64))


@pytest.mark.parametrize("gap", [sets.spaced, sets.touching])
def test_lines_are_the_same_each_time_and_say_what_they_show(scans, gap):
    first, again = sets.lines(scans, 5, gap), sets.lines(scans, 5, gap)
    assert first == again
    assert all(2 <= len(one.label) <= 8 and one.label.isdigit() for one in first)


def test_touching_lines_have_fewer_empty_columns_than_spaced_ones(scans):
    def empty(gap):
        shares = []
        for one in sets.lines(scans, 20, gap):
            picture = np.asarray(Image.open(io.BytesIO(one.picture)))
            ink = np.flatnonzero((picture < 128).any(axis=0))
            shares.append(float((picture[:, ink[0] : ink[-1]] > 128).all(axis=0).mean()))
        return float(np.mean(shares))

    assert empty(sets.spaced) > 0.1 > empty(sets.touching)


def test_folder_gives_labels_and_pictures_of_a_kind_that_show_no_number(tmp_path):
    (tmp_path / "0_1984.png").write_bytes(b"one")
    (tmp_path / "1_letter.png").write_bytes(b"two")
    assert sets.from_folder(tmp_path)[0] == Shown(b"one", "1984")
    assert sets.from_folder(tmp_path, ("letter",)) == [Shown(b"two", "")]


def test_peer_is_asked_in_a_process_of_its_own_in_the_order_given(tmp_path, monkeypatch):
    answer = {"text": "7", "score": 0.5, "seconds": 0.25}
    script = tmp_path / "peer.py"
    script.write_text(
        "import pathlib, sys\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        f"    print({json.dumps(json.dumps(answer))})\n"
    )
    monkeypatch.setattr("benchmarks.reading.readers.PEER", script)
    answers, seconds = rapidocr(Path(sys.executable))([Shown(b"x", "7"), Shown(b"y", "8")])
    assert [one.is_right for one in answers] == [True, False]
    assert seconds == 0.25
