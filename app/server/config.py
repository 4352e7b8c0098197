"""Gunicorn's settings, each with its reason. Read by Gunicorn as ``python:app.server.config``."""

from __future__ import annotations

import os
from typing import Any

from app.settings import Settings

_settings = Settings.from_environment()

bind = _settings.bind
workers = _settings.workers
threads = _settings.threads

# Answers what has come in before it stops; Gunicorn's sync worker resets it.
worker_class = "app.server.worker.Worker"

# Sessions are opened in the workers: ONNX Runtime's threads do not survive a fork.
preload_app = False

# Longer than a load balancer keeps an idle connection (60 s on the usual ones), so that it is
# never this side that closes a connection on which a request is under way.
keepalive = 75

# Time for requests under way when the service stops; below Kubernetes' 30 s.
graceful_timeout = 25

# The heartbeat file on disk can block a worker for as long as the disk does.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None

# Not used here, and it writes into the home folder, which in a container is read-only.
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Say where the page is, once: when the first worker is ready to answer."""
    if worker.age == 1:
        where = bind if bind.startswith("unix:") else f"http://{bind}/"
        worker.log.info("Digits is ready. Draw a digit at %s", where)
