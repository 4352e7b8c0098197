"""The pages: / to draw a digit or a number, and /quality to see how good a model is."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request

from app import __version__
from app.recognition.contract import READER
from app.recognition.model import Model
from app.web.pages import quality
from app.web.service import service

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A worker has a policy of its own, not its page's.
WORKER_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
VIEWS = {
    "seen": "What it sees",
    "why": "Why",
    "neurons": "Neurons",
    "models": "Models",
    "torture": "Torture test",
    "correct": "Correct it",
    "use": "Use it",
}
TORTURES = (  # name, label, lowest, highest, unit; px of the paper, 280 by 280
    ("turn", "Turn", -90, 90, "°"),
    ("shift", "Shift", -100, 100, " px"),
    ("weight", "Thin or thick", -10, 16, " px"),
    ("blur", "Blur", 0, 40, " px"),
    ("noise", "Noise", 0, 100, "%"),
    ("erase", "Erase", 0, 180, " px"),
)
CURVES_SIZE = (300, 100)
ASKED_FOR_BY_NAME = {
    "main",
    "worker",
    "neurons",
    "torture",
    "corrupt",
    "zip",
}  # loaded by the page or by a module, when they are needed
GOAL_GROUPS = ("digits", "calibration", "rejection", "time", "amounts", "lines")
INDENT = re.compile(r"\n\s+")  # a sixth of a page's bytes, which no browser needs

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def draw() -> Response:
    """Show the page to draw on, with the views that the loaded models allow."""
    models = service().repository.recognisers()  # the page shows what classifies a digit
    dense = [model.name for model in models if len(model.layers) > 1]
    absent = {name for name, has in (("neurons", dense), ("models", models[1:])) if not has}
    return _page(
        "index.html",
        version=__version__,
        settings=service().settings,
        models=models,
        dense=dense[0] if dense else None,
        reader=any(model.kind == model.name == READER for model in service().repository.all()),
        modules=_modules(),
        views=[view for view in VIEWS.items() if view[0] not in absent],
        tortures=TORTURES,
    )


@blueprint.get("/worker.js")
def work() -> Response:
    """Send the page's web worker, which calls the API outside the thread that draws."""
    script = current_app.send_static_file("worker.js")
    script.headers["Content-Security-Policy"] = WORKER_POLICY
    return script


@blueprint.get("/quality")
def show_quality() -> Response:
    """Show how good a model is, from its card."""
    repository = service().repository
    name = request.args.get("model")
    return show_card(repository.get() if name is None else repository.find(name), root="")


def show_card(model: Model, *, root: str) -> Response:
    """Show ``model``'s card; ``root`` is the path from the page's address to the service's."""
    card: dict[str, Any] = model.card
    return _page(
        "quality.html",
        root=root,
        model=model,
        models=service().repository.all(),
        figures=quality.figures(card),
        goals=quality.table(card, *GOAL_GROUPS),
        confusion=card.get("confusion"),
        confusions=quality.confusions(card),
        reliability=quality.reliability(card),
        splits=quality.table(card, "corrupted"),
        misses=card.get("misses"),
        curves=quality.curves(card, *CURVES_SIZE),
        taught=quality.taught(card),
        config=quality.settings(card),
    )


def wants_page() -> bool:
    """Whether the client prefers a page to JSON, as browsers do."""
    accepted = request.accept_mimetypes
    return accepted["text/html"] > accepted["application/json"]


def _page(template: str, **context: object) -> Response:
    page = make_response(INDENT.sub("\n", render_template(template, **context)))
    page.headers["Content-Security-Policy"] = POLICY
    return page


@cache
def _modules() -> list[str]:
    """List the page's modules, which browsers then load together, not one after the other."""
    static = Path(__file__).with_name("static")
    return sorted({path.stem for path in static.glob("*.js")} - ASKED_FOR_BY_NAME)
