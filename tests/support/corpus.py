"""Requests to the byte: how they are made and sent, and a corpus of good, odd and wrong ones."""

from __future__ import annotations

import base64
import json
import socket
from urllib.parse import urlsplit

from PIL import Image

from tests.support.pictures import file_of


def connect(url):
    host, port = urlsplit(url).netloc.split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def message(body=b"", *headers, line=b"POST /predict HTTP/1.1", length=None):
    """Return a request as bytes."""
    size = str(len(body) if length is None else length).encode()
    lines = [line, b"Host: x", b"X-API-Key: key", b"X-Request-ID: id", b"Content-Length: " + size]
    return b"\r\n".join([*lines, *headers]) + b"\r\n\r\n" + body


def all_of(sock):
    """Read until the server closes the connection."""
    parts = []
    while part := sock.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def exchange(url, sent):
    """Send bytes over a connection of their own, which the server closes; return its answer."""
    with connect(url) as sock:
        sock.sendall(sent)
        sock.shutdown(socket.SHUT_WR)
        return all_of(sock)


def multipart(*pictures):
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="a.png"\r\n\r\n' + p + b"\r\n"
        for p in pictures
    ]
    return b"".join(parts) + b"--x--\r\n"


def as_json(*pictures):
    return json.dumps({"images": [base64.b64encode(p).decode() for p in pictures]}).encode()


FORM, JSON = b"Content-Type: multipart/form-data; boundary=x", b"Content-Type: application/json"
GZIP = b"Content-Encoding: gzip"


def corpus(seven, noise):
    """Return requests by name: good ones of each form, odd ones, and wrong ones."""
    get = message(line=b"GET /healthz HTTP/1.1")
    return {
        "raw": message(seven),
        "typed": message(seven, b"Content-Type: image/png"),
        "wrongly typed": message(seven, b"Content-Type: text/plain; charset=utf-8"),
        "blank": message(file_of(Image.new("L", (60, 40), 255))),
        "large": message(file_of(noise)),
        "jpeg": message(file_of(noise, "JPEG")),
        "form": message(multipart(seven), FORM),
        "form of two": message(multipart(seven, b"x"), FORM),
        "form without end": message(multipart(seven)[:-9], FORM),
        "form without boundary": message(multipart(seven), b"Content-Type: multipart/form-data"),
        "json": message(as_json(seven), JSON),
        "json of two": message(as_json(seven, seven), JSON),
        "json of an empty picture": message(as_json(b""), JSON),
        "no json": message(b"{", JSON),
        "no picture": message(b"seven"),
        "cut picture": message(seven[:60]),
        "header of a picture": message(seven[:24]),
        "much too large by its header": message(seven[:16] + b"\xff" * 8 + seven[24:]),
        "empty": message(),
        "no gzip": message(seven, GZIP),
        "query": message(seven, line=b"POST /predict?include=input HTTP/1.1"),
        "other model": message(seven, line=b"POST /predict?model=perceptron HTTP/1.1"),
        "unknown model": message(seven, line=b"POST /predict?model=cats HTTP/1.1"),
        "odd host": message(seven).replace(b"Host: x", b"Host: a/b?c"),
        "no host": message(seven).replace(b"Host: x\r\n", b""),
        "no key": message(seven).replace(b"X-API-Key: key\r\n", b""),
        "other key": message(seven).replace(b": key", b": kex"),
        "bearer": message(seven).replace(b"X-API-Key: key", b"Authorization: Bearer key"),
        "encoded path": message(seven, line=b"POST /%70redict HTTP/1.1"),
        "whole address": message(seven, line=b"POST http://x/predict HTTP/1.1"),
        "HTTP/1.0": message(seven, line=b"POST /predict HTTP/1.0"),
        "close": message(seven, b"Connection: close"),
        "put": message(seven, line=b"PUT /predict HTTP/1.1"),
        "head": message(line=b"HEAD /healthz HTTP/1.1"),
        "options": message(line=b"OPTIONS /predict HTTP/1.1"),
        "get": get,
        "static": message(line=b"GET /static/main.js HTTP/1.1"),
        "three at once": message(seven) + get + message(seven),
        "early end": message(seven, length=9999),
        "expect tea": message(seven, b"Expect: tea"),
        "two lengths": message(seven, b"Content-Length: 1"),
        "no length": message(seven, length="x"),
        "bare newlines": b"GET / HTTP/1.1\nHost: x\n\n",
        "long line": message(line=b"GET /" + b"x" * 5000 + b" HTTP/1.1"),
        "many headers": message(b"", *[b"X: x"] * 200),
        "broken chunk": message().replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        + b"zz\r\n",
    }
