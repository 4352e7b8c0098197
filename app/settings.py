"""Every setting of the service: one field each, read from ``DIGITS_<NAME>``.

This is the only place that reads the environment. A test checks that docs/settings.md lists
each setting with this default and this help.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "DIGITS_"
ROOT = Path(__file__).resolve().parent.parent
OUTSIDE = {"DIGITS_DATA_DIR"}  # belongs to training: where MNIST lies
SHARED_DIR = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client's own name


class SettingError(ValueError):
    """A setting has an unknown name or a value that cannot be; the message names it."""


def setting(default: Any, help_text: str, *, least: int = 0, choices: tuple[str, ...] = ()) -> Any:
    """Declare a field of ``Settings`` with what the README and the checks need."""
    return field(default=default, metadata={"help": help_text, "least": least, "choices": choices})


@dataclass(frozen=True)
class Settings:
    """How this process serves. Immutable; a test passes its own."""

    models_dir: Path = setting(ROOT / "models", "Folder of models: `<name>/<version>/model.onnx`")
    model: str = setting("digits", "Model that answers when a request names none")
    device: str = setting(
        "auto", "`auto`, `cpu` or `cuda`; `cuda` never falls back", choices=("auto", "cpu", "cuda")
    )
    bind: str = setting("127.0.0.1:8000", "Address and port to listen on")
    workers: int = setting(0, "Processes; `0` is one a core of the CPU quota")
    worker: str = setting(
        "loop",
        "`loop`: an event loop, and threads for what takes long; `threads`: Gunicorn's gthread",
        choices=("loop", "threads"),
    )
    threads: int = setting(4, "Requests that a process works on at once", least=1)
    max_body_bytes: int = setting(16_000_000, "Largest request body", least=1)
    max_pixels: int = setting(25_000_000, "Largest picture, width times height", least=1)
    max_batch: int = setting(256, "Most pictures in one request", least=1)
    body_timeout_s: int = setting(20, "Time in which a request's body must arrive", least=1)
    versions: int = setting(2, "Newest versions of each model that are kept loaded", least=1)
    max_model_bytes: int = setting(100_000_000, "Largest `model.onnx` that is loaded", least=1)
    model_control: str = setting(
        "off", "`on` lets clients load and unload models under `/v2`", choices=("off", "on")
    )
    api_keys_file: str = setting("", "File of API keys, one a line; none: no key is asked for")
    cors_origins: str = setting("", "Origins whose pages may call, with commas between, or `*`")
    log: str = setting(
        "auto", "`json`, `text`, or `auto`: text on a terminal", choices=("auto", "json", "text")
    )
    log_requests: str = setting("on", "`off`: no line for each request", choices=("on", "off"))

    def __post_init__(self) -> None:
        for spec in fields(self):
            _check(spec, getattr(self, spec.name))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read ``DIGITS_*``.

        Raises ``SettingError`` for a name that is no setting and for a value of the wrong kind.
        """
        given = os.environ if environment is None else environment
        specs = {PREFIX + spec.name.upper(): spec for spec in fields(cls)}
        ours = {name for name in given if name.startswith(PREFIX)} - OUTSIDE
        for name in sorted(ours - specs.keys()):
            raise SettingError(f"{name} is no setting. Known: {', '.join(sorted(specs))}")
        return cls(**{specs[name].name: _parse(specs[name], given[name]) for name in ours})


def shared_dir() -> Path | None:
    """Return the folder that Gunicorn's master made for what its workers share, if there is one."""
    given = os.environ.get(SHARED_DIR)
    return Path(given) if given else None


def share(folder: Path) -> None:
    """Make ``folder`` the ``shared_dir`` of this process and of those that it starts."""
    os.environ[SHARED_DIR] = str(folder)


def traces_wanted() -> bool:
    """Whether OpenTelemetry's own variable names a place to send traces to."""
    return bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))


def _parse(spec: dataclasses.Field[Any], text: str) -> Any:
    if isinstance(spec.default, Path):
        return Path(text)
    if isinstance(spec.default, str):
        return text
    try:
        return int(text)
    except ValueError:
        raise SettingError(f"{_name(spec)}={text!r} is no whole number") from None


def _check(spec: dataclasses.Field[Any], value: Any) -> None:
    choices, least = spec.metadata["choices"], spec.metadata["least"]
    if choices and value not in choices:
        raise SettingError(f"{_name(spec)}={value!r} must be one of {', '.join(choices)}")
    if isinstance(value, int) and value < least:
        raise SettingError(f"{_name(spec)}={value} must be at least {least}")
    if value in ("", Path("")) and spec.default != "":
        raise SettingError(f"{_name(spec)} is empty: give a value or unset it")


def _name(spec: dataclasses.Field[Any]) -> str:
    return PREFIX + spec.name.upper()
