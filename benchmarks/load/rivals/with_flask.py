"""A Flask service as tutorials have it: one route, the body is the picture."""

from flask import Flask, Response, request

from benchmarks.load.rivals.straightforward import open_session, predict_json

app = Flask(__name__)
session = open_session()


@app.post("/predict")
def predict() -> Response:
    """Answer one picture."""
    return Response(predict_json(session, request.get_data()), mimetype="application/json")
