"""From a line's frames to the texts that they most probably show: prefix beam search.

A. Hannun et al., "First-pass large vocabulary continuous speech recognition using bi-directional
recurrent DNNs" (arXiv 1408.2873): texts grow frame by frame, and the most probable ones are kept.
What a frame is, and how probable a text, says ``alignment.py``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from app.recognition.alignment import BLANK, Frames, Text, probabilities

WIDTH = 12  # texts that the search keeps; with a mask, at most so many of each length
ALL_LENGTHS = 60  # texts that it keeps of all lengths together
LEAST = 1e-5  # probability below which a sign is not tried in a frame
TRIED = 6  # signs that are tried in a frame at most
FLOOR = 1e-9  # of any class, so that a mask can always be met
SURE = 1 - 1e-4  # probability of blank above which a frame has nothing to search for
FAINT = 1e-6  # of the best text's probability, below which another is dropped
RANKED = 8  # texts whose probability is computed exactly at the end

Share = tuple[float, float]  # of paths that end in blank, and in the text's last sign
Beams = dict[Text, Share]


@dataclass(frozen=True)
class Mask:
    """Which texts may be found: of ``least`` to ``most`` signs, and which of them at each place.

    ``places`` holds for each place the classes that may stand there; what comes after its end is
    free.
    """

    least: int
    most: int
    places: tuple[tuple[int, ...], ...] = ()

    def allows(self, text: Text) -> bool:
        """Whether ``text`` is one of them."""
        fits = all(sign in place for sign, place in zip(text, self.places, strict=False))
        return self.least <= len(text) <= self.most and fits


ANY = Mask(0, 1 << 30)


def search(frames: Frames, mask: Mask = ANY, *, count: int = 4) -> list[tuple[Text, float]]:
    """Return up to ``count`` texts that ``mask`` allows with their probabilities, best first.

    There is always at least one: where nothing fits well, the best that fits at all.
    """
    free = _search(frames, ANY)
    if mask is ANY or mask.allows(free[0][0]):  # the best of all is the best of those allowed
        return [one for one in free if mask.allows(one[0])][:count]
    return _search(long_enough(frames, mask), mask)[:count]


def _search(frames: Frames, mask: Mask) -> list[tuple[Text, float]]:
    beams: Beams = {(): (1.0, 0.0)}
    for shares in _telling(frames, mask).tolist():
        beams = _kept(_extended(beams, shares, mask), mask)
    found = [text for text in beams if mask.least <= len(text) <= mask.most][:RANKED]
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


def _telling(frames: Frames, mask: Mask) -> Frames:
    """Leave out frames that are surely blank, but for one of each run of them.

    With a mask, the frames that are the least surely blank stay: as many as its signs need.
    """
    blank = frames[:, BLANK]
    is_empty = blank > SURE
    if mask is not ANY and mask.least:
        is_empty[np.argsort(blank, kind="stable")[: 2 * mask.least]] = False
    follows = np.append(False, is_empty[:-1])
    return np.asarray(frames[~(is_empty & follows)])


def _extended(beams: Beams, shares: list[float], mask: Mask) -> Beams:
    """Let each text of ``beams`` stay as it is or grow by a sign in a frame of ``shares``."""
    likely = sorted(range(1, len(shares)), key=shares.__getitem__, reverse=True)[:TRIED]
    likely = [sign for sign in likely if shares[sign] > LEAST]
    tried: dict[int, list[int]] = {}
    least = FAINT * max(shares) * max(map(sum, beams.values())) if mask is ANY else 0.0
    grown: defaultdict[Text, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for text, (blank, sign) in beams.items():
        last, whole = text[-1] if text else BLANK, blank + sign
        stay = grown[text]
        stay[0] += whole * shares[BLANK]
        stay[1] += sign * shares[last]
        place = len(text)
        if place not in tried:
            tried[place] = _tried(place, likely, shares, mask)
        for new in tried[place]:
            added = (blank if new == last else whole) * shares[new]
            if added > least:
                grown[(*text, new)][1] += added
    return {text: (blank, sign) for text, (blank, sign) in grown.items() if blank or sign}


def _tried(place: int, likely: list[int], shares: list[float], mask: Mask) -> list[int]:
    """Return the signs to try at ``place``: the likely ones, or the likeliest that is allowed."""
    if mask is ANY:
        return likely
    if place >= mask.most:
        return []
    allowed = mask.places[place] if place < len(mask.places) else range(1, len(shares))
    return [s for s in likely if s in allowed] or [max(allowed, key=shares.__getitem__)]


def _kept(beams: Beams, mask: Mask) -> Beams:
    """Keep the most probable texts, best first, and bring their sum back to 1."""
    ranked = sorted(beams.items(), key=lambda beam: -(beam[1][0] + beam[1][1]))
    ranked = ranked[:WIDTH] if mask is ANY else _best_of_each_length(ranked, mask)
    total = sum(blank + sign for _, (blank, sign) in ranked)
    return {text: (blank / total, sign / total) for text, (blank, sign) in ranked}


def _best_of_each_length(ranked: list[tuple[Text, Share]], mask: Mask) -> list[tuple[Text, Share]]:
    width = min(WIDTH, max(2, ALL_LENGTHS // (mask.most + 1)))
    counts: dict[int, int] = {}
    floors: dict[int, float] = {}
    kept = []
    for text, share in ranked:
        length = len(text)
        counts[length] = counts.get(length, 0) + 1
        floor = floors.setdefault(length, FAINT * sum(share))
        if counts[length] <= width and sum(share) >= floor:
            kept.append((text, share))
    return kept
