"""From a network's frames to texts: prefix beam search, exact probabilities, places.

Connectionist temporal classification (A. Graves, S. Fernández, F. Gomez, J. Schmidhuber, ICML
2006): each frame of a line has a probability for each sign and for *blank*. A text's probability
is the sum over all paths that become it when repeated signs are merged and blanks removed. Prefix
beam search (A. Hannun et al., "First-pass large vocabulary continuous speech recognition using
bi-directional recurrent DNNs", arXiv 1408.2873) looks for the texts with the largest sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH = 12  # texts that the search keeps; with a mask, so many of each length
LEAST = 1e-5  # probability below which a sign is not tried in a frame
FLOOR = 1e-9  # of any sign, so that a mask can always be met
BLANK = 0  # the class that is no sign

Frames = NDArray[np.float64]  # (t, 1 + signs), rows that sum to 1; class 0 is blank


@dataclass(frozen=True)
class Mask:
    """Which texts may be found: for each length from ``least`` to ``most``, signs by place.

    ``places`` holds for each place the classes that may stand there; an empty tuple at its end
    means that the rest is free.
    """

    least: int
    most: int
    places: tuple[tuple[int, ...], ...] = ()

    def allows(self, place: int, sign: int) -> bool:
        """Whether ``sign`` may stand at ``place``, counted from 0."""
        if place >= self.most:
            return False
        return place >= len(self.places) or sign in self.places[place]


ANY = Mask(0, 1 << 30)

Text = tuple[int, ...]  # classes, none of them blank


def search(frames: Frames, mask: Mask = ANY, *, count: int = 4) -> list[tuple[Text, float]]:
    """Return up to ``count`` texts that ``mask`` allows with their probabilities, best first.

    There is always at least one: where nothing fits well, the best that fits at all.
    """
    frames = _long_enough(frames, mask)
    beams: dict[Text, tuple[float, float]] = {(): (1.0, 0.0)}  # ending in blank, in its last sign
    for frame in frames:
        beams = _kept(_extended(beams, frame, mask), mask)
    found = [text for text in beams if mask.least <= len(text) <= mask.most]
    exact = sorted(((text, probability(frames, text)) for text in found), key=lambda f: -f[1])
    return exact[:count]


def probability(frames: Frames, text: Text) -> float:
    """Return the probability of ``text``: the sum over all paths, by the forward algorithm."""
    states = _states(text)
    skips = _skips(states)
    alpha = np.zeros(len(states))
    alpha[0] = 1.0
    log_scale = 0.0
    for index, frame in enumerate(frames):
        before = alpha
        alpha = before.copy()
        if index:
            alpha[1:] += before[:-1]
            alpha[2:] += before[:-2] * skips[2:]
        elif len(states) > 1:
            alpha[1] = 1.0
        alpha = alpha * frame[states]
        total = alpha.sum()
        if total == 0:
            return 0.0
        alpha, log_scale = alpha / total, log_scale + np.log(total)
    return float(np.exp(log_scale) * alpha[-2:].sum())


def places(frames: Frames, text: Text) -> list[tuple[int, int]]:
    """Return for each sign of ``text`` the frames, first and one past the last, that show it.

    They are those of the most probable path (Viterbi).
    """
    states = _states(text)
    logs = np.log(np.maximum(frames[:, states], FLOOR**2))
    skips = np.where(_skips(states), 0.0, -np.inf)
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
    state = len(states) - 1 if best[-1] >= best[-2:][0] else len(states) - 2
    path = [state]
    for index in range(len(frames) - 1, 0, -1):
        path.append(path[-1] - int(steps[index, path[-1]]))
    at = np.array(path[::-1])
    spans = [np.flatnonzero(at == 2 * sign + 1) for sign in range(len(text))]
    return [(int(span[0]), int(span[-1]) + 1) if len(span) else (0, 0) for span in spans]


def merged(frames: Frames, silent: tuple[int, ...]) -> Frames:
    """Return ``frames`` in which the ``silent`` classes read as nothing: as blank.

    The sums over paths stay exact, since a silent sign parts repeated signs as a blank does.
    """
    whole = frames.copy()
    whole[:, BLANK] += whole[:, list(silent)].sum(axis=1)
    whole[:, list(silent)] = 0.0
    return whole


def _extended(
    beams: dict[Text, tuple[float, float]], frame: NDArray[np.float64], mask: Mask
) -> dict[Text, tuple[float, float]]:
    """Let each text of ``beams`` stay as it is or grow by one sign in ``frame``."""
    is_free = mask is ANY
    signs = [int(s) for s in np.flatnonzero(frame[1:] > (LEAST if is_free else 0.0)) + 1]
    shares = frame.tolist()
    grown: dict[Text, tuple[float, float]] = {}
    for text, (blank, sign) in beams.items():
        last = text[-1] if text else BLANK
        _add(grown, text, (blank + sign) * shares[BLANK], sign * shares[last] if text else 0.0)
        for new in signs:
            if is_free or mask.allows(len(text), new):
                _add(
                    grown, (*text, new), 0.0, (blank if new == last else blank + sign) * shares[new]
                )
    return grown


def _add(beams: dict[Text, tuple[float, float]], text: Text, blank: float, sign: float) -> None:
    if blank or sign:
        old = beams.get(text, (0.0, 0.0))
        beams[text] = (old[0] + blank, old[1] + sign)


def _kept(beams: dict[Text, tuple[float, float]], mask: Mask) -> dict[Text, tuple[float, float]]:
    """Keep the most probable texts, and bring their sum back to 1."""
    ranked = sorted(beams.items(), key=lambda beam: -sum(beam[1]))
    ranked = ranked[:WIDTH] if mask is ANY else _best_of_each_length(ranked)
    total = sum(sum(shares) for _, shares in ranked) or 1.0
    return {text: (blank / total, sign / total) for text, (blank, sign) in ranked}


def _best_of_each_length(
    ranked: list[tuple[Text, tuple[float, float]]],
) -> list[tuple[Text, tuple[float, float]]]:
    counts: dict[int, int] = {}
    kept = []
    for text, shares in ranked:
        counts[len(text)] = counts.get(len(text), 0) + 1
        if counts[len(text)] <= WIDTH:
            kept.append((text, shares))
    return kept


def _long_enough(frames: Frames, mask: Mask) -> Frames:
    """Give every sign some probability, and room for the least length, where there is a mask."""
    if mask is ANY:
        return frames
    missing = max(0, 2 * mask.least - len(frames))
    room = np.full((missing, frames.shape[1]), FLOOR)
    if missing:
        room[:, BLANK] = 1.0
    return np.concatenate([np.maximum(frames, FLOOR), room])


def _states(text: Text) -> NDArray[np.int64]:
    """Return the text with blanks around and between its signs."""
    states = np.full(2 * len(text) + 1, BLANK, np.int64)
    states[1::2] = text
    return states


def _skips(states: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which states can follow the state two before: signs that differ from it."""
    skips = np.zeros(len(states), bool)
    skips[2:] = (states[2:] != BLANK) & (states[2:] != states[:-2])
    return skips
