"""From a line's frames to the texts that they most probably show, and how probable these are.

What a frame is, and how probable a text, says ``alignment.py``; the search is in ``beams.py``.
"""

from __future__ import annotations

import numpy as np

from app.recognition.alignment import BLANK, Frames, Text, probabilities
from app.recognition.beams import Search
from app.recognition.texts import ANY, Mask

FLOOR = 1e-9  # of any class, so that a mask can always be met
RANKED = 8  # texts whose probability is computed exactly at the end


def search(frames: Frames, mask: Mask = ANY, *, count: int = 4) -> list[tuple[Text, float]]:
    """Return up to ``count`` texts that ``mask`` allows with their probabilities, best first.

    There is always at least one: where nothing fits well, the best that fits at all.
    """
    free = _search(frames, ANY)
    if mask is ANY or mask.allows(free[0][0]):  # the best of all is the best of those allowed
        return [one for one in free if mask.allows(one[0])][:count]
    return _search(long_enough(frames, mask), mask)[:count]


def _search(frames: Frames, mask: Mask) -> list[tuple[Text, float]]:
    found = Search(frames, mask).run()[:RANKED]
    exact = zip(found, probabilities(frames, found), strict=True)
    return sorted(exact, key=lambda one: -one[1])


def joined(frames: Frames, kept: tuple[int, ...]) -> Frames:
    """Return frames of the classes ``kept`` alone; all other signs read as nothing: as blank.

    The sums over paths stay exact, as a sign that reads as nothing parts repeated signs as a blank
    does.
    """
    whole = np.empty((len(frames), 1 + len(kept)))
    whole[:, 1:] = frames[:, list(kept)]
    whole[:, BLANK] = np.maximum(frames.sum(axis=1) - whole[:, 1:].sum(axis=1), 0.0)
    return whole


def long_enough(frames: Frames, mask: Mask) -> Frames:
    """Give every class some probability, and room for the least length, where there is a mask."""
    if mask is ANY:
        return frames
    missing = max(0, 2 * mask.least - len(frames))
    room = np.zeros((missing, frames.shape[1]))
    room[:, BLANK] = 1.0
    return np.asarray(np.maximum(np.concatenate([frames, room]), FLOOR))
