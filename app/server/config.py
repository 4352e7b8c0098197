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

# Packages that are imported before the fork, so that workers share their memory. app.recognition
# comes first: it keeps ONNX Runtime from starting a thread. A worker that is forked while such a
# thread runs ends with std::system_error.
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

# Both answer all requests that have arrived before they stop; Gunicorn's sync worker resets some.
worker_class = WORKERS[_settings.worker]

# Workers open the ONNX Runtime sessions, which do not survive a fork. The master imports packages
# only (on_starting).
preload_app = False

# Seconds. Load balancers usually keep an idle connection for 60 s. As the service keeps it longer,
# it never closes one on which a request is under way.
keepalive = 75

# Seconds for requests under way when the service stops; below Kubernetes' 30.
graceful_timeout = 25

# The heartbeat file on disk can block a worker for as long as the disk does.
worker_tmp_dir = _MEMORY if os.access(_MEMORY, os.W_OK) else None

# Off: it writes into the home folder, which is read-only in a container.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Prepare what the workers share, before the first one starts."""
    closing.stop_in_order(server)
    share(shared_folder.make(worker_tmp_dir))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # NumPy's: one for each core of the host
    _load_what_workers_share()


def _load_what_workers_share() -> None:
    """Import large packages before the fork, so that they take memory and time once.

    Not the service's own modules: after a reload (SIGHUP) the old ones would be used.
    """
    for name in SHARED:
        importlib.import_module(name)
    sys.modules["PIL.Image"].preinit()  # loads the commonest image formats
    gc.freeze()  # or the workers' collectors would write to those pages


def on_reload(server: Any) -> None:
    """Keep the old workers until the new ones serve."""
    handover.announce(list(server.WORKERS))


def post_worker_init(worker: Any) -> None:
    """Log the page's address once, when the first worker is ready to answer."""
    gc.freeze()  # or a full collection would visit all that was loaded, and delay requests
    handover.tell_served()
    if worker.age == 1:
        where = bind if bind.startswith("unix:") else f"http://{bind}/"
        worker.log.info("Digits is ready. Draw a digit at %s", where)


def child_exit(server: Any, worker: Any) -> None:
    """Merge the metrics of a worker that died, and remove its files."""
    balance.clear(worker)
    from app.telemetry import shared  # only here: the master needs it at no other time

    folder = shared_dir()
    if folder is None:
        return
    try:
        shared.merge_dead(folder, worker.pid)
    except (OSError, ValueError) as error:  # metrics must not stop the service
        server.log.error("the metrics of worker %s are lost: %s", worker.pid, error)


def on_exit(server: Any) -> None:
    """Remove the shared folder."""
    folder = shared_dir()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
