"""Digits as strokes: the forms that people write, each varied without end.

A hand takes one form (an *allograph*) of each digit and bends it in its own way; each digit that
it writes is bent a little more.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from training.synthesis.canvas import smooth
from training.synthesis.lines.forms import FORMS, Form

Path = NDArray[np.float64]  # (n, 2), x to the right and y down; a digit is about 1 high

WOBBLE = 0.03  # standard deviation of a knot's place, of the digit's height
HABIT = 0.045  # the same of the waves by which a hand's forms differ from those of FORMS


def choose(generator: Generator) -> tuple[Form, ...]:
    """Return the form in which one hand writes each of the ten digits."""
    return tuple(_own(generator, _one_of(generator, FORMS[digit])) for digit in range(10))


def write(generator: Generator, form: Form) -> list[Path]:
    """Return the strokes of a digit in ``form``, about one high, bent a little."""
    return [_bent(generator, np.array(knots, float)) for knots in _joined(generator, form)]


def _one_of(generator: Generator, forms: tuple[tuple[float, Form], ...]) -> Form:
    share = np.array([often for often, _ in forms], float)
    return forms[int(generator.choice(len(forms), p=share / share.sum()))][1]


def _own(generator: Generator, form: Form) -> Form:
    """Bend a form as one hand does each time, by slow waves from side to side and up and down."""
    height = generator.normal(0, HABIT, (2, 2))
    pace, phase = generator.uniform(1, 6, (2, 2)), generator.uniform(0, 2 * math.pi, (2, 2))

    def bent(knot: tuple[float, float]) -> tuple[float, float]:
        x, y = (height * np.sin(pace * np.array(knot) + phase)).sum(axis=1).tolist()
        return knot[0] + x, knot[1] + y

    return tuple(tuple(bent(knot) for knot in stroke) for stroke in form)


def _joined(generator: Generator, form: Form) -> Form:
    """Move knots that strokes share by the same amount, so that they stay together."""
    places = {knot: tuple(generator.normal(knot, WOBBLE)) for stroke in form for knot in stroke}
    return tuple(tuple(places[knot] for knot in stroke) for stroke in form)


def _bent(generator: Generator, knots: Path) -> Path:
    """Lay a curve through ``knots``; a straight stroke bows by some hundredths of its length."""
    if len(knots) == 2:
        across = (knots[1] - knots[0])[::-1] * (-1, 1)
        middle = knots.mean(axis=0) + across * generator.normal(0, 0.04)
        knots = np.stack([knots[0], middle, knots[1]])
    return smooth(np.concatenate([knots[:1], knots, knots[-1:]]))
