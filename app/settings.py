"""Every setting of the service: one field each, read from ``DIGITS_<NAME>``.

This is the only place that reads the environment. docs/settings.md lists every setting with this
default and this help: ``make readme`` writes the list, and a test compares it.
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
OUTSIDE = {"DIGITS_DATA_DIR"}  # read by training: the folder of MNIST
SHARED_DIR = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client's own name


class SettingError(ValueError):
    """A setting has an unknown name or an invalid value; the message names the setting."""


def setting(default: Any, help_text: str, *, least: int = 0, choices: tuple[str, ...] = ()) -> Any:
    """Declare a field of ``Settings``: its default, its help for docs/settings.md, what is valid.

    ``least`` is the smallest valid number; ``choices``, where there are any, all valid texts.
    """
    return field(default=default, metadata={"help": help_text, "least": least, "choices": choices})


@dataclass(frozen=True)
class Settings:
    """The settings of this process. Immutable; a test passes its own."""

    models_dir: Path = setting(
        ROOT / "models", "Folder of the models: `<name>/<version>/model.onnx` and `card.json`"
    )
    model: str = setting("digits", "Name of the default model, used when a request names none")
    device: str = setting(
        "auto",
        "Device that runs the models: `cpu`; `cuda`, which never falls back to the CPU; "
        "`auto`, CUDA where it works, else the CPU",
        choices=("auto", "cpu", "cuda"),
    )
    bind: str = setting(
        "127.0.0.1:8000",
        "Address and port to listen on, or `unix:` and a path, such as `unix:/run/digits.sock`",
    )
    workers: int = setting(
        0,
        "Number of worker processes; `0`: one per core of the CPU quota or affinity, the smaller",
    )
    worker: str = setting(
        "loop",
        "Kind of worker process: `loop`, an event loop with a pool of threads; `threads`, "
        "Gunicorn's gthread",
        choices=("loop", "threads"),
    )
    threads: int = setting(
        4,
        "Number of requests that each worker process handles at the same time, 1 or more",
        least=1,
    )
    max_body_bytes: int = setting(
        16_000_000, "Largest request body that is accepted, in bytes, 1 or more", least=1
    )
    max_pixels: int = setting(
        25_000_000,
        "Largest picture that is accepted, in pixels (width × height), 1 or more",
        least=1,
    )
    max_batch: int = setting(256, "Largest number of pictures in one request, 1 or more", least=1)
    body_timeout_s: int = setting(
        20, "Time limit for receiving a request body, in seconds, 1 or more", least=1
    )
    versions: int = setting(
        2, "Number of versions of each model that stay loaded, the newest first, 1 or more", least=1
    )
    max_model_bytes: int = setting(
        100_000_000, "Largest `model.onnx` that is loaded, in bytes, 1 or more", least=1
    )
    model_control: str = setting(
        "off",
        "Whether clients may load and unload models under `/v2`: `on` or `off`",
        choices=("off", "on"),
    )
    api_keys_file: str = setting(
        "", "Path of a file with one API key per line; without it, no key is needed"
    )
    cors_origins: str = setting(
        "",
        "Origins whose pages may call the API (CORS), separated by commas, such as "
        "`https://school.example`; `*`: all",
    )
    log: str = setting(
        "auto",
        "Format of the log: `json`, `text`, or `auto`, which is text on a terminal, else JSON",
        choices=("auto", "json", "text"),
    )
    log_requests: str = setting(
        "on", "Whether each request has a line in the log: `on` or `off`", choices=("on", "off")
    )

    def __post_init__(self) -> None:
        for spec in fields(self):
            _check(spec, getattr(self, spec.name))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the variables ``DIGITS_*`` of ``environment``, by default the process's own.

        Raises ``SettingError`` for a variable that is no setting and for an invalid value.
        """
        given = os.environ if environment is None else environment
        specs = {PREFIX + spec.name.upper(): spec for spec in fields(cls)}
        ours = {name for name in given if name.startswith(PREFIX)} - OUTSIDE
        for name in sorted(ours - specs.keys()):
            raise SettingError(f"{name} is no setting. Known: {', '.join(sorted(specs))}")
        return cls(**{specs[name].name: _parse(specs[name], given[name]) for name in ours})


def shared_dir() -> Path | None:
    """Return the folder that the workers share, made by Gunicorn's master; None without one."""
    given = os.environ.get(SHARED_DIR)
    return Path(given) if given else None


def share(folder: Path) -> None:
    """Make ``folder`` the ``shared_dir`` of this process and of its child processes."""
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
