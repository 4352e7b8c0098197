"""What people write as one number: amounts, readings, dates, codes, with what stands around them.

A line is a text over ``ALPHABET``; ``OTHER`` stands for all that reads as nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from numpy.random import Generator

OTHER = "?"
ALPHABET = "0123456789.,-/" + OTHER  # the classes of the reader, after CTC's blank
FILLERS = ("-", "-", "--", ".-", ",-", "?", "??", ".", ".", ",", "./", ".--", "-?")


def text(generator: Generator) -> str:
    """Return what a line says."""
    kind = KINDS[int(generator.choice(len(KINDS), p=SHARES))]
    line = kind(generator)
    if generator.random() < 0.25:
        line += FILLERS[int(generator.integers(len(FILLERS)))]
    if generator.random() < 0.08:
        line = str(generator.choice(["?", "-", "?", "??"])) + line
    return line


def digits(generator: Generator, low: int = 1, high: int = 9) -> str:
    """Return some digits, all alike often, or round: with zeros at the end."""
    count = int(generator.integers(low, high))
    line = "".join(str(d) for d in generator.integers(0, 10, count))
    if generator.random() < 0.3:
        zeros = int(generator.integers(1, max(count, 2)))
        line = line[: max(count - zeros, 1)] + "0" * min(zeros, max(count - 1, 0))
    if generator.random() < 0.06:
        line = line[0] * count
    return line


def amount(generator: Generator) -> str:
    """Return digits in groups of three, perhaps with cents."""
    whole = digits(generator, 1, 8)
    if generator.random() < 0.6:
        point = str(generator.choice([".", ".", ",", "."]))
        head = len(whole) % 3 or 3
        groups = [whole[:head], *(whole[i : i + 3] for i in range(head, len(whole), 3))]
        whole = point.join(groups)
    if generator.random() < 0.2:
        cents = str(generator.choice(["00", f"{generator.integers(100):02d}"]))
        whole += str(generator.choice([",", ".", "-"])) + cents
    return whole


def date(generator: Generator) -> str:
    """Return a day, a month and a year."""
    mark = str(generator.choice(["/", ".", "-"]))
    day, month = int(generator.integers(1, 32)), int(generator.integers(1, 13))
    year = int(generator.integers(1950, 2040))
    year_text = str(year) if generator.random() < 0.5 else f"{year % 100:02d}"
    form = "{:02d}" if generator.random() < 0.5 else "{}"
    return mark.join([form.format(day), form.format(month), year_text])


def words(generator: Generator) -> str:
    """Return no digit at all: letters or signs, or nothing."""
    return OTHER * int(generator.integers(0, 9))


KINDS: tuple[Callable[[Generator], str], ...] = (digits, amount, date, words)
SHARES = (0.4, 0.5, 0.06, 0.04)
