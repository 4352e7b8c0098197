"""Named splits: the same digits, changed as hands, pens and cameras change them.

Fixed strengths, unlike training's random ones, so that two models meet the same pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

Images = NDArray[np.float32]  # (n, 28, 28) in 0..1, ink high


def rotate(images: Images) -> Images:
    """Turn by 20 degrees, every second digit the other way."""
    turn = math.radians(20)
    return _map(
        images,
        lambda side: (
            (math.cos(turn), side * math.sin(turn)),
            (-side * math.sin(turn), math.cos(turn)),
        ),
    )


def shear(images: Images) -> Images:
    """Slant by 0.35, every second digit the other way."""
    return _map(images, lambda side: ((1, side * 0.35), (0, 1)))


def shrink(images: Images) -> Images:
    """Scale to 70 per cent."""
    return _map(images, lambda side: ((1 / 0.7, 0), (0, 1 / 0.7)))


def thicken(images: Images) -> Images:
    """Draw every stroke a pixel wider on each side."""
    return _batch(images, lambda x: functional.max_pool2d(x, 3, stride=1, padding=1))


def thin(images: Images) -> Images:
    """Take half a pixel of every stroke away on each side."""
    return _batch(images, lambda x: x.lerp(-functional.max_pool2d(-x, 3, stride=1, padding=1), 0.5))


def noise(images: Images) -> Images:
    """Add Gaussian noise of standard deviation 0.2, the same for every model."""
    grain = np.random.default_rng(0).normal(0, 0.2, images.shape).astype(np.float32)
    return np.asarray(np.clip(images + grain, 0, 1))


def blur(images: Images) -> Images:
    """Average over 3x3 pixels, twice."""
    return _batch(
        images,
        lambda x: functional.avg_pool2d(functional.avg_pool2d(x, 3, 1, padding=1), 3, 1, padding=1),
    )


def background(images: Images) -> Images:
    """Lay a slope of grey, up to 0.3, under the digit."""
    slope = np.linspace(0, 0.3, 28, dtype=np.float32)
    return np.maximum(images, slope[None, None, :])


SPLITS: dict[str, Callable[[Images], Images]] = {
    "rotation": rotate,
    "shear": shear,
    "scale": shrink,
    "thick": thicken,
    "thin": thin,
    "noise": noise,
    "blur": blur,
    "background": background,
}


def _map(
    images: Images, matrix: Callable[[int], tuple[tuple[float, float], tuple[float, float]]]
) -> Images:
    """Resample so that a new pixel at (x, y) is looked up at ``matrix`` times (x, y)."""
    both = torch.tensor([[[*row, 0.0] for row in matrix(side)] for side in (1, -1)])
    maps = both.repeat(len(images) // 2 + 1, 1, 1)[: len(images)]

    def resample(batch: torch.Tensor) -> torch.Tensor:
        grid = functional.affine_grid(maps, list(batch.shape), align_corners=False)
        return functional.grid_sample(batch, grid, align_corners=False)

    return _batch(images, resample)


def _batch(images: Images, change: Callable[[torch.Tensor], torch.Tensor]) -> Images:
    changed: Images = change(torch.from_numpy(images).unsqueeze(1)).squeeze(1).numpy()
    return changed
