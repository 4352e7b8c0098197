"""The version is written in one place, ``app.__version__``, and shown by all that show one."""

import re
import subprocess
import sys

import app
from tests.app.test_device import doctor
from tests.conftest import ROOT

STANDARD = sys.stdlib_module_names


def test_version_is_a_semantic_one():
    assert re.fullmatch(r"\d+\.\d+\.\d+", app.__version__)


def test_server_metadata_of_the_inference_protocol_has_it(client):
    assert client.get("/v2").get_json()["version"] == app.__version__


def test_openapi_document_and_its_page_have_it(client):
    assert client.get("/openapi.json").get_json()["info"]["version"] == app.__version__
    heading = re.search("<h1>(.*)</h1>", client.get("/docs").get_data(as_text=True))
    assert heading
    assert heading[1] == f"Digits {app.__version__}: API"


def test_foot_of_the_page_has_it(client):
    _, _, foot = client.get("/").get_data(as_text=True).partition("<footer>")
    assert f"Digits {app.__version__}<" in foot


def test_doctor_has_it():
    _, words = doctor(DIGITS_DEVICE="cpu")
    assert f"digits       version {app.__version__} in {ROOT}" in words.splitlines()[0]


def test_label_of_the_image_has_it():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    labels = re.findall(r'org\.opencontainers\.image\.version="(.*?)"', dockerfile)
    assert labels == [app.__version__]


def test_asking_for_it_loads_nothing_else():
    """Gunicorn's master imports the package, and shares what it loads with all workers."""
    listing = "import app, sys; print(*(set(sys.modules) - before))"
    command = [sys.executable, "-c", f"import sys; before = set(sys.modules); {listing}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = [name for name in done.stdout.split() if name.split(".")[0] not in STANDARD]
    assert loaded == ["app"]
