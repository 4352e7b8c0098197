"""Gunicorn's gthread worker, with the one thing mended that loses requests."""

from __future__ import annotations

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):  # type: ignore[misc]  # Gunicorn has no type hints
    """A gthread worker that answers also those who still wait to be accepted when it stops.

    gthread leaves them in the listener's queue while it finishes its work, and resets them
    when it closes the listener. Here the queue is emptied and the listener closed first, so
    that who comes later is refused at once and can go elsewhere.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        """Start or stop accepting; when stopping for good, accept those who wait."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self._accept_waiting(listener)
                listener.close()

    def _accept_waiting(self, listener: object) -> None:
        before = -1
        while self.nr_conns > before:
            before = self.nr_conns
            self.accept(listener)
