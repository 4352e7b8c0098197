"""Remove specks: ink is split into connected parts, and those with little ink are blanked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.recognition.levels import Grey

WRITTEN = 64  # of 255: what is darker counts as part of a stroke
FEW = 6  # parts: among more of them nothing is looked for that goes around another
ENCLOSED = 0.25  # of a ring's height: what is less high in it is dirt
SPECK = 0.04  # of the heaviest part's ink: what has less is dirt

Runs = tuple[list[int], list[int], list[int]]


def without_specks(ink: Grey, *, of_line: bool = False) -> Grey:
    """Blank the parts that have much less ink than the heaviest one, or lie along the border.

    Strokes count as one part where their gap is less than a cell, a sixtieth of the picture. In a
    picture ``of_line``, a line of digits, the outer digits often touch the border: there only what
    lies flat along the top or the bottom is blanked.
    """
    cell = max(1, max(ink.shape) // 60)
    written = Image.fromarray((ink > WRITTEN) * np.uint8(255)).reduce(cell)
    mask = np.asarray(written) > 0
    runs = _runs(mask)
    numbers = _number_parts(runs)
    if max(numbers, default=0) == 0:
        return ink
    labels = _labels(mask, runs, numbers)
    is_part = labels >= 0
    weights = np.asarray(Image.fromarray(ink).reduce(cell))[is_part]
    masses = np.bincount(labels[is_part], weights=weights)
    large = masses >= SPECK * masses.max()
    ends = labels[0], labels[-1]
    if of_line:
        _, lies_along = _border_contact(ends, masses.size)
        inside = large & ~(lies_along & (_heights(labels, masses.size) < len(labels) / 3))
    else:
        sides = *ends, labels[:, 0], labels[:, -1]
        touches, lies_along = _border_contact(sides, masses.size)
        inside = large & ~lies_along & (~touches | (masses == masses.max()))
        inside &= ~_rings(labels, inside)
    kept = inside if inside.any() else large
    stays = np.append(kept, False)[labels]  # label -1, paper, is the last
    near = Image.fromarray(_widened(stays).view(np.uint8))
    whole = near.resize((near.width * cell, near.height * cell), Image.Resampling.NEAREST)
    height, width = ink.shape
    clean: Grey = ink * np.asarray(whole)[:height, :width]
    return clean


def _widened(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Dilate by a pixel: set the eight neighbours of each set pixel as well."""
    tall = mask.copy()
    tall[1:] |= mask[:-1]
    tall[:-1] |= mask[1:]
    wide = tall.copy()
    wide[:, 1:] |= tall[:, :-1]
    wide[:, :-1] |= tall[:, 1:]
    return wide


def _border_contact(
    sides: Sequence[NDArray[np.int_]], parts: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find the parts that touch one of the ``sides``, and those along a fifth of its length.

    A table's edge, a shadow or a scanner's lid lies along it; a stroke only runs out of it.
    """
    touches, lies_along = np.zeros(parts, bool), np.zeros(parts, bool)
    for side in sides:
        contact = np.bincount(side[side >= 0], minlength=parts)
        touches |= contact > 0
        lies_along |= contact > side.size / 5
    return touches, lies_along


def _rings(labels: NDArray[np.int_], parts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find those of ``parts`` that go around another one: a circled digit is the digit."""
    is_ring = np.zeros(parts.size, bool)
    several = np.flatnonzero(parts)
    if not 1 < several.size <= FEW:
        return is_ring
    for inner in several:
        rows, columns = (labels == inner).any(axis=1), (labels == inner).any(axis=0)
        row, column = _middle(rows), _middle(columns)
        sides = (labels[row, :column], labels[row, column + 1 :],
                 labels[:row, column], labels[row + 1 :, column])  # fmt: skip
        for outer in several:
            around = outer != inner and all((side == outer).any() for side in sides)
            high = (labels == outer).any(axis=1).sum()
            is_ring[outer] |= around and rows.sum() >= ENCLOSED * high
    return is_ring


def _middle(mask: NDArray[np.bool_]) -> int:
    set_ones = np.flatnonzero(mask)
    return int(set_ones[0] + set_ones[-1]) // 2


def _heights(labels: NDArray[np.int_], parts: int) -> NDArray[np.int_]:
    """Return in how many rows each part is."""
    rows, columns = np.nonzero(labels >= 0)
    found = np.unique(labels[rows, columns] * len(labels) + rows)
    return np.bincount(found // len(labels), minlength=parts)


def label_parts(mask: NDArray[np.bool_]) -> NDArray[np.int_]:
    """Label the 8-connected parts of ``mask`` (h, w) from 0 on; elsewhere is -1."""
    runs = _runs(mask)
    return _labels(mask, runs, _number_parts(runs))


def _labels(mask: NDArray[np.bool_], runs: Runs, numbers: list[int]) -> NDArray[np.int_]:
    _, starts, stops = runs
    labels = np.full(mask.shape, -1)
    labels[mask] = np.repeat(np.array(numbers, np.int_), np.subtract(stops, starts))
    return labels


def _number_parts(runs: Runs) -> list[int]:
    """Return the number of each run's part: union-find over runs that touch the row above."""
    rows, starts, stops = runs
    parents = list(range(len(rows)))
    above = 0
    for run, (row, start, stop) in enumerate(zip(rows, starts, stops, strict=True)):
        while rows[above] < row - 1 or (rows[above] < row and stops[above] < start):
            above += 1
        touching = above
        while rows[touching] < row and starts[touching] <= stop:
            parents[_root(parents, touching)] = run
            touching += 1
    for run in reversed(range(len(parents))):  # a parent is never above its children
        parents[run] = parents[parents[run]]
    numbers = {root: number for number, root in enumerate(sorted(set(parents)))}
    return [numbers[root] for root in parents]


def _runs(mask: NDArray[np.bool_]) -> Runs:
    """Return the runs of set pixels in reading order: row, first column, column after the last."""
    height, width = mask.shape
    padded = np.zeros((height, width + 2), np.bool_)
    padded[:, 1:-1] = mask
    turns = np.flatnonzero(padded[:, 1:] != padded[:, :-1])  # a start, a stop, a start, ...
    rows, columns = np.divmod(turns, width + 1)
    return rows[::2].tolist(), columns[::2].tolist(), columns[1::2].tolist()


def _root(parents: list[int], run: int) -> int:
    while parents[run] != run:
        parents[run] = parents[parents[run]]
        run = parents[run]
    return run
