"""POST /predict and its neighbours, as a client sees them."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from app.recognition.snapshot import Snapshot
from tests.support.models import COMMITTED
from tests.support.pictures import file_of, inverted, plain

PROBLEM = "application/problem+json"
FORM = "multipart/form-data"


@pytest.fixture(scope="module")
def seven(mnist):
    """The first test digit, a clear 7."""
    return plain(mnist.images[0])


def encoded(*pictures):
    return {"images": [base64.b64encode(picture).decode() for picture in pictures]}


def digits_of(response):
    return [answer.get("digit") for answer in response.get_json()["predictions"]]


@pytest.mark.parametrize(
    "mimetype", [None, "image/png", "image/jpeg", "application/x-www-form-urlencoded"]
)
def test_raw_body_is_answered_whatever_type_a_client_gives(client, seven, mimetype):
    response = client.post("/predict", data=seven, content_type=mimetype)
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert digits_of(response) == [7]


def test_answer_has_the_contracted_members(client, seven):
    document = client.post("/predict", data=seven).get_json()
    assert document["model"] == {"name": "digits", "version": COMMITTED.name}
    (answer,) = document["predictions"]
    assert answer.keys() == {"digit", "confidence", "probabilities", "digitness", "rejected"}
    assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert answer["confidence"] == max(answer["probabilities"]) == answer["probabilities"][7]
    assert answer["rejected"] is None


def test_multipart_takes_files_of_any_name_in_the_order_sent(client, mnist):
    parts = b"".join(
        b'--cut\r\nContent-Disposition: form-data; name="%s"; filename="x.png"\r\n\r\n%s\r\n'
        % (name, plain(digit))
        for name, digit in zip((b"a", b"b", b"a"), mnist.images, strict=False)
    )
    note = b'--cut\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
    response = client.post(
        "/predict",
        data=note + parts + b"--cut--\r\n",
        content_type="multipart/form-data; boundary=cut",
    )
    assert digits_of(response) == mnist.labels[:3].tolist()


def test_json_takes_base64_and_data_urls(client, mnist):
    document = encoded(*(plain(digit) for digit in mnist.images[:3]))
    document["images"][1] = "data:image/png;base64," + document["images"][1]
    assert digits_of(client.post("/predict", json=document)) == mnist.labels[:3].tolist()


def test_all_endpoints_give_the_same_answer(client, seven):
    form = {"image": (io.BytesIO(seven), "digit.png")}
    answers = [
        client.post("/predict", data=seven),
        client.post("/predict", data=form),
        client.post("/predict", json=encoded(seven)),
    ]
    assert len({answer.get_data() for answer in answers}) == 1


def test_answer_comes_from_the_normalised_picture(client, mnist):
    response = client.post("/predict?include=input", data=inverted(mnist.images[0]))
    seen = np.array(response.get_json()["predictions"][0]["input"])
    assert np.abs(seen - mnist.images[0]).mean() < 2


def test_blank_picture_is_rejected_with_its_probabilities(client):
    response = client.post("/predict", data=file_of(Image.new("L", (280, 280), 255)))
    (answer,) = response.get_json()["predictions"]
    assert (answer["digit"], answer["confidence"], answer["rejected"]) == (None, 0, "blank")
    assert len(answer["probabilities"]) == 10


def test_picture_of_one_pixel_is_blank(client):
    response = client.post("/predict", data=file_of(Image.new("L", (1, 1))))
    assert response.get_json()["predictions"][0]["rejected"] == "blank"


def test_noise_is_no_digit(client):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)
    response = client.post("/predict", data=file_of(Image.fromarray(noise)))
    assert response.get_json()["predictions"][0]["rejected"] == "not_a_digit"


def test_unreadable_picture_of_a_batch_leaves_the_others_answered(client, seven):
    document = encoded(seven, b"seven", seven)
    document["images"].insert(1, "no base64!")
    document["images"].append(7)
    answers = client.post("/predict", json=document).get_json()["predictions"]
    assert [answer.get("digit") for answer in answers] == [7, None, None, 7, None]
    statuses = [answer["error"]["status"] for answer in answers if "error" in answer]
    assert statuses == [400, 415, 400]


def test_request_id_is_echoed_or_made(client, seven):
    echoed = client.post("/predict", data=seven, headers={"X-Request-ID": "form-17"})
    made = client.post("/predict", data=seven, headers={"X-Request-ID": "two words"})
    assert echoed.headers["X-Request-ID"] == "form-17"
    assert len(made.headers["X-Request-ID"]) == 16


def test_server_timing_names_the_stages(client, seven):
    header = client.post("/predict", data=seven).headers["Server-Timing"]
    stages = dict(part.split(";dur=") for part in header.split(", "))
    assert list(stages) == ["decode", "normalise", "queue", "infer"]
    assert 0 < float(stages["infer"]) < 10_000


def test_bug_is_told_without_its_trace(client, seven, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("app.web.api.images.normalise", broken)
    response = client.post("/predict", data=seven)
    assert (response.status_code, response.mimetype) == (500, PROBLEM)
    assert b"secret" not in response.data
    assert response.headers["X-Request-ID"] in caplog.text


def test_models_are_listed_with_their_cards(client):
    listed = client.get("/models").get_json()["models"]
    assert {"name": "digits", "version": COMMITTED.name} in listed
    card = client.get("/models/digits").get_json()["card"]
    assert len(card["sha256"]) == 64
    assert client.get("/models/cats").status_code == 404


def test_alive_and_ready(client):
    assert client.get("/healthz").get_json() == {"status": "alive"}
    assert client.get("/readyz").get_json() == {"status": "ready"}


def test_not_ready_when_the_known_digits_are_misclassified(client, monkeypatch):
    shuffled = np.zeros((10, 28, 28), np.float32)
    monkeypatch.setattr("app.recognition.verification.known_digits", lambda: shuffled)
    response = client.get("/readyz")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


def test_not_ready_when_the_default_model_is_unloaded(client, recogniser, monkeypatch):
    snapshot = Snapshot({"other": (recogniser,)})
    monkeypatch.setattr(client.application.extensions["digits"].repository, "snapshot", snapshot)
    detail = client.get("/readyz").get_json()["detail"]
    assert detail == "Not ready: There is no model 'digits'. Served: other."


def test_page_opens_when_every_model_is_unloaded(client, monkeypatch):
    monkeypatch.setattr(client.application.extensions["digits"].repository, "snapshot", Snapshot())
    response = client.get("/")
    assert response.status_code == 200
    assert "models/digits/VERSION" in response.get_data(as_text=True)


def test_answer_is_strict_json(client, seven):
    body = client.post("/predict", data=seven).get_data(as_text=True)
    json.loads(body, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
