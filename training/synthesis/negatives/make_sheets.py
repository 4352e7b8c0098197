"""Make the sheets of glyphs: ``python -m training.synthesis.negatives.make_sheets FOLDER``.

FOLDER holds an unpacked ``npm pack @fontsource/NAME`` under each NAME of ``FONTS`` and under
``noto-emoji``, and ``NotoColorEmoji.ttf`` of Debian's package fonts-noto-color-emoji. Training
reads only the sheets; this is for those who want to add a font or to check the sheets.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from training.synthesis.negatives.glyphs import CELL, LETTERS, SHADED, SHEETS

FONTS = (
    "amatic-sc", "annie-use-your-telescope", "architects-daughter", "bad-script", "caveat",
    "caveat-brush", "cedarville-cursive", "chilanka", "comic-neue", "covered-by-your-grace",
    "dawning-of-a-new-day", "dekko", "delicious-handrawn", "delius", "edu-nsw-act-foundation",
    "edu-sa-beginner", "gaegu", "gamja-flower", "give-you-glory", "gloria-hallelujah",
    "gochi-hand", "grape-nuts", "handlee", "hi-melody", "indie-flower", "itim",
    "just-me-again-down-here", "kalam", "klee-one", "kristi", "la-belle-aurore", "long-cang",
    "loved-by-the-king", "mali", "mansalva", "marck-script", "mynerve", "nanum-brush-script",
    "nanum-pen-script", "neucha", "nothing-you-could-do", "over-the-rainbow", "pangolin",
    "patrick-hand", "playpen-sans", "reenie-beanie", "sedgwick-ave", "shadows-into-light",
    "shantell-sans", "short-stack", "solitreo", "sriracha", "sue-ellen-francisco",
    "swanky-and-moo-moo", "the-girl-next-door", "vibur", "waiting-for-the-sunrise", "yomogi",
    "zeyada",
)  # fmt: skip
DOUBLES = {  # letters of a font that look like a digit, found by eye
    "bad-script": "f", "caveat": "L", "caveat-brush": "LY", "cedarville-cursive": "JYf",
    "dawning-of-a-new-day": "JYf", "just-me-again-down-here": "Y", "kristi": "JYfpx",
    "la-belle-aurore": "Y", "loved-by-the-king": "Y", "marck-script": "EJY",
    "over-the-rainbow": "FJXYpx", "sedgwick-ave": "Y", "the-girl-next-door": "f",
    "vibur": "Yfr", "waiting-for-the-sunrise": "Cc", "zeyada": "Jft",
}  # fmt: skip
LARGE = 4  # times the sheet's size, at which a glyph is drawn first
NARROW = 0.36  # of its height: a letter that is no wider is a 1 to a thick pen
THIN = 3.5  # pixels of the sheet: a letter's thinner strokes are thickened to MNIST's
FINE = 2.0  # the same of line drawings, whose lines are closer together
BLOCKS = ((0x2600, 0x27C0), (0x1F300, 0x1F650), (0x1F680, 0x1F6FD), (0x1F900, 0x1FAF9))
COLOUR_SIZE = 109  # the one size of NotoColorEmoji's pictures
# Words in the names of emoji that may look like a digit: rings, bars, loops, written signs.
DIGITLIKE = """
    HUNDRED NUMBER NUMBERS CIRCLE CIRCLED CLOCK MOON BALL BASEBALL SOFTBALL BASKETBALL
    VOLLEYBALL SQUARED INPUT COIN DISC DVD EGG HOLE DROPLET BALLOON ROPE SNAKE WORM KNOT PRETZEL
    INFINITY RIBBON DNA PIN PAPERCLIP PAPERCLIPS POLE HOOK CURLY LOOP EXCLAMATION CANE BAMBOO
    CANDLE TUBE THERMOMETER RULER PENCIL CRAYON PEN PAINTBRUSH BAT CRICKET KNIFE DAGGER SPOON
    SYRINGE SCREWDRIVER TOOTHBRUSH RAZOR FLUTE SMOKING CRESCENT CROISSANT BANANA SWAN FLAMINGO
    DUCK SAUROPOD BREAD CARROT CUCUMBER PEPPER AUBERGINE FEATHER EAR BONE GUITAR VIOLIN BANJO
    PEANUTS SNOWMAN PEAR AVOCADO MAGNIFYING TENNIS RACQUET PADDLE LOLLIPOP HOURGLASS WATCH
    STOPWATCH TIMER FEMALE MALE NOTE NOTES SIGN SYMBOL YIN FITZPATRICK FLAG BEANS COOKIE ONION
    ARIES TAURUS GEMINI CANCER LEO VIRGO LIBRA SCORPIUS SAGITTARIUS CAPRICORN AQUARIUS PISCES
    BILLIARDS KEYCAP CALENDAR PAGER CONVENIENCE RING BUBBLES CHAINS HOT PILL FOOTBALL RECEIVER
    CHOPSTICKS DROP BOOMERANG YO SAXOPHONE HOCKEY LACROSSE POINTING INDEX MICROPHONE BUOY WHEEL
    KEY AMULET COMPASS ROLL BEADS
    DRAGON LIZARD DIGIT CHESS OPHIUCHUS ZERO MARK ARROW ARROWS DASH DOT PLANET CYCLONE SPIRAL
    DOUGHNUT BAGEL TOMATO TANGERINE PEACH CHERRIES COCONUT POTATO KIWIFRUIT RADIO BUTTON SCREW
    WAND NEEDLE MATCHES TORCH FLASHLIGHT MAN WOMAN STANDING BRIEFS LEG MIRROR MEDAL"""


def main() -> None:
    """Write the four sheets, from the fonts in the folder that the command names."""
    folder = Path(sys.argv[1])
    letters = [[_letter(_font(folder, name), name, a) for a in LETTERS] for name in FONTS]
    _save("letters.png", [cell for row in letters for cell in row], len(LETTERS), 2)
    digits = [
        _cell(_drawn(_font(folder, name), sign), THIN) for name in FONTS for sign in "0123456789"
    ]
    _save("digits.png", digits, 10, 2)
    signs = [chr(code) for block in BLOCKS for code in range(*block) if _may_be_drawn(chr(code))]
    plain = [sign for sign in signs if "FACE" not in unicodedata.name(sign)]  # a ring, if blurred
    lines = [line for sign in plain if (line := _line_drawing(folder, sign)).any()]
    _save("drawings.png", _unlike(lines), 32, 2)
    colour = ImageFont.truetype(folder / "NotoColorEmoji.ttf", COLOUR_SIZE)
    shaded = [picture for sign in signs if (picture := _shaded(colour, sign)).any()]
    _save("pictures.png", _unlike(shaded), 32, 16)


def _unlike(cells: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Return each of ``cells`` once: some emoji differ in their colour alone."""
    return list({cell.tobytes(): cell for cell in cells}.values())


def _font(folder: Path, name: str) -> ImageFont.FreeTypeFont:
    file = folder / name / "files" / f"{name}-latin-400-normal.woff"
    return ImageFont.truetype(file, 2 * CELL * LARGE)


def _letter(font: ImageFont.FreeTypeFont, name: str, letter: str) -> NDArray[np.uint8]:
    """Return ``letter`` as a cell, or an empty one where it looks like a digit."""
    drawn = _drawn(font, letter)
    if letter in DOUBLES.get(name, "") or drawn.width < NARROW * drawn.height:
        return np.zeros((CELL, CELL), np.uint8)
    return _cell(drawn, THIN)


def _line_drawing(folder: Path, sign: str) -> NDArray[np.uint8]:
    """Return ``sign`` as a cell, from the file of Noto Emoji that has it; or an empty one."""
    ranges = json.loads((folder / "noto-emoji" / "unicode.json").read_text())
    for name, codes in ranges.items():
        if any(_covers(part, ord(sign)) for part in codes.split(",")):
            file = f"noto-emoji-{name.strip('[]')}-400-normal.woff"
            font = ImageFont.truetype(folder / "noto-emoji" / "files" / file, CELL * LARGE)
            return _cell(_drawn(font, sign), FINE)
    return np.zeros((CELL, CELL), np.uint8)


def _covers(part: str, code: int) -> bool:
    first, _, last = part.removeprefix("U+").partition("-")
    return int(first, 16) <= code <= int(last or first, 16)


def _may_be_drawn(sign: str) -> bool:
    words = set(unicodedata.name(sign, "").replace("-", " ").split())
    return bool(words) and words.isdisjoint(DIGITLIKE.split())


def _drawn(font: ImageFont.FreeTypeFont, text: str) -> Image.Image:
    """Draw ``text`` and cut it out."""
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    image = Image.new("L", (max(right - left, 1) + 8, max(bottom - top, 1) + 8))
    ImageDraw.Draw(image).text((4 - left, 4 - top), text, 255, font)
    return image.crop(image.getbbox())


def _cell(drawn: Image.Image, thin: float) -> NDArray[np.uint8]:
    """Bring ``drawn`` to five sevenths of a cell, as MNIST does, with strokes that are not thin."""
    side = CELL * LARGE
    scale = side * 5 / 7 / max(drawn.size)
    small = drawn.resize([max(round(s * scale), 1) for s in drawn.size])
    image = Image.new("L", (side, side))
    image.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    ink = np.asarray(image) > 127
    if not ink.any():
        return np.zeros((CELL, CELL), np.uint8)
    edge = (ink[1:] != ink[:-1]).sum() + (ink[:, 1:] != ink[:, :-1]).sum()
    width = 2 * ink.sum() / (edge * 0.8)  # a slanted edge is counted in both directions
    missing = max(0, round((thin * LARGE - width) / 2))
    thick = Image.fromarray(ink).convert("L").filter(ImageFilter.MaxFilter(2 * missing + 1))
    return np.asarray(thick.resize((CELL, CELL), Image.Resampling.BOX)) // 128


def _shaded(font: ImageFont.FreeTypeFont, sign: str) -> NDArray[np.uint8]:
    """Return ``sign`` in 16 greys, light on black; an empty one where the font has none."""
    image = Image.new("RGBA", (160, 160))
    ImageDraw.Draw(image).text((12, 12), sign, font=font, embedded_color=True)
    box = image.getbbox()
    if box is None:
        return np.zeros((SHADED, SHADED), np.uint8)
    cut = image.crop(box)
    black = Image.new("RGBA", cut.size, (0, 0, 0, 255))
    grey = Image.alpha_composite(black, cut).convert("L")
    grey = grey.point([40 + v * 215 // 255 for v in range(256)])  # no part of it is all black
    scale = SHADED / max(cut.size)
    mask = cut.getchannel("A")
    shown = Image.composite(grey, Image.new("L", cut.size), mask)
    small = shown.resize([max(round(s * scale), 1) for s in cut.size])
    whole = Image.new("L", (SHADED, SHADED))
    whole.paste(small, ((SHADED - small.width) // 2, (SHADED - small.height) // 2))
    return np.asarray(whole) // 16


def _save(name: str, cells: list[NDArray[np.uint8]], columns: int, levels: int) -> None:
    """Write ``cells``, of 0 to ``levels`` - 1, in rows of ``columns``, as a greyscale PNG."""
    empty = [np.zeros_like(cells[0])] * (-len(cells) % columns)
    full = np.stack(cells + empty)
    side = full.shape[1]
    rows = full.reshape(-1, columns, side, side).transpose(0, 2, 1, 3)
    grey = Image.fromarray((rows.reshape(-1, columns * side) * (255 // (levels - 1))).astype("u1"))
    image = grey.convert("1") if levels == 2 else grey
    image.save(SHEETS / name, optimize=True)
    print(f"{name}: {len(cells)} cells, {(SHEETS / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
