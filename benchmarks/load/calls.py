"""What a load sends, and what must come back. Needs the standard library alone.

The process that measures loads no NumPy and no ONNX Runtime: pages of theirs that it shared
with the service would make the service look smaller than it is.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

NEAR = 2e-3  # by which two machines' probabilities may differ
REQUESTS = {  # the kinds of request, in words
    "png28": "28×28 PNG",
    "canvas": "280×280 PNG of a canvas",
    "photo": "1200×1600 JPEG",
    "form": "28×28 PNG in a form",
    "json": "28×28 PNG in JSON",
    "pictures256": "256 PNGs in one form",
    "tensors256": "256 tensors under /v2",
}


class LoadError(Exception):
    """The service lost a request, was silent, or gave a wrong answer: no figure is worth it."""


@dataclass
class Call:
    """One request as it goes over the wire, and its correct answer.

    ``known`` holds the bodies that were found correct: checking one again costs a look-up.
    """

    wire: bytes
    digits: list[int]
    probabilities: list[list[float]] | None
    known: set[bytes] = field(default_factory=set)

    def check(self, head: bytes, body: bytes) -> None:
        """Note ``body`` as right, or raise ``LoadError``."""
        if not head.startswith(b"HTTP/1.1 200"):
            raise LoadError(f"not answered but {head[:40]!r} {body[:300]!r}")
        try:
            digits, probabilities = _read(head, body)
        except (ValueError, LookupError, TypeError) as error:
            raise LoadError(f"an answer that cannot be read ({error!r}): {body[:300]!r}") from error
        if digits != self.digits:
            raise LoadError(f"wrong digits {digits}, not {self.digits}: {body[:300]!r}")
        if self.probabilities and not _are_near(probabilities, self.probabilities):
            raise LoadError(f"probabilities other than the job's in this process: {body[:300]!r}")
        self.known.add(body)


def prepare(path: Path) -> dict[str, Any]:
    """Make the requests and their correct answers, in a process of its own."""
    subprocess.run([sys.executable, "-m", "benchmarks.load.prepare", str(path)], check=True)
    return read(path)


def read(path: Path) -> dict[str, Any]:
    """Read what ``prepare`` made."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
    return document


def calls(
    prepared: dict[str, Any], kind: str, url: str, job: str | None, headers: tuple[str, ...] = ()
) -> list[Call]:
    """Return the requests of ``kind`` to ``url``.

    ``job`` is whose preprocessing the probabilities must come from, "digits" or
    "straightforward"; where it is None, as with another's model, the digits must be right.
    """
    return [
        Call(
            _wire(url, request, headers),
            request["digits"],
            request["probabilities"][job] if job else None,
        )
        for request in prepared[kind]
    ]


def address(url: str) -> tuple[str, int]:
    """Return host and port of an address like http://127.0.0.1:8000."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise LoadError(f"{url!r} must be like http://127.0.0.1:8000, without TLS")
    return parts.hostname, parts.port or 80


def _wire(url: str, request: dict[str, Any], headers: tuple[str, ...]) -> bytes:
    body = base64.b64decode(request["body"])
    head = [
        f"POST {urlsplit(url).path.rstrip('/')}{request['path']} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        *request["headers"],
        *headers,
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*head, "", ""]).encode("ascii") + body


def _read(head: bytes, body: bytes) -> tuple[list[int], list[list[float]]]:
    """Return the digits and the probabilities of an answer, of /predict or of /v2."""
    names = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n") if b": " in line)
    if b"inference-header-content-length" not in names:
        predictions = json.loads(body)["predictions"]
        return [p["digit"] for p in predictions], [p["probabilities"] for p in predictions]
    begin = int(names[b"inference-header-content-length"])
    for output in json.loads(body[:begin])["outputs"]:
        end = begin + output["parameters"]["binary_data_size"]
        if output["name"] == "probabilities":
            values = array("f", body[begin:end]).tolist()
            rows = [values[i : i + 10] for i in range(0, len(values), 10)]
            return [row.index(max(row)) for row in rows], rows
        begin = end
    raise LookupError("no probabilities")


def _are_near(given: list[list[float]], right: list[list[float]]) -> bool:
    pairs = [(a, b) for g, r in zip(given, right, strict=True) for a, b in zip(g, r, strict=True)]
    return all(abs(a - b) <= NEAR for a, b in pairs)
