"""Answers to requests that are not valid HTTP: JSON problems that say what to do."""

from __future__ import annotations

import json
from typing import Any

from gunicorn import util
from gunicorn.http import errors

HEAD_TIMEOUT_S = 10.0  # seconds for a request's head to arrive
LAST_HEAD_TIMEOUT_S = 1.0  # when stopping
FAILED = "Something went wrong here, and it has been logged."
SHOWN = 200  # characters of what was sent: it may be anything


class NoHost(errors.ParseException):  # type: ignore[misc]  # Gunicorn has no type hints
    """An HTTP/1.1 request does not name its host, as it must (RFC 9112, 3.2)."""

    def __str__(self) -> str:
        return "There is no Host header"


ONE_HEADER = "{error}: send each header once, on a line of its own, as Name: value."
REFUSALS = (  # by class of error, the first that fits: status, title, what to do
    (NoHost, 400, "Bad Request", "{error}: HTTP/1.1 must have one, like Host: digits.example."),
    (errors.LimitRequestLine, 414, "URI Too Long", "The address is too long: send less in it."),
    (
        errors.LimitRequestHeaders,
        431,
        "Request Header Fields Too Large",
        "The headers are too many or too long: send at most 100, of at most 8,190 bytes each.",
    ),
    (
        errors.ExpectationFailed,
        417,
        "Expectation Failed",
        "{error}: send Expect: 100-continue, or none.",
    ),
    (
        errors.UnsupportedTransferCoding,
        501,
        "Not Implemented",
        "{error}: send the body with a Content-Length.",
    ),
    (errors.InvalidRequestMethod, 400, "Bad Request", "{error}: send GET or POST."),
    (errors.InvalidHTTPVersion, 400, "Bad Request", "{error}: send HTTP/1.1."),
    (errors.InvalidHeader, 400, "Bad Request", ONE_HEADER),
    (errors.InvalidHeaderName, 400, "Bad Request", ONE_HEADER),
    (errors.ObsoleteFolding, 400, "Bad Request", ONE_HEADER),
    (
        errors.ParseException,
        400,
        "Bad Request",
        "{error}: send HTTP/1.1, without TLS, like GET /docs HTTP/1.1.",
    ),
)


def check_host(version: tuple[int, int], headers: list[tuple[str, str]]) -> None:
    """Raise ``NoHost`` where HTTP/1.1 ``headers``, their names in capitals, have no HOST."""
    if version >= (1, 1) and not any(name == "HOST" for name, _ in headers):
        raise NoHost


def refuse_late_head(sock: Any, limit_s: float) -> None:
    """Answer that the head did not arrive within ``limit_s``."""
    late = f"The request's head did not arrive within {limit_s:g} s: send it at once."
    write_problem(sock, 408, "Request Timeout", late)


def refuse(sock: Any, error: errors.ParseException) -> None:
    """Answer a request that is not valid HTTP."""
    _, status, title, words = next(row for row in REFUSALS if isinstance(error, row[0]))
    write_problem(sock, status, title, words.format(error=str(error)[:SHOWN]))


def write_problem(sock: Any, status: int, title: str, detail: str) -> None:
    """Write a problem as ``app.web.problems`` does, but without a request, and count it."""
    from app.telemetry import metrics  # after the fork: its metrics are this process's

    code = title.lower().replace(" ", "_")
    metrics.rejections.labels(code).inc()
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body = json.dumps({**document, "code": code, "error": detail})
    head = (
        f"HTTP/1.1 {status} {title}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(sock, (head + body).encode("ascii"))
