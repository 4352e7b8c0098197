"""/openapi.json is true: every route is in it, and schemathesis finds the service as it says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app import create_app
from app.settings import Settings
from tests.conftest import ROOT, serving
from tests.support.readers import publish_reader

PAGES = {"/", "/quality", "/static/{filename}", "/worker.js"}  # for people, and their parts
CONFIG = ROOT / "tests" / "schemathesis.toml"  # says where a schema cannot say enough
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").get_json()


def test_every_route_is_described(document):
    routes = {
        (re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in create_app(Settings(device="cpu")).url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {
        (path, method) for path, methods in document["paths"].items() for method in methods
    }
    assert {route for route in routes if route[0] not in PAGES} == described


def test_it_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1.")


@pytest.mark.parametrize("path", ["/predict", "/v2/models/digits/infer"])
def test_examples_are_answered(client, document, path):
    described = document["paths"][path.replace("digits", "{name}")]["post"]["requestBody"]
    response = client.post(path, json=described["content"]["application/json"]["example"])
    assert response.status_code == 200
    assert b"7" in response.data


def test_page_shows_every_operation_and_loads_nothing_from_elsewhere(client, document):
    page = client.get("/docs")
    text = page.get_data(as_text=True)
    for path, methods in document["paths"].items():
        assert all(f'id="{method}{path}"' in text for method in methods)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    assert "script" not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/models/", "/v2//health", "/healthz/", "/static/x"])
def test_nothing_is_answered_in_html_but_the_pages(client, path):
    response = client.get(path)
    assert (response.status_code, response.is_json) == (404, True)


def test_schemathesis_finds_the_service_as_it_says(tmp_path):
    models = shutil.copytree(ROOT / "models", tmp_path / "models")
    publish_reader(models, 1_000)
    given = {"DIGITS_WORKERS": "2", "DIGITS_MODELS_DIR": str(models)}
    with serving(sys.executable, "-m", "app", **given) as url:
        command = f"--config-file {CONFIG} run {url}/openapi.json --checks all --max-examples 20"
        options = "--warnings off --workers 1 --generation-deterministic"
        done = subprocess.run(
            [SCHEMATHESIS, *command.split(), *options.split()],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-5000:]
