"""A text and a line's frames: how probable the text is, where its signs are, what else they may be.

Connectionist temporal classification (A. Graves, S. Fernández, F. Gomez, J. Schmidhuber, ICML
2006): each frame of a line has a probability for each sign and for *blank*. A path is one class for
each frame; it becomes a text when repeated signs are merged and blanks removed. A text's
probability is the sum over all of its paths.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BLANK = 0  # the class that is no sign
FEW = 8  # frames after which sums are scaled, so that they do not become too small for a float
TINY = 1e-18  # least probability, where its logarithm is needed

Frames = NDArray[np.float64]  # (t, 1 + signs), rows that sum to 1; class 0 is blank
Text = tuple[int, ...]  # classes, none of them blank
Floats = NDArray[np.float64]


def probabilities(frames: Frames, texts: Sequence[Text]) -> list[float]:
    """Return each text's probability, by the forward algorithm over all texts at once."""
    states = _padded_states(texts)
    emitted = np.where(states >= 0, frames[:, states], 0.0)  # (t, texts, states)
    skips = _skips(states).astype(np.float64)[:, 2:]
    alpha = emitted[0].copy()
    alpha[:, 2:] = 0.0
    scale = np.zeros(len(texts))
    for index in range(1, len(frames)):
        before = alpha.copy()
        alpha[:, 1:] += before[:, :-1]
        alpha[:, 2:] += before[:, :-2] * skips
        alpha *= emitted[index]
        if index % FEW == 0:
            total = np.maximum(alpha.sum(axis=1), 1e-300)
            scale += np.log(total)
            alpha /= total[:, None]
    ends = 2 * np.array([len(text) for text in texts])
    row = np.arange(len(texts))
    last = alpha[row, ends] + np.where(ends > 0, alpha[row, ends - 1], 0.0)
    return [float(p) for p in np.exp(scale) * last]


def choices(frames: Frames, text: Text, classes: Sequence[int]) -> Floats:
    """Return for each sign of ``text`` the probability of each of ``classes`` in its place.

    (n, classes), rows that sum to 1: the probabilities of the texts that differ from ``text`` in
    this place alone. Forward and backward sums of ``text`` meet at the place (Graves et al.).
    """
    states = _states(text)
    alpha, alpha_scale = _forward(frames, states)
    beta, beta_scale = _backward(frames, states)
    entered, left = _entered(alpha, text, classes), _left(beta, text, classes)
    shares = frames[:, list(classes)]
    fades = np.exp(-np.diff(alpha_scale, prepend=0.0))
    weights = np.exp(_levelled(alpha_scale + np.append(beta_scale[1:], 0.0)))
    inside = np.zeros(entered.shape[1:])  # paths that are in a place now
    total = np.zeros_like(inside)
    for index in range(len(frames)):
        inside += entered[index]
        inside *= shares[index] * fades[index]
        total += inside * left[index] * weights[index]
    return np.asarray(total / np.maximum(total.sum(axis=1, keepdims=True), 1e-300))


def places(frames: Frames, text: Text) -> list[tuple[int, int]]:
    """Return for each sign of ``text`` the frames, first and one past the last, that show it.

    They are those of the most probable path (A. Viterbi, 1967). There must be enough frames for
    the text: as many as signs, and one more for each sign that is repeated.
    """
    states = _states(text)
    logs = np.log(np.maximum(frames[:, states], TINY))
    skips = np.where(_skips(states[None])[0], 0.0, -np.inf)
    best = np.full(len(states), -np.inf)
    best[:2] = logs[0, :2]
    steps = np.zeros((len(frames), len(states)), np.int8)
    for index in range(1, len(frames)):
        options = np.full((3, len(states)), -np.inf)
        options[0] = best
        options[1, 1:] = best[:-1]
        options[2, 2:] = best[:-2] + skips[2:]
        steps[index] = options.argmax(axis=0)
        best = options.max(axis=0) + logs[index]
    at = _traced(steps, len(states) - 1 - int(len(states) > 1 and best[-2] > best[-1]))
    spans = [np.flatnonzero(at == 2 * sign + 1) for sign in range(len(text))]
    return [(int(span[0]), int(span[-1]) + 1) for span in spans]


def _traced(steps: NDArray[np.int8], state: int) -> NDArray[np.int64]:
    path = [state]
    for index in range(len(steps) - 1, 0, -1):
        path.append(path[-1] - int(steps[index, path[-1]]))
    return np.array(path[::-1])


def _forward(frames: Frames, states: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return sums (t, states), scaled now and then, and the logarithm of the scale (t,)."""
    skips = _skips(states[None])[0].astype(np.float64)[2:]
    alpha = frames[:, states]
    alpha[0, 2:] = 0.0
    scale = np.zeros(len(frames))
    for index in range(1, len(frames)):
        before, now = alpha[index - 1], alpha[index]
        entered = before.copy()
        entered[1:] += before[:-1]
        entered[2:] += before[:-2] * skips
        now *= entered
        if index % FEW == 0:
            total = max(float(now.sum()), 1e-300)
            now /= total
            scale[index] = np.log(total)
    return alpha, scale.cumsum()


def _backward(frames: Frames, states: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return the same sums from the end: reversed, a text is a text, and so are its paths."""
    alpha, scale = _forward(frames[::-1], states[::-1])
    return alpha[::-1, ::-1], scale[::-1]


def _entered(alpha: Floats, text: Text, classes: Sequence[int]) -> Floats:
    """Return what enters each place at each frame (t, n, classes), in the scale of the one before.

    It comes from the blank before the place, and from the sign before it where that is another.
    """
    differs = np.array([BLANK, *text[:-1]])[:, None] != np.array(classes)
    entered = np.zeros((len(alpha), *differs.shape))
    entered[0, :1] = 1.0
    blanks, signs = alpha[:-1, :-1:2], alpha[:-1, 1:-1:2]
    entered[1:] = blanks[:, :, None]
    entered[1:, 1:] += signs[:, :-1, None] * differs[1:]
    return entered


def _left(beta: Floats, text: Text, classes: Sequence[int]) -> Floats:
    """Return what may follow each place after each frame (t, n, classes), in the next one's scale.

    From the end a text is a text as well: what follows there is what enters here.
    """
    return _entered(beta[::-1, ::-1], text[::-1], classes)[::-1, ::-1]


def _levelled(logs: Floats) -> Floats:
    return np.asarray(logs - logs.max())


def _states(text: Text) -> NDArray[np.int64]:
    """Return the text with blanks around and between its signs."""
    states = np.full(2 * len(text) + 1, BLANK, np.int64)
    states[1::2] = text
    return states


def _padded_states(texts: Sequence[Text]) -> NDArray[np.int64]:
    """Return the states of each text as a row, filled up with -1; two states at least."""
    longest = max(len(text) for text in texts)
    rows = np.full((len(texts), max(2 * longest + 1, 2)), -1, np.int64)
    for row, text in zip(rows, texts, strict=True):
        row[: 2 * len(text) + 1] = _states(text)
    return rows


def _skips(states: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which states may follow the state two before: signs that differ from it."""
    skips = np.zeros(states.shape, bool)
    skips[:, 2:] = (states[:, 2:] != BLANK) & (states[:, 2:] != states[:, :-2])
    return skips
