"""Hours around weekends, public holidays and make-up workdays (2025 and 2026 as the State Council published them)."""

from __future__ import annotations

import logging
from datetime import date, datetime, time, timezone

import pytest

from bot.clock import ZONE
from bot.knowledge.hours import day_kind, is_open, next_opening
from bot.knowledge.model import NEVER, Hours

NURSES = Hours(
    weekdays=((time(7, 30), time(11, 30)), (time(13), time(17))), weekends=((time(8), time(11, 30)),), holidays=()
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 9, 30), "weekdays"),
        (date(2026, 10, 1), "holidays"),
        (date(2026, 10, 7), "holidays"),
        (date(2026, 10, 8), "weekdays"),
        (date(2026, 10, 10), "weekdays"),  # a Saturday, made up for National Day
        (date(2026, 10, 11), "weekends"),
        (date(2025, 1, 26), "weekdays"),  # a Sunday, made up for the Spring Festival
        (date(2025, 1, 28), "holidays"),
    ],
)
def test_kinds_of_day(day: date, kind: str) -> None:
    assert day_kind(day) == kind


@pytest.mark.parametrize(
    ("moment", "is_it"),
    [
        ("2026-09-30T07:29", False),
        ("2026-09-30T07:30", True),
        ("2026-09-30T11:30", False),
        ("2026-09-30T13:00", True),
        ("2026-09-30T17:00", False),
        ("2026-10-01T09:00", False),
        ("2026-10-10T14:00", True),
        ("2026-10-11T09:00", True),
        ("2026-10-11T14:00", False),
    ],
)
def test_open_or_not(moment: str, is_it: bool) -> None:
    assert is_open(NURSES, at(moment)) is is_it


def test_a_moment_of_another_zone() -> None:
    assert is_open(NURSES, datetime(2026, 9, 30, 0, 0, tzinfo=timezone.utc))  # 8:00 in Shanghai


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-09-30T06:00", "2026-09-30T07:30"),
        ("2026-09-30T07:30", "2026-09-30T13:00"),
        ("2026-09-30T12:00", "2026-09-30T13:00"),
        ("2026-09-30T17:00", "2026-10-08T07:30"),
        ("2026-10-09T18:00", "2026-10-10T07:30"),
        ("2026-10-10T18:00", "2026-10-11T08:00"),
    ],
)
def test_next_opening(moment: str, opening: str) -> None:
    assert next_opening(NURSES, at(moment)) == at(opening)


def test_nobody_ever_opens() -> None:
    assert not is_open(NEVER, at("2026-09-30T09:00"))
    assert next_opening(NEVER, at("2026-09-30T09:00")) is None


def test_a_year_that_is_not_known_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert day_kind(date(2099, 10, 1)) == "weekdays"
        assert day_kind(date(2099, 10, 3)) == "weekends"
    assert [record.getMessage() for record in caplog.records] == [
        "no public holidays known for 2099: its days count as plain weekdays and weekends"
    ]
