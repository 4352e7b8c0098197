"""Timing: processor time of one core, which other processes do not lengthen much."""

from __future__ import annotations

import io
import math
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, median, stdev
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.recognition import images
from training.evaluation.goals import GOALS, Figure, Goal, Row, Z
from training.evaluation.measure import MAX_PIXELS
from training.evaluation.scores import Reader

Given = TypeVar("Given")

DRAWINGS = 300
WARM_UP = 50  # that are not counted
SLOWER = 1.2  # times an earlier images.py's time, at most
ROUNDS = 5
SIDE = 280

# Run in a folder of the project, of any age: prints microseconds a file, warmed up.
READ = f"""
import pathlib, sys, time
from app.recognition import images
files = [path.read_bytes() for path in sorted(pathlib.Path(sys.argv[1]).iterdir())]
for _ in range(2):
    begun = time.thread_time()
    for data in files:
        images.read(data, max_pixels={MAX_PIXELS})
print((time.thread_time() - begun) / len(files) * 1e6)
"""


def time_model(read: Reader, digits: NDArray[np.float32]) -> Row:
    """Time the network alone on ``digits`` (n, 28, 28), one after the other, in microseconds."""
    name = "time of the model"
    alone: list[NDArray[np.float32]] = [digit[None] for digit in digits]
    figure = _timed(read, alone)
    return Row("time", name, len(digits), (figure,), GOALS[name], "µs")


def time_images(grey: NDArray[np.uint8]) -> Row:
    """Time images.py, from the bytes of a drawing of 280x280 to 28x28, in microseconds."""
    files = [drawing(digit) for digit in grey[:DRAWINGS]]
    figure = _timed(_read_file, files)
    return Row("time", "time of images.py, 280×280", len(files), (figure,), None, "µs")


def compare_images(grey: NDArray[np.uint8], before: Path, here: Path, scratch: Path) -> Row:
    """Time images.py ``here`` against that of an earlier checkout ``before``, in turns.

    ``scratch`` is an empty folder for the drawings; the goal is ``SLOWER`` times the median of
    the earlier one.
    """
    for index, digit in enumerate(grey[:DRAWINGS]):
        (scratch / f"{index}.png").write_bytes(drawing(digit))
    times = [(_read_time(before, scratch), _read_time(here, scratch)) for _ in range(ROUNDS)]
    earlier, now = zip(*times, strict=True)
    goal = Goal(SLOWER * median(earlier), at_most=True)
    figure = Figure(median(now), min(now), max(now))
    return Row("time", "time of images.py, 280×280", DRAWINGS, (figure,), goal, "µs")


def drawing(digit: NDArray[np.uint8]) -> bytes:
    """Return ``digit`` (28, 28) as the page would send it: 280x280, dark on light, a PNG file."""
    buffer = io.BytesIO()
    large = Image.fromarray(255 - digit).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    large.save(buffer, "PNG")
    return buffer.getvalue()


def _read_file(data: bytes) -> object:
    return images.read(data, max_pixels=MAX_PIXELS)


def _read_time(folder: Path, files: Path) -> float:
    told = subprocess.run(
        [sys.executable, "-c", READ, str(files)], cwd=folder, check=True, capture_output=True
    )
    return float(told.stdout)


def _timed(act: Callable[[Given], object], given: Sequence[Given]) -> Figure:
    """Return mean and interval of what ``act`` takes for each of ``given``, warmed up first."""
    for each in given[:WARM_UP]:
        act(each)
    spent = [_spent(act, each) for each in given]
    half = Z * stdev(spent) / math.sqrt(len(spent))
    return Figure(fmean(spent), fmean(spent) - half, fmean(spent) + half)


def _spent(act: Callable[[Given], object], given: Given) -> float:
    begun = time.thread_time_ns()
    act(given)
    return (time.thread_time_ns() - begun) / 1000
