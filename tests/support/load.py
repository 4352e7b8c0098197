"""Clients that send requests without a pause, so that a test sees whether any is lost."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

Answer = tuple[int, Any]


@contextlib.contextmanager
def asking(url: str, body: bytes, clients: int = 4, *, keep: bool = True) -> Iterator[list[Answer]]:
    """Let ``clients`` post ``body`` to /predict, each on its own connection, until the block ends.

    Where not ``keep``, each request has a connection of its own.
    Yields the list that the answers, status and document, go into; a lost one is ``(0, error)``.
    """
    answers: list[Answer] = []
    end = threading.Event()
    threads = [
        threading.Thread(target=_ask, args=(url, body, answers, end, keep)) for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        end.set()
        for thread in threads:
            thread.join(timeout=60)


def _ask(url: str, body: bytes, answers: list[Answer], end: threading.Event, keep: bool) -> None:
    headers = {} if keep else {"Connection": "close"}
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    while not end.is_set():
        try:
            connection.request("POST", "/predict", body, headers)
            response = connection.getresponse()
            answers.append((response.status, json.loads(response.read())))
        except (OSError, http.client.HTTPException, ValueError) as error:
            answers.append((0, repr(error)))
            connection.close()
    connection.close()
