"""The models of this worker, and how workers tell each other what they serve."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from app.recognition.repository import Repository
from app.recognition.snapshot import Snapshot
from app.recognition.verification import Rules
from app.recognition.watcher import watch as watch_folder
from app.settings import Settings, shared_dir
from app.telemetry import metrics, shared
from app.telemetry.exposition import state_of


def open_repository(settings: Settings, *, watch: bool) -> Repository:
    """Load the models as the settings say; with ``watch``, follow changes in their folder."""
    rules = Rules(
        default=settings.model,
        device=settings.device,
        keep=settings.versions,
        max_bytes=settings.max_model_bytes,
        max_batch=settings.max_batch,
    )
    repository = Repository.load(settings.models_dir, default=settings.model, rules=rules)
    repository.refresh(hidden())
    if watch:
        watch_folder(repository, hidden)
    return repository


def announce(repository: Repository) -> None:
    """Tell the other workers and the master what this one serves, now and at each change."""
    folder = shared_dir()
    if folder:
        repository.follow(lambda snapshot: _tell(folder, snapshot))


def hidden() -> Collection[str]:
    """Return the models that a client has unloaded from all workers."""
    folder = shared_dir()
    return shared.hidden(folder) if folder else ()


def _tell(folder: Path, snapshot: Snapshot) -> None:
    shared.tell_state(folder, state_of(snapshot))
    metrics.keep(snapshot.places())
