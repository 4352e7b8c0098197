"""POST /read, as a client sees it."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from app import create_app
from app.settings import Settings
from tests.support.models import publish
from tests.support.pictures import file_of, plain
from tests.support.readers import known_picture, publish_reader

PROBLEM = "application/problem+json"
FORM = "multipart/form-data"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    publish(models, 1)
    publish_reader(models, 1)
    publish_reader(models, 2)
    return models


@pytest.fixture(scope="module")
def client(models):
    settings = Settings(
        models_dir=models, max_body_bytes=1_000_000, max_batch=8, max_pixels=1_000_000, device="cpu"
    )
    return create_app(settings).test_client()


def encoded(*pictures):
    return {"images": [base64.b64encode(picture).decode() for picture in pictures]}


def texts_of(response):
    return [reading.get("text") for reading in response.get_json()["readings"]]


def test_answer_has_exactly_its_members(client):
    document = client.post("/read", data=known_picture("4071")).get_json()
    assert document.keys() == {"readings", "model"}
    assert document["model"] == {"name": "reader", "version": "2"}
    (reading,) = document["readings"]
    assert reading.keys() == {"text", "confidence", "rejected", "digits", "alternatives"}
    assert (reading["text"], reading["rejected"]) == ("4071", None)
    assert len(reading["digits"]) == 4
    for digit in reading["digits"]:
        assert digit.keys() == {"digit", "confidence", "probabilities", "box"}
        assert len(digit["probabilities"]) == 10
        assert len(digit["box"]) == 4
    assert [one.keys() for one in reading["alternatives"]] == [{"text", "confidence"}] * 3


def test_all_forms_of_a_body_give_the_same_answer(client):
    picture = known_picture("58293")
    answers = [
        client.post("/read", data=picture),
        client.post("/read", data={"image": (io.BytesIO(picture), "number.png")}),
        client.post("/read", json=encoded(picture)),
    ]
    assert len({answer.get_data() for answer in answers}) == 1
    assert texts_of(answers[0]) == ["58293"]


def test_unreadable_picture_of_a_batch_leaves_the_others_answered(client):
    document = encoded(known_picture("4071"), b"number", known_picture("600"))
    document["images"].insert(1, "no base64!")
    readings = client.post("/read", json=document).get_json()["readings"]
    assert [reading.get("text") for reading in readings] == ["4071", None, None, "600"]
    assert [one["error"]["status"] for one in readings if "error" in one] == [400, 415]


def test_blank_picture_is_rejected(client):
    response = client.post("/read", data=file_of(Image.new("L", (600, 150), 255)))
    (reading,) = response.get_json()["readings"]
    expected = {"text": "", "confidence": 0, "rejected": "blank", "digits": [], "alternatives": []}
    assert reading == expected


def test_noise_is_no_number(client):
    noise = np.random.default_rng(0).integers(0, 255, (64, 300), np.uint8)
    response = client.post("/read", data=file_of(Image.fromarray(noise)))
    (reading,) = response.get_json()["readings"]
    assert (reading["text"], reading["confidence"], reading["rejected"]) == ("", 0, "no_number")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("alphabet=digits", "2025"),
        ("alphabet=amount", "20.25"),
        ("length=4", "2025"),
        ("length=4-6", "2025"),
        ("pattern=dd.dd", "2025"),
        ("pattern=dd.dd&alphabet=amount", "20.25"),
        ("pattern=dddd&alphabet=amount", "2025"),
        ("model=reader&version=1", "2025"),
    ],
)
def test_query_says_what_is_expected(client, query, text):
    assert texts_of(client.post(f"/read?{query}", data=known_picture("2025"))) == [text]


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("length=1", r"\d"),
        ("length=32", r"\d{32}"),
        ("length=6-7", r"\d{6,7}"),
        ("pattern=dd-dd/dd&alphabet=amount", r"\d\d-\d\d/\d\d"),
        ("pattern=---d---&alphabet=amount", r"---\d---"),
    ],
)
def test_mask_that_nothing_fits_is_answered_with_low_confidence(client, query, form):
    response = client.post(f"/read?{query}", data=known_picture("4071"))
    (reading,) = response.get_json()["readings"]
    assert re.fullmatch(form, reading["text"])
    assert reading["confidence"] < 0.1
    assert len(reading["digits"]) == sum(sign.isdecimal() for sign in reading["text"])


@pytest.mark.parametrize(
    ("query", "status", "advice"),
    [
        ("modle=reader", 400, "?modle is unknown here. Known: alphabet"),
        ("include=input", 400, "?include is unknown"),
        ("length=4&length=5", 400, "once"),
        ("alphabet=letters", 400, "Known: digits, amount"),
        ("length=0", 400, "?length=0"),
        ("length=33", 400, "1 to 32"),
        ("length=6-4", 400, "?length=6-4"),
        ("length=four", 400, "?length=four"),
        ("length=", 400, "?length="),
        ("length=٤", 400, "?length="),
        ("pattern=", 400, "?pattern="),
        ("pattern=..", 400, "at least one d"),
        ("pattern=dd:dd", 400, "':'"),
        ("pattern=DD", 400, "'D'"),
        ("pattern=" + "d" * 33, 400, "at most 32"),
        ("pattern=dd&length=2", 400, "not both"),
        ("model=cats", 404, "There is no model 'cats'"),
        ("model=digits", 404, "POST to /predict"),
        ("version=9", 404, "Served: 2, 1"),
    ],
)
def test_bad_query_names_the_part_that_is_wrong(client, query, status, advice):
    response = client.post(f"/read?{query}", data=known_picture("4071"))
    assert (response.status_code, response.mimetype) == (status, PROBLEM)
    assert advice in response.get_json()["detail"]


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"data": b""}, 400, "empty_body"),
        ({"data": b"number"}, 415, "unsupported_image"),
        ({"json": {"images": []}}, 400, "malformed_request"),
        ({"json": {"images": [""]}}, 400, "empty_body"),
        ({"json": {"images": ["eA=="] * 9}}, 413, "too_many_images"),
        ({"data": b"x" * 1_000_001}, 413, "body_too_large"),
        ({"data": known_picture("4071")[:200]}, 422, "undecodable_image"),
        ({"data": file_of(Image.new("L", (1001, 1000)))}, 422, "too_many_pixels"),
        ({"data": {"image": "x"}, "content_type": FORM}, 400, "malformed_request"),
    ],
)
def test_bad_body_gets_the_problem_that_predict_gives(client, options, status, code):
    problems = [client.post(path, **options) for path in ("/read", "/predict")]
    for response in problems:
        assert (response.status_code, response.get_json()["code"]) == (status, code)
        assert response.mimetype == PROBLEM


def test_predict_says_where_a_reader_is_to_be_asked(client, mnist):
    response = client.post("/predict?model=reader", data=plain(mnist.images[0]))
    assert (response.status_code, response.get_json()["code"]) == (404, "unknown_model")
    assert "POST to /read" in response.get_json()["detail"]


def test_without_a_reader_read_says_what_to_do_and_the_rest_works(tmp_path, mnist):
    publish(tmp_path, 1)
    client = create_app(Settings(models_dir=tmp_path, device="cpu")).test_client()
    response = client.post("/read", data=known_picture("4071"))
    assert (response.status_code, response.get_json()["code"]) == (404, "unknown_model")
    assert "reader/<version>/" in response.get_json()["detail"]
    assert client.post("/predict", data=plain(mnist.images[0])).status_code == 200


def test_headers_say_the_request_and_the_stages(client):
    response = client.post("/read", data=known_picture("4071"), headers={"X-Request-ID": "form-17"})
    assert response.headers["X-Request-ID"] == "form-17"
    stages = dict(part.split(";dur=") for part in response.headers["Server-Timing"].split(", "))
    assert list(stages) == ["decode", "normalise", "queue", "infer"]
    assert float(stages["queue"]) >= 0
    assert float(stages["decode"]) > 0 < float(stages["normalise"])
    assert float(stages["infer"]) > 0


def test_models_list_the_reader_and_show_its_card(client):
    assert {"name": "reader", "version": "2"} in client.get("/models").get_json()["models"]
    shown = client.get("/models/reader").get_json()
    assert (shown["name"], shown["card"]["version"]) == ("reader", "2")
    page = client.get("/models/reader", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert client.get("/quality?model=reader").status_code == 200


def test_page_to_draw_on_offers_only_models_for_digits(client):
    page = client.get("/").get_data(as_text=True)
    assert "digits" in page
    assert not re.search(r'(?:value|data-model|<th scope="row">)[="]*reader', page)


def test_readings_are_counted_and_logged(client, caplog):
    caplog.set_level("INFO", logger="app.requests")
    blank = file_of(Image.new("L", (60, 60), 255))
    before = figures(client)
    client.post("/read?version=1", data=known_picture("4071"))
    client.post("/read?version=1", json=encoded(known_picture("600"), blank, b"x"))
    client.post("/read?version=1", data=b"x")
    after = figures(client)
    labels = 'model="reader",version="1"'
    grown = {name: after[name] - before.get(name, 0) for name in after}
    assert grown[f'digits_answers_total{{answer="number",{labels}}}'] == 2
    assert grown[f'digits_answers_total{{answer="blank",{labels}}}'] == 1
    assert grown[f'digits_answers_total{{answer="no_number",{labels}}}'] == 0
    assert grown[f"digits_confidence_count{{{labels}}}"] == 2
    assert grown[f"digits_batch_size_sum{{{labels}}}"] == 3
    assert grown[f"digits_failed_inferences_total{{{labels}}}"] == 1
    infer = 'digits_stage_duration_seconds_count{model="reader",stage="infer",version="1"}'
    assert grown[infer] == 2
    assert not [name for name in after if "digitness" in name and "reader" in name]
    lines = [record.fields for record in caplog.records if record.message == "request"]
    fields = [line for line in lines if line["route"] == "/read"]
    assert [line["status"] for line in fields] == [200, 200, 415]
    assert (fields[1]["model"], fields[1]["version"], fields[1]["pictures"]) == ("reader", "1", 2)


def figures(client):
    text = client.get("/metrics").get_data(as_text=True)
    return {name: float(value) for name, value in re.findall(r"^(\w+{.*}) (\S+)$", text, re.M)}
