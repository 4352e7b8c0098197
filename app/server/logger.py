"""Gunicorn's log in the service's format, without its access log: the service has its own."""

from __future__ import annotations

import logging
from logging.config import dictConfig
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger

from app.settings import Settings
from app.telemetry import logs


class Logger(GunicornLogger):  # type: ignore[misc]  # Gunicorn has no type hints
    """Writes the log of Gunicorn and the service to stderr."""

    def setup(self, cfg: Any) -> None:
        """Configure all loggers of this process."""
        super().setup(cfg)
        logging.captureWarnings(True)  # as Pillow's would be lines that are no JSON
        dictConfig(logs.configuration(Settings.from_environment().log))

    def access(self, *_: Any) -> None:
        """Write nothing: see ``app.web.observation``."""
