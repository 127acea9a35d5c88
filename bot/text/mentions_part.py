"""Parts of the day and times of the clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from bot.text.mentions import Match, Mention, rule
from bot.text.numbers import read_number

_HOUR = r"(?:\d{1,2}|十[一二]?|[一二两三四五六七八九])"


def part_of(words: str) -> str | None:
    """The part of the day that a word for it names."""
    if any(word in words for word in ("上午", "上昼", "早", "晨", "morn", "forenoon")) or words in {"am", "a.m", "a.m."}:
        return "am"
    if any(word in words for word in ("傍晚", "晚", "夜", "下班", "下了班", "night", "evening", "nite", "after work")):
        return "evening"
    if any(word in words for word in ("午", "昼", "noon", "lunch", "afternon", "arvo")) or words in {"pm", "p.m", "p.m."}:
        return "pm"
    return None


def part_at(hour: int, said: str | None) -> str | None:
    """The part of the day of an hour, with what was said beside it (am, pm, evening or None)."""
    if hour > 24:
        return said
    if said == "am" or said == "evening":
        return said
    if said == "pm":
        return "evening" if 6 <= hour < 12 or hour >= 18 else "pm"
    if 1 <= hour <= 6:
        return "pm" if hour < 6 else "evening"
    return "am" if hour < 12 else "pm" if hour < 18 else "evening"


@rule(r"早上好|上午好|中午好|下午好|晚上好|早安|晚安|good (?:morning|afternoon|evening|night|day)|夜针|早孕|早点|早就|早已|早日|夜诊的?针")
def _greeting(match: Match, today: date) -> Iterable[Mention]:
    return [Mention(match.start(), match.end(), "none")]


@rule(
    r"(?:上午|早上|早晨|清晨|清早|大清早|一大早|一早|早间|凌晨|中午|正午|午间|午后|下午|傍晚|晚上|夜里|夜间|晚间|夜诊|夜晚|下班后|下班以后|下班之后|下了班|上昼|下昼|晏昼|朝早|朝头早)"
    r"|\b(?:mornings?|mornin|mornng|forenoons?|afternoons?|aftrnoon|afternon|arvo|evenings?|noon|midday|lunch ?time|nights?|tonite|after work)\b"
)
def _part(match: Match, today: date) -> Iterable[Mention]:
    words = "noon" if match[0] == "midday" else match[0]
    return [Mention(match.start(), match.end(), "part", part=part_of(words))]


@rule(
    r"\b(?P<am>(?:before|by) (?:(?:12 ?)?(?:noon|midday)|lunch(?: ?time)?|12 on(?= (?:mon|tue|wed|thu|fri|sat|sun))))(?![a-z])|\bafter (?:lunch(?: ?time)?|midday|noon)\b"
    r"|(?P<am_zh>(?:(?:中午|正午)?(?:12|十二)点|中午|正午|午饭)(?:之前|以前|前))|(?:午饭|午休)(?:之后|以后|后)"
)
def _around_noon(match: Match, today: date) -> Iterable[Mention]:
    return [Mention(match.start(), match.end(), "part", part="am" if match["am"] or match["am_zh"] else "pm")]


@rule(
    rf"(上午|早上|早晨|中午|下午|傍晚|晚上|早|晚)?({_HOUR})(?:点钟|点半|点一刻|点\d{{1,2}}分?|点(?!击|滴|半滴|名|头|评|赞|开|菜|一下|进)|:[0-5]\d)"
    rf"(?:(?:-|~|到|至)({_HOUR})(?:点钟?|点半|:[0-5]\d))?"
)
def _clock_zh(match: Match, today: date) -> Iterable[Mention]:
    said = {"早": "am", "晚": "evening"}.get(match[1]) or part_of(match[1]) if match[1] else None
    hour = read_number(match[2])
    if hour is None or hour > 24:
        return []
    return [Mention(match.start(), match.end(), "part", part=part_at(hour, said))]


@rule(r"\bafter ([1-6])(?![\d:.%]| ?(?:am|pm|a\.m|p\.m|o'?clock|st|nd|rd|th|hours?|hrs?|days?|weeks?|months?|years?|cycles?|tries|failed|embryos?|of|more))\b")
def _after_hour(match: Match, today: date) -> Iterable[Mention]:
    return [Mention(match.start(), match.end(), "part", part="pm")]     # nobody asks for after two at night


@rule(r"\b(\d{1,2})(?:[:.]([0-5]\d))? ?(?:-|–|to)? ?(?:\d{1,2}(?:[:.][0-5]\d)?)? ?(am|pm|a\.m\.?|p\.m\.?|o'?clock)(?![a-z])|(?<=[\d ])\b(am|pm)\b")
def _clock_en(match: Match, today: date) -> Iterable[Mention]:
    said = part_of((match[3] or match[4] or "").replace(".", ""))
    hour = int(match[1]) if match[1] else 0
    if match[1] is None:
        return [Mention(match.start(), match.end(), "part", part=said)]
    return [Mention(match.start(), match.end(), "part", part=part_at(hour, said))] if hour <= 24 else []
