"""A run's report: report.md beside its pictures, and report.html with them inside."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

import numpy as np

from training.config import TrainConfig
from training.evaluation import scores
from training.evaluation.scores import Outputs
from training.learning.learner import EpochResult
from training.learning.verdict import Verdict
from training.mnist import Digits
from training.runs import charts, files
from training.runs.card import Findings

MOST_MISTAKES = 40


@dataclass(frozen=True)
class Story:
    """The contents of a report; ``outputs`` are the model's for the ``test`` digits."""

    config: TrainConfig
    layers: tuple[str, ...]
    description: str
    history: list[EpochResult]
    verdict: Verdict
    findings: Findings
    environment: dict[str, str]
    test: Digits
    outputs: Outputs


def write_report(folder: Path, story: Story) -> None:
    """Write report.md, report.html and the pictures into ``folder``."""
    pictures = draw(story)
    for name, contents in pictures.items():
        files.write(folder / name, contents)
    files.write(folder / "report.md", as_markdown(story, list(pictures)))
    files.write(folder / "report.html", as_html(story, pictures))


def draw(story: Story) -> dict[str, str | bytes]:
    """Draw the curves, the confusion matrix, the reliability diagram and the worst mistakes."""
    history = story.history
    norms = zip(*(result.gradient_norms for result in history), strict=True)
    parts = {"training": "train", "validation": "validation"}
    table = {
        kind: {n: [getattr(r, f"{p}_{kind}") for r in history] for n, p in parts.items()}
        for kind in ("loss", "accuracy")
    }
    read = story.outputs.probabilities.argmax(axis=1)
    worst = [miss.index for miss in _worst(story)]
    return {
        "loss.svg": charts.lines("loss", table["loss"], across="epoch"),
        "accuracy.svg": charts.lines("accuracy", table["accuracy"], across="epoch"),
        "gradients.svg": charts.lines(
            "gradient norm of each layer (logarithmic)",
            dict(zip(story.layers, (list(n) for n in norms), strict=True)),
            across="epoch",
            logarithmic=True,
        ),
        "confusion.svg": charts.confusion_matrix(scores.confusion(read, story.test.labels)),
        "reliability.svg": _draw_reliability(story),
        "mistakes.png": charts.mistakes(story.test.images[worst]),
    }


def as_markdown(story: Story, pictures: list[str]) -> str:
    """Write the report for a reader of text."""
    parts = [f"# {_title(story)}", story.verdict.sentence, "## Figures", _figures(story)]
    parts += ["## Network", f"```\n{story.description}\n```"]
    for name in pictures:
        parts += [f"## {_caption(name, story)}", f"![{name}]({name})"]
    parts += ["## Epochs", _epochs(story.history)]
    parts += [
        "## Settings",
        _listed(asdict(story.config)),
        "## Made with",
        _listed(story.environment),
    ]
    return "\n\n".join(parts) + "\n"


def as_html(story: Story, pictures: dict[str, str | bytes]) -> str:
    """Write the report as one page that needs no other file."""
    shown = "".join(
        f"<section><h2>{escape(_caption(name, story))}</h2>{_inline(contents)}</section>"
        for name, contents in pictures.items()
    )
    text = "".join(
        f"<h2>{title}</h2><pre>{escape(body)}</pre>"
        for title, body in {
            "Figures": _figures(story),
            "Network": story.description,
            "Epochs": _epochs(story.history),
            "Settings": _listed(asdict(story.config)),
            "Made with": _listed(story.environment),
        }.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(_title(story))}</title>"
        "<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "section{display:inline-block;vertical-align:top;margin:0 1rem 1rem 0}h2{font-size:1rem}"
        "pre{overflow:auto;background:#f4f4f4;padding:1rem}</style>"
        f"<h1>{escape(_title(story))}</h1><p>{escape(story.verdict.sentence)}</p>{shown}{text}\n"
    )


def _title(story: Story) -> str:
    test = story.findings.test
    return f"{story.config.name}: {test.accuracy:.2%} accuracy on {test.n:,} test digits"


def _caption(name: str, story: Story) -> str:
    mistakes = ", ".join(f"{m.label} as {m.read}" for m in _worst(story)[:8])
    return {
        "loss.svg": "Loss",
        "accuracy.svg": "Accuracy",
        "gradients.svg": "Gradients: a layer whose gradient vanishes learns no more",
        "confusion.svg": "Confusion on the test digits",
        "reliability.svg": "Reliability: accuracy by confidence",
        "mistakes.png": f"Misclassified digits, the most confident first: {mistakes or 'none'}",
    }[name]


def _figures(story: Story) -> str:
    rows = [
        "| | n | accuracy | NLL | Brier | ECE | accepted |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, s in (("validation", story.findings.validation), ("test", story.findings.test)):
        rows.append(
            f"| {name} | {s.n:,} | {s.accuracy:.2%} | {s.nll:.4f} | {s.brier:.4f} | {s.ece:.4f} "
            f"| {s.kept:.2%} |"
        )
    found = story.findings
    rows.append(f"\nNegatives rejected: {found.negatives_rejected:.2%}. ")
    rows.append(f"Trained in {found.training_seconds:.0f} s.")
    return "\n".join(rows)


def _epochs(history: list[EpochResult]) -> str:
    rows = [
        "| epoch | train loss | accuracy | validation loss | accuracy |",
        "|---|---|---|---|---|",
    ]
    rows += [
        f"| {r.epoch} | {r.train_loss:.4f} | {r.train_accuracy:.2%} | {r.validation_loss:.4f} "
        f"| {r.validation_accuracy:.2%} |"
        for r in history
    ]
    return "\n".join(rows)


def _listed(values: dict[str, object] | dict[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in values.items())


def _worst(story: Story) -> tuple[scores.Miss, ...]:
    return scores.misses(story.outputs.probabilities, story.test.labels)[:MOST_MISTAKES]


def _draw_reliability(story: Story) -> str:
    _, confidence, accuracy = scores.reliability(story.outputs.probabilities, story.test.labels)
    points = list(zip(confidence.tolist(), accuracy.tolist(), strict=True))
    start = float(min(np.min(confidence), np.min(accuracy)))
    return charts.plot(
        "accuracy",
        {"this model": points, "calibrated": [(start, start), (1.0, 1.0)]},
        across="confidence",
    )


def _inline(contents: str | bytes) -> str:
    if isinstance(contents, str):
        return contents
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(contents).decode()}">'
