"""The baseline: PyTorch's own MNIST example, trained by its own recipe.

Network and recipe are those of ``mnist/main.py`` in github.com/pytorch/examples: 14 epochs of
Adadelta at a rate of 1.0 that falls by 0.7 an epoch, batches of 64, the 60,000 digits as they
are, seed 1. ``python -m benchmarks.baseline`` trains it; the weights are kept in runs/.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from app.settings import ROOT
from training import mnist
from training.config import DATA_DIR
from training.evaluation.scores import Outputs

EPOCHS = 14
BATCH = 64
MEAN, DEVIATION = 0.1307, 0.3081  # of MNIST's pixels
FOLDER = ROOT / "runs" / "baseline"


class ExampleNet(nn.Module):
    """Two convolutions and two linear layers: 1,199,882 weights."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 32, 3), nn.ReLU(),
            nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
            nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10),
        )  # fmt: skip

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (n, 10) of ``images`` (n, 1, 28, 28), white on black in 0..1."""
        logits: Tensor = self.layers((images - MEAN) / DEVIATION)
        return logits


def trained(epochs: int = EPOCHS, data_dir: Path | None = None) -> ExampleNet:
    """Return the network after ``epochs``, trained at the first call and read from then on."""
    torch.manual_seed(1)
    net = ExampleNet()
    if not _kept(epochs).exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        _train(net, epochs, data_dir)
    net.load_state_dict(torch.load(_kept(epochs), weights_only=True))
    return net.eval()


@torch.inference_mode()
def read(net: ExampleNet, images: NDArray[np.float32]) -> Outputs:
    """Classify ``images`` (n, 28, 28); this network has no rejection, so digitness is 1."""
    batches = torch.from_numpy(images).unsqueeze(1).split(500)  # type: ignore[no-untyped-call]
    probabilities = torch.cat([net(batch).softmax(dim=1) for batch in batches]).numpy()
    return Outputs(probabilities, np.ones(len(images), np.float32))


def _train(net: ExampleNet, epochs: int, data_dir: Path | None) -> None:
    digits = mnist.load_scans(mnist.find(data_dir), "train")  # not normalised as the service does
    images = torch.from_numpy(digits.grey.astype(np.float32) / 255).unsqueeze(1)
    labels = torch.from_numpy(digits.labels)
    optimizer = torch.optim.Adadelta(net.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    for epoch in range(epochs):
        net.train()
        for batch in torch.randperm(len(labels)).split(BATCH):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            loss = functional.cross_entropy(net(images[batch]), labels[batch])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        schedule.step()
        torch.save(net.state_dict(), _kept(epoch + 1))
        print(f"baseline: epoch {epoch + 1} of {epochs}, last loss {loss.item():.4f}", flush=True)


def _kept(epochs: int) -> Path:
    return FOLDER / f"{epochs}-epochs.pt"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the network and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--epochs", type=int, default=EPOCHS, help=f"Epochs of training (default: {EPOCHS})"
    )
    parser.add_argument("--data-dir", type=Path, help=DATA_DIR)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    trained(options.epochs, options.data_dir)


if __name__ == "__main__":
    main()
