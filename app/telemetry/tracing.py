"""OpenTelemetry traces: a span for each request, and one for each of its stages.

Imported only where OTEL_EXPORTER_OTLP_ENDPOINT is set; the rest of OpenTelemetry's variables
(service name, headers, sampling) are read by its SDK.
"""

from __future__ import annotations

import atexit
import time

from flask import Flask
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

NANOSECONDS = 1_000_000_000


def instrument(app: Flask) -> None:
    """Trace the requests of ``app``; spans that are left are sent when the process ends."""
    named = OTELResourceDetector().detect()
    provider = TracerProvider(resource=Resource({SERVICE_NAME: "digits"}).merge(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)
    atexit.register(provider.shutdown)


def trace_stages(seconds: dict[str, float], request_id: str) -> None:
    """Add a span for each stage of the present request, by ``seconds`` that it took."""
    trace.get_current_span().set_attribute("digits.request_id", request_id)
    tracer = trace.get_tracer("digits")
    end = time.time_ns()
    for name, took in reversed(seconds.items()):
        start = end - int(NANOSECONDS * took)
        tracer.start_span(name, start_time=start).end(end)
        end = start
