"""Make docs/reading-misses.png: ``python -m tests.readme.reading_misses``.

The sheet shows lines of MNIST test digits that the served reader reads wrongly, by the way of a
request: those of ``python -m benchmarks.reading``, spaced and touching. What kinds of misses they
are is written beside the sheet, into docs/reading.md. MNIST and the sheet are under CC BY-SA 3.0
(Y. LeCun, C. Cortes, C. J. C. Burges).
"""

from __future__ import annotations

import argparse
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from app.recognition import lines
from app.recognition.reader import Reader
from app.settings import ROOT, Settings
from benchmarks.recognition import newest
from tests.readme.sheet import Captioned, Layout
from training import mnist
from training.config import DATA_DIR
from training.evaluation import reading_pictures
from training.evaluation.reading import edit_distance
from training.evaluation.reading_pictures import Shown
from training.mnist import Scans

SHEET = ROOT / "docs" / "reading-misses.png"
PAGE = ROOT / "docs" / "reading.md"
PLACE = re.compile(r"(?<=<!-- misses -->\n).*?(?=<!-- /misses -->)", re.DOTALL)
LINES, SHOWN = 1_000, 30  # lines of each kind, as the table has them; misses on the sheet at most
LAYOUT, AROUND = Layout(3, (312, 72)), 12  # pixels
KINDS = (
    "one digit taken for another", "a digit too few", "a digit too many", "more than one mistake",
    "rejected",
)  # fmt: skip


@dataclass(frozen=True)
class Miss:
    """A line with a wrong answer; ``text`` is "" and ``confidence`` 0 where it was rejected."""

    shown: Shown
    text: str
    confidence: float

    @property
    def lines(self) -> tuple[str, str]:
        """Return the two lines of text below the picture: label and answer, and confidence."""
        if not self.text:
            return f"{self.shown.label} rejected", ""
        return f"{self.shown.label} as {self.text}", f"{self.confidence:.0%}"

    @property
    def kind(self) -> str:
        """Return which of ``KINDS`` it is."""
        other, few, many, several, rejected = KINDS
        if not self.text:
            return rejected
        if edit_distance(self.text, self.shown.label) > 1:
            return several
        return {0: other, -1: few, 1: many}[len(self.text) - len(self.shown.label)]


def both(scans: Scans, count: int) -> list[Shown]:
    """Return ``count`` spaced lines and as many that touch."""
    gaps = reading_pictures.spaced, reading_pictures.touching
    return [one for gap in gaps for one in reading_pictures.lines(scans, count, gap)]


def find_misses(reader: Reader, shown: Sequence[Shown]) -> list[Miss]:
    """Read ``shown`` as the service does; return the wrong answers, the most confident first."""
    found = []
    for one in shown:
        (reading,) = reader.read([lines.read_line(one.picture, max_pixels=Settings.max_pixels)])
        if reading.text != one.label:
            found.append(Miss(one, reading.text, reading.confidence))
    return sorted(found, key=lambda miss: -miss.confidence)


def draw_sheet(misses: Sequence[Miss]) -> Image.Image:
    """Lay ``misses`` out, three a row, with a caption below each."""
    return LAYOUT.draw([Captioned(_cut(miss.shown.picture), miss.lines) for miss in misses])


def _cut(picture: bytes) -> Image.Image:
    """Cut the paper around the ink away, but for a little, and fit the line into its frame."""
    grey = Image.open(io.BytesIO(picture)).convert("L")
    left, top, right, bottom = ImageOps.invert(grey).getbbox() or (0, 0, *grey.size)
    box = left - AROUND, top - AROUND, right + AROUND, bottom + AROUND
    ink = ImageOps.invert(ImageOps.invert(grey).crop(box))  # outside of the picture is paper
    return ImageOps.contain(ink, LAYOUT.size, Image.Resampling.BICUBIC)


def in_words(misses: Sequence[Miss], count: int) -> str:
    """Return the sheet as Markdown, with how many misses there are of each kind in ``count``."""
    counts = Counter(miss.kind for miss in misses)
    kinds = ", ".join(f"{kind}: {counts[kind]}" for kind in KINDS)
    shown = min(SHOWN, len(misses))
    told = f"The {shown} most confident of {len(misses)} wrong answers on {count:,} lines"
    return (
        f"Wrong answers on {count:,} lines: {len(misses)} ({kinds}).\n\n![{told}]({SHEET.name})\n"
    )


def main() -> None:
    """Read the lines, draw the sheet, and write what it shows into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, help=DATA_DIR)
    options = parser.parse_args()
    shown = both(mnist.load_scans(mnist.find(options.data_dir), "t10k"), LINES)
    misses = find_misses(Reader(newest("reader"), device="cpu"), shown)
    draw_sheet(misses[:SHOWN]).quantize(64).save(SHEET, optimize=True)
    words = in_words(misses, len(shown))
    PAGE.write_text(PLACE.sub(lambda _: words, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(words, end="")


if __name__ == "__main__":
    main()
