"""Days given by number: 11月25日, 25号, 11.25, 11/25, 2026-11-25, 24-26号."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from bot.text.days import coming_month_day, day_of, month_start
from bot.text.mentions import Match, Mention, rule
from bot.text.numbers import read_number

_D = r"(?:3[01]|[12]\d|0?[1-9])"
_DZ = rf"(?:{_D}|三十一?|[二廿]十[一二三四五六七八九]?|廿[一二三四五六七八九]?|十[一二三四五六七八九]?|[一二三四五六七八九])"
_M = r"(?:1[0-2]|0?[1-9])"
_MZ = rf"(?:{_M}|十[一二]?|[一二三四五六七八九])"
_SEP = r"(?: ?(?:到|至|-|~|、|,|和|跟|或者?|及|/|号) ?)"
_NOT_A_DAY = r"(?![线楼诊窗院门机厅柜桌胚囊床房病室店出口染码位单台栋馆])"
_ONE = re.compile(rf"({_SEP})?({_DZ})")
_VALUE = re.compile(r"(?:amh|fsh|lh|e2|hcg|tsh|孕酮|结果|内膜|卵泡|只有|值|厚|体温|体重|身高|血糖|大小|[a-z]=?|[<>=≈约是为了:]|was|is)\s*$")
_UNIT = re.compile(r"\s*(?:ml|mg|ng|pg|iu|miu|mm|cm|kg|岁|%|万|单位|支|点|个|块|元|倍|毫|厘|天|次|周|年|小时|人|片|粒|颗|度|斤|公|h|days?|weeks?|times|mi?u?|\d|[.:/-]\d|的胚|级|[a-c]{2})")
_HORIZON = 150


def year_for(month: int, day: int, today: date) -> date | None:
    """The date of a month and day without a year: this year's, or next year's where this one's is half a year past."""
    found = day_of(today.year, month, day)
    if found and (today - found).days <= 180:
        return found
    return day_of(min(today.year + 1, 9999), month, day)


def dated(start: int, end: int, day: date | None, today: date, month_day: int | None = None) -> list[Mention]:
    """A mention of one day, past or to come; empty for no day."""
    if day is None:
        return []
    return [Mention(start, end, "past" if day < today else "day", day, day, month_day=month_day)]


@rule(rf"(?<![\d.])(20\d\d) ?(?:年|[-./]) ?({_MZ}) ?(?:月|[-./]) ?({_DZ})(?: ?[日号])?(?!\d)")
def _full(match: Match, today: date) -> Iterable[Mention]:
    month, day = read_number(match[2]), read_number(match[3])
    return dated(match.start(), match.end(), day_of(int(match[1]), month or 0, day or 0), today)


@rule(rf"(?<![\d.])(下个?月|这个?月|本月|上个?月|上月|{_MZ} ?月(?:份)?)的? ?({_DZ})((?:{_SEP}{_DZ}(?![点天个周:]))*)(?: ?[日号](?!线|楼))?(?![\d天个次针周]|点)")
def _month_day(match: Match, today: date) -> Iterable[Mention]:
    words = match[1].rstrip("份")
    if words[0] in "下这本上":
        start = month_start(today, {"下": 1, "上": -1}.get(words[0], 0))
    else:
        month = read_number(words.rstrip("月 "))
        first = read_number(match[2])
        anchor = year_for(month or 0, first or 0, today)
        if match.string[: match.start()].endswith("明年"):
            anchor = day_of(min(today.year + 1, 9999), month or 0, first or 0)
        if anchor is None:
            return []
        start = anchor.replace(day=1)
    return _days_in(match, match.start(2), start, today)


def _days_in(match: Match, position: int, start: date | None, today: date) -> list[Mention]:
    """The days listed from a position to the end of the match; in a given month, or each the coming one."""
    numbers: list[tuple[int, int, int, str]] = []
    while position < match.end() and (found := _ONE.match(match.string, position, match.end())):
        numbers.append((found.start(2), found.end(), read_number(found[2]) or 0, (found[1] or "").strip()))
        position = found.end()
    mentions: list[Mention] = []
    for index, (begin, end, number, separator) in enumerate(numbers):
        begin = match.start() if index == 0 else begin
        end = match.end() if index == len(numbers) - 1 else end
        month = start or (mentions[-1].last.replace(day=1) if mentions and mentions[-1].last else None)
        if month is not None and mentions and start is None and (day_of(month.year, month.month, number) or month) < month:
            month = None
        day = day_of(month.year, month.month, number) if month else coming_month_day(today, number)
        if day is None:
            return []
        if separator in {"到", "至", "-", "~"} and mentions and mentions[-1].first:
            previous = mentions.pop()
            if previous.first and day >= previous.first:
                mentions.append(Mention(previous.start, end, "past" if day < today else "day", previous.first, day))
                continue
            mentions.append(previous)
        mentions += dated(begin, end, day, today, None if start else number)
    return mentions


@rule(rf"(?<![\d第.:/路街弄栋座胎排床盘选回周月a-z-])({_DZ})((?:{_SEP}{_DZ})*) ?(?:号{_NOT_A_DAY}|日(?![期记常子间前志用本元后]))")
def _number(match: Match, today: date) -> Iterable[Mention]:
    before = match.string[: match.start()]
    if re.search(r"(?:染色体|编号|诊室|排队|叫号|胚胎|囊胚|号线|电话|拨打?|打|[几零一二三四五六七八九十百])$", before):
        return []
    return _days_in(match, match.start(1), None, today)


@rule(rf"(?<![\d./:-])({_M}|{_D})([./-])({_D})(?:号|日)?(?![\d])")
def _pair(match: Match, today: date) -> Iterable[Mention]:
    first, second = int(match[1]), int(match[3])
    marked = match[0][-1] in "号日"
    before, after = match.string[: match.start()], match.string[match.end() :]
    if not marked and (_UNIT.match(after) or _VALUE.search(before[-12:]) and match[2] == "."):
        return []
    if match[2] == "-" and not marked and first < 10 and second < 10:
        return []
    if match[2] == "." and not marked and len(match[3]) == 1 and first < 10 and not match[1].startswith("0"):
        return []
    month, day = (first, second) if first <= 12 else (second, first)
    found = year_for(month, day, today) if month <= 12 else None
    if found is None or abs((found - today).days) > _HORIZON:
        return []
    return dated(match.start(), match.end(), found, today)
