"""A message without the printed text it quotes: what a leaflet, a poster or a talk says between quotation marks is nobody's complaint.

Only marks decide here where a quotation begins and ends; whose words it holds is told by the words beside it (`scopes: cites, cited, same_here`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice
from operator import itemgetter
from re import Match

from bot.guard.fold import MOST, Folded
from bot.guard.model import Cover, Found

#: An apostrophe between two letters neither opens nor closes a quotation.
_QUOTED = re.compile(r"“[^”\n]{4,}”|「[^」\n]{4,}」|『[^』\n]{4,}』|\"[^\"\n]{4,}\"|＂[^＂\n]{4,}＂|(?<![A-Za-z0-9])['‘](?:[^'‘’\n]|(?<=[A-Za-z])['’](?=[A-Za-z])){4,}['’](?![A-Za-z])")
_STOPS = re.compile(r"[.。!！?？\n](?=\D|$)")
_NEAR = 4
"""Units that may lie between a quotation and the end of the words that say where it is printed: "says: ", "says that"."""
_BEHIND = 8
"""Units between a quotation and the beginning of such words behind it: "…" is what the poster says."""

_BESIDE = 120
"""Characters beside a quotation that are looked at."""
_MOST_QUOTED = 20
"""Quotations that are looked at; what stands in later ones counts."""

SCOPES = frozenset(("@neutral", "@cites", "@cited", "@same_here"))
"""Names of the words that are looked for beside a quotation."""
Finder = Callable[[str], tuple[Folded, Iterable[Found]]]


def without_printed(text: str, find: Finder) -> tuple[str, Folded | None]:
    """The message with the end of a sentence for every quotation of a printed text; what it quotes stands first where she says it of herself.

    Args:
        text: the message as the patient typed it.
        find: folds a part of it and tells which words of `SCOPES` stand there.

    Returns:
        What is to be read, and its folded form where that was needed.
    """
    quoted = list(islice(_QUOTED.finditer(text[:MOST]), _MOST_QUOTED))
    printed = [one for one in quoted if _is_printed(text, one, find)]
    if not printed:
        return text, None
    outside = _left_out(text, printed)
    folded, met = find(outside)
    # "the poster says "…", that's what I have": then its words are hers
    if any(place.name == "@same_here" for place in met):
        return "。".join([*(one[0][1:-1] for one in printed), outside]), None
    return outside, folded


def _is_printed(text: str, one: Match[str], find: Finder) -> bool:
    before, behind = _STOPS.split(text[max(0, one.start() - _BESIDE) : one.start()])[-1], _STOPS.split(text[one.end() : one.end() + _BESIDE], maxsplit=1)[0]
    folded, met = find(before)
    found = list(met)
    last = len(folded.text)
    # 我在墙上写了: what she wrote herself is hers
    own = Cover(sorted((place for place in found if place.name == "@neutral"), key=itemgetter(1)))
    if any(place.name == "@cites" and folded.units[last] - folded.units[place.end] <= _NEAR and not own.holds(place) for place in found):
        return True
    folded, met = find(behind)
    return any(place.name == "@cited" and folded.units[place.start] - folded.units[0] <= _BEHIND for place in met)


def _left_out(text: str, printed: list[Match[str]]) -> str:
    parts, last = [], 0
    for one in printed:
        parts += [text[last : one.start()], "。"]
        last = one.end()
    return "".join([*parts, text[last:]])
