"""The reader's network: a line of writing in, a probability for each sign at each frame out.

Convolutions over the picture, a fold of its height into channels, and residual blocks along the
line; no recurrence, so that a line of any length takes the same time a pixel. Strides instead of
pooling, since the layers before a pooling took most of the time. Trained with connectionist
temporal classification (Graves et al., ICML 2006).
"""

from __future__ import annotations

import json

from torch import Tensor, nn

from app.recognition.lines import HEIGHT

STRIDE = 4  # columns of the line a frame
CHANNELS = (24, 64, 128)  # at a half, a quarter and an eighth of the line's height
WIDTH = 256  # channels along the line
BLOCKS = 3  # along the line
REACH = 7  # frames that a block along the line sees
FAINT = 0.1  # the first scale of a second convolution: it begins by adding little
LEFT_OUT = 0.1  # share of the features that dropout leaves out


class LineNetwork(nn.Module):
    """From lines (n, 1, 40, w) to logits (n, classes, w / 4); class 0 is CTC's blank."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        first, second, third = CHANNELS
        self.picture = nn.Sequential(
            _layer(1, first, 5, stride=2),
            _layer(first, second, stride=2), _Residual(second),
            _layer(second, third, stride=(2, 1)), _Residual(third),
            _layer(third, WIDTH, (HEIGHT // 8, 1)),
        )  # fmt: skip
        self.dropout = nn.Dropout(LEFT_OUT)
        self.along = nn.Sequential(*[_Block(WIDTH) for _ in range(BLOCKS)])
        self.signs = nn.Conv1d(WIDTH, classes, 1)

    def forward(self, line: Tensor) -> Tensor:
        """Return logits (n, classes, frames)."""
        features = self.picture(line).squeeze(2)
        logits: Tensor = self.signs(self.along(self.dropout(features)))
        return logits


class ServableReader(nn.Module):
    """The network with its contract's output: calibrated probabilities (n, frames, classes)."""

    def __init__(self, network: LineNetwork, temperature: float) -> None:
        super().__init__()
        self.network, self.temperature = network, temperature

    def forward(self, line: Tensor) -> Tensor:
        """Answer lines (n, 1, 40, w)."""
        logits: Tensor = self.network(line) / self.temperature
        return logits.softmax(dim=1).transpose(1, 2)


class _Residual(nn.Module):
    """Two convolutions, the result of each added to what it was made of."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layer = _layer(channels, channels)
        self.second = _layer(channels, channels, scale=FAINT)

    def forward(self, picture: Tensor) -> Tensor:
        """Return (n, channels, h, w), of the same shape as ``picture``."""
        once: Tensor = picture + self.layer(picture)
        twice: Tensor = once + self.second(once)
        return twice


class _Block(nn.Module):
    """A residual block along the line: each channel on its own, then all of a frame."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.along = nn.Sequential(
            nn.Conv1d(
                channels, channels, REACH, padding=REACH // 2, groups=channels, bias=False
            ),
            nn.BatchNorm1d(channels), nn.ReLU(),
        )  # fmt: skip
        self.across = nn.Sequential(
            nn.Conv1d(channels, channels, 1, bias=False), nn.BatchNorm1d(channels), nn.ReLU()
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return (n, channels, frames), of the same shape as ``features``."""
        added: Tensor = self.across(self.along(features))
        return features + added


def _layer(
    before: int,
    after: int,
    kernel: int | tuple[int, int] = 3,
    stride: int | tuple[int, int] = 1,
    scale: float = 1.0,
) -> nn.Sequential:
    """Return a convolution with batch normalisation, which begins with ``scale``.

    Only a square ``kernel`` is padded.
    """
    padding = kernel // 2 if isinstance(kernel, int) else 0
    convolution = nn.Conv2d(before, after, kernel, stride, padding, bias=False)
    normalised = nn.BatchNorm2d(after)
    nn.init.constant_(normalised.weight, scale)
    return nn.Sequential(convolution, normalised, nn.ReLU(inplace=True))


def metadata(name: str, version: int, alphabet: str, threshold: float) -> dict[str, str]:
    """Return what the reader's file says of itself."""
    return {
        "name": name,
        "version": str(version),
        "kind": "reader",
        "labels": json.dumps(["", *alphabet]),
        "confidence_threshold": str(threshold),
        "input_contract": f"line: float32 [n, 1, {HEIGHT}, w], paper about 0 and ink about 1",
        "output_contract": "probabilities: float32 [n, w / 4, classes], class 0 is CTC's blank",
    }
