"""The log: a line for each request, JSON for machines and text for people."""

from __future__ import annotations

import io
import json
import logging
import sys
import time
import urllib.error
import urllib.request

import pytest

from app.telemetry import logs
from tests.conftest import serving
from tests.support.models import COMMITTED
from tests.support.pictures import plain

DAMAGED = b"II*\0" + b"\xff" * 40  # Pillow warns of this one


@pytest.mark.parametrize("form", ["json", "text"])
def test_log_has_a_line_for_each_request(tmp_path, mnist, form):
    seven = plain(mnist.images[0])
    log, environment = tmp_path / "log", {"DIGITS_LOG": form, "DIGITS_WORKERS": "2"}
    with serving(sys.executable, "-m", "app", log=str(log), **environment) as url:
        asked = urllib.request.Request(f"{url}/predict", seven, {"X-Request-ID": "form-17"})
        urllib.request.urlopen(asked, timeout=10).close()
        with pytest.raises(urllib.error.HTTPError, match="422"):
            urllib.request.urlopen(f"{url}/predict", DAMAGED, timeout=10)
    lines = log.read_text().splitlines()
    (line,) = [line for line in lines if "form-17" in line]
    if form == "text":
        assert "route=/predict status=200" in line
        return
    assert all(isinstance(json.loads(line), dict) for line in lines)
    fields = json.loads(line)
    assert (fields["route"], fields["status"], fields["version"]) == (
        "/predict",
        200,
        COMMITTED.name,
    )
    stages = [fields[f"{stage}_ms"] for stage in ("decode", "normalise", "queue", "infer")]
    assert 0 < sum(stages) < fields["ms"]


def test_log_is_text_on_a_terminal_and_json_elsewhere(monkeypatch):
    record = logging.LogRecord("app", logging.INFO, "x", 1, "two\nlines", None, None)
    for on_terminal in (True, False):
        monkeypatch.setattr(sys.stderr, "isatty", lambda on_terminal=on_terminal: on_terminal)
        form = logs.configuration("auto")["formatters"]["lines"]["()"]()
        line = form.format(record)
        assert line.startswith("{") != on_terminal
        assert "\n" not in line


def test_line_of_a_request_is_the_one_that_logging_would_write(monkeypatch):
    fields = {"request_id": 'form-"17"', "status": 200, "ms": 1.5}
    record = logging.LogRecord("app.requests", logging.INFO, "x", 1, "request", None, None)
    record.fields = fields
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logs.JsonLines())
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    monkeypatch.setattr(time, "time", lambda: record.created)
    logs.writer(logging.getLogger("app.requests"))(fields)
    handler.emit(record)
    written, expected = handler.stream.getvalue().splitlines()
    assert written == expected
    assert json.loads(written)["time"].endswith("+00:00")
