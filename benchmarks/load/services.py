"""The services under test: their environments, their processes, what these cost."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.settings import ROOT
from benchmarks.load import calls
from benchmarks.load.calls import Call, LoadError
from benchmarks.load.client import closed_loop

RIVALS = ROOT / "benchmarks" / "load" / "rivals"
START_S = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Recipe:
    """How a service is started; ``job`` names the preprocessing whose answers are right."""

    name: str
    job: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    requirements: Path | None = None


def recipes(workers: int) -> dict[str, Recipe]:
    """Return Digits and the rivals by name: ``workers`` processes each, no access log.

    Other settings of Digits come from the environment, as in DIGITS_WORKER=threads make bench.
    """
    ours = {
        "DIGITS_BIND": "127.0.0.1:{port}",
        "DIGITS_WORKERS": str(workers),
        "DIGITS_DEVICE": "cpu",
        "DIGITS_LOG_REQUESTS": "off",
    }
    uvicorn = ("-m", "uvicorn", "benchmarks.load.rivals.with_fastapi:app", "--host", "127.0.0.1",
               "--port", "{port}", "--workers", str(workers), "--loop", "uvloop",
               "--http", "httptools", "--no-access-log", "--log-level", "warning")  # fmt: skip
    gunicorn = ("-m", "gunicorn", "benchmarks.load.rivals.with_flask:app",
                "--bind", "127.0.0.1:{port}", "--workers", str(workers),
                "--worker-class", "gthread", "--threads", "4", "--keep-alive", "75",
                "--no-control-socket", "--log-level", "warning")  # fmt: skip
    listed = (
        Recipe("digits", "digits", ("-m", "app"), ours),
        Recipe("fastapi", "straightforward", uvicorn, {}, RIVALS / "fastapi.txt"),
        Recipe("flask", "straightforward", gunicorn, {}, RIVALS / "flask.txt"),
    )
    return {recipe.name: recipe for recipe in listed}


def python_of(recipe: Recipe, folder: Path) -> Path:
    """Return the Python that runs ``recipe``, in an environment made for it where it is a rival."""
    if recipe.requirements is None:
        return Path(sys.executable)
    home = folder / f"venv-{recipe.name}"
    python, done = home / "bin" / "python", home / "installed.txt"
    wanted = recipe.requirements.read_text(encoding="utf-8")
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        print(f"installing {recipe.name} into {home.relative_to(ROOT)} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(recipe.requirements)], check=True)
        done.write_text(wanted, encoding="utf-8")
    return python


@dataclass
class Service:
    """A running service: all processes of the session that its first one leads."""

    recipe: Recipe
    url: str
    session: int
    start_s: float  # from the command to the first right answer

    def cpu_s(self) -> float:
        """Return the CPU time that its processes have used, in seconds."""
        used = 0
        for pid in self._processes():
            with contextlib.suppress(OSError):
                used += sum(map(int, _stat(pid)[11:13]))  # utime, stime
        return used / TICKS

    def pss_mb(self) -> float:
        """Return its memory in 10^6 bytes (PSS: a page shared by two counts half for each)."""
        found = 0
        for pid in self._processes():
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
                rows = (line.split() for line in text.splitlines())
                found += sum(1024 * int(row[1]) for row in rows if row[0] == "Pss:")
        return found / 1e6

    def _processes(self) -> Iterator[int]:
        for entry in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if entry.isdecimal() and _stat(int(entry))[3] == str(self.session):
                    yield int(entry)


@contextlib.contextmanager
def running(recipe: Recipe, python: Path, prepared: dict[str, Any], log: Path) -> Iterator[Service]:
    """Start a service on a free port, wait for its first right answer, stop it at the end."""
    port = str(_free_port())
    command = [str(python), *(part.replace("{port}", port) for part in recipe.arguments)]
    environment = {
        **os.environ,
        "BENCHMARK_MODEL": prepared["model"],
        **{name: value.replace("{port}", port) for name, value in recipe.environment.items()},
    }
    url = f"http://127.0.0.1:{port}"
    (call, *_) = calls.calls(prepared, "png28", url, recipe.job)
    with log.open("ab") as lines:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=lines, stderr=lines, start_new_session=True
        )
        try:
            _await_answer(calls.address(url), call, process, log)
            yield Service(recipe, url, process.pid, time.perf_counter() - begun)
        finally:
            _stop(process)


def _await_answer(
    address: tuple[str, int], call: Call, process: subprocess.Popen[bytes], log: Path
) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, LoadError):
            closed_loop(address, [call], 1, 0.0)
            return
        time.sleep(0.005)
    raise LoadError(f"no right answer after {START_S:g} s: see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=30)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _stat(pid: int) -> list[str]:
    """Return a process's figures from its state on (proc(5)); its name may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
