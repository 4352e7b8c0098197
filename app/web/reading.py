"""The endpoint for whole numbers, /read: parse, read, answer."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from app.errors import EmptyBody, MalformedRequest, Problem
from app.recognition import lines
from app.recognition.expected import A_DIGIT, ALPHABETS, LONGEST_TEXT, Expected
from app.recognition.lines import Line
from app.recognition.reader import ReadDigit, Reader, Reading
from app.recognition.reader_contract import SEPARATORS
from app.web import calls, problems
from app.web.api import identity
from app.web.bodies import Picture, advise, read_pictures
from app.web.calls import Call
from app.web.service import choose_reader, read_lines, service

QUERY = {"model", "version", "alphabet", "length", "pattern"}
LENGTH = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?")

blueprint = Blueprint("reading", __name__)


@blueprint.post("/read")
def read() -> Response:
    """Read the number in each picture of the body, and answer in the order sent."""
    expected = parse_expected(request.args)
    reader = choose_reader(request.args.get("model"), request.args.get("version"))
    settings, call = service().settings, calls.current()
    pictures = read_pictures(request, settings)
    found = [prepare(picture, settings.max_pixels, call) for picture in pictures]
    if len(found) == 1 and isinstance(found[0], Problem):
        raise advise(found[0], request.mimetype)
    answers = _answers(call, found, reader, expected)
    document = {"readings": answers, "model": identity(reader)}
    headers = {"Server-Timing": call.header()}
    return Response(json.dumps(document), headers=headers, mimetype="application/json")


def prepare(picture: Picture, max_pixels: int, call: Call) -> Line | Problem:
    """Decode a picture of ``call`` and find its line; return the ``Problem`` where that fails."""
    if isinstance(picture, Problem):
        return picture
    if not picture:
        return EmptyBody("This picture has no bytes.")
    begun = time.perf_counter()
    try:
        grey, scale = lines.decode(picture, max_pixels=max_pixels)
    except Problem as problem:
        return problem
    decoded = time.perf_counter()
    line = lines.find_line(grey, scale)
    call.decode += decoded - begun
    call.normalise += time.perf_counter() - decoded
    return line


def parse_expected(query: MultiDict[str, str]) -> Expected:
    """Parse what the query says of the number; raise ``MalformedRequest`` naming what is wrong."""
    unknown = query.keys() - QUERY
    if unknown:
        raise MalformedRequest(
            f"?{min(unknown)} is unknown here. Known: {', '.join(sorted(QUERY))}."
        )
    if len(list(query.items(multi=True))) > len(query):
        raise MalformedRequest("Each name may stand once in the query.")
    if "length" in query and "pattern" in query:
        raise MalformedRequest("Give ?length= or ?pattern=, not both: a pattern has a length.")
    alphabet = query.get("alphabet", Expected.alphabet)
    if alphabet not in ALPHABETS:
        raise MalformedRequest(f"?alphabet={alphabet} is unknown. Known: {', '.join(ALPHABETS)}.")
    return Expected(alphabet, _length(query.get("length")), _pattern(query.get("pattern")))


def _length(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = LENGTH.fullmatch(text)
    least, most = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= least <= most <= LONGEST_TEXT:
        raise MalformedRequest(
            f"?length={text} must be a number from 1 to {LONGEST_TEXT}, like 4, or two like 4-6."
        )
    return least, most


def _pattern(text: str | None) -> str | None:
    if text is None:
        return None
    strange = [sign for sign in text if sign not in A_DIGIT + SEPARATORS]
    if strange:
        raise MalformedRequest(
            f"?pattern= cannot have {strange[0]!r}: it is made of d, which is a digit, and of "
            f"{' '.join(SEPARATORS)}, as in dd.dd.dddd."
        )
    if A_DIGIT not in text or len(text) > LONGEST_TEXT:
        raise MalformedRequest(
            f"?pattern={text} must have at least one d and at most {LONGEST_TEXT} signs."
        )
    return text


def _answers(
    call: Call, found: Sequence[Line | Problem], reader: Reader, expected: Expected
) -> list[dict[str, Any]]:
    readable = [line for line in found if isinstance(line, Line)]
    readings = iter(read_lines(call, reader, readable, expected))
    return [
        {"error": problems.describe(line)} if isinstance(line, Problem) else _answer(next(readings))
        for line in found
    ]


def _answer(reading: Reading) -> dict[str, Any]:
    return {
        "text": reading.text,
        "confidence": round(reading.confidence, 6),
        "rejected": reading.rejected,
        "digits": [_digit(one) for one in reading.digits],
        "alternatives": [
            {"text": text, "confidence": round(confidence, 6)}
            for text, confidence in reading.alternatives
        ],
    }


def _digit(one: ReadDigit) -> dict[str, Any]:
    return {
        "digit": one.digit,
        "confidence": round(one.confidence, 6),
        "probabilities": [round(p, 6) for p in one.probabilities],
        "box": [round(side, 1) for side in one.box],
    }
