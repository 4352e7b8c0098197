"""Augmentation of whole batches: pure functions of a batch and a random generator.

Batches are (n, 1, 28, 28) in 0..1. The shapes follow Simard, Steinkraus, Platt, "Best
practices for convolutional neural networks" (ICDAR 2003): affine plus elastic.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional

DEGREES = 21.0  # beyond, a 7 becomes a 2 and a 4 a 9
SCALE = 0.2
SHEAR = 0.3
SHIFT = 2.0  # pixels
BEND = 1.6  # pixels, standard deviation of the elastic field at its knots
KNOTS = 5  # the field's own grid: coarse, so that strokes bend and do not fray
GAPS = 0.2  # share of a batch with a gap in its strokes, as pens skip and scanners lose ink
GAP = 2.2  # pixels, the largest radius
UNCHANGED = 0.15  # share of a batch, since clean digits are served too
SIDE = 28


def augment(batch: Tensor, generator: Generator, strength: float = 1.0) -> Tensor:
    """Return a varied copy of ``batch``, some of it unchanged; ``strength`` is 0 (none) to 1."""
    varied = warp(batch, generator, strength)
    varied = change_thickness(varied, generator, strength)
    varied = leave_gaps(varied, generator, strength)
    varied = change_tone(varied, generator, strength)
    keep = _uniform(batch, generator, 0, 1) < UNCHANGED
    return torch.where(keep.view(-1, 1, 1, 1), batch, varied)


def warp(batch: Tensor, generator: Generator, strength: float = 1.0) -> Tensor:
    """Turn, scale, shear, shift and bend, in one resampling so that little is blurred."""
    grid = functional.affine_grid(
        _matrices(batch, generator, strength), list(batch.shape), align_corners=False
    )
    knots = _normal(batch, generator, (2, KNOTS, KNOTS)) * (BEND * strength * 2 / SIDE)
    share = _uniform(batch, generator, 0, 1).view(-1, 1, 1, 1)
    bend = functional.interpolate(knots * share, (SIDE, SIDE), mode="bicubic", align_corners=True)
    return functional.grid_sample(batch, grid + bend.permute(0, 2, 3, 1), align_corners=False)


def change_thickness(batch: Tensor, generator: Generator, strength: float = 1.0) -> Tensor:
    """Thicken or thin strokes by up to one pixel a side (grey dilation and erosion)."""
    thick = functional.max_pool2d(batch, 3, stride=1, padding=1)
    thin = -functional.max_pool2d(-batch, 3, stride=1, padding=1)
    amount = _uniform(batch, generator, -0.6 * strength, min(strength, 1.0)).view(-1, 1, 1, 1)
    return torch.where(
        amount > 0, batch.lerp(thick, amount.relu()), batch.lerp(thin, (-amount).relu())
    )


def leave_gaps(batch: Tensor, generator: Generator, strength: float = 1.0) -> Tensor:
    """Take the ink away from a round place within the digit's box, in ``GAPS`` of ``batch``."""
    places = torch.arange(SIDE, device=batch.device)
    x, y = (_uniform(batch, generator, 6, SIDE - 6).view(-1, 1, 1, 1) for _ in range(2))
    radius = _uniform(batch, generator, 1 - 1 / GAPS, 1).relu().view(-1, 1, 1, 1) * GAP * strength
    far = ((places - x) ** 2 + (places.view(-1, 1) - y) ** 2).sqrt()
    return batch * (far - radius + 0.5).clamp(0, 1).where(radius > 0, 1.0)


def change_tone(batch: Tensor, generator: Generator, strength: float = 1.0) -> Tensor:
    """Change gamma and ink, blur a little, and add the noise that a camera leaves."""
    gamma = torch.exp(_uniform(batch, generator, -0.5, 0.5) * strength).view(-1, 1, 1, 1)
    blurred = functional.avg_pool2d(batch, 3, stride=1, padding=1)
    toned = batch.lerp(
        blurred, _uniform(batch, generator, -0.6, min(0.8 * strength, 1)).relu().view(-1, 1, 1, 1)
    )
    toned = toned.clamp_min(1e-6) ** gamma
    grain = _uniform(batch, generator, -0.1, 0.1 * strength).relu().view(-1, 1, 1, 1)
    return (toned + grain * _normal(batch, generator, (1, SIDE, SIDE))).clamp(0, 1)


def _matrices(batch: Tensor, generator: Generator, strength: float) -> Tensor:
    """Draw affine maps (n, 2, 3), from the place of a new pixel to where it is looked up."""

    def draw(most: float) -> Tensor:
        return _uniform(batch, generator, -most * strength, most * strength)

    angle, shear = draw(math.radians(DEGREES)), draw(SHEAR)
    across, down = draw(SCALE).exp(), draw(SCALE).exp()
    right, below = draw(SHIFT * 2 / SIDE), draw(SHIFT * 2 / SIDE)
    cos, sin = angle.cos(), angle.sin()
    rows = (
        torch.stack((across * cos, across * (shear * cos - sin), right), dim=1),
        torch.stack((down * sin, down * (shear * sin + cos), below), dim=1),
    )
    return torch.stack(rows, dim=1)


def _uniform(batch: Tensor, generator: Generator, low: float, high: float) -> Tensor:
    drawn = torch.rand(len(batch), generator=generator, device=batch.device)
    return low + (high - low) * drawn


def _normal(batch: Tensor, generator: Generator, shape: tuple[int, ...]) -> Tensor:
    return torch.randn((len(batch), *shape), generator=generator, device=batch.device)
