"""Read the pictures from a request's body: an image file, a form, or JSON.

Werkzeug truncates a chunked body at its limit without an error, and resets the connection of a
client that is still sending when it answers 413. So the body is read here: by its length and
within a time limit. A refused body is read and discarded first, so that the client sees the
answer.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import time
import zlib
from collections.abc import Callable
from typing import Any

from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, File, MultipartDecoder

from app.errors import (
    BodyTimeout,
    BodyTooLarge,
    EmptyBody,
    LengthRequired,
    MalformedRequest,
    Problem,
    TooManyImages,
    UnsupportedEncoding,
    UnsupportedImage,
)
from app.settings import Settings

CHUNK = 1 << 16
DRAIN_BYTES = 1 << 28
DRAIN_TIMEOUT_S = 5.0
MAX_FIELDS = 64  # most parts of a form that are no files
HOW_TO = (
    "POST the bytes of an image (curl --data-binary @digit.png), or a form with a file (curl -F "
    'image=@digit.png), or as application/json {"images": ["<base64>"]}.'
)
PICTURE_TYPE = re.compile(
    r"(image/.*|application/octet-stream|multipart/form-data|application/json)?$"
)

Picture = bytes | Problem


def read_pictures(request: Request, settings: Settings) -> list[Picture]:
    """Return the pictures of a request, in the order sent.

    A picture that is not valid base64 is returned as its ``Problem``, so that the others can be
    answered. Raises a ``Problem`` where the whole request is wrong.
    """
    return find_pictures(read_body(request, settings), request.content_type or "", settings)


def find_pictures(body: bytes, content_type: str, settings: Settings) -> list[Picture]:
    """Return the pictures in a complete, uncompressed body, as ``read_pictures`` does."""
    pictures = _parse(body, content_type, settings)
    if len(pictures) > settings.max_batch:
        raise _too_many(settings)
    return pictures


def read_body(request: Request, settings: Settings) -> bytes:
    """Read the whole body, of a length known beforehand and within the limits.

    Raises ``LengthRequired``, ``EmptyBody``, ``BodyTooLarge``, ``BodyTimeout`` or
    ``MalformedRequest`` where the body ends early.
    """
    if "HTTP_TRANSFER_ENCODING" in request.environ:
        _drain(request)
        raise LengthRequired("Send the body with a Content-Length, not in chunks.")
    length = request.content_length or 0
    if length == 0:
        raise EmptyBody(f"The body is empty. {HOW_TO}")
    if length > settings.max_body_bytes:
        _drain(request)
        raise BodyTooLarge(
            f"The body has {length:,} bytes: send at most {settings.max_body_bytes:,}."
        )
    parts: list[bytes] = []
    _receive(request, length, settings.body_timeout_s, parts.append)
    body = b"".join(parts)
    if len(body) < length:
        raise MalformedRequest(f"The body ended after {len(body):,} of {length:,} bytes.")
    encoding = request.headers.get("Content-Encoding")
    return _inflated(body, encoding, settings) if encoding else body


def _inflated(body: bytes, encoding: str, settings: Settings) -> bytes:
    """Decompress a body, up to the largest size that an uncompressed one may have."""
    coding = encoding.strip().lower().removeprefix("x-")
    if coding == "identity":
        return body
    if coding not in ("gzip", "deflate"):
        raise UnsupportedEncoding(f"Content-Encoding {encoding}: send gzip, deflate, or none.")
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)  # detects which of the two it is
    try:
        whole = inflater.decompress(body, settings.max_body_bytes + 1)
    except zlib.error as error:
        raise MalformedRequest(f"The body is not {encoding}: {error}.") from None
    if len(whole) > settings.max_body_bytes:
        raise BodyTooLarge(
            f"The body unpacks to more than {settings.max_body_bytes:,} bytes: send less."
        )
    if not inflater.eof:
        raise MalformedRequest(f"The {encoding} body ends early.")
    return whole


def _drain(request: Request) -> None:
    """Read and discard the body, so that a client that is still sending gets the answer."""
    try:
        _receive(request, DRAIN_BYTES, DRAIN_TIMEOUT_S, lambda chunk: None)
    except (BodyTimeout, MalformedRequest):
        return


def _receive(
    request: Request, length: int, timeout_s: float, take: Callable[[bytes], object]
) -> None:
    """Hand up to ``length`` bytes of the body to ``take``; raise ``BodyTimeout`` when late."""
    stream, sock = request.environ["wsgi.input"], request.environ.get("gunicorn.socket")
    chunk_bytes = (
        length if isinstance(stream, io.BytesIO) else CHUNK
    )  # already here, else still arriving
    deadline = time.monotonic() + timeout_s
    try:
        while length > 0:
            if sock is not None:
                sock.settimeout(max(deadline - time.monotonic(), 0.001))
            chunk = stream.read(min(length, chunk_bytes))
            if not chunk:
                return
            take(chunk)
            length -= len(chunk)
    except TimeoutError:
        raise BodyTimeout(f"The body did not arrive within {timeout_s:g} s.") from None
    except (OSError, ParseException) as error:  # of the connection, or of a chunk
        raise MalformedRequest(f"The body cannot be read: {error}.") from None
    finally:
        if sock is not None:
            sock.settimeout(None)


def _parse(body: bytes, content_type: str, settings: Settings) -> list[Picture]:
    mimetype, parameters = parse_options_header(content_type)
    match mimetype.lower():
        case "multipart/form-data":
            return _from_multipart(body, parameters.get("boundary", ""), settings)
        case "application/json":
            return _from_json(body)
        case _:
            return [body]


def _from_multipart(body: bytes, boundary: str, settings: Settings) -> list[Picture]:
    try:
        pictures = _files(body, boundary.encode("latin-1"), settings.max_batch + MAX_FIELDS)
    except RequestEntityTooLarge:
        raise _too_many(settings) from None
    except ValueError:
        raise MalformedRequest(
            f"The form ends early, or its boundary {boundary!r} is not in the body. {HOW_TO}"
        ) from None
    if not pictures:
        raise MalformedRequest("The form holds no file: with curl, -F image=@digit.png.")
    return pictures


def _files(body: bytes, boundary: bytes, max_parts: int) -> list[Picture]:
    """Return the files of a form in the order sent, which Werkzeug's own parser does not keep."""
    if not boundary:
        raise MalformedRequest("The form's Content-Type names no boundary.")
    decoder = MultipartDecoder(boundary, max_parts=max_parts)
    decoder.receive_data(body)
    decoder.receive_data(None)
    files: list[Picture] = []
    part: list[bytes] | None = None
    while not isinstance(event := decoder.next_event(), Epilogue):
        if not isinstance(event, Data):
            part = [] if isinstance(event, File) else None
        elif part is not None:
            part.append(event.data)
            if not event.more_data:
                files.append(b"".join(part))
    return files


def _from_json(body: bytes) -> list[Picture]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedRequest(f"The body is no JSON. {HOW_TO}") from None
    texts = document.get("images") if isinstance(document, dict) else None
    if not isinstance(texts, list) or not texts:
        raise MalformedRequest('"images" must be a list of at least one base64 text.')
    return [from_base64(text, f"images[{place}]") for place, text in enumerate(texts)]


def from_base64(text: Any, name: str) -> Picture:
    """Decode base64 or a data URL; return a ``Problem`` where ``text`` is neither."""
    if not isinstance(text, str):
        return MalformedRequest(f"{name} must be a text: base64 or a data URL.")
    head, _, encoded = text.partition(",") if text.startswith("data:") else ("", "", text)
    if head and not head.endswith(";base64"):
        return MalformedRequest(
            f"{name} is a data URL without base64: begin data:image/png;base64,"
        )
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return MalformedRequest(
            f"{name} is not base64, which is letters, digits, + and /, filled up with =."
        )


def advise(problem: Problem, mimetype: str) -> Problem:
    """Add how to send a picture to ``problem``, where ``mimetype`` is no type of a picture."""
    if isinstance(problem, UnsupportedImage) and not PICTURE_TYPE.match(mimetype):
        problem.detail += f" It came as {mimetype[:100]}. {HOW_TO}"
    return problem


def _too_many(settings: Settings) -> TooManyImages:
    return TooManyImages(f"Too many pictures in one request: send at most {settings.max_batch}.")
