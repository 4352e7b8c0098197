"""Make docs/misses.png: ``python -m tests.readme.misses``.

The sheet shows every MNIST test digit that the default model answers wrongly, by the way of a
request: a PNG of 28x28 is decoded, prepared and classified. MNIST and the sheet are under
CC BY-SA 3.0 (Y. LeCun, C. Cortes, C. J. C. Burges).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from app.recognition import images
from app.recognition.recogniser import Recogniser
from app.recognition.repository import Repository
from app.settings import ROOT, Settings
from tests.readme.sheet import Captioned, Layout
from tests.support.pictures import Digit, Digits, plain, read_mnist
from training.evaluation.examine import CORRECTIONS

SHEET = ROOT / "docs" / "misses.png"
SIDE = 84  # pixels of a digit
LAYOUT = Layout(10, (SIDE, SIDE))


@dataclass(frozen=True)
class Miss:
    """A test digit (28, 28) with a wrong answer; ``answer`` is None where it was rejected.

    ``score`` is the confidence of the answer or, of a rejected digit, its digitness.
    """

    index: int
    picture: Digit
    label: int
    answer: int | None
    score: float

    @property
    def lines(self) -> tuple[str, str]:
        """Return the two lines of text below the picture: label and answer, and the score.

        Where most of five people did not confirm the label, their majority is told instead.
        """
        shown = f"digitness {self.score:.2f}" if self.answer is None else f"{self.score:.0%}"
        if self.index in CORRECTIONS:
            majority = CORRECTIONS[self.index]
            shown += ", people ?" if majority is None else f", people {majority}"
        return f"{self.label} {'rejected' if self.answer is None else f'as {self.answer}'}", shown


def find_misses(recogniser: Recogniser, digits: Digits) -> list[Miss]:
    """Classify ``digits`` as the service does; return the wrong answers, the most confident first.

    Rejected digits come last.
    """
    drawings = [images.read(plain(p), max_pixels=Settings.max_pixels) for p in digits.images]
    predictions, _ = recogniser.recognise(
        [drawing.pixels for drawing in drawings], [drawing.is_blank for drawing in drawings]
    )
    misses = [
        Miss(i, digits.images[i], label, p.digit, p.digitness if p.rejected else p.confidence)
        for i, (label, p) in enumerate(zip(digits.labels.tolist(), predictions, strict=True))
        if p.digit != label
    ]
    return sorted(misses, key=lambda miss: (miss.answer is None, -miss.score))


def draw_sheet(misses: Sequence[Miss]) -> Image.Image:
    """Lay ``misses`` out, ten a row, dark ink on white, with a caption below each."""
    return LAYOUT.draw([Captioned(_enlarged(miss.picture), miss.lines) for miss in misses])


def _enlarged(picture: Digit) -> Image.Image:
    dark = ImageOps.invert(Image.fromarray(np.asarray(picture)))
    return dark.resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def main() -> None:
    """Classify the test digits and write the sheet."""
    recogniser = Repository.load(Settings.models_dir, default=Settings.model, device="cpu").get()
    misses = find_misses(recogniser, read_mnist())
    draw_sheet(misses).quantize(64).save(SHEET, optimize=True)
    rejected = sum(miss.answer is None for miss in misses)
    print(f"{len(misses) - rejected} misclassified, {rejected} rejected: {SHEET.name}")


if __name__ == "__main__":
    main()
