"""Who may use the service: API keys from a file, if there is one, and pages of other origins."""

from __future__ import annotations

import hmac
import logging
from pathlib import Path

from flask import Flask, Response, request

from app.errors import Unauthorised
from app.settings import SettingError, Settings

OPEN = {"/healthz", "/readyz", "/v2/health/live", "/v2/health/ready"}  # probes have no keys
SECURITY_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
ALLOWED_HEADERS = (
    "Authorization, Content-Encoding, Content-Type, Inference-Header-Content-Length, "
    "X-API-Key, X-Request-ID"
)
EXPOSED_HEADERS = "Inference-Header-Content-Length, Retry-After, Server-Timing, X-Request-ID"

log = logging.getLogger(__name__)


class Keys:
    """The keys in a file, one a line; the file is read again when it changes."""

    def __init__(self, path: Path) -> None:
        """Read the file at ``path``; raise ``SettingError`` where it holds no key."""
        self._path = path
        try:
            self._stamp = self._status()
            self._keys = _read(path)
        except (OSError, ValueError) as error:
            raise SettingError(f"DIGITS_API_KEYS_FILE={path} cannot be used: {error}") from error

    def know(self, key: str) -> bool:
        """Whether ``key`` is one of them, in a time that does not tell how nearly."""
        self._follow()
        given = key.encode("utf-8", "surrogateescape")
        return any([hmac.compare_digest(given, known) for known in self._keys])  # noqa: C419 all

    def _follow(self) -> None:
        try:
            stamp = self._status()
            if stamp == self._stamp:
                return
            self._keys, self._stamp = _read(self._path), stamp
        except (OSError, ValueError) as error:
            log.error("the API keys cannot be read, those of before stay: %s", error)

    def _status(self) -> tuple[int, int, int]:
        status = self._path.stat()
        return status.st_ino, status.st_mtime_ns, status.st_size


def register(app: Flask, settings: Settings) -> None:
    """Ask the clients of ``app`` for a key and answer pages of other origins, where so set."""
    if settings.api_keys_file:
        keys = Keys(Path(settings.api_keys_file))
        app.before_request(lambda: _ask_for_key(keys))
    app.after_request(_secure)
    if settings.cors_origins:
        origins = frozenset(origin.strip() for origin in settings.cors_origins.split(","))
        app.after_request(lambda response: _share(response, origins))


def _read(path: Path) -> tuple[bytes, ...]:
    lines = path.read_text(encoding="utf-8").splitlines()
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not keys:
        raise ValueError("it holds no key")
    return tuple(key.encode("utf-8") for key in keys)


def _ask_for_key(keys: Keys) -> None:
    if request.path in OPEN or _is_preflight():
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    key = request.headers.get("X-API-Key") or (token if scheme.lower() == "bearer" else "")
    if not keys.know(key.strip()):
        raise Unauthorised(
            "Send an API key: Authorization: Bearer KEY, or X-API-Key: KEY.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def _secure(response: Response) -> Response:
    response.headers.extend(SECURITY_HEADERS)
    response.headers.setdefault("Content-Security-Policy", API_POLICY)
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
