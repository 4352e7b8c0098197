"""Robustness splits: the same digits, corrupted as hands, pens, paper and cameras do.

Each digit becomes a picture of 112x112 with dark ink on light paper, for the service's own
normalisation. Strengths are fixed, unlike those of augmentation, so that two models get the same
pictures; people can still read them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.mnist import as_served

ENLARGED = 4
SIDE = 28 * ENLARGED
PAPER, PEN = 0.88, 0.25  # share of light given back
CHUNK = 500  # digits changed at a time, so that memory stays small

Images = NDArray[np.float32]  # (n, 28, 28) in 0..1, ink high
Grey = NDArray[np.uint8]  # (n, SIDE, SIDE)
Change = Callable[[Tensor, Tensor], Tensor]  # of ink (n, 1, SIDE, SIDE) in 0..1, and (n,) indices


def rotate(ink: Tensor, index: Tensor) -> Tensor:
    """Turn by 25 degrees, every second digit the other way."""
    turn = _sides(index) * math.radians(25)
    return _map(ink, turn.cos(), turn.sin(), -turn.sin(), turn.cos())


def shear(ink: Tensor, index: Tensor) -> Tensor:
    """Slant by 0.35, every second digit the other way."""
    one, none = torch.ones(len(ink)), torch.zeros(len(ink))
    return _map(ink, one, 0.35 * _sides(index), none, one)


def shrink(ink: Tensor, index: Tensor) -> Tensor:
    """Scale to 40 per cent."""
    one, none = torch.ones(len(ink)), torch.zeros(len(ink))
    return _map(ink, one / 0.4, none, none, one / 0.4)


def thicken(ink: Tensor, index: Tensor) -> Tensor:
    """Draw every stroke three quarters of one of MNIST's pixels wider on each side."""
    return functional.max_pool2d(ink, 7, stride=1, padding=3)


def thin(ink: Tensor, index: Tensor) -> Tensor:
    """Take half of one of MNIST's pixels of every stroke away on each side."""
    return -functional.max_pool2d(-ink, 5, stride=1, padding=2)


def blur(light: Tensor, index: Tensor) -> Tensor:
    """Take the picture out of focus: averages over 7x7 pixels, three times."""
    for _ in range(3):
        padded = functional.pad(light, (3, 3, 3, 3), mode="replicate")
        light = functional.avg_pool2d(padded, 7, stride=1)
    return light


def add_noise(light: Tensor, index: Tensor) -> Tensor:
    """Add a sensor's noise, of standard deviation 0.08."""
    return light + 0.08 * _grain(index, SIDE)


def rule(light: Tensor, index: Tensor) -> Tensor:
    """Print lines on the paper, 28 pixels apart, lighter than the ink."""
    rows = (torch.arange(SIDE) + 5 * index.view(-1, 1)) % 28 < 2
    return torch.where(rows.view(-1, 1, SIDE, 1), light.clamp_max(0.6), light)


def light_unevenly(light: Tensor, index: Tensor) -> Tensor:
    """Light the paper from one side, turning digit by digit, with 40 per cent left at the other."""
    turn = (index * 2.4).view(-1, 1, 1, 1)
    y, x = torch.meshgrid(*2 * (torch.linspace(-1, 1, SIDE),), indexing="ij")
    across = (x * turn.cos() + y * turn.sin()) / math.sqrt(2)
    return light * (0.7 + 0.3 * across)


def roughen(light: Tensor, index: Tensor) -> Tensor:
    """Give the paper stains and fibres."""
    stains = functional.interpolate(_grain(index, 7), (SIDE, SIDE), mode="bicubic")
    fibres = functional.interpolate(_grain(index + 1, SIDE // 2), (SIDE, SIDE), mode="bilinear")
    return light + 0.05 * stains + 0.04 * fibres


HANDS: dict[str, Change] = {
    "rotation": rotate,
    "shear": shear,
    "scale": shrink,
    "thick": thicken,
    "thin": thin,
}
CAMERAS: dict[str, Change] = {  # of the light that comes back from the paper, ink low
    "blur": blur,
    "noise": add_noise,
    "lines": rule,
    "uneven light": light_unevenly,
    "texture": roughen,
}
SPLITS: tuple[str, ...] = (*HANDS, *CAMERAS)


def pictures(split: str, images: Images) -> Grey:
    """Return the pictures (n, SIDE, SIDE) of ``images`` in ``split``, or ``"plain"`` ones."""
    chunks = range(0, len(images), CHUNK)
    return np.concatenate([_picture(split, images[i : i + CHUNK], i) for i in chunks])


def served(split: str, images: Images) -> Images:
    """Return the network's input (n, 28, 28) of ``images`` in ``split``."""
    return as_served(pictures(split, images))


def _picture(split: str, images: Images, first: int) -> Grey:
    index = torch.arange(first, first + len(images))
    ink = functional.interpolate(
        torch.from_numpy(images).unsqueeze(1), scale_factor=ENLARGED, mode="bicubic"
    ).clamp(0, 1)
    if split in HANDS:
        ink = HANDS[split](ink, index)
    light = PAPER + (PEN - PAPER) * ink
    if split in CAMERAS:
        light = CAMERAS[split](light, index)
    grey: Grey = (light.clamp(0, 1) * 255).round().squeeze(1).numpy().astype(np.uint8)
    return grey


def _sides(index: Tensor) -> Tensor:
    return 1.0 - 2.0 * (index % 2)


def _map(ink: Tensor, a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """Resample so that a new pixel at (x, y) is looked up at (ax + by, cx + dy)."""
    none = torch.zeros(len(ink))
    rows = (torch.stack((a, b, none), dim=1), torch.stack((c, d, none), dim=1))
    grid = functional.affine_grid(torch.stack(rows, dim=1), list(ink.shape), align_corners=False)
    return functional.grid_sample(ink, grid, align_corners=False)


def _grain(index: Tensor, side: int) -> Tensor:
    """Draw (n, 1, side, side) of normal noise, each by its own index: the same in any chunk."""
    drawn = [np.random.default_rng((side, int(i))).standard_normal((side, side)) for i in index]
    return torch.from_numpy(np.stack(drawn).astype(np.float32)).unsqueeze(1)
