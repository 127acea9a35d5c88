"""Days said in Chinese words: 明天, 下周三, 这周末, 月底, 三天内."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from bot.text.days import (
    coming_weekday,
    day_of,
    holiday,
    monday,
    month_end,
    month_start,
    plus,
)
from bot.text.mentions import Kind, Match, Mention, rule
from bot.text.numbers import NUMBER, read_number

_WEEKDAYS = {
    "一": 0, "1": 0, "二": 1, "2": 1, "三": 2, "3": 2, "四": 3, "4": 3, "五": 4, "5": 4, "六": 5, "6": 5,
    "日": 6, "天": 6, "七": 6, "7": 6,
}
_WEEK = r"(?:周(?!期)|星期|礼拜|星其|里拜|礼摆)"
_DAY = r"[一二三四五六日天1-7]"
_NEXT = r"(?:下+一?1?个?|这个?|本|上+一?个?|每个?|大下)"
_HOLIDAYS = {
    "元旦": "new_year", "五一": "labour", "劳动节": "labour", "国庆": "national", "十一假": "national", "十一黄金周": "national",
    "圣诞": "christmas", "春节": "spring", "过年": "spring", "中秋": "mid_autumn", "端午": "dragon_boat",
}
_CLINICAL = re.compile(r"(?:移植|移完|取卵|打针|促排|手术|注射|破卵|排卵|同房|停药|月经|夜针|开始|进周|养囊|第|之|每|每隔|隔|术|提|发病|培养)[了完后]*$")
_LIST = re.compile(rf"([、,/和跟或及]|或者|还是)?({_DAY})(?![点号个次月十下些整起直定般样共会刻时半:\d.]|天[后内前])")


def week_of(words: str, today: date) -> date | None:
    """The Monday of the week that 下, 下下, 这, 上 … name; None where no week is named (每)."""
    if words.startswith("每"):
        return None
    if words.startswith("上"):
        return monday(today, -words.count("上"))
    return monday(today, words.count("下"))


@rule(r"大后[天日儿]|后[天日儿](?!性)|明后两?[天日]|今明两?[天日]|(?:明|今)(?:[天日儿]个?|(?=[早晚]|上午|下午|中午))|次日|隔天")
def _relative(match: Match, today: date) -> Iterable[Mention]:
    words = match[0]
    if words.startswith("明后"):
        first, last = 1, 2
    elif words.startswith("今明"):
        first, last = 0, 1
    elif words in {"次日", "隔天"}:
        return [Mention(match.start(), match.end(), "none")]
    else:
        first = last = 3 if words[0] == "大" else 2 if words[0] == "后" else 1 if words[0] == "明" else 0
    return [Mention(match.start(), match.end(), "day", plus(today, first), plus(today, last))]


@rule(r"(?:(?<=今)|(?<=明)|(?<=后天)|(?<=今天)|(?<=明天)|(?<=周[一二三四五六日])|(?<=号))([早晚])(?![些就已孕])|(?<=[听后今]日)朝(?!阳)")
def _short_part(match: Match, today: date) -> Iterable[Mention]:
    return [Mention(match.start(), match.end(), "part", part="evening" if match[0] == "晚" else "am")]


@rule(rf"(?<!(?<![周期拜])[一1两\d])({_NEXT})?{_WEEK}({_DAY})(?!(?<=\d)\d|\d(?!\d?[点:])|[次支针岁])")
def _weekday(match: Match, today: date) -> Iterable[Mention]:
    before = match.string[: match.start()]
    if not match[1] and re.search(rf"(?<![周期拜\d]){NUMBER}$", before) and match[0].startswith("周"):
        return [Mention(match.start(), match.end(), "none")]            # 六周五天, 12周3天
    days = [_WEEKDAYS[match[2]]]
    spans = [(match.start(), match.end())]
    position = match.end()
    while found := _LIST.match(match.string, position):
        if found[2] in "一天" and not found[1] and match.string[found.end() : found.end() + 1] not in set("二三四五六都可也,、?。和或"):
            break
        if found[1] in (",", "/", None) and found[2] in "1234567":
            break
        days.append(_WEEKDAYS[found[2]])
        spans.append((found.start(2), found.end()))
        position = found.end()
    if match[1] and match[1].startswith("每"):
        return [Mention(match.start(), position, "none")]
    return list(_weekday_mentions(match[1] or "", days, spans, today))


def _weekday_mentions(words: str, days: list[int], spans: list[tuple[int, int]], today: date) -> Iterable[Mention]:
    if words.startswith("上"):
        start = week_of(words, today) or today
        yield Mention(spans[0][0], spans[-1][1], "past", plus(start, days[0]), plus(start, days[-1]))
        return
    if days == [5, 6]:
        yield Mention(spans[0][0], spans[1][1], "day", *weekend_days(words, today))
        return
    for weekday, (start_at, end) in zip(days, spans):
        if "下" in words:
            day = plus(week_of(words, today) or today, weekday)
            yield Mention(start_at, end, "day", day, day)
            continue
        day = coming_weekday(today, weekday)
        if words and weekday >= today.weekday():                        # 这周三, 本周三
            day = plus(monday(today), weekday)
        yield Mention(start_at, end, "day", day, day, weekday=None if words else weekday)


def weekend_days(words: str, today: date) -> tuple[date, date]:
    """First and last day of the weekend that 下, 下下, 这 or nothing names: the coming one, or what is left of it."""
    if "下" in words:
        start = week_of(words, today) or today
        return plus(start, 5), plus(start, 6)
    if today.weekday() == 6:
        return plus(today, 6), plus(today, 7)
    saturday = plus(monday(today), 5)
    return max(saturday, today), plus(saturday, 1)


@rule(rf"({_NEXT})?(?:周末|双休日?|礼拜末|周六周日|周六日|周六和周日|星期六星期天)(?!愉快|快乐)")
def _weekend_rule(match: Match, today: date) -> Iterable[Mention]:
    if match[1] and match[1].startswith(("上", "每")):
        return [Mention(match.start(), match.end(), "past" if match[1].startswith("上") else "none")]
    return [Mention(match.start(), match.end(), "day", *weekend_days(match[1] or "", today))]


@rule(rf"({_NEXT}){_WEEK}(初|前半段|上半段|上半周|后半段|下半段|下半周|中|工作日|的工作日|内|之内|以内)?(?!{_DAY})")
def _week(match: Match, today: date) -> Iterable[Mention]:
    start = week_of(match[1], today)
    if start is None:
        return [Mention(match.start(), match.end(), "none")]
    if match[1].startswith("上"):
        return [Mention(match.start(), match.end(), "past", start, plus(start, 6))]
    first, last = {"初": (0, 1), "前半段": (0, 2), "上半段": (0, 2), "上半周": (0, 2), "后半段": (3, 6), "下半段": (3, 6), "下半周": (3, 6), "中": (2, 3),
                   "工作日": (0, 4), "的工作日": (0, 4)}.get(match[2] or "", (0, 6))
    end = plus(start, last)
    kind: Kind = "within" if match[2] and "内" in match[2] and match[1].startswith("下") else "week"
    first_day = today if kind == "within" else max(plus(start, first), today)
    return [Mention(match.start(), match.end(), kind, first_day, end)] if end >= today else []


@rule(rf"({NUMBER}|半)(天|日|个?工作日|个?周(?!期)|个?星期|个?礼拜|个?月)(?:之内|以内|内)|(?:这|未来|接下来|往后|今后|近|最近)({NUMBER}|几)(天|日|周|个星期|个礼拜|个月)")
def _within(match: Match, today: date) -> Iterable[Mention]:
    count, unit = match[1] or match[3], match[2] or match[4]
    days = _days(count, unit, today)
    if days is None:
        return []
    if _CLINICAL.search(match.string[: match.start()][-8:]):
        return [Mention(match.start(), match.end(), "none")]
    if match[0].startswith("这") and re.search(r"(?:[号日]|[周期拜][一二三四五六日天])$", match.string[: match.start()]):
        return [Mention(match.start(), match.end(), "none")]            # 3号到6号这几天
    if match[3] and match[0].startswith("这") and count != "几":
        days -= 1
    return [Mention(match.start(), match.end(), "within", today, plus(today, days))]


@rule(rf"({NUMBER}|半)(天|日|个?周(?!期)|个?星期|个?礼拜|个?月)(?:之后|以后|后)(?!的?第)")
def _after(match: Match, today: date) -> Iterable[Mention]:
    days = _days(match[1], match[2], today)
    if days is None or _CLINICAL.search(match.string[: match.start()][-8:]):
        return [Mention(match.start(), match.end(), "none")]
    day = plus(today, days)
    return [Mention(match.start(), match.end(), "day", day, day)]


@rule(rf"(?<!提)({NUMBER}|半)多?(天|日|个?周(?!期)|个?星期|个?礼拜|个?月|年|个?小时|分钟)(?:之前|以前|前)")
def _ago(match: Match, today: date) -> Iterable[Mention]:
    if _CLINICAL.search(match.string[: match.start()][-4:]):
        return [Mention(match.start(), match.end(), "none")]
    if match[2].endswith(("时", "钟", "年")):
        return [Mention(match.start(), match.end(), "none")]
    days = _days(match[1], match[2], today, back=True)
    day = None if days is None else plus(today, -days)
    return [Mention(match.start(), match.end(), "past", day, day)]


def _days(count: str, unit: str, today: date, back: bool = False) -> int | None:
    """How many days lie in 三天, 两周, 半个月."""
    if count == "半":
        return 15 if unit.endswith("月") else None
    number = 3 if count == "几" else read_number(count)
    if number is None or number > 366:
        return None
    if unit.endswith("月"):
        start = month_start(today, -number if back else number)
        same = day_of(start.year, start.month, today.day) or month_end(start)
        return abs((same - today).days)
    return number * (7 if unit.endswith(("周", "期", "拜")) else 1)


@rule(r"(?<![打收会好])听(?:日(?![期子语常记])|[朝早晚](?!上))|今朝")
def _cantonese(match: Match, today: date) -> Iterable[Mention]:
    """Tomorrow and this morning as said in Cantonese: 听日, 听朝, 听晚, 今朝."""
    day = plus(today, 1 if match[0][0] == "听" else 0)
    return [Mention(match.start(), match.end(), "day", day, day, {"朝": "am", "早": "am", "晚": "evening"}.get(match[0][1]))]


@rule(r"昨[天日儿晚]?(?:早上|上午|下午|晚上)?|大前[天日儿]|前[天日儿]|前晚|去年|上回|上次|(?<!以)(?<!之)刚才|刚刚|上上?个月(?:初|底|中旬?|末)?|上月(?:初|底)?")
def _past(match: Match, today: date) -> Iterable[Mention]:
    back = {"昨": 1, "大": 3, "前": 2}.get(match[0][0])
    if match.string[: match.start()].endswith(("第", "目", "提", "之", "以")):
        return [Mention(match.start(), match.end(), "none")]
    if back:
        day = plus(today, -back)
        return [Mention(match.start(), match.end(), "past", day, day)]
    return [Mention(match.start(), match.end(), "none")]


@rule(rf"(?<![a-z])(?:第{NUMBER}(?:天|日|针|次|个|周|胎|代)|(?:cd|dpo|d|day) ?\d{{1,2}}(?!\d)|{NUMBER}周(?:\+|加|零|又)?{NUMBER}?天|{NUMBER}(?:多)?天了)")
def _cycle_day(match: Match, today: date) -> Iterable[Mention]:
    return [Mention(match.start(), match.end(), "none")]


@rule(rf"(这个?|本|下+一?个?|下个)月(?:份)?(初|上旬|中旬?|下旬|底|末|月底|月初)?(?!经|{NUMBER}[号日])(?:之内|以内|内)?")
def _month(match: Match, today: date) -> Iterable[Mention]:
    start = month_start(today, match[1].count("下"))
    return _part_of_month(match, match[2], start, today)


@rule(r"(?<![上下个这本二一三四五六七八九十\d])月(初|中旬?|底|末)|(?<![\d个])(上旬|中旬|下旬)")
def _month_part(match: Match, today: date) -> Iterable[Mention]:
    words = match[1] or match[2]
    found = _part_of_month(match, words, month_start(today), today)
    return found or _part_of_month(match, words, month_start(today, 1), today)


@rule(r"(?<![\d.])(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月(?:份)?(初|上旬|中旬?|下旬|底|末)?(?![\d经大]|[一二三四五六七八九十]{1,3}[号日])")
def _named_month(match: Match, today: date) -> Iterable[Mention]:
    month = read_number(match[1])
    if month is None or not 1 <= month <= 12:
        return []
    return _month_mention(match, month, match[2], today)


def _month_mention(match: Match, month: int, words: str | None, today: date) -> list[Mention]:
    """A month named without a day; the part of it is 初, 中, 底 …; a month just past is past."""
    for year in (today.year, today.year + 1):
        start = date(min(year, 9999), month, 1)
        found = _part_of_month(match, words, start, today)
        if found:
            return found
        if (today - start).days < 150:
            return [Mention(match.start(), match.end(), "past")]
    return []


def _part_of_month(match: Match, words: str | None, start: date, today: date) -> list[Mention]:
    """A month or its beginning, middle or end; empty where it is over."""
    last = month_end(start).day
    first_day, last_day = {"初": (1, 7), "上": (1, 10), "中": (11, 20), "下": (21, last), "底": (25, last), "末": (25, last)}.get(
        (words or "").removeprefix("月")[:1], (1, last)
    )
    first, end = max(start.replace(day=first_day), today), start.replace(day=last_day)
    if end < today:
        return []
    kind: Kind = "end" if words and words[-1] in "底末" else "month" if not words else "day"
    return [Mention(match.start(), match.end(), kind, first, end)]


@rule(r"年底|年末|年内|今年内|年前(?!做|查|移|取|生)")
def _year_end(match: Match, today: date) -> Iterable[Mention]:
    end = date(today.year, 12, 31)
    if match[0] == "年前":
        spring = holiday("spring", today)
        return [Mention(match.start(), match.end(), "within", today, plus(spring[0], -1))] if spring else []
    if match[0].endswith("内"):
        return [Mention(match.start(), match.end(), "within", today, end)]
    return [Mention(match.start(), match.end(), "end", max(today, date(today.year, 12, 21)), end)]


@rule("(" + "|".join(_HOLIDAYS) + r")(?:节|假期|假|期间|那天|当天|长假)*")
def _holiday(match: Match, today: date) -> Iterable[Mention]:
    found = holiday(_HOLIDAYS[match[1]], today)
    if not found or match.string[: match.start()].endswith(("周", "期", "拜", "十")):
        return []
    first = max(found[0], today)
    return [Mention(match.start(), match.end(), "day", first, found[1])]
