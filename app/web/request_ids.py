"""The X-Request-ID of every answer: the client's own where it sent one, else a new one."""

from __future__ import annotations

import re
import secrets

HEADER = "X-Request-ID"
ACCEPTABLE = re.compile(r"[\x21-\x7e]{1,128}")  # safe in logs and headers


def choose(given: str) -> str:
    """Return ``given`` where it is acceptable as an id, else a new id."""
    return given if ACCEPTABLE.fullmatch(given) else secrets.token_hex(8)
