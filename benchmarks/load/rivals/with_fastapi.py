"""FastAPI at its fastest for this job: raw body, in the event loop, no validation of the answer.

An ``async def`` that computes beats a ``def`` here, whose thread costs more than the job's
waiting would; and a ready ``Response`` beats a dictionary that FastAPI turns into JSON.
"""

from fastapi import FastAPI, Request, Response

from benchmarks.load.rivals.straightforward import open_session, predict_json

app = FastAPI()
session = open_session()


async def predict(request: Request) -> Response:
    """Answer one picture."""
    answer = predict_json(session, await request.body())
    return Response(answer, media_type="application/json")


app.add_api_route("/predict", predict, methods=["POST"])
