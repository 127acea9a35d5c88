"""Shorthand of texting and days that stand for their week."""

from __future__ import annotations

from datetime import date

import pytest

from bot.text.dates import Window, find_when

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize("text, window", [
    ("can i come b4 the 10th", Window(SUNDAY, date(2026, 12, 9), None)),
    ("anything before the month ends?", Window(SUNDAY, date(2026, 11, 30), None)),
    ("约12月7号那周", Window(date(2026, 12, 7), date(2026, 12, 13), None)),
    ("a slot in the week of Dec 7", Window(date(2026, 12, 7), date(2026, 12, 13), None)),
    ("is she free on the 26th, any time after 2", Window(date(2026, 11, 26), date(2026, 11, 26), "pm")),
])
def test_one_window(text: str, window: Window) -> None:
    assert find_when(text, SUNDAY) == [window]


def test_after_two_cycles_is_no_time() -> None:
    assert find_when("can i see someone after 2 failed cycles", SUNDAY) == []


@pytest.mark.parametrize("text", ["is Dr Sun in on friday morning", "can Doctor Sun see me friday morning", "dr. sun, friday am please", "prof sun friday morning"])
def test_dr_sun_is_no_sunday(text: str) -> None:
    assert find_when(text, SUNDAY) == [Window(date(2026, 11, 27), date(2026, 11, 27), "am")]


def test_sun_by_itself_is_a_sunday() -> None:
    assert find_when("sun morning with dr li", SUNDAY) == [Window(date(2026, 11, 29), date(2026, 11, 29), "am")]
