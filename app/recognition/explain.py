"""Explain a network's answer, from its own outputs and weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.recognition.images import SIDE, Drawing
from app.recognition.recogniser import Prediction, Recogniser

PATCH = 5  # pixels a side: about the width of a stroke and the paper on both sides of it
STEP = 2
WRITTEN = 0.25  # of full ink: what is darker counts for the box

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Placement:
    """Where a digit lies in its 28×28: ``box`` (left, top, width, height) of the ink, and its
    ``centre`` of mass (x, y), in pixels from the upper left corner.
    """

    box: tuple[int, int, int, int]
    centre: tuple[float, float]


@dataclass(frozen=True)
class Occlusion:
    """How much the log-odds of ``digit`` fall where ink is erased: ``drop`` (28, 28).

    Above 0 the ink there is evidence for ``digit``, below 0 against it.
    """

    digit: int
    drop: Floats


@dataclass(frozen=True)
class Neurons:
    """What each of the m neurons of the last hidden layer contributes to each of the ten digits.

    ``activations`` (m,); ``contributions`` (m, 10) and ``biases`` (10,) sum to the ``logits``,
    whose softmax is the calibrated answer: nothing is approximated.
    """

    activations: Floats
    contributions: Floats
    biases: Floats

    @property
    def logits(self) -> Floats:
        """Return the sum for each digit, (10,)."""
        total: Floats = self.contributions.sum(axis=0) + self.biases
        return total


def place(drawing: Drawing) -> Placement | None:
    """Find the ink in the 28×28 of ``drawing``; None where there is none."""
    written = drawing.pixels > WRITTEN
    if not written.any():
        return None
    columns, rows = (np.flatnonzero(written.any(axis=axis)) for axis in (0, 1))
    left, top = int(columns[0]), int(rows[0])
    size = (int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)
    middles = np.arange(SIDE) + 0.5
    total = float(drawing.pixels.sum())
    x = float(drawing.pixels.sum(axis=0) @ middles) / total
    y = float(drawing.pixels.sum(axis=1) @ middles) / total
    return Placement((left, top, *size), (x, y))


def occlude(recogniser: Recogniser, drawing: Drawing) -> Occlusion:
    """Erase each patch of ``drawing`` that has ink, in one batch, and measure the log-odds.

    The method is M. Zeiler and R. Fergus's ("Visualizing and Understanding Convolutional
    Networks", 2014), here the patch is blank paper.
    """
    windows = [w for w in _windows() if drawing.pixels[w].any()]
    variants = np.repeat(drawing.pixels[None], len(windows) + 1, axis=0)
    for variant, window in zip(variants[1:], windows, strict=True):
        variant[window] = 0
    probabilities, _ = recogniser.run(variants)
    digit = int(probabilities[0].argmax())
    odds = _log_odds(probabilities, digit)
    total, count = np.zeros((2, SIDE, SIDE), np.float32)
    for window, erased in zip(windows, odds[1:], strict=True):
        total[window] += odds[0] - erased
        count[window] += 1
    return Occlusion(digit, (total / np.maximum(count, 1)).astype(np.float32))


def contribute(recogniser: Recogniser, drawing: Drawing) -> Neurons | None:
    """Split a dense network's answer into its neurons' contributions; None for other networks."""
    if len(recogniser.layers) < 2:
        return None
    last = recogniser.layers[-1]
    output = f"hidden_{len(recogniser.layers) - 1}"
    result = recogniser.infer(
        drawing.pixels[None], [drawing.is_blank], ["probabilities", "digitness", output]
    )
    activations = result.outputs[output][0]
    temperature = np.float32(_temperature(recogniser))
    contributions = (last.weights * activations).T / temperature
    return Neurons(activations, contributions, last.biases / temperature)


def squeeze(recogniser: Recogniser, grey: Image.Image) -> tuple[Floats, Prediction]:
    """Classify a picture as most demos do: resized to 28×28 without preparation, dark is ink.

    Return what the network then sees, (28, 28), and its prediction.
    """
    small = grey.resize((SIDE, SIDE))
    pixels = np.float32(1) - np.asarray(small, dtype=np.float32) / np.float32(255)
    predictions, _ = recogniser.recognise(pixels[None], [not pixels.any()])
    return pixels, predictions[0]


def _windows() -> list[tuple[slice, slice]]:
    starts = range(-1, SIDE - PATCH + STEP, STEP)
    sides = [slice(max(start, 0), start + PATCH) for start in starts]
    return [(rows, columns) for rows in sides for columns in sides]


def _log_odds(probabilities: Floats, digit: int) -> NDArray[np.float64]:
    """Return log(p / (1 - p)), with 1 - p as the sum of the others, which does not round to 0."""
    wide = probabilities.astype(np.float64).clip(1e-30)
    others = np.delete(wide, digit, axis=1).sum(axis=1)
    odds: NDArray[np.float64] = np.log(wide[:, digit] / others)
    return odds


def _temperature(recogniser: Recogniser) -> float:
    temperature = recogniser.card.get("temperature", 1.0)
    return float(temperature) if isinstance(temperature, int | float) else 1.0
