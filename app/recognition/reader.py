"""A loaded reader: lines of writing in, the numbers that they show out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelError
from app.recognition import reader_contract as contract
from app.recognition.alignment import Frames, Text, choices, places
from app.recognition.boxes import Box, find_boxes
from app.recognition.contract import MAX_MODEL_BYTES, READER
from app.recognition.decoding import RANKED, joined, long_enough, search
from app.recognition.expected import ANYTHING, Expected
from app.recognition.lines import HEIGHT, LONGEST, SHORTEST, Line
from app.recognition.model import Loaded, Model, load
from app.recognition.recogniser import Timing

MARGIN = 4  # columns of paper at both ends of a line, as in training
GPU_STEP = 64  # columns: on a GPU lines are filled up to a multiple, as cuDNN prepares each length
CPU_WARM_UP = (SHORTEST, 160, LONGEST)  # columns
ALTERNATIVES = 3


@dataclass(frozen=True)
class ReadDigit:
    """A digit of a reading.

    ``probabilities`` are those of 0 to 9 in its place, if the rest of the text is right;
    ``confidence`` is the digit's own. ``box`` is left, top, width, height in the picture's pixels.
    """

    digit: int
    confidence: float
    probabilities: tuple[float, ...]
    box: Box


@dataclass(frozen=True)
class Reading:
    """The answer for one line.

    ``confidence`` is the probability of ``text``; where ``rejected`` names a reason, ``"blank"``
    or ``"no_number"``, it is 0 and ``text`` is empty. ``alternatives`` are the next texts.
    """

    text: str
    confidence: float
    rejected: str | None
    digits: tuple[ReadDigit, ...]
    alternatives: tuple[tuple[str, float], ...]


BLANK = Reading("", 0.0, "blank", (), ())


class Reader(Model):
    """One version of a model that reads whole numbers. Safe to share among threads."""

    kind = READER

    def __init__(
        self,
        folder: Path,
        *,
        device: str = "auto",
        max_bytes: int = MAX_MODEL_BYTES,
        loaded: Loaded | None = None,
    ) -> None:
        """Load ``folder`` (``models/<name>/<version>``) and check it against the contract.

        Raises ``ModelError`` and ``DeviceError`` as a ``Recogniser`` does.
        """
        super().__init__(loaded or load(folder, device=device, max_bytes=max_bytes))
        self.threshold = contract.check_reader(self._session)

    def read(self, lines: Sequence[Line], expected: Expected = ANYTHING) -> list[Reading]:
        """Read each of ``lines``: the most probable text that is as ``expected``."""
        return self.read_timed(lines, expected)[0]

    def read_timed(
        self, lines: Sequence[Line], expected: Expected = ANYTHING
    ) -> tuple[list[Reading], Timing]:
        """Read as ``read`` does; also return how long it waited, and computed and searched."""
        begun, queued, readings = time.perf_counter(), 0.0, []
        for line in lines:
            asked = time.perf_counter()
            with self._turn:  # line by line, so that other requests get their turn between them
                queued += time.perf_counter() - asked
                frames = None if line.box is None else self.run(line.pixels)
            readings.append(BLANK if frames is None else self._reading(line, frames, expected))
        whole = time.perf_counter() - begun
        return readings, Timing(queue_s=queued, infer_s=whole - queued)

    def run(self, pixels: NDArray[np.float32]) -> Frames:
        """Return the network's output for a line (40, w): (t, 16), rows that sum to 1.

        Frame ``f`` begins at column ``4 f - MARGIN`` of the line.
        """
        width = pixels.shape[1] + 2 * MARGIN
        step = GPU_STEP if self._pads else contract.STRIDE
        framed = np.zeros((1, 1, HEIGHT, -(-width // step) * step), np.float32)
        framed[0, 0, :, MARGIN : MARGIN + pixels.shape[1]] = pixels
        (frames,) = self._session.run([contract.OUTPUT], {contract.INPUT: framed})
        kept: Frames = frames[0, : -(-width // contract.STRIDE)].astype(np.float64)
        return kept

    def warm_up(self, max_batch: int) -> None:
        """Compute lines of several lengths now, so that no request waits for the first run.

        Lines are computed one by one, whatever ``max_batch``. Raises ``ModelError`` where that
        fails, or where outputs are of the wrong shape or are no probabilities.
        """
        longest = LONGEST + 2 * MARGIN
        widths = range(GPU_STEP, longest + GPU_STEP, GPU_STEP) if self._pads else CPU_WARM_UP
        for width in widths:
            columns = min(width, longest) - 2 * MARGIN
            try:
                frames = self.run(np.zeros((HEIGHT, columns), np.float32))
            except Exception as error:  # ONNX Runtime has no common base for its errors
                raise ModelError(f"it cannot compute {columns} columns ({error})") from error
            expected = (-(-(columns + 2 * MARGIN) // contract.STRIDE), len(contract.LABELS))
            if frames.shape != expected:
                raise ModelError(f"its output for {columns} columns is of the wrong shape")
            if not np.allclose(frames.sum(axis=1), 1, atol=1e-3) or frames.min() < 0:
                raise ModelError(f"its outputs for {columns} columns are no probabilities")

    def _reading(self, line: Line, frames: Frames, expected: Expected) -> Reading:
        signs, mask = expected.signs, expected.mask()
        frames = joined(frames, tuple(contract.LABELS.index(sign) for sign in signs))
        ranked = search(frames, mask, count=RANKED)
        best, confidence = ranked[0]
        is_number = confidence >= self.threshold and any(_is_digit(sign) for sign in best)
        rejected = "no_number" if expected.is_anything and not is_number else None
        others = ranked if rejected else ranked[1:]
        named = [(_spelt(text, signs), p) for text, p in others if any(map(_is_digit, text))]
        alternatives = tuple(named[:ALTERNATIVES])
        if rejected:
            return Reading("", 0.0, rejected, (), alternatives)
        digits = _digits(line, long_enough(frames, mask), best)
        return Reading(_spelt(best, signs), confidence, None, digits, alternatives)


def _digits(line: Line, frames: Frames, text: Text) -> tuple[ReadDigit, ...]:
    """Return the digits of ``text`` with their alternatives and boxes, left to right."""
    spans = [
        (contract.STRIDE * first - MARGIN, contract.STRIDE * last - MARGIN)
        for first, last in places(frames, text)
    ]
    shares = choices(frames, text, range(1, 1 + len(contract.DIGITS)))
    return tuple(
        ReadDigit(sign - 1, float(row[sign - 1]), tuple(row.tolist()), box)
        for sign, row, box in zip(text, shares, find_boxes(line, spans), strict=True)
        if _is_digit(sign)
    )


def _is_digit(sign: int) -> bool:
    """Whether a class is a digit: they come first after blank, whatever the alphabet."""
    return 1 <= sign <= len(contract.DIGITS)


def _spelt(text: Text, signs: str) -> str:
    return "".join(signs[sign - 1] for sign in text)
