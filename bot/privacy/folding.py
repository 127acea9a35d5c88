"""The masker's own folding: one view of a message on which rules are matched, with the way back to the original.

Unlike `bot.text.normalise` it drops nothing that could hide a number, never shortens the text, and knows for every character where
it came from.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import zhconv

from bot.privacy.model import KINDS
from bot.text.normalise import CJK
from bot.text.normalise import fold as lower

BARRIERS = {kind: chr(0xE000 + number) for number, kind in enumerate(KINDS)}
"""One private character per kind stands in the view for what is masked already: no rule reads across it."""

HAN, LATIN = re.compile(f"[{CJK}]"), re.compile(r"[A-Za-z\u00c0-\u024f]")
"""The letters of the two scripts: where a view has none of one, its rules for names and addresses find nothing and are not tried."""

ANY_BARRIER = f"[{''.join(BARRIERS.values())}]"
_URL = re.compile(r"(?i:https?://|www\.)[^\s,;\"'<>\u0080-\uffff]+")
_URL_PART = re.compile(r"(?P<name>[?&](?:phone|mobile|tel|id_?card|id_?no)=)(?P<value>\d+[xX]?)|.", re.I)
_BLANK = "\uffff"
_INVISIBLE = {"Cf", "Cc", "Mn", "Me", "Cs"}
_DASHES = frozenset("−‐‑‒–—―﹣ー")


@dataclass(frozen=True)
class View:
    """A folded message.

    Attributes:
        text: half width, simplified characters, no invisible ones, digits of every script as ASCII, case kept.
        low: the same in lower case, position by position.
        starts, ends: for each character of `text` the span in the original, invisible characters after it included.
        leads: what was found in front of a position, by pattern; kept here since many candidates begin at the same one.
    """

    text: str
    low: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    leads: dict[tuple[int, int, int], re.Match[str] | None] = field(default_factory=dict, compare=False, repr=False)

    def before(self, cue: re.Pattern[str], start: int, window: int) -> re.Match[str] | None:
        """What a pattern finds in the `window` characters of `low` that end at `start`."""
        key = (id(cue), start, window)
        if key not in self.leads:
            self.leads[key] = cue.search(self.low, max(0, start - window), start)
        return self.leads[key]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original for a span (not empty) of this view."""
        return self.starts[start], self.ends[end - 1]


def view(text: str, spans: Sequence[tuple[int, int, str]], kept: re.Pattern[str] | None = None) -> View:
    """Fold a message.

    Args:
        text: the message as it came.
        spans: start, end and kind of what is masked already, sorted, without overlaps.
        kept: numbers that stay; no rule reads them.
    """
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for start, end, kind in [*spans, (len(text), len(text), "")]:
        for index in range(position, start):
            folded = _char(text[index])
            if not folded and ends:
                ends[-1] = index + 1
            for one in folded:
                chars.append(one)
                starts.append(index)
                ends.append(index + 1)
        if kind:
            chars.append(BARRIERS[kind])
            starts.append(start)
            ends.append(end)
        position = end
    made = _without_urls("".join(chars))
    if kept:
        made = kept.sub(lambda found: _BLANK * len(found[0]), made)
    return View(made, lower(made), tuple(starts), tuple(ends))


def _without_urls(text: str) -> str:
    """The text with web addresses blanked, of the same length; values of parameters named as personal stay."""
    if "://" not in text and "www." not in text.lower():
        return text
    return _URL.sub(lambda url: "".join(
        _BLANK * len(value["name"] or ".") + (value["value"] or "") for value in _URL_PART.finditer(url[0])
    ), text)


def viewed(folded: View, start: int) -> int:
    """The first position of the view that came from `start` of the original or later."""
    return bisect_left(folded.starts, start)


@lru_cache(maxsize=20_000)
def _char(char: str) -> str:
    """A character folded: mostly one character, none where it is invisible."""
    if char.isascii():
        return char if char.isprintable() or char == "\n" else " " if char.isspace() else ""
    if char.isspace():
        return "\n" if char in "\x85\u2028\u2029" else " "
    if char in _DASHES or unicodedata.category(char) == "Pd":
        return "-"
    category = unicodedata.category(char)
    if category in _INVISIBLE:
        return ""
    if category == "Co":        # private characters are ours alone
        return "\ufffd"
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", char)
    return "".join(zhconv.convert(one, "zh-cn") if "\u3400" <= one <= "\u9fff" else " " if one.isspace() else one for one in folded)


def compact(text: str) -> str:
    """Letters and digits only, in capitals: the normal form of a number."""
    return re.sub(r"[^0-9A-Za-z]", "", text).upper()
