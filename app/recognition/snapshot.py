"""The models that are served at one moment, and how one of them is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.errors import UnknownModel, UnknownVersion
from app.recognition.model import Model
from app.recognition.reader import Reader
from app.recognition.recogniser import Recogniser

READER = "reader"  # name of the reader that is used when a request names none


@dataclass(frozen=True)
class Snapshot:
    """The models served at one moment. Immutable: a change makes a new snapshot.

    ``models`` holds by name the versions loaded, the highest first; ``refused`` the reason by
    name and version.
    """

    models: Mapping[str, tuple[Model, ...]] = field(default_factory=dict)
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def places(self) -> list[tuple[str, str]]:
        """Return name and version of all that is loaded."""
        return [(one.name, one.version) for loaded in self.models.values() for one in loaded]

    def all(self) -> list[Model]:
        """Return the models by name, each in its highest version."""
        return [self.models[name][0] for name in sorted(self.models)]

    def find(self, name: str, version: str | None = None) -> Model:
        """Return a model of any kind, by default in its highest version.

        Raises ``UnknownModel`` or ``UnknownVersion`` where it is not served.
        """
        loaded = self.models.get(name)
        if not loaded:
            served = ", ".join(sorted(self.models))
            raise UnknownModel(f"There is no model {name!r}. Served: {served}.")
        if version is None:
            return loaded[0]
        for model in loaded:
            if model.version == version:
                return model
        served = ", ".join(model.version for model in loaded)
        raise UnknownVersion(
            f"There is no version {version!r} of model {name!r}. Served: {served}."
        )

    def recogniser(self, name: str, version: str | None) -> Recogniser:
        """Find a model that classifies digits; another raises ``UnknownModel`` as well."""
        model = self.find(name, version)
        if not isinstance(model, Recogniser):
            raise UnknownModel(f"Model {name!r} reads whole numbers: POST to /read.")
        return model

    def reader(self, name: str | None, version: str | None) -> Reader:
        """Find a model that reads whole numbers; another raises ``UnknownModel`` as well.

        Without a name it is the one called ``READER``.
        """
        if name is None and READER not in self.models:
            raise UnknownModel(self._advise_on_readers())
        model = self.find(READER if name is None else name, version)
        if not isinstance(model, Reader):
            raise UnknownModel(f"Model {model.name!r} classifies single digits: POST to /predict.")
        return model

    def _advise_on_readers(self) -> str:
        readers = [model.name for model in self.all() if isinstance(model, Reader)]
        if readers:
            named = ", ".join(readers)
            return f"There is no model {READER!r}: name another reader by ?model=. Served: {named}."
        return (
            f"No model here reads whole numbers: put one into {READER}/<version>/ in the folder of "
            "models."
        )
