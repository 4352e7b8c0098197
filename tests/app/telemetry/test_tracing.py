"""OpenTelemetry traces reach a collector: the caller's trace, the route, each stage."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
import urllib.request
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.conftest import ROOT, launched
from tests.support.pictures import plain
from tests.support.watching import until

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def collector():
    """Take spans over HTTP, as an OpenTelemetry collector does; give its address and the spans."""
    spans: list[Any] = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self):  # noqa: N802  # the library's name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                spans.extend(span for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", spans
        server.shutdown()


def test_request_and_its_stages_are_traced(collector, mnist):
    address, spans = collector
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    with launched(sys.executable, "-m", "app", DIGITS_WORKERS="2", **environment) as (url, _):
        headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
        request = urllib.request.Request(f"{url}/predict", plain(mnist.images[0]), headers)
        urllib.request.urlopen(request, timeout=30).close()
        until(lambda: len([span for span in spans if span.trace_id.hex() == TRACE]) >= 6)
    found = [span for span in spans if span.trace_id.hex() == TRACE]
    assert {span.name for span in found} == {
        "POST /predict", "decode", "normalise", "queue", "infer", "encode"
    }  # fmt: skip
    (whole,) = [span for span in found if span.name == "POST /predict"]
    assert all(span.parent_span_id == whole.span_id for span in found if span is not whole)


def test_missing_packages_are_said_in_one_line():
    code = "import sys; sys.modules['opentelemetry'] = None; import app; app.create_app()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "SettingError: OTEL_EXPORTER_OTLP_ENDPOINT is set" in done.stderr
    assert "pip install -r app/requirements-otel.txt" in done.stderr
