"""Whether somebody can be reached now, and when next: Chinese public holidays and make-up workdays included."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

import chinese_calendar  # it ships neither types nor stubs

from bot.clock import ZONE, at_home
from bot.knowledge.model import Hours, Span

log = logging.getLogger(__name__)

DayKind = Literal["weekdays", "weekends", "holidays"]
#: No public holiday lasts longer.
LOOK_AHEAD = timedelta(days=31)


def day_kind(day: date) -> DayKind:
    """What kind of day it is: a Sunday on which people make up work is a weekday, a Tuesday off is a holiday.

    Days of a year that the calendar does not know yet are plain weekdays or weekends; that is logged once a year.
    """
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        _warn_of(day.year)
        return "weekends" if day.weekday() >= 5 else "weekdays"
    if not off:
        return "weekdays"
    return "holidays" if name else "weekends"


@cache
def _warn_of(year: int) -> None:
    log.warning("no public holidays known for %d: its days count as plain weekdays and weekends", year)


def spans_on(hours: Hours, day: date) -> tuple[Span, ...]:
    """The times of that day, from–to."""
    spans = {"weekdays": hours.weekdays, "weekends": hours.weekends, "holidays": hours.holidays}[day_kind(day)]
    return tuple(sorted(spans))


def is_open(hours: Hours, moment: datetime) -> bool:
    """Whether that moment lies within the hours (the first minute does, the closing time does not)."""
    here = at_home(moment)
    return any(start <= here.time() < end for start, end in spans_on(hours, here.date()))


def next_opening(hours: Hours, moment: datetime) -> datetime | None:
    """The first opening after that moment, also when it is open then; None if there is none within a month."""
    here = at_home(moment)
    day = here.date()
    while day <= here.date() + LOOK_AHEAD:
        for start, _ in spans_on(hours, day):
            opening = datetime.combine(day, start, ZONE)
            if opening > here:
                return opening
        day += timedelta(days=1)
    return None
