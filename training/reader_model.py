"""What follows a reader's epochs: calibrate, export, score, publish."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from app.recognition.alignment import Frames
from app.recognition.decoding import joined, search
from app.recognition.reader_contract import DIGITS, LABELS
from training import mnist
from training.evaluation import reading
from training.evaluation.reading import Read, ReadingScores
from training.learning.ctc import LineLearner
from training.lines import LineFolder
from training.networks import line_export
from training.networks.export import git_commit
from training.networks.lines import LineNetwork, ServableReader, metadata
from training.runs import files
from training.runs.card import describe_environment
from training.runs.folder import Run
from training.runs.publish import READER, next_version, publish
from training.synthesis.lines.samples import Lines, batch

TEMPERATURES = np.geomspace(0.5, 3, 19)
KEPT = 0.995  # share of the lines read correctly that the threshold must accept
FITTED = 1_500  # validation lines that the temperature is fitted on
DIGIT_CLASSES = tuple(range(1, 1 + len(DIGITS)))


@dataclass(frozen=True)
class Calibration:
    """``temperature`` divides the logits; below ``threshold`` of confidence there is no number."""

    temperature: float
    threshold: float


def conclude(
    learner: LineLearner, validation: LineFolder, run: Run, name: str, models: Path, do: bool
) -> str:
    """Turn ``learner`` into a model file with its card; publish it if ``do``; say what was done.

    Raises ``ExportError`` where the file is not the network that was trained.
    """
    network = learner.average.eval()
    held_out = _joined(list(validation))
    logits = frames_of(network, held_out)
    calibration = calibrate(logits, held_out.texts)
    version = next_version(models, name)
    servable = ServableReader(network, calibration.temperature)
    described = metadata(name, version, "".join(LABELS[1:]), calibration.threshold)
    model = line_export.to_onnx(servable, described | {"git_commit": git_commit()})
    parity = line_export.check_parity(servable, model, batch(list(held_out.pixels[:64])))
    scores = score(logits, held_out.texts, calibration)
    card = {
        "sha256": hashlib.sha256(model).hexdigest(),
        "name": name,
        "version": str(version),
        "kind": "reader",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": run.read_json("config.json"),
        "parameters": sum(weights.numel() for weights in network.parameters()),
        "metrics": {"validation": asdict(scores)},
        **asdict(calibration),
        "parity": {"greatest_difference": parity, "lines": 64},
        "training_data_sha256": mnist.training_data_sha256(),
        "environment": describe_environment("cpu"),
    }
    files.write(run.folder / "model.onnx", model)
    run.write_json("card.json", card)
    told = _told(scores)
    if do:
        folder = publish(models, name, version, model, card, READER)
        run.note_published(folder)
        told += f"\npublished {folder}"
    return told


def calibrate(logits: Sequence[Frames], texts: Sequence[str]) -> Calibration:
    """Fit the temperature, then the threshold, on validation lines.

    The temperature makes the confidence of the texts read as likely as they are right (least
    negative log-likelihood of right and wrong). The threshold is the greatest that still accepts
    ``KEPT`` of the lines that are read correctly.
    """
    fitted = slice(0, FITTED)
    best = min(TEMPERATURES, key=lambda t: _likelihood(read_all(logits[fitted], texts[fitted], t)))
    answers = read_all(logits, texts, best)
    right = np.array([a.confidence for a in answers if a.is_right and a.label])
    threshold = float(np.quantile(right, 1 - KEPT)) if len(right) else 0.0
    return Calibration(float(best), threshold)


def score(logits: Sequence[Frames], texts: Sequence[str], how: Calibration) -> ReadingScores:
    """Score the lines that show a number, as the service would read them."""
    answers = read_all(logits, texts, how.temperature)
    shown = [
        a if a.confidence >= how.threshold else Read(a.label, "", 0.0) for a in answers if a.label
    ]
    return reading.score(shown)


def read_all(logits: Sequence[Frames], texts: Sequence[str], temperature: float) -> list[Read]:
    """Read the digits of each line; other signs read as nothing."""
    return [_read(rows, text, temperature) for rows, text in zip(logits, texts, strict=True)]


def _read(logits: Frames, text: str, temperature: float) -> Read:
    scaled = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    frames = joined(scaled / scaled.sum(axis=1, keepdims=True), DIGIT_CLASSES)
    found, confidence = search(frames, count=1)[0]
    label = "".join(sign for sign in text if sign in DIGITS)
    return Read(label, "".join(DIGITS[sign - 1] for sign in found), confidence)


def _likelihood(answers: Sequence[Read]) -> float:
    sure = np.clip([a.confidence for a in answers if a.label], 1e-6, 1 - 1e-6)
    right = np.array([a.is_right for a in answers if a.label])
    return float(-np.log(np.where(right, sure, 1 - sure)).mean())


@torch.inference_mode()
def frames_of(network: LineNetwork, lines: Lines) -> list[NDArray[np.float64]]:
    """Return the logits of each line, (t, classes)."""
    return [
        network(torch.from_numpy(batch([pixels])))[0].T.double().numpy() for pixels in lines.pixels
    ]


def _joined(parts: list[Lines]) -> Lines:
    pixels = tuple(line for part in parts for line in part.pixels)
    return Lines(pixels, tuple(text for part in parts for text in part.texts))


def _told(scores: ReadingScores) -> str:
    whole, surest = scores.whole, scores.surest
    return (
        f"validation {whole.value:.2%} of {scores.n:,} numbers correct "
        f"({whole.low:.2%} to {whole.high:.2%}); digit error rate {scores.error_rate:.2%}; "
        f"surest 80 % {surest.value:.2%}; ECE {scores.ece:.4f}"
    )
