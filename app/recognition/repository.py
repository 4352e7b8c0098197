"""The models that are served, in which versions, as their folder changes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from app.errors import DeviceError, ModelError
from app.recognition import heap
from app.recognition.folders import Fingerprint, fingerprint, model_names, versions
from app.recognition.model import Model
from app.recognition.reader import Reader
from app.recognition.recogniser import Recogniser
from app.recognition.snapshot import Snapshot
from app.recognition.verification import Rules, verified

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Examined:
    """The result of checking a version folder, valid while its ``fingerprint`` stays the same."""

    fingerprint: Fingerprint
    model: Model | None
    refusal: str | None


class Repository:
    """The models that are served. A request takes a ``Model`` once and keeps it to its end, so
    that it never mixes versions; ``refresh`` follows the folder.
    """

    def __init__(self, models_dir: Path, rules: Rules) -> None:
        self.rules = rules
        self.snapshot = Snapshot()
        self._dir = models_dir
        self._examined: dict[Path, Examined] = {}
        self._refreshing = threading.Lock()
        self._has_changed = False
        self._tell: Callable[[Snapshot], None] = lambda snapshot: None

    @classmethod
    def load(
        cls, models_dir: Path, *, default: str, device: str = "auto", rules: Rules | None = None
    ) -> Repository:
        """Load the models below ``models_dir``, by ``rules`` where given.

        A version that fails its check is logged and left out, and the one before it served.
        Raises ``ModelError`` where the ``default`` model has no version left.
        """
        repository = cls(models_dir, rules or Rules(default, device))
        repository.refresh()
        if default not in repository.snapshot.models:
            raise ModelError(
                f"No model {default!r} to serve in {models_dir}: train one with "
                "`python -m training`, or set DIGITS_MODELS_DIR and DIGITS_MODEL."
            )
        return repository

    def get(self, name: str | None = None, version: str | None = None) -> Recogniser:
        """Return a model that classifies digits, by default the default one.

        Raises ``UnknownModel`` where it is not served, or is a reader, and ``UnknownVersion``.
        """
        return self.snapshot.recogniser(self.rules.default if name is None else name, version)

    def reader(self, name: str | None = None, version: str | None = None) -> Reader:
        """Return a model that reads whole numbers, by default the one called ``READER``.

        Raises ``UnknownModel`` where it is not served, or is no reader, and ``UnknownVersion``.
        """
        return self.snapshot.reader(name, version)

    def find(self, name: str, version: str | None = None) -> Model:
        """Return a model of any kind; raise ``UnknownModel`` or ``UnknownVersion``."""
        return self.snapshot.find(name, version)

    def all(self) -> list[Model]:
        """Return the models served, by name, each in its highest version."""
        return self.snapshot.all()

    def recognisers(self) -> list[Recogniser]:
        """Return those of ``all`` that classify digits."""
        return [model for model in self.all() if isinstance(model, Recogniser)]

    def follow(self, tell: Callable[[Snapshot], None]) -> None:
        """Call ``tell`` with the snapshot, now and after each change."""
        with self._refreshing:
            self._tell = tell
            tell(self.snapshot)

    def refresh(self, hidden: Collection[str] = ()) -> None:
        """Read the folder again: load new valid versions, and drop those that are gone.

        Models in ``hidden`` are not served. Memory of dropped models is returned to the system
        one refresh later, as requests may have been using them until then.
        """
        with self._refreshing:
            if self._has_changed:
                heap.give_back()
            snapshot = self._scan(hidden)
            self._has_changed = snapshot != self.snapshot
            if self._has_changed:
                _log_changes(self.snapshot, snapshot)
                self.snapshot = snapshot
                self._tell(snapshot)

    def _scan(self, hidden: Collection[str]) -> Snapshot:
        models: dict[str, tuple[Model, ...]] = {}
        refused: dict[tuple[str, str], str] = {}
        present: set[Path] = set()
        for name in model_names(self._dir):
            folders = versions(self._dir / name)
            present.update(folders)
            loaded = () if name in hidden else self._load(folders, refused)
            if loaded:
                models[name] = loaded
        self._examined = {p: e for p, e in self._examined.items() if p in present}
        self._keep_default(models, refused, hidden)
        return Snapshot(models, refused)

    def _load(self, folders: list[Path], refused: dict[tuple[str, str], str]) -> tuple[Model, ...]:
        loaded: list[Model] = []
        for folder in folders:
            examined = self._examine(folder)
            if examined.refusal:
                refused[folder.parent.name, folder.name] = examined.refusal
            if examined.model:
                loaded.append(examined.model)
            if len(loaded) == self.rules.keep:
                break
        return tuple(loaded)

    def _keep_default(
        self,
        models: dict[str, tuple[Model, ...]],
        refused: dict[tuple[str, str], str],
        hidden: Collection[str],
    ) -> None:
        """Keep the loaded default model where the folder has no valid version of it any more."""
        default = self.rules.default
        last = self.snapshot.models.get(default)
        if default not in models and default not in hidden and last:
            models[default] = last
            gone = (default, last[0].version)
            refused.setdefault(gone, "it is gone, and there is no other: it is served from memory")

    def _examine(self, folder: Path) -> Examined:
        """Open and verify ``folder``, unless it has not changed since that was last done."""
        now, last = fingerprint(folder), self._examined.get(folder)
        if last and last.fingerprint == now:
            return last
        try:
            examined = Examined(now, verified(folder, self._dir, self.rules), None)
        except (ModelError, DeviceError) as error:
            if isinstance(error, DeviceError) and self.rules.device == "cuda" and not last:
                raise
            examined = Examined(now, last.model if last else None, str(error))
        self._examined[folder] = examined
        return examined


def _log_changes(old: Snapshot, new: Snapshot) -> None:
    for name in sorted({*old.models, *new.models}):
        if old.models.get(name) != new.models.get(name):
            before, after = (_told(snapshot.models.get(name, ())) for snapshot in (old, new))
            log.info("model %s: serving %s; before: %s", name, after, before)
    for (name, version), reason in sorted(new.refused.items()):
        if old.refused.get((name, version)) != reason:
            log.error("model %s version %s is not served: %s", name, version, reason)


def _told(loaded: tuple[Model, ...]) -> str:
    """Name the versions, and how many nodes of each run on which provider."""
    told = [
        f"version {one.version} ({', '.join(f'{n} nodes on {p}' for p, n in one.nodes.items())})"
        for one in loaded
    ]
    return ", ".join(told) or "none"
