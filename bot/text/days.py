"""Reckoning with days: weeks that begin on Monday, months, holidays."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

# First days (month, day) by year; a year that is missing has no such holiday here: continue them before 2035 is over.
_SPRING_FESTIVAL = {
    2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3),
    2031: (1, 23), 2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8),
}
_MID_AUTUMN = {
    2024: (9, 17), 2025: (10, 6), 2026: (9, 25), 2027: (9, 15), 2028: (10, 3), 2029: (9, 22), 2030: (9, 12),
    2031: (10, 1), 2032: (9, 19), 2033: (9, 8), 2034: (9, 27), 2035: (9, 16),
}
_DRAGON_BOAT = {
    2024: (6, 10), 2025: (5, 31), 2026: (6, 19), 2027: (6, 9), 2028: (5, 28), 2029: (6, 16), 2030: (6, 5),
    2031: (6, 24), 2032: (6, 12), 2033: (6, 1), 2034: (6, 20), 2035: (6, 10),
}
# Name: first day (lunar: by the tables above), length in days.
_FIXED = {"new_year": ((1, 1), 1), "labour": ((5, 1), 5), "national": ((10, 1), 7), "christmas": ((12, 25), 1)}
_LUNAR = {"spring": (_SPRING_FESTIVAL, 7), "mid_autumn": (_MID_AUTUMN, 1), "dragon_boat": (_DRAGON_BOAT, 1)}


def plus(day: date, days: int) -> date:
    """The day so many days later, held within the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def monday(day: date, weeks: int = 0) -> date:
    """The Monday of the week of a day, or of a week so many weeks later."""
    return plus(day, 7 * weeks - day.weekday())


def month_start(day: date, months: int = 0) -> date:
    """The first day of the month of a day, or of a month so many months later."""
    count = day.year * 12 + day.month - 1 + months
    return date(min(max(count // 12, 1), 9999), count % 12 + 1, 1)


def month_end(day: date) -> date:
    """The last day of the month of a day."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def day_of(year: int, month: int, day: int) -> date | None:
    """The date, or None where there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def coming_weekday(today: date, weekday: int) -> date:
    """The next such weekday after today (0 is Monday)."""
    return plus(today, (weekday - today.weekday() - 1) % 7 + 1)


def last_weekday(today: date, weekday: int) -> date:
    """The latest such weekday up to today."""
    return plus(today, -((today.weekday() - weekday) % 7))


def coming_month_day(today: date, day: int) -> date | None:
    """The next such day of a month, today included; months without it are passed over."""
    for months in range(3):
        found = day_of(*_year_month(today, months), day)
        if found and found >= today:
            return found
    return None


def last_month_day(today: date, day: int) -> date | None:
    """The latest such day of a month, today included."""
    for months in range(0, -3, -1):
        found = day_of(*_year_month(today, months), day)
        if found and found <= today:
            return found
    return None


def holiday(name: str, today: date) -> tuple[date, date] | None:
    """First and last day of a holiday, the coming one or the one under way; None where it cannot be computed."""
    for year in (today.year, today.year + 1):
        if name in _FIXED:
            (month, day), length = _FIXED[name]
        else:
            table, length = _LUNAR[name]
            month, day = table.get(year, (0, 0))
        first = day_of(year, month, day)
        if first and plus(first, length - 1) >= today:
            return first, plus(first, length - 1)
    return None


def _year_month(today: date, months: int) -> tuple[int, int]:
    first = month_start(today, months)
    return first.year, first.month
