"""Gunicorn's settings, each with its reason. Read by Gunicorn as ``python:app.server.config``."""

from __future__ import annotations

import gc
import importlib
import os
import shutil
import sys
from typing import Any

from app.server import balance, closing, cpus, handover, shared_folder
from app.settings import Settings, share, shared_dir

_settings = Settings.from_environment()
_MEMORY = "/dev/shm"
WORKERS = {
    "loop": "app.server.loop_worker.LoopWorker",
    "threads": "app.server.thread_worker.ThreadWorker",
}

bind = _settings.bind
workers = cpus.workers_for(_settings.workers)
threads = _settings.threads
logger_class = "app.server.logger.Logger"

# What workers share of others' packages. First our own line that keeps ONNX Runtime from starting
# a thread: a worker forked beside that dies of std::system_error.
SHARED = (
    "app.recognition",
    "onnxruntime",
    "numpy.typing",
    "PIL.ImageOps",
    "prometheus_client.multiprocess",
    "flask",
    "gunicorn.http.wsgi",
    "concurrent.futures.thread",
)

# Answers what has come in before it stops; Gunicorn's sync worker resets it.
worker_class = WORKERS[_settings.worker]

# Sessions are opened in the workers: what they hold does not survive a fork. Only packages are
# imported before (on_starting).
preload_app = False

# Longer than a load balancer keeps an idle connection (60 s on the usual ones), so that it is
# never this side that closes a connection on which a request is under way.
keepalive = 75

# Time for requests under way when the service stops; below Kubernetes' 30 s.
graceful_timeout = 25

# The heartbeat file on disk can block a worker for as long as the disk does.
worker_tmp_dir = _MEMORY if os.access(_MEMORY, os.W_OK) else None

# Not used here, and it writes into the home folder, which in a container is read-only.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Make the folder that the workers share, empty, before there are any."""
    closing.stop_in_order(server)
    share(shared_folder.make(worker_tmp_dir))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's: one for each core of the host
    _load_what_workers_share()


def _load_what_workers_share() -> None:
    """Import large packages before the fork, so that their memory and the time are spent once.

    None of the service's own but that line: a reload (SIGHUP) would go on with what was imported.
    """
    for name in SHARED:
        importlib.import_module(name)
    sys.modules["PIL.Image"].preinit()  # its commonest formats
    gc.freeze()  # or the workers' collectors would write to those pages


def on_reload(server: Any) -> None:
    """Let the present workers answer until the new ones do."""
    handover.announce(list(server.WORKERS))


def post_worker_init(worker: Any) -> None:
    """Say where the page is, once: when the first worker is ready to answer."""
    gc.freeze()  # a full collection would look at all that was loaded, and keep requests waiting
    handover.tell_served()
    if worker.age == 1:
        where = bind if bind.startswith("unix:") else f"http://{bind}/"
        worker.log.info("Digits is ready. Draw a digit at %s", where)


def child_exit(server: Any, worker: Any) -> None:
    """Keep what the dead worker counted, and nothing else of it."""
    balance.bury(worker)
    from app.telemetry import shared  # only here: the master needs it at no other time

    folder = shared_dir()
    if folder is None:
        return
    try:
        shared.bury(folder, worker.pid)
    except (OSError, ValueError) as error:  # figures are not worth the service
        server.log.error("the figures of worker %s are lost: %s", worker.pid, error)


def on_exit(server: Any) -> None:
    """Leave nothing behind."""
    folder = shared_dir()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
