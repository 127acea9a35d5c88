"""The centre's clock."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest

from bot.clock import ZONE, Clock, at_home

START = datetime(2026, 11, 22, 23, 59, 59, 500_000, tzinfo=ZONE)


def test_real_time_is_told_in_shanghai() -> None:
    clock = Clock()
    assert abs(clock.now() - datetime.now(timezone.utc)) < timedelta(seconds=2)
    assert clock.now().utcoffset() == timedelta(hours=8) and not clock.movable


def test_a_moved_clock_runs_on_into_the_next_day() -> None:
    clock = Clock(START)
    assert clock.today() == START.date()
    time.sleep(0.6)
    assert clock.today() == START.date() + timedelta(days=1)


def test_a_start_without_a_zone_is_the_centres_and_another_zone_is_converted() -> None:
    assert abs(Clock(datetime(2026, 11, 22, 10)).now() - datetime(2026, 11, 22, 10, tzinfo=ZONE)) < timedelta(seconds=2)
    assert at_home(datetime(2026, 11, 22, 20, tzinfo=timezone.utc)).isoformat() == "2026-11-23T04:00:00+08:00"


def test_only_a_movable_clock_believes_a_turn() -> None:
    claimed = "2026-02-03T04:05:06"
    assert Clock(START).turn_time(claimed).isoformat() == "2026-02-03T04:05:06+08:00"
    assert abs(Clock().turn_time(claimed) - Clock().now()) < timedelta(seconds=2)


@pytest.mark.parametrize("claimed", [None, 5, {}, "", "yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_what_is_no_time_is_ignored(claimed: object) -> None:
    clock = Clock(START)
    assert abs(clock.turn_time(claimed) - clock.now()) < timedelta(seconds=2)
