"""The committed model on the 10,000 MNIST test digits, bytes in, digits out."""

import numpy as np
import pytest

from app.recognition import images
from tests.support import pictures

FLOOR = 0.995
EVERY = 4  # of so many digits one is sent in all ways: a way that spoils pictures spoils many
LOST = 0.0015  # share, at most: the goal is 0.001, and version 3 is at 0.0011 where enlarged


def accuracy(recogniser, drawings, labels):
    """Return the share that is answered with its label; a rejected digit counts as wrong."""
    predictions, _ = recogniser.recognise(
        [drawing.pixels for drawing in drawings], [drawing.is_blank for drawing in drawings]
    )
    return float(np.mean([p.digit == label for p, label in zip(predictions, labels, strict=True)]))


@pytest.fixture(scope="module")
def clean(recogniser, mnist):
    """Accuracy on the original pixels of those digits, no picture being read."""
    pixels = mnist.images[::EVERY].astype(np.float32) / 255
    return accuracy(
        recogniser, [images.Drawing(p, (4, 4, 20, 20)) for p in pixels], mnist.labels[::EVERY]
    )


def test_committed_model_reads_mnist(recogniser, mnist):
    probabilities, _ = recogniser.run(mnist.images.astype(np.float32) / 255)
    assert np.mean(probabilities.argmax(axis=1) == mnist.labels) >= FLOOR


@pytest.mark.slow  # 12,500 pictures take 17 s
@pytest.mark.parametrize("way", pictures.WAYS)
def test_accuracy_survives_the_way_a_picture_is_sent(recogniser, mnist, clean, way):
    sent = [pictures.WAYS[way](digit) for digit in mnist.images[::EVERY]]
    drawings = [images.read(picture, max_pixels=10**6) for picture in sent]
    assert accuracy(recogniser, drawings, mnist.labels[::EVERY]) >= clean - LOST
