"""A run's own folder: settings, environment, metrics, checkpoints."""

from __future__ import annotations

import csv
import io
import json
import pickle
import time
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from training.learning.learner import EpochResult, Learner
from training.runs import files
from training.runs.card import describe_environment

PUBLISHED = "published.txt"
LAST = "last.pt"
DAMAGE = (  # what PyTorch raises on a checkpoint that is not as it was written
    OSError, RuntimeError, ValueError, LookupError, TypeError, EOFError, pickle.UnpicklingError,
    zipfile.BadZipFile,
)  # fmt: skip


class RunError(Exception):
    """A run's folder that cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Run:
    """``folder`` holds one run."""

    folder: Path

    @staticmethod
    def create(runs_dir: Path, config: Any) -> Run:
        """Make a new folder named by time and model, with ``config`` in it."""
        stamp = f"{time.strftime('%Y-%m-%dT%H-%M-%S')}-{config.name}"
        for attempt in range(1, 1000):
            folder = runs_dir / (stamp if attempt == 1 else f"{stamp}-{attempt}")
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                continue
            run = Run(folder)
            run.write_json("config.json", asdict(config))
            run.write_json(
                "environment.json", describe_environment(getattr(config, "device", "cpu"))
            )
            return run
        raise RunError(f"{runs_dir} holds a thousand runs of this second: remove some")

    def write_json(self, name: str, values: dict[str, Any]) -> None:
        """Write ``values`` as ``name``."""
        files.write(self.folder / name, json.dumps(values, indent=2) + "\n")

    def read_json(self, name: str) -> Any:
        """Read what ``write_json`` wrote as ``name``."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def write_state(self, state: dict[str, Any]) -> None:
        """Write the ``state`` from which a run can continue."""
        files.write(self.folder / LAST, _packed(state))

    def read_state(self) -> dict[str, Any] | None:
        """Return the last state that was written; None where there is none.

        Raises ``RunError`` where it is damaged.
        """
        path = self.folder / LAST
        if not path.exists():
            return None
        try:
            return _unpacked(path)
        except DAMAGE as e:
            raise RunError(f"{path} is damaged ({_first_line(e)}): start the run again") from e

    def save(self, learner: Learner) -> None:
        """Write ``learner``'s state, its best weights, and a row of metrics for every epoch."""
        self.write_state(learner.state())
        self._write_derived(learner, is_best_new=learner.best_epoch == len(learner.history))

    def _write_derived(self, learner: Learner, *, is_best_new: bool) -> None:
        """Write parts of ``last.pt`` as files of their own, for other programs."""
        if is_best_new:
            files.write(self.folder / "best.pt", _packed(learner.best))
        files.write(self.folder / "metrics.csv", as_csv(learner.history))

    def restore(self, learner: Learner) -> None:
        """Restore ``learner`` from the last checkpoint; without one, leave it as it is.

        Raises ``RunError`` where the checkpoint is damaged or of another network.
        """
        path = self.folder / LAST
        if not path.exists():
            return
        try:
            learner.restore(_unpacked(path))
        except DAMAGE as e:
            raise RunError(
                f"{path} is damaged or of another network ({_first_line(e)}): this run cannot "
                f"continue. Start it again with --config {self.folder / 'config.json'}"
            ) from e
        self._write_derived(learner, is_best_new=True)  # the run may have died before

    def part(self, name: str) -> Run:
        """Return the run in the sub-folder ``name``, which is made if it is missing."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return Run(folder)

    @property
    def published(self) -> str:
        """The folder in which the run's network was published, or ""."""
        note = self.folder / PUBLISHED
        return note.read_text().strip() if note.exists() else ""

    def note_published(self, folder: Path) -> None:
        """Record that the run's network was published as ``folder``."""
        files.write(self.folder / PUBLISHED, f"{folder}\n")


def as_csv(history: list[EpochResult]) -> str:
    """Write one line an epoch; the gradient norms get a column a layer."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    layers = len(history[0].gradient_norms)
    names = [name for name in asdict(history[0]) if name != "gradient_norms"]
    table.writerow([*names, *(f"gradient_norm_{layer + 1}" for layer in range(layers))])
    for result in history:
        values = asdict(result)
        table.writerow([*(values[name] for name in names), *result.gradient_norms])
    return text.getvalue()


def _packed(state: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def _unpacked(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()  # the checksums, which PyTorch does not look at
    if damaged:
        raise zipfile.BadZipFile(f"the checksum of {damaged} is wrong")
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state  # on the CPU, where the states of generators must be


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:120]
