"""Find the field in a picture: a canvas on a page, or the inside of a frame.

A screenshot shows the page around the canvas, an export the line around it. Both lie on even paper,
and what is drawn is inside.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.recognition.levels import Grey, Part

EVEN = 8  # levels of 255 by which a page may vary
APART = 40  # levels by which a field differs from its page at least
LARGE = 0.5  # of the picture's sides: a smaller rectangle may be a digit, or its background
FULL = 0.9  # of a side: as much of a field's edge is unlike the page
FILLED = 0.5  # of a field: as much is unlike the page where it is a canvas and no frame
SAMPLED = 32  # rows and columns that are looked at first
DEEPEST = 3  # fields within fields: a page, a frame, a canvas

Mask = NDArray[np.bool_]


def find_field(values: Grey) -> Part | None:
    """Return the part of a grey picture (h, w) that is drawn on; None where it is all of it."""
    found: Part | None = None
    for _ in range(DEEPEST):
        inner = _field(values if found is None else values[found])
        if inner is None:
            break
        found = inner if found is None else _within(found, inner)
    return found


def _within(outer: Part, inner: Part) -> Part:
    (rows, columns), (top, left) = inner, (outer[0].start, outer[1].start)
    return (
        slice(top + rows.start, top + rows.stop),
        slice(left + columns.start, left + columns.stop),
    )


def _field(values: Grey) -> Part | None:
    page = int(values[0, 0])
    rows = _long(_unlike(values[:, :: max(1, values.shape[1] // SAMPLED)], page))
    if rows is None:  # so it is in most pictures, without more work
        return None
    columns = _long(_unlike(values[:: max(1, values.shape[0] // SAMPLED)].T, page))
    if columns is None or not _is_even(values):
        return None
    found = _unlike(values[rows, columns], page)
    if not _has_straight_edges(found):
        return None
    return (rows, columns) if found.mean() >= FILLED else _inside(found, rows, columns)


def _is_even(values: Grey) -> bool:
    """Whether the whole border has the level of the page, or nearly."""
    edge = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])
    return int(edge.max()) - int(edge.min()) <= EVEN


def _unlike(values: Grey, page: int) -> Mask:
    low, high = page - APART, page + APART
    if low < 0:
        return values > high
    if high > 255:
        return values < low
    return (values < low) | (values > high)


def _long(unlike: Mask) -> slice | None:
    """Return the rows between the first and the last that are unlike the page for long."""
    counts = np.add.reduce(unlike, axis=1)  # sum() takes twice as long on few pixels
    longest = int(counts.max())
    if longest < LARGE * unlike.shape[1]:
        return None
    rows = np.flatnonzero(counts >= FULL * longest)
    start, stop = int(rows[0]), int(rows[-1]) + 1
    return slice(start, stop) if stop - start >= LARGE * len(counts) else None


def _has_straight_edges(found: Mask) -> bool:
    """Whether it is a rectangle: its corners belong to it, and nearly all of its edge."""
    corners = found[0, 0] and found[0, -1] and found[-1, 0] and found[-1, -1]
    edges = found[0], found[-1], found[:, 0], found[:, -1]
    return bool(corners) and all(edge.mean() >= FULL for edge in edges)


def _inside(found: Mask, rows: slice, columns: slice) -> Part | None:
    """Leave out the frame that ``found`` shows at its edge."""
    top, bottom = _thickness(found), _thickness(found[::-1])
    left, right = _thickness(found.T), _thickness(found.T[::-1])
    rows = slice(rows.start + top, rows.stop - bottom)
    columns = slice(columns.start + left, columns.stop - right)
    is_left = rows.stop - rows.start > 1 and columns.stop - columns.start > 1
    return (rows, columns) if is_left else None


def _thickness(found: Mask) -> int:
    is_edge = found.mean(axis=1) >= FULL
    return len(found) if is_edge.all() else int(is_edge.argmin())
