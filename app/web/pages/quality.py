"""A model's card as a page shows it: only what the card holds, each figure with its n."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

CONFUSIONS_SHOWN = 5
DENSE_ONLY = ("activation", "slope")  # settings
TRAINING_DIGITS = 60_000
Z = 1.959964  # of a 95 % interval
SHOWN = {
    "nll": "Negative log-likelihood",
    "brier": "Brier score",
    "ece": "Expected calibration error",
}


@dataclass(frozen=True)
class Figure:
    """A number with its name, and what is to be known of it."""

    name: str
    value: str
    note: str = ""


def figures(card: dict[str, Any]) -> list[Figure]:
    """List the headline figures: those of the test digits, then the rest."""
    test = _dict(_dict(card, "metrics"), "test")
    found: list[Figure] = []
    if "accuracy" in test and "n" in test:
        found.append(accuracy("Test accuracy", test["accuracy"], test["n"]))
    if "kept" in test:
        found.append(Figure("Test digits accepted", _percent(test["kept"])))
    if "negatives_rejected" in card:
        found.append(Figure("Negatives rejected", _percent(card["negatives_rejected"])))
    found += [
        Figure(name, f"{test[key]:.4f}", "lower is better")
        for key, name in SHOWN.items()
        if key in test
    ]
    if "parameters" in card:
        found.append(Figure("Weights", f"{card['parameters']:,}"))
    return found + _parity(card)


def accuracy(name: str, share: float, n: int) -> Figure:
    """Give ``share`` of ``n`` with its 95 % interval (Wilson, 1927)."""
    low, high = wilson(share, n)
    wrong = n - round(share * n)
    note = f"{wrong:,} of {n:,} wrong; 95 % interval {_percent(low)} to {_percent(high)}"
    return Figure(name, _percent(share), note)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share measured on ``n``."""
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return middle - half, middle + half


@dataclass(frozen=True)
class Measured:
    """A row of the table: a figure with its interval, in words, and what it should be.

    ``share`` is the figure itself where it is a part of 1; ``verdict`` is "met", "missed" or "".
    """

    name: str
    value: str
    interval: str
    n: str
    goal: str
    verdict: str
    share: float | None


def table(card: dict[str, Any], *groups: str) -> list[Measured]:
    """List the rows of the card's table that are of one of ``groups``."""
    rows = card.get("table")
    given = rows if isinstance(rows, list) else []
    return [_measured(row) for row in given if _dict({"row": row}, "row").get("group") in groups]


def _measured(row: dict[str, Any]) -> Measured:
    is_share = row["unit"] == "%"
    scale, places = (100, 2) if is_share else (1, 0)
    value, low, high = (f"{scale * row[key]:,.{places}f}" for key in ("value", "low", "high"))
    return Measured(
        name=row["name"].removesuffix(", as a share of clean"),
        value=f"{value}%" if is_share else f"{value} {row['unit']}",
        interval=f"{low} to {high}",
        n=f"{row['n']:,}",
        goal=row["goal"],
        verdict=row["verdict"],
        share=min(row["value"], 1.0) if is_share else None,
    )


def confusions(card: dict[str, Any]) -> list[str]:
    """List the most frequent confusions, with their counts."""
    matrix = card.get("confusion") or []
    wrong = sorted(
        ((count, label, read) for label, row in enumerate(matrix) for read, count in enumerate(row)
         if label != read and count > 1),
        key=lambda each: (-each[0], *each[1:]),
    )  # fmt: skip
    return [
        f"{label} read as {read}: {count} of {sum(matrix[label]):,}"
        for count, label, read in wrong[:CONFUSIONS_SHOWN]
    ]


def taught(card: dict[str, Any]) -> str:
    """Return on which splits the model was trained, selected and measured."""
    held_out = _dict(card, "config").get("validation")
    if not isinstance(held_out, int):
        return ""
    return (
        f"It was trained on {TRAINING_DIGITS - held_out:,} of MNIST's {TRAINING_DIGITS:,} training "
        f"digits. The other {held_out:,}, the validation split, chose its epoch, temperature and "
        "threshold. Test digits and real pictures were used only to measure it."
    )


def settings(card: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of the run that apply: a convolutional network has no choice of some."""
    config = _dict(card, "config")
    hidden = () if _is_dense(config) else DENSE_ONLY
    return {name: value for name, value in config.items() if name not in hidden}


def _is_dense(config: dict[str, Any]) -> bool:
    """Whether the network is named by its widths, such as 784-15-10."""
    return all(width.isdecimal() for width in str(config.get("network", "0")).split("-"))


@dataclass(frozen=True)
class Curves:
    """The losses of ``epochs`` as points of SVG lines, by part, from 0 up to ``top``."""

    epochs: int
    top: float
    lines: dict[str, str]


def curves(card: dict[str, Any], width: float, height: float) -> Curves | None:
    """Draw how the losses moved, epoch by epoch, if the card has it."""
    history = card.get("history") or []
    parts = {part: [row[f"{part}_loss"] for row in history] for part in ("train", "validation")}
    top = max((loss for losses in parts.values() for loss in losses), default=0)
    if len(history) < 2 or not top:
        return None
    step = width / (len(history) - 1)
    lines = {
        part: " ".join(
            f"{i * step:.1f},{height * (1 - loss / top):.1f}" for i, loss in enumerate(losses)
        )
        for part, losses in parts.items()
    }
    return Curves(len(history), top, lines)


@dataclass(frozen=True)
class Reliability:
    """The bins of the diagram (n, mean confidence, accuracy), shown from ``start`` on."""

    start: float
    bins: tuple[tuple[int, float, float], ...]

    def across(self, value: float, size: float) -> float:
        """Return where ``value`` lies on an axis of ``size`` from ``start`` to 1."""
        return round(size * (value - self.start) / (1 - self.start), 2)


def reliability(card: dict[str, Any]) -> Reliability | None:
    """Return the diagram from the tenth below its lowest bin on, if the card has it."""
    table = _dict(card, "reliability")
    columns = (table.get(name) or [] for name in ("counts", "confidence", "accuracy"))
    bins = tuple(zip(*columns, strict=True))
    if not bins:
        return None
    lowest = min(min(confidence, right) for _, confidence, right in bins)
    return Reliability(min(0.9, math.floor(10 * lowest) / 10), bins)


def _parity(card: dict[str, Any]) -> list[Figure]:
    parity = _dict(card, "parity")
    if not {"digits", "argmax_differs", "greatest_difference"} <= parity.keys():
        return []
    most = f"{parity['greatest_difference']:.0e}"
    note = f"on {parity['digits']:,} digits; probabilities differ by up to {most}"
    return [Figure("Answers that differ from PyTorch", f"{parity['argmax_differs']:,}", note)]


def _dict(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _percent(share: float) -> str:
    return f"{share:.2%}"
