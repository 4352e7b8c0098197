"""/openapi.json: all endpoints in OpenAPI 3.1. The tests compare it with the service."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from app import __version__
from app.recognition.expected import ALPHABETS, LONGEST_TEXT, Expected
from app.settings import Settings
from app.web.explanations import KINDS
from app.web.openapi_schemas import (
    A_SEVEN,
    ANYTHING,
    BINARY,
    PARAMETERS,
    SCHEMAS,
    TEXT,
    Schema,
    array,
    record,
    ref,
)

JSON = "application/json"
PICTURE_TYPES = ("image/*", "application/octet-stream")
READY = "Check that the default model classifies ten known digits correctly"
BODY_FAULTS = (400, 408, 411, 413, 415)
KEY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "password": {"type": "http", "scheme": "basic"},
}
PICTURE_TENSOR = {"name": "picture", "shape": [1], "datatype": "BYTES", "data": [A_SEVEN]}


def document(settings: Settings) -> dict[str, Any]:
    """Return the OpenAPI document of a service with these settings."""
    components: dict[str, Any] = {"schemas": SCHEMAS}
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Digits",
            "version": __version__,
            "description": "Recognises handwritten digits. Errors are RFC 9457 problem documents.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": _paths(),
        "components": components,
    }
    if settings.api_keys_file:
        components["securitySchemes"] = KEY_SCHEMES
        described["security"] = [{name: []} for name in KEY_SCHEMES]
    return described


def _paths() -> dict[str, Any]:
    return {
        "/predict": {"post": _predict()},
        "/read": {"post": _read()},
        "/models": {
            "get": _get("List the models that are served", record({"models": array(ref("Model"))})),
        },
        "/models/{name}": {"get": _card()},
        "/models/{name}/neurons": {
            "get": _get("Return a dense network's weights", ANYTHING, 404, parameters=[_name()])
        },
        "/healthz": {"get": _health("Check that the process answers", "status")},
        "/readyz": {"get": _health(READY, "status", 503)},
        "/metrics": {"get": _plain("Return all metrics in Prometheus' text format", "text/plain")},
        "/openapi.json": {"get": _get("Return this document", ANYTHING)},
        "/docs": {"get": _plain("Show this document as a page", "text/html")},
        **{path: _in_protocol(operations) for path, operations in _protocol().items()},
    }


def _protocol() -> dict[str, Any]:
    server = record({"name": TEXT, "version": TEXT, "extensions": array(TEXT)})
    paths: dict[str, Any] = {
        "/v2": {"get": _get("Describe the server, its version and its extensions", server)},
        "/v2/health/live": {"get": _health("Check that the process answers", "live")},
        "/v2/health/ready": {"get": _health(READY, "ready", 503)},
        "/v2/models": {
            "get": _get("List the names of the models", record({"models": array(TEXT)}))
        },
        "/v2/models/stats": {"get": _get("Return the statistics of all models", _statistics())},
        "/v2/repository/index": {"post": _index()},
    }
    for action in ("load", "unload"):
        operation = _post(
            f"{action.capitalize()} a model, if DIGITS_MODEL_CONTROL is on", ANYTHING, 403, 404
        )
        operation["parameters"] = [_name()]
        given = record({"parameters": PARAMETERS}, "parameters")
        operation["requestBody"] = {"content": {JSON: {"schema": given}}}
        paths[f"/v2/repository/models/{{name}}/{action}"] = {"post": operation}
    for place, parameters in (("", [_name()]), ("/versions/{version}", [_name(), _in_path()])):
        paths.update(_of_model(f"/v2/models/{{name}}{place}", parameters))
    return paths


def _of_model(path: str, parameters: list[Schema]) -> dict[str, Any]:
    ready = record({"name": TEXT, "ready": {"const": True}})
    found = {
        "": ("Describe a model", ref("ModelMetadata")),
        "/ready": ("Check that a model is served", ready),
        "/config": ("Return a model's configuration in Triton's form", ANYTHING),
        "/stats": ("Return the statistics of a model", _statistics()),
    }
    paths = {
        path + end: {"get": _get(words, schema, 404, parameters=parameters)}
        for end, (words, schema) in found.items()
    }
    infer = _post("Classify tensors, or pictures as BYTES", ref("InferAnswer"), 404, 422)
    infer["responses"]["200"]["content"]["application/octet-stream"] = {"schema": BINARY}
    infer["parameters"] = [*parameters, _header_length()]
    infer["requestBody"] = {
        "required": True,
        "content": {
            JSON: {"schema": ref("InferRequest"), "example": {"inputs": [PICTURE_TENSOR]}},
            "application/octet-stream": {"schema": BINARY},
        },
    }
    return {**paths, f"{path}/infer": {"post": infer}}


def _predict() -> dict[str, Any]:
    operation = _post("Classify the digit in each picture", ref("Predictions"), 404, 422)
    operation["parameters"] = [
        _query("model", "Name of the model; the default is DIGITS_MODEL"),
        _version(),
        {
            **_query("include", "Adds the network's input and the digit's place in it"),
            "schema": {"const": "input"},
        },
        {
            **_query("explain", "Adds explanations, of one picture only; separated by commas"),
            "schema": array({"enum": list(KINDS)}, minItems=1),
            "explode": False,
        },
    ]
    operation["requestBody"] = _pictures()
    return operation


def _read() -> dict[str, Any]:
    operation = _post("Read the whole number in each picture", ref("Readings"), 404, 422)
    length = {"type": "string", "pattern": "^[0-9]{1,2}(-[0-9]{1,2})?$", "examples": ["4", "4-6"]}
    pattern = {"type": "string", "pattern": "^[d.,/-]+$", "maxLength": LONGEST_TEXT}
    operation["parameters"] = [
        _query("model", "Name of the reader; the default is reader"),
        _version(),
        {
            **_query("alphabet", "Whether separators are read, or the ten digits alone"),
            "schema": {"enum": list(ALPHABETS), "default": Expected.alphabet},
        },
        {**_query("length", f"Signs of the number, 1 to {LONGEST_TEXT}"), "schema": length},
        {
            **_query("pattern", "How it is written: d is a digit; not with length"),
            "schema": {**pattern, "examples": ["dd.dd.dddd"]},
        },
    ]
    operation["requestBody"] = _pictures()
    return operation


def _pictures() -> dict[str, Any]:
    form = {"type": "object", "additionalProperties": BINARY, "minProperties": 1}
    return {
        "required": True,
        "content": {
            **{kind: {"schema": BINARY} for kind in PICTURE_TYPES},
            "multipart/form-data": {"schema": form},
            JSON: {"schema": ref("Images"), "example": {"images": [A_SEVEN, A_SEVEN]}},
        },
    }


def _index() -> dict[str, Any]:
    operation = _post("List the versions of all models", array(ref("IndexRow")))
    wanted = record({"ready": {"type": "boolean"}}, "ready")
    operation["requestBody"] = {"content": {JSON: {"schema": wanted}}}
    return operation


def _get(
    words: str, schema: Schema, *faults: int, parameters: list[Schema] | None = None
) -> dict[str, Any]:
    answer = {"description": "The answer.", "content": {JSON: {"schema": schema}}}
    operation = {"summary": words, "responses": {"200": answer, **_faults(401, *faults)}}
    return {**operation, "parameters": parameters} if parameters else operation


def _post(words: str, schema: Schema, *faults: int) -> dict[str, Any]:
    return _get(words, schema, *BODY_FAULTS, *faults)


def _plain(words: str, mimetype: str) -> dict[str, Any]:
    answer = {"description": "The answer.", "content": {mimetype: {"schema": TEXT}}}
    return {"summary": words, "responses": {"200": answer, **_faults(401)}}


def _health(words: str, member: str, *faults: int) -> dict[str, Any]:
    operation = _get(words, record({member: {"enum": [True, "alive", "ready"]}}), *faults)
    return {**operation, "security": []}


def _faults(*statuses: int) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": ref("Problem")}}
    return {
        str(status): {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted(statuses)
    }


def _in_protocol(operations: dict[str, Any]) -> dict[str, Any]:
    """Replace the schema of errors by the inference protocol's."""
    content = {JSON: {"schema": ref("ProtocolError")}}
    for operation in operations.values():
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                response["content"] = content
    return operations


def _statistics() -> Schema:
    return record({"model_stats": array(ref("Statistics"))})


def _card() -> dict[str, Any]:
    card = record({"name": TEXT, "version": TEXT, "card": ANYTHING})
    words = "Return a model's card, as a page where text/html is preferred"
    operation = _get(words, card, 404, parameters=[_name(), _version()])
    operation["responses"]["200"]["content"]["text/html"] = {"schema": TEXT}
    return operation


def _query(name: str, words: str) -> Schema:
    return {"name": name, "in": "query", "description": words, "schema": TEXT}


def _version() -> Schema:
    return _query("version", "Version of the model; the default is the highest")


def _name() -> Schema:
    return {"name": "name", "in": "path", "required": True, "schema": TEXT, "example": "digits"}


def _in_path() -> Schema:
    return {"name": "version", "in": "path", "required": True, "schema": TEXT}


def _header_length() -> Schema:
    return {
        "name": "Inference-Header-Content-Length",
        "in": "header",
        "description": "Bytes of JSON before the raw tensors; 0 where the body is one raw tensor",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    }
