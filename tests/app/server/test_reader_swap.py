"""A reader is swapped while the service reads: by publishing, by removing, and not by a bad one."""

from __future__ import annotations

import json
import shutil
import sys

from tests.conftest import serving
from tests.support.models import publish
from tests.support.readers import answer_otherwise, known_picture, publish_reader
from tests.support.sending import send
from tests.support.watching import figures, until


def served(url):
    """Return how many workers serve each version of the reader."""
    rows = figures(url, "digits_model_info")
    return {
        labels.partition('version="')[2].rstrip('"'): count
        for labels, count in rows.items()
        if 'model="reader"' in labels
    }


def test_reader_is_swapped_and_rolled_back_and_a_bad_one_is_refused(tmp_path):
    publish(tmp_path, 1)
    publish_reader(tmp_path, 1)
    picture = known_picture("4071")
    answers: list[tuple[int, str]] = []

    def has(expected):
        response, body = send(url, "/read", picture)
        answers.append((response.status, json.loads(body)["readings"][0]["text"]))
        return served(url) == expected

    given = {"DIGITS_MODELS_DIR": str(tmp_path), "DIGITS_WORKERS": "2"}
    with serving(sys.executable, "-m", "app", **given) as url:
        until(lambda: has({"1": 2}))
        publish_reader(tmp_path, 2)
        until(lambda: has({"1": 2, "2": 2}))
        _, body = send(url, "/read", picture)
        assert json.loads(body)["model"] == {"name": "reader", "version": "2"}
        shutil.rmtree(tmp_path / "reader" / "2")
        until(lambda: has({"1": 2}))
        publish_reader(tmp_path, 3, change=answer_otherwise)
        until(lambda: has({"1": 2}) and [*figures(url, "digits_model_refused").values()] == [2])
        _, body = send(url, "/v2/repository/index")
    reasons = {(row["name"], row["version"]): row["reason"] for row in json.loads(body)}
    assert "reads known lines: 4071 as nothing" in reasons["reader", "3"]
    assert set(answers) == {(200, "4071")}
