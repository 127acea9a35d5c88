"""The notation of `_scams.yml`, and many words in it looked for at once: each is tried only where its first characters stand."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, itemgetter

import zhconv

from bot.text.normalise import CJK, fold

#: A number in digits or Chinese numerals; 千万 by itself is a word of warning, 几 and 百 without a unit are in many words.
_AMOUNT = r"(?:\d[\d.,]*|(?:[零〇一二两俩三四五六七八九十]|[几数半百](?=[十百千万元块个支]))[零〇一二两俩三四五六七八九十百千万几数半]{0,5})"
#: Signs with which one begins, and others with which it only goes on.
_AMOUNT_SIGNS = (("0123456789", ".,"), ("零〇一二两俩三四五六七八九十几数半百", "千万"))
_AMOUNT_STARTS = frozenset(start for first, more in _AMOUNT_SIGNS for sign in first for start in (sign, *(f"{sign}{other}\1" for other in first + more)))
_BLANK = r"[\s\-]*"
_BLANK_STARTS = frozenset(("", " ", "  \1", " -\1", "-\1"))
_ZH_GAP, _EN_GAP = r"[^。!?;]{0,16}", r"[^。!?;]{0,32}"
_GAP_SIGN = "\0"
_AS_IT_STANDS = frozenset(")|[]^$")
_TOKEN = re.compile(rf"\[[^\]]+\]|\)[?*]|\d+|{_GAP_SIGN}+|.")
#: Of `[ab]`: with more characters than are worth counting.
_ENDLESS = re.compile(r"\[\^|\\|-[^\x00-\x7f]")
_ASCII = "".join(map(chr, range(128)))
#: Where an English word may begin and end; anywhere next to what is no Latin letter.
_START, _END = "(?:(?<![a-z])|(?![a-z]))", "(?:(?<=[a-z])e?s)?(?:(?![a-z])|(?<![a-z]))"
_INNER_LETTERS = re.compile("(?<=[a-z])[a-z]+")
_ANY = "\1"
"""Ends first characters behind which anything may follow; no text has it."""
_MOST_STARTS = 4000
"""First characters of some words until only one each is kept."""


def _pattern(plain: str) -> str:
    """The regular expression for words in the notation, see `wording`; `plain` is what `_plain` makes of them."""
    start, end = (_START, _END) if re.search("[a-z]", plain) else ("", "")
    reach = _ZH_GAP if re.search(f"[{CJK}]", plain) else _EN_GAP
    special = {"#": _AMOUNT, "*": "[a-z]*", " ": _BLANK, ")?": ")?", ")*": "){0,3}", "(": "(?:"}
    written = start
    for at, piece in enumerate(_TOKEN.findall(plain)):
        written += f"{end}{_gaps(f'to_{at}', len(piece), reach, start)}{start}" if piece[0] == _GAP_SIGN else special.get(piece) or _literal(piece)
    return written + end


def _gaps(name: str, count: int, reach: str, start: str) -> str:
    """Gaps side by side: what follows begins within the reach of one, or of the others from the last place where the first may end.

    With each of them tried at every length the same is found, in the square of the time.
    """
    if count == 1:
        return f"{reach}?"
    return f"(?:{reach}?|(?=(?P<{name}>{reach}{start}))(?P={name}){_gaps(f'{name}_', count - 1, reach, start)})"


def _plain(words: str) -> str:
    plain = fold(str(zhconv.convert(unicodedata.normalize("NFKC", words.replace("…", _GAP_SIGN).replace("'", "")).strip(), "zh-cn")))
    if not any(char.isalnum() for char in plain):
        raise ValueError(words)
    return plain


def _literal(piece: str) -> str:
    """What stands for itself; digits are a number of their own: 0元 is no part of 120元."""
    if piece.isdigit():
        return rf"(?<![\d.]){piece}"
    return piece if piece in _AS_IT_STANDS or piece[1:] else re.escape(piece)


class _Reader:
    """Reads how words in the notation may begin, from left to right: sets of first characters, the empty text among them where nothing need stand."""

    def __init__(self, plain: str) -> None:
        self._tokens = _TOKEN.findall(plain)
        self._at = 0

    def read(self) -> frozenset[str]:
        starts = self._sequence()
        while self._next() == "|":
            self._at += 1
            starts |= self._sequence()
        return starts

    def _sequence(self) -> frozenset[str]:
        starts = frozenset({""})
        while (token := self._next()) and token not in ("|", ")", ")?", ")*"):
            self._at += 1
            starts = _followed(starts, self._one(token))
        return starts

    def _one(self, token: str) -> frozenset[str]:
        if token == "(":
            inner = self.read()
            closed = self._next()
            self._at += 1
            return inner if closed == ")" else inner | {""} if closed == ")?" else frozenset({"", *(start + _ANY for start in inner)})
        if token in "^$":
            return frozenset({""})
        if token[0] in ("*", _GAP_SIGN):
            return frozenset({"", _ANY})
        if token[0] == "[" and token[1:]:
            return _of_class(token)
        return {"#": _AMOUNT_STARTS, " ": _BLANK_STARTS}.get(token) or frozenset({_shortened(token)})

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""


def _of_class(token: str) -> frozenset[str]:
    """The characters of `[a-z万]`; any where there are too many, as in `[^a]` and `[一-龥]`."""
    return frozenset({_ANY} if _ENDLESS.search(token) else re.findall(token, _ASCII + token))


def _followed(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    whole = {start for start in left if _is_whole(start)}
    whole.update(_shortened(first + second) for first in left - whole for second in right)
    return frozenset(whole) if len(whole) <= _MOST_STARTS else frozenset(start[:1] + _ANY for start in whole)


def _is_whole(start: str) -> bool:
    return start.endswith(_ANY) or len(start) > _length(start)


def _length(start: str) -> int:
    """How many first characters are kept: four of English words, of which two say little, else two."""
    return 4 if "a" <= start[:1] <= "z" else 2


def _shortened(start: str) -> str:
    length = _length(start)
    return start if len(start) <= length else start[:length] + _ANY


@dataclass(frozen=True)
class Wording:
    """Words as staff wrote them, ready to be looked for.

    Attributes:
        pattern: what they match.
        starts: the first characters of whatever they match; an empty text where they may begin with any.
        english: whether there are Latin letters in them.
    """

    pattern: re.Pattern[str]
    starts: frozenset[str]
    english: bool


@lru_cache(maxsize=20_000)      # compiling takes most of the time of a load; a save changes a few words of thousands
def wording(words: str) -> Wording:
    """Read words as staff write them.

    `(a|b)` is one of several, `(a|b)?` also none, `(a|b)*` also several times, `[ab]` one of these characters, `…` a gap within a
    sentence, `#` an amount in digits or Chinese numerals, `*` any ending of an English word, `^` and `$` beginning and end of the
    message. English stands as whole words, plural included; Chinese as it stands.

    Raises:
        ValueError: there is nothing to look for.
        re.error: a bracket has no other.
    """
    plain = _plain(words)
    compiled = re.compile(_pattern(plain))
    starts = frozenset(start.rstrip(_ANY) for start in _Reader(plain).read())
    return Wording(compiled, starts, compiled.pattern.startswith(_START))


_Try = tuple[int, int, Callable[..., "re.Match[str] | None"]]
"""What may begin somewhere: its place in the order of all, the number of its group, and what has to match."""


class Lookup:
    """Finds which groups of words stand in a text.

    Args:
        groups: the words of each group. Of several that begin at one place the first counts, English ones behind the others.
    """

    def __init__(self, groups: Iterable[Iterable[Wording]]) -> None:
        by_start: dict[str, list[_Try]] = defaultdict(list)
        words = [(number, one) for number, group in enumerate(groups) for one in sorted(group, key=attrgetter("english"))]
        for order, (number, one) in enumerate(words):
            for start in one.starts if "" not in one.starts else ():
                by_start[start].append((order, number, one.pattern.match))
        #: what may begin with any character
        self._anywhere = [(order, number, one.pattern.search) for order, (number, one) in enumerate(words) if "" in one.starts]
        #: by first characters, everything that may begin so, in order; what is told by fewer of them is among it
        self._tries = {start: _in_order(by_start[start[:size]] for size in range(1, len(start) + 1) if start[:size] in by_start) for start in by_start}
        #: by a first character, how many may begin so, the most first
        self._lengths: dict[str, list[int]] = defaultdict(list)
        for start in sorted(by_start, key=len, reverse=True):
            if len(start) not in (lengths := self._lengths[start[0]]):
                lengths.append(len(start))

    def first_of_each(self, text: str, without: Collection[int] = ()) -> Mapping[int, str]:
        """By the numbers of the groups of which words stand in a text, the first of them.

        Args:
            text: where to look.
            without: numbers of groups that are not looked for.
        """
        met: dict[int, tuple[int, int, str]] = {}
        done = set(without)
        tries_of, lengths_of = self._tries.get, self._lengths.get
        for at, char in enumerate(_INNER_LETTERS.sub(lambda found: _ANY * len(found[0]), text)):
            for length in lengths_of(char, ()):
                if tries := tries_of(text[at : at + length]):
                    for order, number, match in tries:
                        if number not in done and (found := match(text, at)):
                            met[number] = at, order, found[0]
                            done.add(number)
                    break
        for order, number, search in self._anywhere:
            if number not in without and (found := search(text)):
                met[number] = min(met.get(number, (len(text), 0, "")), (found.start(), order, found[0]))
        return {number: hit for number, (_, _, hit) in met.items()}


def _in_order(tries: Iterable[Iterable[_Try]]) -> list[_Try]:
    return sorted({one for some in tries for one in some}, key=itemgetter(0))
