"""The schemas of requests and answers, for /openapi.json (JSON Schema 2020-12)."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
BINARY: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
ANYTHING: Schema = {"type": "object"}
PARAMETERS: Schema = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}

A_SEVEN = (
    "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcAQAAAABaduI5AAAAQ0lEQVR42n2NMQrAMAwDz8Zj/5T+f+ozMqZraVGGNJ5CFiHu"
    "QDLB7QCbsMAhCFRxqGmv0ZBK+5nOyV5N9uXUA86xPup2JRAnvhoAugAAAABJRU5ErkJggg=="
)


def ref(name: str) -> Schema:
    """Return a reference to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def array(of: Schema, **limits: int) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": of, **limits}


def record(properties: dict[str, Schema], *optional: str) -> Schema:
    """Return the schema of an object; properties are required unless ``optional``."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


_PROBLEM = {
    "type": TEXT,
    "title": TEXT,
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "detail": {"type": "string", "description": "What is wrong, and what to do about it."},
    "code": {
        "type": "string",
        "description": "Identifier of the error for programs; it never changes.",
    },
    "request_id": TEXT,
}
_DIGIT: Schema = {"type": ["integer", "null"], "minimum": 0, "maximum": 9}
_PREDICTION = record(
    {
        "digit": {**_DIGIT, "description": "The digit, or null where the picture is rejected."},
        "confidence": {**SHARE, "description": "Calibrated probability of the digit."},
        "probabilities": array(SHARE, minItems=10, maxItems=10),
        "digitness": {
            **SHARE,
            "description": "Score, from 0 to 1, that the picture shows exactly one digit.",
        },
        "rejected": {
            "enum": [None, "blank", "not_a_digit"],
            "description": "Why the picture is answered without a digit; null where it has one.",
        },
        "input": {
            **array(array(COUNT)),
            "description": "The 28x28 grey values, 0 to 255, that the network saw.",
        },
        "placement": {"description": "Where the digit lies in the picture and in `input`."},
        "explanation": {"description": "The explanations asked for with `?explain=`."},
    },
    "input",
    "placement",
    "explanation",
)
_READ_DIGIT = record(
    {
        "digit": {"type": "integer", "minimum": 0, "maximum": 9},
        "confidence": SHARE,
        "probabilities": {
            **array(SHARE, minItems=10, maxItems=10),
            "description": "Of 0 to 9 in this place, if the rest of the text is right.",
        },
        "box": {
            **array({"type": "number"}, minItems=4, maxItems=4),
            "description": "Left, top, width, height in the picture's pixels.",
        },
    }
)
_READING = record(
    {
        "text": {"type": "string", "description": "The number; empty where it is rejected."},
        "confidence": {**SHARE, "description": "Calibrated probability of the whole text."},
        "rejected": {
            "enum": [None, "blank", "no_number"],
            "description": "Why the picture is answered without a number; null where it has one.",
        },
        "digits": array(_READ_DIGIT),
        "alternatives": {
            **array(record({"text": TEXT, "confidence": SHARE}), maxItems=3),
            "description": "The next most probable texts.",
        },
    }
)
_TENSOR = {
    "name": TEXT,
    "shape": array({"type": "integer", "minimum": 1}),
    "datatype": TEXT,
    "parameters": PARAMETERS,
    "data": {
        **array({"type": ["number", "string"]}),
        "description": "The values row by row, or as lists nested by the shape.",
    },
}
_DURATION = record({"count": COUNT, "ns": COUNT})
_STATISTICS = ("success", "fail", "queue", "compute_input", "compute_infer", "compute_output")

SCHEMAS: dict[str, Schema] = {
    "Problem": record(_PROBLEM),
    "ProtocolError": record({**_PROBLEM, "error": TEXT}),
    "Model": record({"name": TEXT, "version": TEXT}),
    "Prediction": _PREDICTION,
    "Unread": record({"error": ref("Problem")}),
    "Predictions": record(
        {
            "predictions": array({"anyOf": [ref("Prediction"), ref("Unread")]}, minItems=1),
            "model": ref("Model"),
        }
    ),
    "Reading": _READING,
    "Readings": record(
        {
            "readings": array({"anyOf": [ref("Reading"), ref("Unread")]}, minItems=1),
            "model": ref("Model"),
        }
    ),
    "Images": record({"images": array(TEXT, minItems=1)}),
    "Tensor": record(_TENSOR, "parameters", "data"),
    "InferRequest": record(
        {
            "id": TEXT,
            "parameters": PARAMETERS,
            "inputs": array(ref("Tensor"), minItems=1, maxItems=1),
            "outputs": array(record({"name": TEXT, "parameters": PARAMETERS}, "parameters")),
        },
        "id",
        "parameters",
        "outputs",
    ),
    "InferAnswer": record(
        {
            "model_name": TEXT,
            "model_version": TEXT,
            "id": TEXT,
            "outputs": array(ref("Tensor")),
        },
        "id",
    ),
    "TensorKind": record({"name": TEXT, "datatype": TEXT, "shape": array({"type": "integer"})}),
    "ModelMetadata": record(
        {
            "name": TEXT,
            "versions": array(TEXT),
            "platform": TEXT,
            "inputs": array(ref("TensorKind")),
            "outputs": array(ref("TensorKind")),
            "parameters": ANYTHING,
        }
    ),
    "Statistics": record(
        {
            "name": TEXT,
            "version": TEXT,
            "last_inference": COUNT,
            "inference_count": COUNT,
            "execution_count": COUNT,
            "inference_stats": record(dict.fromkeys(_STATISTICS, _DURATION)),
            "batch_stats": {"type": "array"},
        }
    ),
    "IndexRow": record(
        {
            "name": TEXT,
            "version": TEXT,
            "state": {"enum": ["READY", "UNAVAILABLE"]},
            "reason": TEXT,
        }
    ),
}
