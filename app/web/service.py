"""What the routes work with: one object, put into the Flask application by its factory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from app.recognition.repository import Repository
from app.settings import Settings


@dataclass(frozen=True)
class Service:
    """The settings and the models of this process."""

    settings: Settings
    repository: Repository

    def attach(self, app: Flask) -> None:
        """Make this the service that ``app``'s routes find by ``service()``."""
        app.extensions["digits"] = self


def service() -> Service:
    """Return the service of the application that handles the present request."""
    return cast(Service, current_app.extensions["digits"])
