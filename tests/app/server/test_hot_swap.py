"""Models change while several workers answer: nothing lost, nothing mixed, soon everywhere."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request

import pytest

from tests.conftest import launched, serving
from tests.support.load import asking
from tests.support.models import publish, soften, write
from tests.support.pictures import plain
from tests.support.swapping import least_mb, swap_all
from tests.support.watching import children, figures, loaded, served, until

WORKERS = 3
IN_TIME_S = 2.0


@pytest.fixture(scope="module")
def seven(mnist):
    return plain(mnist.images[0])


@pytest.fixture
def models(tmp_path):
    publish(tmp_path, 1)
    return tmp_path


@pytest.fixture
def url(models):
    environment = {"DIGITS_MODELS_DIR": str(models), "DIGITS_WORKERS": str(WORKERS)}
    with serving(sys.executable, "-m", "app", **environment) as url:
        until(lambda: figures(url, "digits_workers") == {"": WORKERS})
        yield url


def predict(url, picture, query=""):
    with urllib.request.urlopen(f"{url}/predict{query}", picture, timeout=30) as response:
        return json.load(response)


def test_new_version_is_served_by_every_worker_within_two_seconds(models, url, seven):
    with asking(url, seven) as answers:
        took_s = []
        for _ in range(3):  # the quickest counts: the machine may be busy with something else
            publish(models, 2)
            took_s.append(until(lambda: served(url).get("2") == WORKERS))
            answered = len(answers)
            until(lambda answered=answered: len(answers) > answered + 20)
            shutil.rmtree(models / "digits" / "2")
            until(lambda: "2" not in served(url))
    assert min(took_s) < IN_TIME_S
    assert {status for status, _ in answers} == {200}
    assert {document["model"]["version"] for _, document in answers} == {"1", "2"}
    assert predict(url, seven)["model"]["version"] == "1"


def test_no_answer_mixes_two_versions(models, url, seven):
    with asking(url, seven) as answers:
        for version in range(2, 6):
            publish(models, version, change=soften if version % 2 == 0 else None)
            until(lambda version=version: served(url).get(str(version)) == WORKERS)
    assert {status for status, _ in answers} == {200}
    confidences: dict[int, set[float]] = {1: set(), 0: set()}
    for _, document in answers:
        (answer,) = document["predictions"]
        confidences[int(document["model"]["version"]) % 2].add(answer["confidence"])
    assert [len(found) for found in confidences.values()] == [1, 1]
    assert confidences[0] != confidences[1]


def test_bad_version_is_refused_with_its_reason_and_the_old_one_goes_on(models, url, seven):
    publish(models, 2, damage=lambda folder: write(folder, b"no model"))
    until(lambda: sum(figures(url, "digits_model_refused").values()) == WORKERS)
    (labels,) = figures(url, "digits_model_refused")
    assert 'version="2"' in labels
    assert "ONNX Runtime cannot open it" in labels
    assert predict(url, seven)["model"]["version"] == "1"


def test_version_can_be_asked_for(models, url, seven):
    publish(models, 2)
    until(lambda: served(url).get("2") == WORKERS)
    assert predict(url, seven, "?version=1")["model"]["version"] == "1"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        predict(url, seven, "?model=digits&version=7")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_of_every_worker_stays_flat_over_swaps(models, seven):
    """The benchmark does 1,000 of them: ``python -m benchmarks.swaps``."""
    environment = {"DIGITS_MODELS_DIR": str(models), "DIGITS_WORKERS": "2"}
    for name in "abcdefg":
        publish(models, 1, name)
    with (
        launched(sys.executable, "-m", "app", **environment) as (url, process),
        asking(url, seven) as answers,
    ):
        until(lambda: loaded(url, 1) == 2 * 8, 90)
        workers = children(process.pid)
        swap_all(models, url, (2, 3, 4))  # the heap has found its size by then, or nearly
        early = least_mb(models, url, (5, 6, 7), workers)
        swap_all(models, url, range(8, 14))
        late = least_mb(models, url, (14, 15, 16), workers)
    grown = [after - before for before, after in zip(early, late, strict=True)]
    assert {status for status, _ in answers} == {200}
    assert len(grown) == 2
    assert max(grown) < 10, grown  # MB; one of the 8 models alone, never let go, makes 54


@pytest.mark.parametrize("worker", ["loop", "threads"])
def test_no_request_is_lost_when_the_service_is_reloaded(models, seven, worker):
    environment = {"DIGITS_WORKER": worker, "DIGITS_MODELS_DIR": str(models), "DIGITS_WORKERS": "2"}
    with (
        launched(sys.executable, "-m", "app", **environment) as (url, process),
        asking(url, seven) as answers,
    ):
        for version in (2, 3):
            publish(models, version)
            process.send_signal(signal.SIGHUP)
            until(lambda version=version: served(url) == {str(version): 2, str(version - 1): 2})
    assert [answer for answer in answers if answer[0] != 200] == []


def test_reload_with_broken_models_leaves_the_old_workers_answering(models, seven):
    environment = {"DIGITS_MODELS_DIR": str(models), "DIGITS_WORKERS": "2"}
    with launched(sys.executable, "-m", "app", **environment) as (url, process):
        until(lambda: figures(url, "digits_workers") == {"": 2})
        (models / "digits" / "1" / "card.json").write_text("{")
        with asking(url, seven) as answers:
            process.send_signal(signal.SIGHUP)
            until(lambda: sum(figures(url, "digits_model_refused").values()) == 2)
            time.sleep(3)  # the new workers have tried and failed by then
            assert process.poll() is None
            answered = len(answers)
            until(lambda: len(answers) > answered + 100)
    assert {status for status, _ in answers} == {200}
