"""Every request is counted and has its line in the log."""

from __future__ import annotations

import logging
import time
from functools import cache

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from app.settings import SettingError, Settings, traces_wanted
from app.telemetry import metrics
from app.telemetry.logs import FIELDS
from app.web.stages import Stages, stages

NO_ROUTE = "none"  # whatever people ask for that is not there counts as one

log = logging.getLogger("app.requests")


def register(app: Flask, settings: Settings) -> None:
    """Count the requests of ``app``, and write their lines unless the settings say no."""
    app.after_request(_count)
    if settings.log_requests == "on":
        app.after_request(_write)
    if traces_wanted():
        _trace(app)


def _count(response: Response) -> Response:
    now, measured = time.perf_counter(), stages()
    route, status = _route(), response.status_code
    _requests(route, status).inc()
    _durations(route).observe(now - measured.begun)
    if "predictions" in g:
        seconds = measured.seconds(now - measured.inferred)
        metrics.meter(g.recogniser).count(g.predictions, seconds)
    elif "recogniser" in g and status >= 400:
        metrics.meter(g.recogniser).count_failure(now - measured.begun)
    return response


def _write(response: Response) -> Response:
    measured = stages()
    fields = {
        "request_id": g.request_id,
        "method": request.method,
        "route": _route(),
        "status": response.status_code,
        "ms": round(1000 * (time.perf_counter() - measured.begun), 3),
    }
    if "predictions" in g:
        fields |= _of_prediction(measured)
    log.info("request", extra={FIELDS: fields})
    return response


def _trace(app: Flask) -> None:
    try:
        from app.telemetry import tracing  # only here: it needs packages that serving does not
    except ImportError as error:
        raise SettingError(
            f"OTEL_EXPORTER_OTLP_ENDPOINT is set ({error}): pip install -r "
            "app/requirements-otel.txt, or unset it"
        ) from error

    def trace_stages(response: Response) -> Response:
        measured = stages()
        encode = time.perf_counter() - measured.inferred
        if "predictions" in g:
            seconds = dict(zip(metrics.STAGES, measured.seconds(encode), strict=True))
            tracing.trace_stages(seconds, g.request_id)
        return response

    tracing.instrument(app)
    app.after_request(trace_stages)


def _of_prediction(measured: Stages) -> dict[str, object]:
    return {
        "model": g.recogniser.name,
        "version": g.recogniser.version,
        "pictures": len(g.predictions),
        "decode_ms": round(1000 * measured.decode, 3),
        "normalise_ms": round(1000 * measured.normalise, 3),
        "queue_ms": round(1000 * measured.queue, 3),
        "infer_ms": round(1000 * measured.infer, 3),
    }


def _route() -> str:
    return request.url_rule.rule if request.url_rule else NO_ROUTE


@cache
def _requests(route: str, status: int) -> Counter:
    return metrics.requests.labels(route, str(status))


@cache
def _durations(route: str) -> Histogram:
    return metrics.durations.labels(route)
