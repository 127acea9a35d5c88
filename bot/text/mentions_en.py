"""Days said in English words: tomorrow, next Monday, Nov 25, within three days."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from bot.text.days import (
    coming_month_day,
    coming_weekday,
    day_of,
    holiday,
    last_weekday,
    monday,
    month_end,
    month_start,
    plus,
)
from bot.text.mentions import Kind, Match, Mention, rule
from bot.text.mentions_numeric import dated, year_for
from bot.text.mentions_zh import weekend_days
from bot.text.numbers import ENGLISH_NUMBER, read_number

_WEEKDAY = (
    r"(?:(?P<d0>mondays?|mon|mondy|munday)|(?P<d1>tuesdays?|tuseday|teusday|tusday|tues|tue)|"
    r"(?P<d2>wednesdays?|wensday|wendsday|wednsday|wednesdy|weds|wed)|(?P<d3>thursdays?|thurdsay|thrusday|thursdy|thurs|thur|thu)|"
    r"(?P<d4>fridays?|firday|fri)|(?P<d5>saturdays?|saterday|satuday|saturdy|sat)|(?P<d6>sundays?|sunday|sun))"
)
_MONTHS = ("january|jan", "february|feb", "march|mar", "april|apr", "may", "june|jun", "july|jul", "august|aug", "september|sept|sep",
           "october|oct", "november|nov|novemeber|novmber", "december|dec|decemeber|decmber")
_MONTH = "(?:" + "|".join(_MONTHS) + r")\b\.?"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_SEP = r"(?: ?(?:-|–|to|through|until|and|or|,|&|/) ?(?:the )?)"
_TO = re.compile(r"\d(?:st|nd|rd|th)? ?(?:-|–|to|through|until)")
_BETWEEN = re.compile(r"\bbetween (?:the )?$")
_NEXT = r"(?:next|nxt|nex)"
_THIS = r"(?:this|coming|this coming|upcoming|the coming)"
_AMBIGUOUS = {"sat": re.compile(r"\b(?:i|we|he|she|they|just|and) $"), "sun": re.compile(r"\b(?:the|dr\.?|doctor|doc|prof\.?|professor|nurse|director) $"), "wed": re.compile(r"\b(?:newly|got|we|were|be) $")}
_HOLIDAYS = (
    (r"new year'?s?(?: day)?", "new_year"), (r"christmas(?: day)?|xmas", "christmas"), (r"national day", "national"),
    (r"golden week", "national"), (r"la?bou?r day|may day", "labour"), (r"spring festival|chinese new year|lunar new year|cny", "spring"),
    (r"mid-?autumn(?: festival)?", "mid_autumn"), (r"dragon boat(?: festival)?", "dragon_boat"),
)


def _month_number(words: str) -> int:
    name = words.strip(". ")
    return next(index + 1 for index, names in enumerate(_MONTHS) if name in names.split("|"))


@rule(r"\b(?:the )?day after (?:tomorrow|tmr|tmrw|tmw|tomorow)\b|\bovermorrow\b")
def _overmorrow(match: Match, today: date) -> Iterable[Mention]:
    return dated(match.start(), match.end(), plus(today, 2), today)


@rule(r"\b(?:tomorrow|tomorow|tommorow|tommorrow|tomorrrow|tmrw?|tmmrw|tmw|tmrrw|2moro|2mrw|2morrow|tomo|tomoz)\b(?:'s)?")
def _tomorrow(match: Match, today: date) -> Iterable[Mention]:
    return dated(match.start(), match.end(), plus(today, 1), today)


@rule(r"\b(?:today|2day|tdy|tonight|tonite|this (?:morning|afternoon|evening))\b(?:'s)?")
def _today(match: Match, today: date) -> Iterable[Mention]:
    words = match[0]
    part = "am" if "morning" in words else "pm" if "afternoon" in words else "evening" if "day" not in words and "dy" not in words else None
    return [Mention(match.start(), match.end(), "day", today, today, part)]


@rule(r"\b(?:yesterday|yday|the other day|last night)\b|\b(?:last|past|previous) (?:week|month|year|time|cycle|weekend)\b")
def _past(match: Match, today: date) -> Iterable[Mention]:
    day = plus(today, -1) if match[0] in {"yesterday", "yday", "last night"} else None
    return [Mention(match.start(), match.end(), "past", day, day)]


@rule(rf"\b({ENGLISH_NUMBER}) (days?|weeks?|months?|years?|hours?|hrs?|minutes?|mins?) (ago|back|earlier)\b")
def _ago(match: Match, today: date) -> Iterable[Mention]:
    days = _days(match[1], match[2], today)
    day = None if days is None else plus(today, -days)
    return [Mention(match.start(), match.end(), "past", day, day)]


def _days(count: str, unit: str, today: date) -> int | None:
    number = read_number(count)
    if number is None or unit[0] in "yh" or unit.startswith("min"):
        return None
    if unit.startswith("month"):
        start = month_start(today, number)
        return ((day_of(start.year, start.month, today.day) or month_end(start)) - today).days
    return number * (7 if unit.startswith("week") else 1)


@rule(rf"\b(?:within|inside|(?:in|over|during) the (?:next|coming)|the next|the coming|{_NEXT}|in under|in less than) (?:the next )?({ENGLISH_NUMBER}) (?:of )?(days?|weeks?|months?)\b")
def _within(match: Match, today: date) -> Iterable[Mention]:
    days = _days(match[1], match[2], today)
    return [] if days is None else [Mention(match.start(), match.end(), "within", today, plus(today, days))]


@rule(r"\b(?:within|inside) (?:the|this) (week|month)\b")
def _within_this(match: Match, today: date) -> Iterable[Mention]:
    end = plus(monday(today), 6) if match[1] == "week" else month_end(today)
    return [Mention(match.start(), match.end(), "within", today, end)]


@rule(rf"\bin (?:about )?({ENGLISH_NUMBER}) (days?|weeks?|months?)(?:'s? time)?\b|\b({ENGLISH_NUMBER}) (days?|weeks?|months?) (?:from (?:now|today)|later|time)\b|\bin a fortnight\b")
def _ahead(match: Match, today: date) -> Iterable[Mention]:
    days = 14 if "fortnight" in match[0] else _days(match[1] or match[3], match[2] or match[4], today)
    if days is None or re.search(r"\b(?:transfer|retrieval|period|trigger)\w* $", match.string[: match.start()]):
        return [Mention(match.start(), match.end(), "none")]
    return dated(match.start(), match.end(), plus(today, days), today)


@rule(rf"\b(?P<wk>a week (?:from|on) )?(?:(?P<how>{_NEXT}|{_THIS}|last|past|previous|every|each) )?{_WEEKDAY}\b(?:'s)?(?P<after> (?:{_NEXT} week|of {_NEXT} week|this week|last week|the week after next|the week after))?")
def _weekday(match: Match, today: date) -> Iterable[Mention]:
    name = next(name for name in (f"d{number}" for number in range(7)) if match[name])
    weekday, word = int(name[1]), match[name]
    how, after = match["how"] or "", match["after"] or ""
    if not how and word in _AMBIGUOUS and _AMBIGUOUS[word].search(match.string[: match.start()]):
        return []
    span = match.start(), match.end()
    if how in {"every", "each"}:
        return [Mention(*span, "none")]
    if how in {"last", "past", "previous"} or "last" in after:
        day = plus(monday(today, -1), weekday) if "last" in after else last_weekday(plus(today, -1), weekday)
        return [Mention(*span, "past", day, day)]
    if "after next" in after or "week after" in after:
        day = plus(monday(today, 2), weekday)
    elif "week" in after and "this" not in after or how in {"next", "nxt", "nex"}:
        day = plus(monday(today, 1), weekday)
    elif (how == "this" or "this week" in after) and weekday >= today.weekday():
        day = plus(monday(today), weekday)
    else:
        day = coming_weekday(today, weekday)
    if match["wk"]:
        how, day = how or "a week from", plus(day, 7)
    return [Mention(*span, "day", day, day, weekday=None if how or after else weekday)]


@rule(rf"\b(?:(early|late|end of|the end of|later|beginning of|start of|middle of|mid) )?(?:in )?(?:the )?(this|{_NEXT}|the following)(?: whole)? (week|wk|month)(?! after)\b( ?days?\b)?|\b(?:(end|beginning|start|middle) of|mid|later) the (week|month)\b|\b(?:the )?week after(?: next)?\b")
def _period(match: Match, today: date) -> Iterable[Mention]:
    unit = (match[3] or match[6] or "week").replace("wk", "week")
    ahead = 2 if "week after" in match[0] else 0 if match[2] in {"this", None} else 1
    if unit == "week":
        start = monday(today, ahead)
        first, last = start, plus(start, 6)
    else:
        first = month_start(today, ahead)
        last = month_end(first)
    words = match[1] or match[5] or ""
    kind: Kind = "week" if unit == "week" else "month"
    length = (last - first).days
    if words.startswith(("early", "beginning", "start")):
        last = plus(first, 1 if unit == "week" else 6)
    elif words.startswith(("end", "the end", "late")) and words != "later":
        first = plus(first, 3 if unit == "week" else 24)
        kind = "end"
    elif words.startswith("mid"):
        first, last = plus(first, length // 3), plus(last, -(length // 3))
    elif words == "later" or "later" in match[0]:
        first = max(first, plus(today, 1))
    if match[4]:
        last = plus(first, 4) if unit == "week" else last
    first = max(first, today)
    if last < first:
        return []
    return [Mention(match.start(), match.end(), kind, first, last)]


@rule(r"\b(?:end of (?:the )?|month'?s? |late in the )(?:month|end)\b|\bmonth end\b|\beom\b|\bend of (?:the )?year\b")
def _end(match: Match, today: date) -> Iterable[Mention]:
    last = date(today.year, 12, 31) if "year" in match[0] else month_end(today)
    return [Mention(match.start(), match.end(), "end", max(today, last.replace(day=25)), last)]


@rule(rf"\b(?:(?P<how>{_NEXT}|{_THIS}|last|every) )?(?:(?:the|at the|on the|over the) )?(?:weekends?|wkend)\b")
def _weekend(match: Match, today: date) -> Iterable[Mention]:
    how = match["how"] or ""
    if how in {"last", "every"}:
        return [Mention(match.start(), match.end(), "past" if how == "last" else "none")]
    first, last = weekend_days("下" if how in {"next", "nxt", "nex"} else "", today)
    return [Mention(match.start(), match.end(), "day", first, last)]


@rule(rf"\b({_MONTH}) ?(?:the )?({_DAY})\b((?:{_SEP}{_DAY}\b(?! ?(?:am|pm|:|days|weeks|{_MONTH})))*)(?:,? (20\d\d))?(?![:%])")
def _month_day(match: Match, today: date) -> Iterable[Mention]:
    return _days_of(match, _month_number(match[1]), match[2] + match[3], match[4], today)


@rule(rf"\b({_DAY}(?:{_SEP}{_DAY})*) (?:of )?({_MONTH})(?:,? (20\d\d))?(?! \d)")
def _day_month(match: Match, today: date) -> Iterable[Mention]:
    return _days_of(match, _month_number(match[2]), match[1], match[3], today)


def _days_of(match: Match, month: int, listed: str, year: str | None, today: date) -> list[Mention]:
    numbers = [int(number) for number in re.findall(r"\d+", listed)]
    anchor = day_of(int(year), month, numbers[0]) if year else year_for(month, numbers[0], today)
    days = [day_of(anchor.year, month, number) for number in numbers] if anchor else []
    if not days or None in days:
        return []
    found = [day for day in days if day]
    span = len(found) == 2 and (_TO.search(listed) or "and" in listed and _BETWEEN.search(match.string[: match.start()]))
    if span and found[0] > found[1]:                                    # the 28th to the 2nd of December
        start = month_start(found[0], -1)
        found[0] = day_of(start.year, start.month, found[0].day) or found[0]
    if span and found[0] < found[1]:
        return [Mention(match.start(), match.end(), "past" if found[1] < today else "day", found[0], found[1])]
    return [mention for day in found for mention in dated(match.start(), match.end(), day, today)]


@rule(rf"\b(?:(early|late|mid|end of|the end of|beginning of|start of|middle of)[ -])?(?:in )?((?:{_MONTH}))(?! ?\d)(?<!\bmay)(?<!\bmar)")
def _month(match: Match, today: date) -> Iterable[Mention]:
    if match[2].strip(". ") == "march" and not match[1] and not match.string[: match.start() + 3].endswith("in "):
        return []
    month = _month_number(match[2])
    year = today.year if month >= today.month else today.year + 1
    start = day_of(year, month, 1) or today
    words = (match[1] or "").removeprefix("the ")[:3]
    first, last = {"ear": (1, 10), "beg": (1, 7), "sta": (1, 7), "mid": (11, 20), "lat": (21, 99), "end": (25, 99)}.get(words, (1, 99))
    end = min(plus(start, last - 1), month_end(start))
    if end < today:
        return [Mention(match.start(), match.end(), "past")]
    kind_first = max(today, plus(start, first - 1))
    if words == "end":
        return [Mention(match.start(), match.end(), "end", kind_first, end)]
    return [Mention(match.start(), match.end(), "day" if words else "month", kind_first, end)]


@rule(
    r"\b(?:(?:(?:on|by|before|until|till|from|after|or|and|to|for|around|about|to) (?:the )?|the )((?:3[01]|[12]\d|[1-9])(?:st|nd|rd|th))"
    r"|((?:3[01]|2\d|1[0-9]|[4-9])th|2[123](?:st|nd|rd)|31st)|(?:on|by|before|until) (?:the )?((?:3[01]|[12]\d|[1-9])))\b"
    r"(?! ?(?:am|pm|a\.m|p\.m|:|o'?clock|\.\d|%|mg|iu|ml|days?|weeks?|months?|years?|hours?|embryos?|follicles?|transfer|cycle|time|visit|round|ivf|iui|attempt|floor|injection|shot|scan|opinion|"
    r"baby|child|trimester|one|try|retrieval|stim|fet|beta|line|hospital|doctor|step|test|pregnancy|miscarriage|week|month|day|dose|needle|failed|failure|degree|person|thing|place|/|street|st\b|avenue|-|of " + _MONTH + "|" + _MONTH + "))"
    rf"(?!(?:{_SEP}{_DAY}){{1,6}} (?:of )?{_MONTH})"
)
def _ordinal(match: Match, today: date) -> Iterable[Mention]:
    number = int(re.findall(r"\d+", match[0])[0])
    start = next(match.start(group) for group in (1, 2, 3) if match[group])
    return dated(start, match.end(), coming_month_day(today, number), today, number)


for _pattern, _name in _HOLIDAYS:

    def _holiday(match: Match, today: date, name: str = _name) -> Iterable[Mention]:
        found = holiday(name, today)
        return [Mention(match.start(), match.end(), "day", max(found[0], today), found[1])] if found else []

    rule(rf"\b(?:{_pattern})\b(?: (?:holidays?|break))?")(_holiday)
