"""API keys, pages of other origins, security headers: on the live service with two workers."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import sys
from urllib.parse import urlsplit

import pytest

from app.keys import Keys
from app.settings import SettingError
from tests.app.test_start import start
from tests.conftest import serving
from tests.support.browser import draw, expect_read
from tests.support.pictures import plain

ORIGIN = "https://school.example"


@pytest.fixture(scope="module")
def seven(mnist):
    return plain(mnist.images[0])


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "keys"
    path.write_text("# of the school\nfirst-key\n\nsecond-key\n")
    return path


@pytest.fixture(scope="module")
def url(keys):
    environment = {"DIGITS_WORKERS": "2", "DIGITS_API_KEYS_FILE": str(keys)}
    with serving(sys.executable, "-m", "app", DIGITS_CORS_ORIGINS=ORIGIN, **environment) as url:
        yield url


def basic(key):
    return f"Basic {base64.b64encode(f'anybody:{key}'.encode()).decode()}"


def ask(url, method, path, body=b"", **headers):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    with contextlib.closing(connection):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        return response, response.read()


@pytest.mark.parametrize("headers", [
    {"Authorization": "Bearer first-key"},
    {"authorization": "bearer second-key"},
    {"X_API_Key": "second-key"},
    {"Authorization": basic("second-key")},
    {"Authorization": basic("second-key"), "Sec_Fetch_Site": "same-origin"},
])  # fmt: skip
def test_each_key_opens_in_each_form(url, seven, headers):
    response, _ = ask(url, "POST", "/predict", seven, **headers)
    assert response.status == 200


@pytest.mark.parametrize("headers", [
    {},
    {"Authorization": "Bearer first-ke"},
    {"Authorization": "Basic first-key"},
    {"Authorization": "Bearer # of the school"},
    {"Authorization": "Bearer "},
    {"X_API_Key": "first-key\xe9"},
    {"Authorization": basic("first-ke")},
    {"Authorization": basic("first-key"), "Sec_Fetch_Site": "cross-site"},
    {"Authorization": basic("first-key"), "Sec_Fetch_Site": "same-site"},
    {"Authorization": basic("first-key"), "Origin": ORIGIN},
])  # fmt: skip
@pytest.mark.parametrize("path", ["/predict", "/v2/models/digits/infer"])
def test_no_other_key_opens(url, seven, headers, path):
    response, body = ask(url, "POST", path, seven, **headers)
    assert (response.status, json.loads(body)["code"]) == (401, "unauthorised")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/", "/metrics", "/models", "/v2", "/docs", "/nowhere"])
def test_nothing_else_is_shown_without_a_key(url, path):
    assert ask(url, "GET", path)[0].status == 401


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"])
def test_health_stays_open(url, path):
    assert ask(url, "GET", path)[0].status == 200


def test_page_asks_a_person_for_the_key_and_then_reads_what_is_drawn(url, browser):
    with browser.new_context(
        reduced_motion="reduce", http_credentials={"username": "anybody", "password": "first-key"}
    ) as context:
        page = context.new_page()
        assert page.goto(url).status == 200
        draw(page, 7)
        expect_read(page, 7)
    response, _ = ask(url, "GET", "/", Accept="text/html,*/*")
    assert (response.status, response.headers["WWW-Authenticate"][:6]) == (401, "Basic ")


def test_keys_are_read_again_when_the_file_changes(keys, url, seven):
    before = keys.read_text()
    keys.write_text("third-key\n")
    for _ in range(6):
        assert ask(url, "POST", "/predict", seven, X_API_Key="third-key")[0].status == 200
        assert ask(url, "POST", "/predict", seven, X_API_Key="first-key")[0].status == 401
    keys.write_text(before)
    assert ask(url, "POST", "/predict", seven, X_API_Key="first-key")[0].status == 200


def test_keys_of_before_stay_while_the_file_cannot_be_read(tmp_path):
    path = tmp_path / "keys"
    path.write_text("first-key\n")
    keys = Keys(path)
    for damage in (path.unlink, path.touch):
        damage()
        assert keys.know("first-key")
        assert not keys.know("")
    path.write_text("second-key\n")
    assert keys.know("second-key")


@pytest.mark.parametrize("content", [None, "", "# nothing\n\n"])
def test_service_does_not_start_without_a_key_in_the_file(tmp_path, content):
    path = tmp_path / "keys"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingError, match="DIGITS_API_KEYS_FILE"):
        Keys(path)
    status, stderr = start(sys.executable, "-m", "app", DIGITS_API_KEYS_FILE=str(path))
    assert status == 1
    assert "DIGITS_API_KEYS_FILE" in stderr
    assert "\n" not in stderr


def test_preflight_of_a_known_origin_is_answered_without_a_key(url):
    asked = {"Origin": ORIGIN, "Access_Control_Request_Method": "POST"}
    response, _ = ask(url, "OPTIONS", "/predict", **asked)
    assert response.status == 204
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "X-API-Key" in response.headers["Access-Control-Allow-Headers"]
    assert "POST" in response.headers["Access-Control-Allow-Methods"]


def test_answers_can_be_read_by_pages_of_known_origins_only(url, seven):
    known, _ = ask(url, "POST", "/predict", seven, X_API_Key="first-key", Origin=ORIGIN)
    other, _ = ask(url, "POST", "/predict", seven, X_API_Key="first-key", Origin=ORIGIN + ".evil")
    assert known.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Origin" not in other.headers
    assert "Origin" in other.headers["Vary"]


def test_no_origin_is_known_unless_set(client, seven):
    response = client.post("/predict", data=seven, headers={"Origin": ORIGIN})
    assert not [name for name, _ in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("path", ["/", "/healthz", "/nowhere", "/docs", "/static/main.js"])
def test_answers_carry_security_headers(client, path):
    with client.get(path) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert len(response.headers.getlist("Content-Security-Policy")) == 1
