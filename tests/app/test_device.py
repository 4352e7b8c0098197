"""The device: DIGITS_DEVICE=cuda never uses the CPU, and the service says what computes."""

from __future__ import annotations

import re
import subprocess
import sys
from unittest.mock import Mock

import numpy as np
import pytest

from app.errors import DeviceError
from app.recognition import cuda, recogniser, session
from app.recognition.recogniser import Recogniser
from app.settings import Settings
from tests.app.test_start import start
from tests.conftest import ROOT
from tests.support.models import COMMITTED, publish
from tests.support.readers import publish_reader

needs_no_gpu = pytest.mark.skipif(cuda.has_driver(), reason="there is an NVIDIA driver here")


@needs_no_gpu
def test_cuda_without_its_libraries_is_refused_by_the_session():
    with pytest.raises(DeviceError, match=r"libcuda\.so\.1 \(NVIDIA driver 580 or later\)"):
        Recogniser(COMMITTED, device="cuda")


@needs_no_gpu
def test_cuda_without_its_libraries_stops_the_start_in_one_line():
    status, stderr = start(sys.executable, "-m", "app", DIGITS_DEVICE="cuda")
    assert status == 1
    assert "libcudnn.so.9 (cuDNN 9)" in stderr
    assert "requirements-gpu.txt" in stderr
    assert "\n" not in stderr


@needs_no_gpu
def test_worker_refuses_to_serve_on_the_cpu_when_cuda_is_asked_for(monkeypatch):
    """Even where every library is found, the session's own nodes decide."""
    monkeypatch.setattr(cuda, "missing", list)
    with pytest.raises(DeviceError, match="CUDA cannot be used"):
        Recogniser(COMMITTED, device="cuda")


@needs_no_gpu
def test_auto_says_so_when_there_is_a_driver_and_no_cuda(monkeypatch, caplog):
    monkeypatch.setattr(cuda, "has_driver", lambda: True)
    assert Recogniser(COMMITTED, device="auto").provider == session.CPU
    assert "the CPU is used" in caplog.text


def test_nodes_are_counted_by_provider():
    one = Recogniser(COMMITTED, device="cpu")
    assert one.provider == session.CPU
    assert one.nodes.keys() == {session.CPU}
    assert one.nodes[session.CPU] > 10


@pytest.mark.parametrize(("count", "size"), [(1, 1), (3, 4), (33, 64), (256, 256), (300, 300)])
def test_batches_are_padded_to_sizes_met_before(monkeypatch, mnist, count, size):
    one = Recogniser(COMMITTED, device="cpu")
    digits = mnist.images[:count].astype(np.float32) / 255
    expected, _ = one.run(digits)
    sizes = []

    class Watched:
        def __init__(self, inner):
            self.inner = inner

        def run(self, names, feed):
            sizes.append(len(feed["image"]))
            return self.inner.run(names, feed)

    monkeypatch.setattr(one, "_pads", True)
    monkeypatch.setattr(one, "_session", Watched(one._session))
    padded, _ = one.run(digits)
    assert sizes == [size]
    assert padded.shape == (count, 10)
    np.testing.assert_allclose(padded, expected, atol=1e-6)


def test_large_batch_answers_in_order_and_as_its_pictures_alone(recogniser, mnist):
    digits = mnist.images[:70].astype(np.float32) / 255
    probabilities, digitness = recogniser.run(digits)
    alone = [recogniser.run(digit[None]) for digit in digits]
    np.testing.assert_allclose(probabilities, np.concatenate([p for p, _ in alone]), atol=1e-6)
    np.testing.assert_allclose(digitness, np.concatenate([d for _, d in alone]), atol=1e-6)


def test_every_warm_up_size_is_computed(monkeypatch):
    one = Recogniser(COMMITTED, device="cpu")
    run = Mock(wraps=one.run)
    monkeypatch.setattr(one, "run", run)
    one.warm_up(256)
    assert tuple(len(call.args[0]) for call in run.mock_calls) == recogniser.CPU_WARM_UP


def doctor(**environment):
    done = subprocess.run(
        [sys.executable, "-m", "app", "doctor"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environment},
    )
    return done.returncode, done.stdout


def test_doctor_finds_all_well():
    status, words = doctor(DIGITS_DEVICE="cpu")
    assert status == 0
    for subject in ("python", "packages", "model", "cuda", "processors", "limits", "writable"):
        assert f" {subject} " in words
    assert " 0 failed" in words


def test_doctor_lets_each_kind_of_model_show_what_it_can(tmp_path):
    publish(tmp_path, 1)
    publish_reader(tmp_path, 1)
    status, words = doctor(DIGITS_DEVICE="cpu", DIGITS_MODELS_DIR=str(tmp_path))
    assert status == 0
    assert re.search(r"model +digits 1 .*classifies the ten known digits correctly", words)
    assert re.search(r"model +reader 1 .*reads the ten known lines correctly", words)


@needs_no_gpu
def test_doctor_names_no_driver_where_there_is_none():
    _, words = doctor(DIGITS_DEVICE="cpu")
    assert "NVIDIA driver: none; CUDA runtime: " in words


def test_versions_are_those_of_the_libraries(monkeypatch):
    numbers = {"cuDriverGetVersion": 13010, "cudaRuntimeGetVersion": 13000}
    monkeypatch.setattr(cuda, "_asked", lambda _, function: numbers[function])
    found = cuda.versions()
    assert found["NVIDIA driver"] == "for CUDA up to 13.1"
    assert found["CUDA runtime"] == "13.0"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"DIGITS_MODELS_DIR": "/nowhere"}, "No model 'digits'"),
        pytest.param({"DIGITS_DEVICE": "cuda"}, "missing libcuda.so.1", marks=needs_no_gpu),
    ],
)
def test_doctor_fails_where_the_service_would(environment, words):
    status, said = doctor(**environment)
    assert status == 1
    assert words in said


def test_doctor_doubts_more_workers_than_processors():
    status, words = doctor(DIGITS_WORKERS="999")
    assert status == 0
    assert "warn  processors" in words
    assert Settings().workers == 0
