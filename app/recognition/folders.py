"""The layout of the folder of models: ``<name>/<version>/{model.onnx,card.json}``."""

from __future__ import annotations

from pathlib import Path

Fingerprint = tuple[tuple[int, int, int], ...]


def model_names(models_dir: Path) -> list[str]:
    """List the folders of ``models_dir`` that hold at least one numbered version."""
    if not models_dir.is_dir():
        return []
    return sorted(folder.name for folder in models_dir.iterdir() if versions(folder))


def versions(model_dir: Path) -> list[Path]:
    """List the version folders of a model, the highest number first."""
    if not model_dir.is_dir():
        return []
    numbered = [path for path in model_dir.iterdir() if _is_version(path)]
    return sorted(numbered, key=lambda path: int(path.name), reverse=True)


def _is_version(path: Path) -> bool:
    return path.name.isascii() and path.name.isdecimal() and path.is_dir()


def fingerprint(folder: Path) -> Fingerprint:
    """Return inodes, sizes and times of ``folder`` and its files, which differ after a change."""
    found = []
    for path in (folder, folder / "model.onnx", folder / "card.json"):
        try:
            status = path.stat()
        except OSError:
            found.append((0, 0, 0))
        else:
            found.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(found)
