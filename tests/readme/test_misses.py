"""The sheet of misses in docs/ shows what the model's card says."""

import numpy as np

from tests.readme import misses
from tests.readme.sheet import MARGIN
from tests.support.pictures import Digits


def test_sheet_has_the_misses_of_the_card_and_no_others(recogniser, mnist):
    told = {miss["index"]: miss["read"] for miss in recogniser.card["misses"]}
    chosen = np.array([*told, *(i for i in range(30) if i not in told)])
    digits = Digits(mnist.images[chosen], mnist.labels[chosen])
    found = misses.find_misses(recogniser, digits)
    assert {chosen[miss.index]: miss.answer for miss in found} == told


def test_caption_says_what_was_answered_and_what_people_say(mnist):
    first = misses.Miss(0, mnist.images[0], 7, None, 0.25)
    assert first.lines == ("7 rejected", "digitness 0.25")
    assert misses.Miss(947, mnist.images[947], 8, 9, 0.5).lines == ("8 as 9", "50%, people 9")


def test_sheet_has_room_for_each(mnist):
    shown = [misses.Miss(i, mnist.images[i], int(mnist.labels[i]), 1, 0.5) for i in range(11)]
    sheet = np.asarray(misses.draw_sheet(shown).convert("L"))
    across, down = misses.LAYOUT.cell
    assert sheet.shape == (2 * down + MARGIN, misses.LAYOUT.columns * across + MARGIN)
    assert sheet[down + MARGIN :, : misses.SIDE].min() < 64  # the eleventh begins the second row
