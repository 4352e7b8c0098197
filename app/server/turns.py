"""Limit how many large bodies are read at once, so that they do not fill the memory."""

from __future__ import annotations

from collections import deque
from typing import Any

LARGE = 1 << 20  # bytes; a smaller body is read at any time


class Turns:
    """Lets up to ``places`` connections send a large body at once; the others wait in order."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._present: set[Any] = set()
        self._waiting: deque[Any] = deque()

    def ask(self, connection: Any, length: int) -> bool:
        """Whether ``connection`` may send its body now; if not, it is told when it may."""
        if length <= LARGE:
            return True
        if len(self._present) < self._places:
            self._present.add(connection)
            return True
        self._waiting.append(connection)
        return False

    def give_back(self, connection: Any) -> None:
        """Let the next one send, if ``connection`` had a turn."""
        if connection in self._present:
            self._present.remove(connection)
            if self._waiting:
                following = self._waiting.popleft()
                self._present.add(following)
                following.take_turn()
        elif connection in self._waiting:
            self._waiting.remove(connection)
