"""On a GPU: the CPU's answers, truly computed there, and how fast. One command: pytest -m gpu."""

from __future__ import annotations

import os
import statistics
import time

import numpy as np
import pytest

from app.recognition import cuda, session
from app.recognition.recogniser import GPU_BATCHES, Recogniser
from tests.support.models import COMMITTED

_missing = cuda.missing() if os.environ.get("DIGITS_DEVICE") != "cpu" else ["DIGITS_DEVICE=cpu"]
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(bool(_missing), reason=f"no usable GPU: missing {', '.join(_missing)}"),
]


@pytest.fixture(scope="module")
def on_gpu():
    one = Recogniser(COMMITTED, device="cuda")
    one.warm_up(256)
    return one


@pytest.fixture(scope="module")
def on_cpu():
    return Recogniser(COMMITTED, device="cpu")


@pytest.fixture(scope="module")
def digits(mnist):
    return mnist.images.astype(np.float32) / 255


def test_every_node_is_computed_on_the_gpu(on_gpu):
    assert on_gpu.provider == cuda.PROVIDER
    assert on_gpu.nodes.keys() == {cuda.PROVIDER}


@pytest.mark.parametrize("size", [1, 2, 7, 64, 100, 256])
def test_gpu_answers_as_the_cpu_does(on_gpu, on_cpu, digits, size):
    for start in range(0, 2000, size):
        batch = digits[start : start + size]
        (p, d), (q, e) = on_gpu.run(batch), on_cpu.run(batch)
        assert (p.argmax(1) == q.argmax(1)).all()
        np.testing.assert_allclose(p, q, atol=1e-4)
        np.testing.assert_allclose(d, e, atol=1e-4)


def test_auto_takes_the_gpu():
    assert Recogniser(COMMITTED, device="auto").provider == cuda.PROVIDER


def test_latency_and_throughput_by_batch_size_are_told(on_gpu, on_cpu, digits, capsys):
    """Print the table of docs/gpu.md; nothing is asserted but that there is a table."""
    rows = [(size, _median_s(on_gpu, digits[:size]), _median_s(on_cpu, digits[:size]))
            for size in GPU_BATCHES]  # fmt: skip
    with capsys.disabled():
        print(
            "\n| batch | GPU ms | GPU pictures/s | CPU ms | CPU pictures/s |\n|---|---|---|---|---|"
        )
        for size, gpu_s, cpu_s in rows:
            gpu, cpu = f"{1e3 * gpu_s:.3f} | {size / gpu_s:,.0f}", f"{1e3 * cpu_s:.3f}"
            print(f"| {size} | {gpu} | {cpu} | {size / cpu_s:,.0f} |")
        faster = [size for size, gpu_s, cpu_s in rows if gpu_s < cpu_s]
        print(f"crossover: the GPU is faster from a batch of {min(faster, default=None)}")
    assert len(rows) == len(GPU_BATCHES)


def test_cuda_graph_answers_alike_and_its_gain_is_told(on_gpu, digits, capsys):
    """Capture a batch of 1 in a CUDA graph with fixed addresses, and compare the latency."""
    import onnxruntime as ort

    model = (COMMITTED / "model.onnx").read_bytes()
    options = {**cuda.OPTIONS, "enable_cuda_graph": "1"}
    graph = ort.InferenceSession(model, session.session_options(), [(cuda.PROVIDER, options)])
    given = ort.OrtValue.ortvalue_from_numpy(digits[:1, None], "cuda", 0)
    answer = ort.OrtValue.ortvalue_from_shape_and_type([1, 10], np.float32, "cuda", 0)
    sure = ort.OrtValue.ortvalue_from_shape_and_type([1], np.float32, "cuda", 0)
    binding = graph.io_binding()
    binding.bind_ortvalue_input("image", given)
    binding.bind_ortvalue_output("probabilities", answer)
    binding.bind_ortvalue_output("digitness", sure)
    times = []
    for _ in range(300):
        begun = time.perf_counter()
        given.update_inplace(digits[:1, None])
        graph.run_with_iobinding(binding)
        answer.numpy()
        times.append(time.perf_counter() - begun)
    np.testing.assert_allclose(answer.numpy(), on_gpu.run(digits[:1])[0], atol=1e-4)
    with capsys.disabled():
        plain_s = _median_s(on_gpu, digits[:1])
        print(f"\nCUDA graph, batch 1: {1e3 * statistics.median(times[50:]):.3f} ms, "
              f"plain {1e3 * plain_s:.3f} ms")  # fmt: skip


def _median_s(recogniser, batch, runs=200):
    for _ in range(20):
        recogniser.run(batch)
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        recogniser.run(batch)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)
