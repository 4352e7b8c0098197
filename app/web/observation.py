"""Count every request, and write its line in the log and its trace."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache

from flask import Flask, Response, request
from prometheus_client import Counter, Histogram

from app.settings import SettingError, Settings, traces_wanted
from app.telemetry import logs, metrics
from app.web import calls
from app.web.calls import Call

NO_ROUTE = "none"  # all addresses that do not exist count as one

Observe = Callable[[Call, str, str, int], None]


def register(app: Flask, settings: Settings) -> Observe:
    """Count the requests of ``app``, and log them unless the settings say no.

    Returns the function that does so for a call, its method, route and status.
    """
    observe = _observer(settings)

    def observe_present(response: Response) -> Response:
        observe(calls.current(), request.method, _route(), response.status_code)
        return response

    app.after_request(observe_present)
    if traces_wanted():
        _trace(app)
    return observe


def _observer(settings: Settings) -> Observe:
    if settings.log_requests == "off":
        return lambda call, method, route, status: _count(call, route, status, time.perf_counter())
    write = logs.writer(logging.getLogger("app.requests"))

    def observe(call: Call, method: str, route: str, status: int) -> None:
        now = time.perf_counter()
        _count(call, route, status, now)
        write(_fields(call, method, route, status, now))

    return observe


def _count(call: Call, route: str, status: int, now: float) -> None:
    _requests(route, status).inc()
    _durations(route).observe(now - call.begun)
    if call.model is None:
        return
    meter = metrics.meter(call.model)
    if call.predictions is not None:
        meter.count(call.predictions, call.seconds(now - call.inferred))
    elif status >= 400:
        meter.count_failure(now - call.begun)


def _fields(call: Call, method: str, route: str, status: int, now: float) -> dict[str, object]:
    fields: dict[str, object] = {
        "request_id": call.request_id,
        "method": method,
        "route": route,
        "status": status,
        "ms": round(1000 * (now - call.begun), 3),
    }
    if call.model is not None and call.predictions is not None:
        fields["model"] = call.model.name
        fields["version"] = call.model.version
        fields["pictures"] = len(call.predictions)
        fields["decode_ms"] = round(1000 * call.decode, 3)
        fields["normalise_ms"] = round(1000 * call.normalise, 3)
        fields["queue_ms"] = round(1000 * call.queue, 3)
        fields["infer_ms"] = round(1000 * call.infer, 3)
    return fields


def _trace(app: Flask) -> None:
    try:
        from app.telemetry import tracing  # only here: it needs packages that are optional
    except ImportError as error:
        raise SettingError(
            f"OTEL_EXPORTER_OTLP_ENDPOINT is set ({error}): pip install -r "
            "app/requirements-otel.txt, or unset it"
        ) from error

    def trace_stages(response: Response) -> Response:
        call = calls.current()
        encode = time.perf_counter() - call.inferred
        if call.predictions is not None:
            seconds = dict(zip(metrics.STAGES, call.seconds(encode), strict=True))
            tracing.trace_stages(seconds, call.request_id)
        return response

    tracing.instrument(app)
    app.after_request(trace_stages)


def _route() -> str:
    return request.url_rule.rule if request.url_rule else NO_ROUTE


@cache
def _requests(route: str, status: int) -> Counter:
    return metrics.requests.labels(route, str(status))


@cache
def _durations(route: str) -> Histogram:
    return metrics.durations.labels(route)
