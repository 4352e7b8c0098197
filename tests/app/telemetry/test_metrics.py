"""/metrics of the live service: correct across workers, and after workers die."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import ROOT, launched
from tests.support.load import asking
from tests.support.models import COMMITTED, publish
from tests.support.pictures import plain
from tests.support.watching import children, figure, figures, loaded, until

WORKERS = 3
PATIENCE_S = 90.0  # two busy cores are slow; nothing here is measured


@pytest.fixture(scope="module")
def seven(mnist):
    return plain(mnist.images[0])


@pytest.fixture
def service():
    with launched(sys.executable, "-m", "app", DIGITS_WORKERS=str(WORKERS)) as started:
        until(lambda: figure(started[0], "digits_workers") == WORKERS)
        yield started


def get(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read()


def post(url, body):
    try:
        get(urllib.request.Request(f"{url}/predict", body))
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def shared_folder(pid):
    """Find the folder that the master ``pid`` gave to its workers, by a file mapped in one."""
    maps = Path(f"/proc/{children(pid)[0]}/maps").read_text()
    return Path(re.findall(r"(/\S+)/gauge_livesum_\d+\.db", maps)[0])


VERSION = f'version="{COMMITTED.name}"'
MODEL = f'model="digits",{VERSION}'
ANSWERED = (
    'digits_requests_total{route="/predict",status="200"}',
    'digits_request_duration_seconds_count{route="/predict"}',
    f'digits_stage_duration_seconds_count{{model="digits",stage="infer",{VERSION}}}',
    f'digits_answers_total{{answer="7",{MODEL}}}',
    f"digits_digitness_count{{{MODEL}}}",
)
COUNTS = {
    'digits_requests_total{route="/predict",status="200"}': 30,
    'digits_requests_total{route="/predict",status="415"}': 5,
    'digits_rejections_total{reason="unsupported_image"}': 5,
    'digits_request_duration_seconds_count{route="/predict"}': 35,
    f'digits_stage_duration_seconds_count{{model="digits",stage="infer",{VERSION}}}': 30,
    f"digits_batch_size_sum{{{MODEL}}}": 30,
    f'digits_answers_total{{answer="7",{MODEL}}}': 30,
    f"digits_confidence_count{{{MODEL}}}": 30,
    f"digits_digitness_count{{{MODEL}}}": 30,
    f"digits_failed_inferences_total{{{MODEL}}}": 5,
}


def test_figures_add_up_over_workers_and_stay_right_when_workers_die(service, seven):
    url, process = service
    assert [post(url, seven) for _ in range(30)] == [200] * 30
    assert [post(url, b"seven") for _ in range(5)] == [415] * 5
    assert {name: figure(url, name) for name in COUNTS} == COUNTS
    for victim in children(process.pid)[:2]:
        os.kill(victim, signal.SIGKILL)
        until(lambda victim=victim: victim not in children(process.pid))
    until(lambda: figure(url, "digits_workers") == WORKERS)
    assert {name: figure(url, name) for name in COUNTS} == COUNTS
    until(lambda: figure(url, "digits_in_flight") == 1, PATIENCE_S)  # this one
    until(lambda: figure(url, "digits_queue_depth") == 0, PATIENCE_S)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_figures_stay_right_and_few_when_workers_are_killed_under_load(service, seven):
    url, process = service
    folder, killed = shared_folder(process.pid), 6
    with asking(url, seven) as answers:
        for _ in range(killed):
            victim, asked = children(process.pid)[0], len(answers)
            os.kill(victim, signal.SIGKILL)
            until(lambda victim=victim: victim not in children(process.pid), PATIENCE_S)
            until(lambda: len(children(process.pid)) == WORKERS, PATIENCE_S)
            until(lambda asked=asked: len(answers) > asked + 20, PATIENCE_S)
    until(lambda: figure(url, "digits_workers") == WORKERS, PATIENCE_S)
    answered = sum(status == 200 for status, _ in answers)
    lost = len(answers) - answered
    assert lost <= 4 * killed  # four clients: what the killed ones were at work on
    for name in ANSWERED:
        assert answered <= figure(url, name) <= answered + lost, name
    until(lambda: figure(url, "digits_in_flight") == 1, PATIENCE_S)  # this one
    until(lambda: figure(url, "digits_queue_depth") == 0, PATIENCE_S)
    alive = {f"{pid}" for pid in children(process.pid)}
    owners = {path.stem.rsplit("_", 1)[1] for path in folder.glob("*_*.*")}
    assert owners - {"dead"} <= alive


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_grows_when_workers_die(service, seven):
    url, process = service
    folder = shared_folder(process.pid)
    sizes = []
    for _ in range(3):
        old = set(children(process.pid))
        process.send_signal(signal.SIGHUP)
        until(lambda old=old: not old & set(children(process.pid)))
        until(lambda: figure(url, "digits_workers") == WORKERS)
        for _ in range(12):
            assert post(url, seven) == 200
        until(lambda: len(list(folder.glob("counter_*.db"))) <= WORKERS + 1)
        sizes.append(len(list(folder.glob("state_*"))))
    assert sizes == [WORKERS] * 3
    name = 'digits_requests_total{route="/predict",status="200"}'
    assert figure(url, name) == 36
    kinds = {path.name.rsplit("_", 1)[1] for path in folder.glob("*.db")}
    assert kinds - {"dead.db"} <= {f"{pid}.db" for pid in children(process.pid)}
    process.terminate()
    assert process.wait(timeout=30) == 0
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_figures_of_versions_that_are_gone_are_dropped(tmp_path, seven):
    given = {"DIGITS_MODELS_DIR": str(tmp_path), "DIGITS_WORKERS": str(WORKERS)}
    publish(tmp_path, 1)
    with launched(sys.executable, "-m", "app", **given) as (url, process), asking(url, seven) as a:
        for version in range(2, 6):
            publish(tmp_path, version)
            until(lambda version=version: loaded(url, version) == WORKERS, PATIENCE_S)
            answered = len(a)
            until(lambda answered=answered: len(a) > answered + 20, PATIENCE_S)
        until(lambda: loaded(url, 3) == 0)
        folder = shared_folder(process.pid)
        kept = {path.name for path in (folder / "versions" / "digits").iterdir()}
        counted = " ".join(figures(url, "digits_batch_size_count"))
        shown = set(re.findall(r'version="(\d+)"', get(f"{url}/metrics").decode()))
        mapped = [Path(f"/proc/{pid}/maps").read_text() for pid in children(process.pid)]
    assert {status for status, _ in a} == {200}
    assert kept == shown == {"4", "5"}
    assert 'version="4"' in counted
    assert not [
        name for name in re.findall(r"/versions/digits/(\d)/", " ".join(mapped)) if name < "4"
    ]


def test_figures_name_the_model_its_hash_and_its_provider(service):
    url, _ = service
    digest = json.loads((COMMITTED / "card.json").read_text())["sha256"]
    labels = f'model="digits",provider="CPUExecutionProvider",sha256="{digest}",{VERSION}'
    assert figure(url, f"digits_model_info{{{labels}}}") == WORKERS
    nodes = f'digits_model_nodes{{model="digits",provider="CPUExecutionProvider",{VERSION}}}'
    assert figure(url, nodes) > 10


def test_unknown_addresses_share_one_series(service):
    url, _ = service
    for path in ("/a", "/b", "/predict/x"):
        with pytest.raises(urllib.error.HTTPError):
            get(url + path)
    assert figure(url, 'digits_requests_total{route="none",status="404"}') == 3
    assert b"/predict/x" not in get(f"{url}/metrics")


def test_dashboard_asks_only_for_figures_that_are_there(service, seven):
    url, _ = service
    post(url, seven)
    post(url, b"seven")
    names = set(re.findall(r"^(?:# TYPE )?(digits_\w+)", get(f"{url}/metrics").decode(), re.M))
    dashboard = (ROOT / "deploy" / "grafana-dashboard.json").read_text()
    asked = set(re.findall(r"digits_\w+", " ".join(expressions(json.loads(dashboard)))))
    assert len(asked) > 12
    assert asked <= names


def test_every_figure_is_documented_and_no_other(service, seven):
    url, _ = service
    post(url, seven)
    post(url, b"seven")
    families = set(re.findall(r"^# TYPE (digits_\w+)", get(f"{url}/metrics").decode(), re.M))
    page = (ROOT / "docs" / "operations.md").read_text()
    rows = re.findall(r"^\| (`digits_.*?) \|", page, re.M)
    assert {name for row in rows for name in re.findall(r"digits_\w+", row)} == families


def expressions(dashboard):
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
