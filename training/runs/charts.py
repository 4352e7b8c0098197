"""Pictures of a run as SVG and PNG, drawn here so that a report needs nothing to be shown."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

WIDTH, HEIGHT = 460, 280
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 30, 34
COLOURS = ("#1668b8", "#d2541b", "#3a8a3e", "#8c3fa8", "#a88700", "#5b6470")
MISTAKES_A_ROW = 8


def lines(
    title: str, series: Mapping[str, Sequence[float]], *, across: str, logarithmic: bool = False
) -> str:
    """Draw each of ``series`` as a line over 1, 2, 3, ...; ``logarithmic`` concerns the height."""
    points = {name: [(i + 1.0, v) for i, v in enumerate(values)] for name, values in series.items()}
    return plot(title, points, across=across, logarithmic=logarithmic)


def plot(
    title: str,
    series: dict[str, list[tuple[float, float]]],
    *,
    across: str,
    logarithmic: bool = False,
) -> str:
    """Draw each of ``series``, given by its points, as a line with a legend."""
    heights = [_height(y, logarithmic) for points in series.values() for _, y in points]
    places = [x for points in series.values() for x, _ in points]
    low, high, start, end = *_range(heights), *_range(places)
    parts = [_axes(title, across, (start, end), (low, high), logarithmic)]
    for index, (name, points) in enumerate(series.items()):
        path = " ".join(
            f"{_x(x, start, end):.1f},{_y(_height(y, logarithmic), low, high):.1f}"
            for x, y in points
        )
        colour = COLOURS[index % len(COLOURS)]
        legend = TOP + 14 + 15 * index
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(
            f'<text x="{WIDTH - RIGHT - 6}" y="{legend}" text-anchor="end" fill="{colour}">'
            f"{escape(name)}</text>"
        )
    return _svg(parts, WIDTH, HEIGHT)


def bars(title: str, groups: Mapping[str, Sequence[tuple[str, float, str]]]) -> str:
    """Draw a horizontal bar for each (name, length, text) of each of ``groups``."""
    longest = max(length for bars_of_it in groups.values() for _, length, _ in bars_of_it)
    parts, y = [_text(8, 18, title)], TOP + 14
    for group, bars_of_it in groups.items():
        parts.append(_text(8, y, group))
        for index, (name, length, shown) in enumerate(bars_of_it):
            width, top = 190 * length / longest, y + 8 + 18 * index
            colour = COLOURS[index % len(COLOURS)]
            parts.append(
                f'<rect x="140" y="{top}" width="{width:.1f}" height="14" fill="{colour}"/>'
            )
            parts += [_text(134, top + 12, name, "end"), _text(146 + width, top + 12, shown)]
        y += 34 + 18 * len(bars_of_it)
    return _svg(parts, WIDTH, y - 14)


def confusion_matrix(counts: NDArray[np.int64]) -> str:
    """Draw ``counts`` (10, 10), row the label, column the answer; mistakes are coloured."""
    cell, most = 30, max(1, int((counts - np.diag(np.diag(counts))).max()))
    parts = [_text(LEFT + 5 * cell, 18, "read as", "middle"), _text(8, TOP + 5 * cell, "label")]
    for row in range(10):
        parts.append(_text(LEFT - 8, TOP + 30 + row * cell, str(row), "end"))
        parts.append(_text(LEFT + cell * (row + 0.5), TOP + 4, str(row), "middle"))
        for column in range(10):
            count = int(counts[row, column])
            colour = "#dfeaf5" if row == column else f"rgba(210,84,27,{count / most:.2f})"
            x, y = LEFT + column * cell, TOP + 10 + row * cell
            parts.append(
                f'<rect x="{x}" y="{y}" width="{cell}" height="{cell}" fill="{colour}" '
                'stroke="#ccc"/>'
            )
            if count:
                parts.append(_text(x + cell / 2, y + 20, str(count), "middle"))
    return _svg(parts, LEFT + 10 * cell + RIGHT, TOP + 10 * cell + 20)


def mistakes(pictures: NDArray[np.float32]) -> bytes:
    """Lay ``pictures`` (n, 28, 28) out as a PNG of eight a row, dark on light, enlarged."""
    rows = math.ceil(len(pictures) / MISTAKES_A_ROW)
    sheet = np.zeros((max(1, rows) * 32, MISTAKES_A_ROW * 32), np.float32)
    for index, picture in enumerate(pictures):
        y, x = divmod(index, MISTAKES_A_ROW)
        sheet[y * 32 + 2 : y * 32 + 30, x * 32 + 2 : x * 32 + 30] = picture
    image = Image.fromarray(((1 - sheet) * 255).astype(np.uint8))
    buffer = io.BytesIO()
    image.resize((image.width * 2, image.height * 2), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()


def _axes(
    title: str, across: str, x: tuple[float, float], y: tuple[float, float], logarithmic: bool
) -> str:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [
        _text(LEFT, 18, title),
        f'<path d="M{LEFT},{TOP} V{bottom} H{right}" fill="none" stroke="#888"/>',
        _text((LEFT + right) / 2, HEIGHT - 4, across, "middle"),
        _text(LEFT, HEIGHT - 18, f"{x[0]:g}", "middle"),
        _text(right, HEIGHT - 18, f"{x[1]:g}", "end"),
    ]
    for share in (0.0, 0.5, 1.0):
        value = y[0] + share * (y[1] - y[0])
        shown = 10**value if logarithmic else value
        height = _y(value, *y)
        parts.append(_text(LEFT - 6, height + 4, f"{shown:.3g}", "end"))
        parts.append(f'<path d="M{LEFT},{height:.1f} H{right}" stroke="#ddd"/>')
    return "".join(parts)


def _height(value: float, logarithmic: bool) -> float:
    return math.log10(max(value, 1e-12)) if logarithmic else value


def _range(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _x(value: float, low: float, high: float) -> float:
    return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def _y(value: float, low: float, high: float) -> float:
    return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(parts: list[str], width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n'
    )
