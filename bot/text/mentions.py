"""Mentions of days in a text, each by itself: 下周三, 25号, next Monday, within three days.

What the words around a mention do to it (before, not, or, sorry I mean) is the business of `dates`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

Match = re.Match[str]
Kind = Literal["day", "week", "month", "end", "within", "part", "past", "none"]


@dataclass(frozen=True)
class Mention:
    """One mention of a time.

    Attributes:
        start: where it begins in the text.
        end: where it ends.
        kind: a day or short run of days; a week or month, which later weekdays or days of the month may narrow; the end
            of something ("by" includes it); a span from today; a part of the day alone; a past day; nothing of use.
        first: its first day.
        last: its last day.
        part: part of the day.
        weekday: the weekday where only that was said.
        month_day: the day of the month where only that was said.
    """

    start: int
    end: int
    kind: Kind
    first: date | None = None
    last: date | None = None
    part: str | None = None
    weekday: int | None = None
    month_day: int | None = None

    @property
    def dated(self) -> bool:
        """Whether it says days, not only a part of the day."""
        return self.first is not None and self.kind not in ("past", "none")


Reader = Callable[[Match, date], Iterable[Mention]]
RULES: list[tuple[re.Pattern[str], Reader]] = []


def rule(pattern: str) -> Callable[[Reader], Reader]:
    """Registers a reader for what a pattern matches in folded text."""

    def register(reader: Reader) -> Reader:
        RULES.append((re.compile(pattern), reader))
        return reader

    return register


def scan(text: str, today: date) -> list[Mention]:
    """The mentions in a folded text, in their order; of overlapping ones the leftmost, then the longest."""
    _load()
    found = [(match.start(), -match.end(), number, match) for number, (pattern, _) in enumerate(RULES)
             for match in pattern.finditer(text) if match.end() > match.start()]
    mentions: list[Mention] = []
    position = 0
    for start, _, number, match in sorted(found, key=lambda item: item[:3]):
        if start < position:
            continue
        read = list(RULES[number][1](match, today))
        if read:
            mentions += read
            position = match.end()
    return list(_joined_parts(mentions, text))


def _joined_parts(mentions: list[Mention], text: str) -> Iterator[Mention]:
    """Parts of the day that stand together (下午3点) made one."""
    held: Mention | None = None
    for mention in mentions:
        if held and held.kind == mention.kind == "part" and not text[held.end : mention.start].strip(" -~到至的"):
            part = held.part if held.part == mention.part else held.part or mention.part
            held = replace(held, end=mention.end, part=part)
            continue
        if held:
            yield held
        held = mention
    if held:
        yield held


@lru_cache(maxsize=1)
def _load() -> None:
    """Fills `RULES`: the modules of rules register themselves when imported."""
    from bot.text import mentions_en, mentions_numeric, mentions_part, mentions_zh  # noqa: F401
