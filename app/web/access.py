"""Who may use the API: API keys, pages of other origins (CORS), and security headers."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.datastructures import Headers

from app.errors import Unauthorised
from app.keys import Keys
from app.settings import Settings
from app.web import calls, request_ids

OPEN = {"/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"}  # probes have no keys
ASK_A_PERSON = 'Basic realm="Digits: any name, an API key as the password", charset="UTF-8"'
SECURITY_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
)
POLICY = "Content-Security-Policy"
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
ALLOWED_HEADERS = (
    "Authorization, Content-Encoding, Content-Type, Inference-Header-Content-Length, "
    "X-API-Key, X-Request-ID"
)
EXPOSED_HEADERS = "Inference-Header-Content-Length, Retry-After, Server-Timing, X-Request-ID"


def register(app: Flask, settings: Settings) -> Keys | None:
    """Check API keys and allow pages of other origins, as the settings say; return the keys.

    None where the settings name no file of keys.
    """
    keys = Keys(Path(settings.api_keys_file)) if settings.api_keys_file else None
    if keys:
        app.before_request(lambda: _ask_for_key(keys))
    app.after_request(_identify)
    app.after_request(_secure)
    if settings.cors_origins:
        origins = frozenset(origin.strip() for origin in settings.cors_origins.split(","))
        app.after_request(lambda response: _share(response, origins))
    return keys


def programs_key(headers: Headers) -> str | None:
    """Return the API key in X-API-Key or as a bearer token; None where neither is sent."""
    if "X-API-Key" in headers:
        return headers["X-API-Key"].strip()
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _ask_for_key(keys: Keys) -> None:
    if request.path in OPEN or _is_preflight():
        return
    if not keys.know(_given_key().strip()):
        is_person = "text/html" in request.headers.get("Accept", "")
        raise Unauthorised(
            "Send an API key: Authorization: Bearer KEY, or X-API-Key: KEY. In a browser, give it "
            "as the password, with any name.",
            headers={"WWW-Authenticate": ASK_A_PERSON if is_person else "Bearer"},
        )


def _given_key() -> str:
    key = programs_key(request.headers)
    if key is not None:
        return key
    if request.authorization and request.authorization.type == "basic" and not _is_foreign():
        return request.authorization.password or ""
    return ""


def _is_foreign() -> bool:
    """Whether a page of another site sends the request: browsers add the password unasked."""
    site = request.headers.get("Sec-Fetch-Site")
    if site:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


def _identify(response: Response) -> Response:
    response.headers[request_ids.HEADER] = calls.current().request_id
    return response


def _secure(response: Response) -> Response:
    response.headers.extend(SECURITY_HEADERS)
    response.headers.setdefault(POLICY, API_POLICY)
    return response


def _is_preflight() -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def _share(response: Response, origins: frozenset[str]) -> Response:
    """Let a page of one of ``origins`` read the answer (WHATWG Fetch, CORS protocol)."""
    origin = request.headers.get("Origin", "")
    response.headers.add("Vary", "Origin")
    if not origin or not origins & {origin, "*"}:
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    if _is_preflight():
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST"
        response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        response.headers["Access-Control-Max-Age"] = "600"
    return response
