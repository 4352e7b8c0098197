"""Digits: a service that recognises handwritten digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Make the Flask application: settings, models, routes, error handler.

    Raises ``SettingError``, ``DeviceError`` or ``ModelError`` where it could not serve.
    """
    # Imported here, so that training, which needs app.recognition alone, needs no Flask, and
    # Gunicorn's master, which needs app.settings alone, has no ONNX Runtime when it forks.
    from flask import Flask

    from app.recognition.repository import Repository
    from app.settings import Settings
    from app.web import api, operations, pages, problems, request_ids
    from app.web.service import Service

    settings = settings or Settings.from_environment()
    repository = Repository.load(
        settings.models_dir, default=settings.model, device=settings.device
    )
    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    Service(settings, repository).attach(app)
    request_ids.register(app)
    problems.register(app)
    for room in (api, operations, pages):
        app.register_blueprint(room.blueprint)
    return app
