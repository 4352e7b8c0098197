"""The committed model on the 10,000 MNIST test digits, bytes in, digits out."""

import numpy as np
import pytest

from app.recognition import images
from tests import pictures

FLOOR = 0.995


def accuracy(recogniser, drawings, labels):
    predictions, _ = recogniser.recognise(
        [drawing.pixels for drawing in drawings], [drawing.is_blank for drawing in drawings]
    )
    return float(np.mean([p.digit == label for p, label in zip(predictions, labels, strict=True)]))


@pytest.fixture(scope="module")
def clean(recogniser, mnist):
    """Accuracy of the network on the original pixels, no picture being read."""
    probabilities, _ = recogniser.run(mnist.images.astype(np.float32) / 255)
    return float(np.mean(probabilities.argmax(axis=1) == mnist.labels))


def test_committed_model_reads_mnist(clean):
    assert clean >= FLOOR


@pytest.mark.parametrize("way", pictures.WAYS)
def test_accuracy_survives_the_way_a_picture_is_sent(recogniser, mnist, clean, way):
    drawings = [images.read(pictures.WAYS[way](digit), max_pixels=10**6) for digit in mnist.images]
    assert accuracy(recogniser, drawings, mnist.labels) >= clean - 0.001
