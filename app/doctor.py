"""``python -m app doctor``: check everything that the service depends on."""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app import __version__
from app.errors import DeviceError, ModelError
from app.recognition.contract import DIGITS, READER
from app.settings import ROOT, Settings

REQUIREMENTS = ROOT / "app" / "requirements.txt"
PIN = re.compile(r"^([\w-]+)==([\w.]+)", re.MULTILINE)
KNOWN = {DIGITS: "classifies the ten known digits", READER: "reads the ten known lines"}
GOOD, DOUBTFUL, BAD = "ok", "warn", "FAIL"


@dataclass(frozen=True)
class Finding:
    """The result of one check: verdict, subject, and what was found or what to do."""

    verdict: str
    subject: str
    words: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Run all checks, one after the other."""
    yield Finding(GOOD, "digits", f"version {__version__} in {ROOT}")
    yield _python()
    yield from _packages()
    yield from _models(settings)
    yield from _device(settings)
    yield from _processors(settings)
    yield from _limits(settings)
    yield from _writable()


def report(settings: Settings) -> int:
    """Print the findings; return the exit status, 1 where the service could not work, else 0."""
    findings = []
    for finding in examine(settings):
        findings.append(finding)
        print(f"{finding.verdict:<5} {finding.subject:<12} {finding.words}")
    bad, doubtful = (sum(f.verdict == v for f in findings) for v in (BAD, DOUBTFUL))
    print(f"{len(findings)} checks: {bad} failed, {doubtful} with a warning")
    return 1 if bad else 0


def _python() -> Finding:
    verdict = GOOD if sys.version_info >= (3, 11) else BAD
    return Finding(verdict, "python", f"{sys.version.split()[0]} at {sys.executable}")


def _packages() -> Iterator[Finding]:
    pins = PIN.findall(REQUIREMENTS.read_text(encoding="utf-8"))
    installed = {name: version for name, _ in pins if (version := _version(name))}
    for name, wanted in pins:
        found = installed.get(name)
        if found and found != wanted:
            yield Finding(DOUBTFUL, "package", f"{name} {found}; tested with {wanted}")
        elif not found and not name.startswith("onnxruntime"):
            yield Finding(BAD, "package", f"{name} {wanted} is missing")
    runtimes = [name for name in installed if name.startswith("onnxruntime")]
    if len(runtimes) != 1:
        names = " and ".join(runtimes) or "none"
        yield Finding(BAD, "package", f"exactly one ONNX Runtime must be installed; found: {names}")
    yield Finding(GOOD, "packages", f"{len(installed)} installed, {', '.join(runtimes)}")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _models(settings: Settings) -> Iterator[Finding]:
    from app.web.models import open_repository

    try:
        snapshot = open_repository(settings, watch=False).snapshot
    except (ModelError, DeviceError) as error:
        yield Finding(BAD, "models", str(error))
        return
    for loaded in snapshot.models.values():
        for one in loaded:
            nodes = ", ".join(f"{count} on {name}" for name, count in one.nodes.items())
            words = f"{one.name} {one.version} sha256 {one.sha256}; nodes: {nodes}"
            known = KNOWN[one.kind]
            yield Finding(GOOD, "model", f"{words}; {known} correctly")
    for (name, version), reason in snapshot.refused.items():
        yield Finding(DOUBTFUL, "model", f"{name} {version} is not served: {reason}")


def _device(settings: Settings) -> Iterator[Finding]:
    from app.recognition import cuda

    missing = cuda.missing()
    found = "; ".join(f"{name}: {version}" for name, version in cuda.versions().items())
    yield Finding(GOOD, "libraries", found)
    if not missing:
        yield Finding(GOOD, "cuda", "driver, CUDA 13 and cuDNN 9 can be loaded")
    elif settings.device == "cuda":
        yield Finding(BAD, "cuda", f"missing {', '.join(missing)}: {cuda.INSTALL}")
    elif settings.device == "auto" and cuda.has_driver():
        words = f"there is a driver, but the CPU is used; missing {', '.join(missing)}"
        yield Finding(DOUBTFUL, "cuda", f"{words}: {cuda.INSTALL}")
    else:
        yield Finding(GOOD, "cuda", f"the CPU is used; for a GPU, missing {', '.join(missing)}")


def _processors(settings: Settings) -> Iterator[Finding]:
    from app.server import cpus

    quota, workers = cpus.quota(), cpus.workers_for(settings.workers)
    words = (
        f"{quota:g} of {os.cpu_count()} usable; {workers} workers, {settings.threads} threads each"
    )
    too_many = workers > max(1, quota)
    advice = ": use at most one worker per processor" if too_many else ""
    yield Finding(DOUBTFUL if too_many else GOOD, "processors", words + advice)


def _limits(settings: Settings) -> Iterator[Finding]:
    from app.server import cpus

    at_once = cpus.workers_for(settings.workers) * settings.threads
    megabytes = at_once * (settings.max_body_bytes + 4 * settings.max_pixels) / 1e6
    words = (
        f"bodies up to {settings.max_body_bytes:,} bytes, pictures up to {settings.max_pixels:,} "
        f"pixels; {at_once} requests at once need up to {megabytes:,.0f} MB of memory"
    )
    memory = _memory_mb()
    yield Finding(DOUBTFUL if memory and megabytes > memory else GOOD, "limits", words)


def _memory_mb() -> float | None:
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        if Path(path).exists() and (text := Path(path).read_text().strip()).isdecimal():
            return int(text) / 1e6
    return None


def _writable() -> Iterator[Finding]:
    from app.server import config

    folder = config.worker_tmp_dir or tempfile.gettempdir()
    try:
        with tempfile.TemporaryFile(dir=folder):
            yield Finding(GOOD, "writable", f"{folder}, the only folder that the service writes to")
    except OSError as error:
        yield Finding(BAD, "writable", f"{folder} must be writable: {error.strerror}")
