"""How a worker of either kind starts and stops."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.http.errors import ParseException
from gunicorn.workers.base import Worker

from app.errors import DeviceError, ModelError
from app.server import handover, refusals
from app.settings import SettingError

PAUSE_S = 1.0  # seconds before another worker is started for one that failed to start


class Lifecycle(Worker):  # type: ignore[misc]  # Gunicorn has no type hints
    """The base of both kinds: one line of log where they cannot start, no gap in a reload."""

    _is_retiring = False

    def load_wsgi(self) -> None:
        """Load the application, or say in one line why it cannot serve."""
        from app.telemetry import metrics  # after the fork: its metrics are this process's

        self._waiting, self._busy = metrics.queue_depth, metrics.in_flight
        try:
            super().load_wsgi()
        except (ModelError, DeviceError, SettingError) as error:
            self.log.error("%s", error)
            sys.exit(self._status_of_failure())

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to stop; in a reload, only once the new workers serve."""
        if self._is_retiring or not handover.is_retiring(self.pid):
            super().handle_exit(sig, frame)
        else:
            self._is_retiring = True
            threading.Thread(target=self._retire, args=(sig, frame), daemon=True).start()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer errors outside the application in JSON, where Gunicorn would answer in HTML."""
        with contextlib.suppress(OSError):
            if isinstance(exc, ParseException):
                self.log.warning("a request was refused: %s", type(exc).__name__)
                refusals.refuse(client, exc)
            else:
                self.log.error("a request failed", exc_info=exc)
                refusals.write_problem(client, 500, "Internal Server Error", refusals.FAILED)

    def _retire(self, sig: int, frame: Any) -> None:
        while self.alive and not handover.has_replacements():
            time.sleep(0.05)
        super().handle_exit(sig, frame)

    def _status_of_failure(self) -> int:
        """Return Gunicorn's status that stops the service, unless it has been serving already."""
        if not handover.has_served():
            return int(Arbiter.WORKER_BOOT_ERROR)
        time.sleep(PAUSE_S)
        return 1
