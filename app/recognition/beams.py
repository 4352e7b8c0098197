"""Prefix beam search: the most probable texts of a line's frames.

A. Hannun et al., "First-pass large vocabulary continuous speech recognition using bi-directional
recurrent DNNs" (arXiv 1408.2873): texts grow frame by frame, and the most probable ones are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.recognition.alignment import BLANK, Frames, Text
from app.recognition.texts import ANY, EMPTY, Mask, Texts

ALL_LENGTHS = 60  # texts that are kept of all lengths together, where there is a mask
MOST_EXTENDED = 22_000  # texts in all frames of a line, at most: the work of a search is bounded
LEAST = 1e-5  # probability below which a sign is not tried in a frame
SURE = 1 - 1e-4  # probability of blank above which a frame has nothing to search for
FAINT = 1e-6  # of the best text's probability, below which another is dropped

Share = tuple[float, float]  # of paths that end in blank, and in the text's last sign
Beams = dict[int, Share]  # by a text's number


@dataclass(frozen=True)
class Effort:
    """How widely a search looks: ``width`` texts are kept, ``tried`` signs tried in a frame.

    With a mask, so many texts are kept of each length.
    """

    width: int
    tried: int

    def kept(self, mask: Mask) -> int:
        """Return how many texts are kept, of each length if there is a mask."""
        if mask is ANY:
            return self.width
        return min(self.width, max(2, ALL_LENGTHS // (mask.most + 1)))

    def extended(self, frames: Frames, mask: Mask) -> int:
        """Return how many texts a search of ``frames`` makes at most, those that stay included."""
        likely = (frames[:, 1:] > LEAST).sum(axis=1).clip(1, self.tried)
        lengths = 1 if mask is ANY else mask.most + 1
        return int(lengths * self.kept(mask) * (len(frames) + likely.sum()))


EFFORTS = (Effort(12, 6), Effort(6, 3), Effort(3, 2), Effort(1, 1))


class Search:
    """A search of ``frames``, with as much effort as ``MOST_EXTENDED`` allows.

    A trained network is unsure in a few frames, so its lines get all the effort. Lines of noise get
    less: no text of theirs is probable, and nobody should wait for it. ``extended`` counts the
    texts made so far.
    """

    def __init__(self, frames: Frames, mask: Mask) -> None:
        self._frames, self._mask = _telling(frames, mask), mask
        fitting = (e for e in EFFORTS if e.extended(self._frames, mask) <= MOST_EXTENDED)
        self.effort = next(fitting, EFFORTS[-1])
        self.extended = 0
        self._texts = Texts()

    def run(self) -> list[Text]:
        """Return the texts that are kept at the end and as long as the mask wants, best first."""
        beams: Beams = {EMPTY: (1.0, 0.0)}
        for shares in self._frames.tolist():
            grown = self._extended(beams, shares)
            self.extended += len(grown)
            beams = self._kept(grown)
        lengths, mask = self._texts.length, self._mask
        fitting = (text for text in beams if mask.least <= lengths[text] <= mask.most)
        return [self._texts.spelt(text) for text in fitting]

    def _extended(self, beams: Beams, shares: list[float]) -> Beams:
        """Let each text of ``beams`` stay as it is or grow by a sign in a frame of ``shares``."""
        lasts, is_free = self._texts.last, self._mask is ANY
        stay = {
            text: ((blank + sign) * shares[BLANK], sign * shares[lasts[text]])
            for text, (blank, sign) in beams.items()
        }
        least = FAINT * max(shares) * max(map(sum, beams.values())) if is_free else 0.0
        for text, new, before in self._growths(beams, shares):
            added = before * shares[new]
            if added > least:
                number = self._texts.grown(text, new)
                blank, sign = stay.get(number, (0.0, 0.0))
                stay[number] = blank, sign + added
        return {text: share for text, share in stay.items() if share[0] or share[1]}

    def _growths(self, beams: Beams, shares: list[float]) -> Iterator[tuple[int, int, float]]:
        """Yield texts, the signs after them to try, and the probability of all before the sign."""
        likely = self._likely(shares)
        tried: dict[int, list[int]] = {}
        for text, (blank, sign) in beams.items():
            place, last = self._texts.length[text], self._texts.last[text]
            if place not in tried:
                tried[place] = self._tried(place, likely, shares)
            for new in tried[place]:
                yield text, new, blank if new == last else blank + sign

    def _likely(self, shares: list[float]) -> list[int]:
        best = sorted(range(1, len(shares)), key=shares.__getitem__, reverse=True)
        return [sign for sign in best[: self.effort.tried] if shares[sign] > LEAST]

    def _tried(self, place: int, likely: list[int], shares: list[float]) -> list[int]:
        """Return the signs to try at ``place``: likely ones, or the likeliest that is allowed."""
        mask = self._mask
        if mask is ANY:
            return likely
        if place >= mask.most:
            return []
        allowed = mask.places[place] if place < len(mask.places) else range(1, len(shares))
        return [s for s in likely if s in allowed] or [max(allowed, key=shares.__getitem__)]

    def _kept(self, beams: Beams) -> Beams:
        """Keep the most probable texts, best first, and bring their sum back to 1."""
        sums = {text: blank + sign for text, (blank, sign) in beams.items()}
        ranked = sorted(sums, key=sums.__getitem__, reverse=True)
        if self._mask is ANY:
            ranked = ranked[: self.effort.kept(ANY)]
        else:
            ranked = self._best_of_each_length(ranked, sums)
        total = sum(sums[text] for text in ranked)
        return {text: (beams[text][0] / total, beams[text][1] / total) for text in ranked}

    def _best_of_each_length(self, ranked: list[int], sums: dict[int, float]) -> list[int]:
        width, lengths = self.effort.kept(self._mask), self._texts.length
        counts: dict[int, int] = {}
        floors: dict[int, float] = {}
        kept = []
        for text in ranked:
            length = lengths[text]
            counts[length] = counts.get(length, 0) + 1
            floor = floors.setdefault(length, FAINT * sums[text])
            if counts[length] <= width and sums[text] >= floor:
                kept.append(text)
        return kept


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
