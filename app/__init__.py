"""Digits: a service that recognises handwritten digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Blueprint, Flask

    from app.settings import Settings

# The one place of the version (semantic versioning): no import here may be heavy, as Gunicorn's
# master imports this package too. The Dockerfile's label repeats it, and a test compares them.
__version__ = "0.1.0"


def create_app(settings: Settings | None = None, *, watch: bool = False) -> Flask:
    """Make the Flask application: settings, models, routes, error handler.

    With ``watch``, a thread follows changes in the folder of models. Raises ``SettingError``,
    ``DeviceError`` or ``ModelError`` where the service could not answer requests.
    """
    # Imported here for two reasons: training imports app.recognition, and needs no Flask;
    # Gunicorn's master imports app.settings, and must hold no code that a reload replaces.
    from app.settings import Settings
    from app.web import access, calls, observation, problems, quick
    from app.web.application import Application
    from app.web.models import announce, open_repository
    from app.web.service import Service

    settings = settings or Settings.from_environment()
    app = Application(
        __name__, template_folder="web/pages/templates", static_folder="web/pages/static"
    )
    app.before_request(calls.begin)
    keys = access.register(app, settings)
    observe = observation.register(app, settings)
    problems.register(app)
    repository = open_repository(settings, watch=watch)
    service = Service(settings, repository)
    service.attach(app)
    quick.register(app, service, keys, observe)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    announce(repository)  # last: in a reload, old workers stop once this one is announced
    return app


def _blueprints() -> list[Blueprint]:
    from app.web import api, explanations, operations, reading
    from app.web.pages import routes
    from app.web.protocol import control, inference

    modules = (api, reading, explanations, inference, control, operations, routes)
    return [module.blueprint for module in modules]
