"""A thread in each worker that follows changes in the folder of models."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection

from app.recognition.repository import Repository

INTERVAL_S = 0.5

log = logging.getLogger(__name__)


def watch(repository: Repository, hidden: Callable[[], Collection[str]]) -> threading.Thread:
    """Start a thread that refreshes ``repository`` twice a second until the process ends.

    ``hidden`` names the models that are not to be served at the moment.
    """
    thread = threading.Thread(target=_follow, args=(repository, hidden), daemon=True)
    thread.name = "models"
    thread.start()
    return thread


def _follow(repository: Repository, hidden: Callable[[], Collection[str]]) -> None:
    pause = threading.Event()
    said = ""
    while not pause.wait(INTERVAL_S):
        try:
            repository.refresh(hidden())
            said = ""
        except Exception as error:  # whatever is on the disk must not end this thread
            if str(error) != said:
                log.exception("the folder of models cannot be read; the loaded models stay")
            said = str(error)
