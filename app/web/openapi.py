"""/openapi.json: what the doors take and give, OpenAPI 3.1. The tests hold it to the truth."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from app import __version__
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
BODY_FAULTS = (400, 408, 411, 413, 415)
KEY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "password": {"type": "http", "scheme": "basic"},
}
PICTURE_TENSOR = {"name": "picture", "shape": [1], "datatype": "BYTES", "data": [A_SEVEN]}


def document(settings: Settings) -> dict[str, Any]:
    """Describe the service as ``settings`` make it."""
    components: dict[str, Any] = {"schemas": SCHEMAS}
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Digits",
            "version": __version__,
            "description": "Reads handwritten digits. Errors are RFC 9457 problem documents.",
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
        "/models": {
            "get": _get("List the models served", record({"models": array(ref("Model"))})),
        },
        "/models/{name}": {"get": _card()},
        "/models/{name}/neurons": {
            "get": _get("Show a dense network's weights", ANYTHING, 404, parameters=[_name()])
        },
        "/healthz": {"get": _health("Say that the process answers", "status")},
        "/readyz": {"get": _health("Say that the model reads ten known digits", "status", 503)},
        "/metrics": {"get": _plain("Show all figures in Prometheus' text format", "text/plain")},
        "/openapi.json": {"get": _get("Show this document", ANYTHING)},
        "/docs": {"get": _plain("Show this document for people", "text/html")},
        **{path: _in_protocol(operations) for path, operations in _protocol().items()},
    }


def _protocol() -> dict[str, Any]:
    server = record({"name": TEXT, "version": TEXT, "extensions": array(TEXT)})
    paths: dict[str, Any] = {
        "/v2": {"get": _get("Name the server and its extensions", server)},
        "/v2/health/live": {"get": _health("Say that the process answers", "live")},
        "/v2/health/ready": {"get": _health("Say that the model is ready", "ready", 503)},
        "/v2/models": {"get": _get("Name the models", record({"models": array(TEXT)}))},
        "/v2/models/stats": {"get": _get("Tell what all models have done", _statistics())},
        "/v2/repository/index": {"post": _index()},
    }
    for action in ("load", "unload"):
        operation = _post(f"{action.capitalize()} a model, where clients may", ANYTHING, 403, 404)
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
        "/ready": ("Say that a model is served", ready),
        "/config": ("Describe a model as Triton does", ANYTHING),
        "/stats": ("Tell what a model has done", _statistics()),
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
    form = {"type": "object", "additionalProperties": BINARY, "minProperties": 1}
    operation = _post("Read the digit in each picture", ref("Predictions"), 404, 422)
    operation["parameters"] = [
        _query("model", "Another model than the default one"),
        _version(),
        {**_query("include", "Adds what the network saw"), "schema": {"const": "input"}},
        {
            **_query("explain", "Adds why, for one picture; with commas between"),
            "schema": array({"enum": list(KINDS)}, minItems=1),
            "explode": False,
        },
    ]
    operation["requestBody"] = {
        "required": True,
        "content": {
            **{kind: {"schema": BINARY} for kind in PICTURE_TYPES},
            "multipart/form-data": {"schema": form},
            JSON: {"schema": ref("Images"), "example": {"images": [A_SEVEN, A_SEVEN]}},
        },
    }
    return operation


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
    """Let the errors be those of the inference protocol."""
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
    words = "Show a model's card: a page where text/html is preferred"
    operation = _get(words, card, 404, parameters=[_name(), _version()])
    operation["responses"]["200"]["content"]["text/html"] = {"schema": TEXT}
    return operation


def _query(name: str, words: str) -> Schema:
    return {"name": name, "in": "query", "description": words, "schema": TEXT}


def _version() -> Schema:
    return _query("version", "Another version than the highest")


def _name() -> Schema:
    return {"name": "name", "in": "path", "required": True, "schema": TEXT, "example": "digits"}


def _in_path() -> Schema:
    return {"name": "version", "in": "path", "required": True, "schema": TEXT}


def _header_length() -> Schema:
    return {
        "name": "Inference-Header-Content-Length",
        "in": "header",
        "description": "Bytes of the JSON before the raw tensors; 0 for one raw tensor alone",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    }
