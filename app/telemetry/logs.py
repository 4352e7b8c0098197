"""Log lines: one JSON object each, or text for a terminal. They hold no picture contents."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

FIELDS = "fields"  # the key in logging's ``extra`` of a dict with the line's further members

Write = Callable[[Mapping[str, object]], None]


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; an exception is one of its members."""
        fields = dict(getattr(record, FIELDS, {}))
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        level = record.levelname.lower()
        return json_line(record.created, level, record.name, record.getMessage(), fields)


class Text(logging.Formatter):
    """Writes a record for a person: the time, what happened, and its fields."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; control characters are escaped, so that no line can be forged."""
        text = super().format(record)
        if record.exc_info is None:
            text = text.encode("unicode_escape").decode("ascii")
        fields = getattr(record, FIELDS, {})
        return " ".join([text, *(f"{name}={value}" for name, value in fields.items())])


def json_line(
    created: float, level: str, logger: str, message: str, fields: Mapping[str, object]
) -> str:
    """Return the JSON line, without newline; ``created`` is in seconds since the epoch."""
    seconds, milliseconds = divmod(int(1000 * created), 1000)
    moment = f"{_date(seconds)}.{milliseconds:03d}+00:00"
    line = {"time": moment, "level": level, "logger": logger, "message": message, **fields}
    return json.dumps(line)


def writer(logger: logging.Logger) -> Write:
    """Return a function that logs the fields of a request by ``logger``.

    Where the log is JSON, it writes the line itself: logging would take three times as long.
    """
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and isinstance(handler.formatter, JsonLines):
            return _json_writer(handler, logger.name)
    return lambda fields: logger.info("request", extra={FIELDS: fields})


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


def _json_writer(handler: logging.StreamHandler[Any], name: str) -> Write:
    def write(fields: Mapping[str, object]) -> None:
        line = json_line(time.time(), "info", name, "request", fields) + handler.terminator
        handler.acquire()
        try:
            handler.stream.write(line)
            handler.stream.flush()
        except (OSError, ValueError):  # a log that cannot be written must not stop the answer
            return
        finally:
            handler.release()

    return write


@lru_cache(maxsize=2)
def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
