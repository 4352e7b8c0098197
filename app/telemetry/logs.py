"""Log lines: one JSON object each, or text where a person watches. Never picture contents."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

FIELDS = "fields"  # logging's ``extra`` with this key is a dict of what a program may ask for


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; an exception is one of its members."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": moment,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class Text(logging.Formatter):
    """Writes a record for a person: the time, what happened, and its fields."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what is no printable character is escaped, so that none is forged."""
        text = super().format(record)
        if record.exc_info is None:
            text = text.encode("unicode_escape").decode("ascii")
        fields = getattr(record, FIELDS, {})
        return " ".join([text, *(f"{name}={value}" for name, value in fields.items())])


def configuration(form: str) -> dict[str, Any]:
    """Return ``logging.config``'s dictionary for ``form``: ``json``, ``text`` or ``auto``."""
    is_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    ours = {"level": "INFO", "handlers": ["stderr"], "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": Text if is_text else JsonLines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
        "loggers": {"gunicorn.error": ours},
    }
