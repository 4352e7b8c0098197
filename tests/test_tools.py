"""The tools' verdict on the project, so that `make test` and CI have it too."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import ROOT

BIN = Path(sys.executable).parent
CHECKS = {
    "ruff check": ["check", "."],
    "ruff format": ["format", "--check", "."],
    "mypy": [],
    "hadolint": ["Dockerfile"],
}


@pytest.mark.parametrize("check", CHECKS)
def test_tool_finds_nothing(check):
    tool = BIN / check.split()[0]
    done = subprocess.run(
        [tool, *CHECKS[check]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_hook_and_make_lint_use_one_ruff():
    hook = re.search(r"# v([\d.]+), as in", (ROOT / ".pre-commit-config.yaml").read_text())
    assert hook
    assert f"ruff=={hook[1]} " in (ROOT / "tests" / "requirements.txt").read_text()


def test_gpu_requirements_name_the_same_onnx_runtime():
    pins = {
        re.findall(r"^onnxruntime\S*==([\d.]+)", (ROOT / path).read_text(), re.MULTILINE)[0]
        for path in ("app/requirements.txt", "app/requirements-gpu.txt")
    }
    assert len(pins) == 1


@pytest.mark.parametrize(
    ("system", "machine", "package"),
    [
        ("linux", "x86_64", "onnxruntime-gpu"),
        ("win32", "AMD64", "onnxruntime-gpu"),
        ("linux", "aarch64", "onnxruntime"),
        ("darwin", "arm64", "onnxruntime"),
    ],
)
def test_every_platform_gets_one_onnx_runtime(system, machine, package):
    lines = (ROOT / "app" / "requirements.txt").read_text().splitlines()
    wanted = [Requirement(line) for line in lines if line.startswith("onnxruntime")]
    platform = {"sys_platform": system, "platform_machine": machine}
    assert [r.name for r in wanted if r.marker and r.marker.evaluate(platform)] == [package]
