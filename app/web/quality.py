"""A model's card as a page shows it: only what the card holds, each figure with its n."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

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
        found.append(accuracy("Test digits read right", test["accuracy"], test["n"]))
    if "kept" in test:
        found.append(Figure("Test digits taken for digits", _percent(test["kept"])))
    if "negatives_rejected" in card:
        found.append(
            Figure("Drawings that are no digit, turned away", _percent(card["negatives_rejected"]))
        )
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


def splits(card: dict[str, Any]) -> list[tuple[str, float, str]]:
    """List the named splits: name, share read right, and that in words."""
    shares = _dict(card, "splits")
    return [(name, float(share), _percent(share)) for name, share in shares.items()]


def curves(card: dict[str, Any], width: float, height: float) -> dict[str, str]:
    """Return the losses of each epoch as points of SVG lines, by the name of their part."""
    history = card.get("history") or []
    parts = {part: [row[f"{part}_loss"] for row in history] for part in ("train", "validation")}
    top = max((loss for losses in parts.values() for loss in losses), default=0)
    if len(history) < 2 or not top:
        return {}
    step = width / (len(history) - 1)
    return {
        part: " ".join(
            f"{i * step:.1f},{height * (1 - loss / top):.1f}" for i, loss in enumerate(losses)
        )
        for part, losses in parts.items()
    }


@dataclass(frozen=True)
class Reliability:
    """The bins of the diagram (n, mean confidence, share read right), shown from ``start`` on."""

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
    return [Figure("Read otherwise than in PyTorch", f"{parity['argmax_differs']:,}", note)]


def _dict(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _percent(share: float) -> str:
    return f"{share:.2%}"
