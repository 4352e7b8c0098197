"""Which texts a search may find, and those that it grows sign by sign."""

from __future__ import annotations

from dataclasses import dataclass

from app.recognition.alignment import BLANK, Text

EMPTY = 0  # the number of the text without signs


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


class Texts:
    """The texts of one search, named by numbers: a long one costs no more than a short one.

    ``last`` and ``length`` hold the last sign of each, and how many it has. Each text but ``EMPTY``
    is another one and a sign after it, so the texts are a tree.
    """

    def __init__(self) -> None:
        self.last = [BLANK]
        self.length = [0]
        self._before = [EMPTY]
        self._grown: dict[tuple[int, int], int] = {}

    def grown(self, text: int, sign: int) -> int:
        """Return the number of ``text`` and ``sign`` after it: the same one each time."""
        key = text, sign
        number = self._grown.get(key)
        if number is None:
            number = self._grown[key] = len(self.last)
            self.last.append(sign)
            self.length.append(self.length[text] + 1)
            self._before.append(text)
        return number

    def spelt(self, text: int) -> Text:
        """Return the signs of ``text``."""
        signs = []
        while text != EMPTY:
            signs.append(self.last[text])
            text = self._before[text]
        return tuple(reversed(signs))
