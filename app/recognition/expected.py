"""What is known of a number before it is read: which signs it may have, and how many."""

from __future__ import annotations

from dataclasses import dataclass

from app.recognition.reader_contract import DIGITS, SEPARATORS
from app.recognition.texts import ANY, Mask

ALPHABETS = {"digits": DIGITS, "amount": DIGITS + SEPARATORS}
A_DIGIT = "d"  # in a pattern
LONGEST_TEXT = 32  # signs


@dataclass(frozen=True)
class Expected:
    """``alphabet`` is a name of ``ALPHABETS``: signs that are not in it read as nothing.

    ``length`` is the least and the greatest number of signs. A ``pattern`` says for each sign
    whether it is a digit, ``d``, or which separator it is; separators that are not in the alphabet
    do not count. Where both are given, the pattern counts.
    """

    alphabet: str = "digits"
    length: tuple[int, int] | None = None
    pattern: str | None = None

    @property
    def signs(self) -> str:
        """Return the signs of the alphabet, the ten digits first."""
        return ALPHABETS[self.alphabet]

    @property
    def is_anything(self) -> bool:
        """Whether any text of the alphabet will do."""
        return self.length is None and self.pattern is None

    def mask(self) -> Mask:
        """Return which texts there may be; a sign's class is 1 more than its place in ``signs``."""
        if self.pattern is not None:
            places = [self._classes(sign) for sign in self.pattern if sign in A_DIGIT + self.signs]
            return Mask(len(places), len(places), tuple(places))
        return Mask(*self.length) if self.length else ANY

    def _classes(self, sign: str) -> tuple[int, ...]:
        if sign == A_DIGIT:
            return tuple(range(1, 1 + len(DIGITS)))
        return (1 + self.signs.index(sign),)


ANYTHING = Expected()
