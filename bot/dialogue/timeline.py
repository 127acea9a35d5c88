"""The four time points, counted from a date that the patient gives. Source of the spans: article, section 9."""

from __future__ import annotations

from datetime import date, timedelta

from bot.dialogue import prompts
from bot.dialogue.model import Reply, Turn
from bot.text.dates import find_clinical_date

#: For each time point: days from the given date at which it begins and ends (section 9: 2-4 weeks before the first visit, 3-5 days after
#: the tests, 1 week before the record visit, every day from entering the cycle on).
SPANS: dict[str, tuple[int, int | None]] = {
    "timeline.before-first-visit": (-28, -14),
    "timeline.after-tests": (3, 5),
    "timeline.before-record": (-7, -7),
    "timeline.in-cycle": (0, None),
}

#: Which time point a stage she names beside a date belongs to, when the question was about the whole timeline.
BY_STAGE = {
    "initial-consultation": "timeline.before-first-visit",
    "testing": "timeline.after-tests",
    "record-establishment": "timeline.before-record",
    "ovulation-induction": "timeline.in-cycle",
}


def reply(turn: Turn, shown: tuple[str, ...]) -> Reply | None:
    """The computed days, when a time point was asked about and the message names a date."""
    points = [x for x in shown if x.startswith("timeline.")]
    given = find_clinical_date(turn.text, turn.today) if points else None
    if given is None:
        return None
    point = points[0] if points[0] in SPANS else _point_meant(turn)
    if point is None or (given < turn.today and SPANS[point][0] < 0):   # what comes before a day that is over cannot be planned
        return None
    return Reply("answer", sentence(turn, point, given), (points[0],))


def _point_meant(turn: Turn) -> str | None:
    named = [BY_STAGE[x] for x in turn.entities.stages if x in BY_STAGE]
    if named:
        return named[0]
    return BY_STAGE.get(turn.profile.stage or "")


def sentence(turn: Turn, point: str, given: date) -> str:
    """The days of a time point in words; days already past are told as such."""
    first, last = SPANS[point]
    begin, end = given + timedelta(days=first), None if last is None else given + timedelta(days=last)
    key = point.replace(".", "_").replace("-", "_")
    if end is not None and end < turn.today:
        key = f"{key}_past"
    shown = begin if last is None else max(begin, turn.today)
    until = prompts.day(turn, end) if end is not None else ""
    return turn.say(key, given=prompts.day(turn, given), begin=prompts.day(turn, shown), end=until)
