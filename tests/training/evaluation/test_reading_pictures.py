"""Pictures that a reader is measured on show what their labels say."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from training.evaluation import reading_pictures as pictures
from training.evaluation.reading_pictures import Shown
from training.mnist import Scans


@pytest.fixture(scope="module")
def scans(mnist):
    return Scans(mnist.images, mnist.labels.astype(np.int64))


@pytest.mark.parametrize("gap", [pictures.spaced, pictures.touching])
def test_lines_are_the_same_each_time_and_say_what_they_show(scans, gap):
    first, again = pictures.lines(scans, 5, gap), pictures.lines(scans, 5, gap)
    assert first == again
    assert all(2 <= len(one.label) <= 8 and one.label.isdigit() for one in first)


def test_touching_lines_have_fewer_empty_columns_than_spaced_ones(scans):
    def empty(gap):
        shares = []
        for one in pictures.lines(scans, 20, gap):
            seen = np.asarray(Image.open(io.BytesIO(one.picture)))
            ink = np.flatnonzero((seen < 128).any(axis=0))
            shares.append(float((seen[:, ink[0] : ink[-1]] > 128).all(axis=0).mean()))
        return float(np.mean(shares))

    assert empty(pictures.spaced) > 0.1 > empty(pictures.touching)


def test_folder_gives_labels_and_pictures_of_a_kind_that_show_no_number(tmp_path):
    (tmp_path / "0_1984.png").write_bytes(b"one")
    (tmp_path / "1_letter.png").write_bytes(b"two")
    assert pictures.from_folder(tmp_path)[0] == Shown(b"one", "1984")
    assert pictures.from_folder(tmp_path, ("letter",)) == [Shown(b"two", "")]
