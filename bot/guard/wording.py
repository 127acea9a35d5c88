"""The notation of `_scams.yml`, and many words in it looked for at once: each is tried only where its first characters stand."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter, itemgetter

import zhconv

from bot.text.normalise import CJK, fold

#: A number in digits or Chinese numerals; 千万 by itself is a word of warning, 几 and 百 without a unit are in many words.
_AMOUNT = r"(?:\d[\d.,]*|(?:[零〇一二两俩三四五六七八九十]|[几数半百](?=[十百千万元块个支]))[零〇一二两俩三四五六七八九十百千万几数半]{0,5})"
_AMOUNT_STARTS = frozenset(char + "\1" for char in "0123456789零〇一二两俩三四五六七八九十几数半百")
_BLANK = r"[\s\-]*"
_BLANK_STARTS = frozenset(("", " ", "  \1", " -\1", "-\1"))
_ZH_GAP, _EN_GAP = r"[^。!?;]{0,16}?", r"[^。!?;]{0,32}?"
_GAP_SIGN = "\0"
_AS_IT_STANDS = frozenset(")|[]^$")
_TOKEN = re.compile(r"\[[^\]]+\]|\)[?*]|\d+|.")
#: Where an English word may begin and end; anywhere next to what is no Latin letter.
_START, _END = "(?:(?<![a-z])|(?![a-z]))", "(?:(?<=[a-z])e?s)?(?:(?![a-z])|(?<![a-z]))"
_FIXED = re.compile(rf"\(([^()#*^$ {_GAP_SIGN}]+)\)")
_INNER_LETTERS = re.compile("(?<=[a-z])[a-z]+")
_ANY = "\1"
"""Ends first characters behind which anything may follow; no text has it."""
_MOST_STARTS = 4000
"""First characters of some words until only one each is kept."""


def pattern(words: str) -> str:
    """A pattern from words as staff write them.

    `(a|b)` is one of several, `(a|b)?` also none, `(a|b)*` also several times, `[ab]` one of these characters, `…` a gap within a
    sentence, `#` an amount in digits or Chinese numerals, `*` any ending of an English word, `^` and `$` beginning and end of the
    message. English stands as whole words, plural included; Chinese as it stands.

    Raises:
        ValueError: there is nothing to look for.
    """
    plain = _plain(words)
    chinese = re.search(f"[{CJK}]", plain)
    start, end = (_START, _END) if re.search("[a-z]", plain) else ("", "")
    gap = f"{end}{_ZH_GAP if chinese else _EN_GAP}{start}"
    special = {_GAP_SIGN: gap, "#": _AMOUNT, "*": "[a-z]*", " ": _BLANK, ")?": ")?", ")*": "){0,3}", "(": "(?:"}
    return start + "".join(special.get(piece) or _literal(piece) for piece in _TOKEN.findall(plain)) + end


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

    def __init__(self, words: str) -> None:
        self._tokens = _TOKEN.findall(_plain(words))
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
        if token in ("*", _GAP_SIGN):
            return frozenset({"", _ANY})
        if token[0] == "[" and token[1:]:
            return frozenset(token[1:-1]) if not re.search(r"[\^\-\\]", token) else _in_ascii(token)
        return {"#": _AMOUNT_STARTS, " ": _BLANK_STARTS}.get(token) or frozenset({_shortened(token)})

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""


def _in_ascii(token: str) -> frozenset[str]:
    """The characters of `[a-z]`; any where there may be others than ASCII ones."""
    chars = frozenset(char for char in map(chr, range(128)) if re.match(token, char))
    return chars if token.isascii() and "^" not in token else frozenset({_ANY})


def _followed(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    whole = {start for start in left if _is_whole(start)}
    whole.update(_shortened(first + second) for first in left - whole for second in right)
    return frozenset(whole) if len(whole) <= _MOST_STARTS else frozenset(start[:1] + _ANY for start in whole)


def _is_whole(start: str) -> bool:
    return start.endswith(_ANY) or len(start) > _length(start)


def _length(start: str) -> int:
    """How many first characters are kept: four of English words, of which two say little, else two."""
    return 4 if start[:1].isascii() else 2


def _shortened(start: str) -> str:
    length = _length(start)
    return start if len(start) <= length else start[:length] + _ANY


@dataclass(frozen=True)
class Wording:
    """Words as staff wrote them, ready to be looked for.

    Attributes:
        pattern: what they match.
        starts: the first characters of whatever they match; an empty text where they may begin with any.
        choices: where there is a gap, fixed words of which one of each choice stands in whatever they match.
        english: whether there are Latin letters in them.
    """

    pattern: re.Pattern[str]
    starts: frozenset[str]
    choices: tuple[tuple[str, ...], ...]
    english: bool


def wording(words: str) -> Wording:
    """Read words in the notation; see `pattern`.

    Raises:
        ValueError: there is nothing to look for.
        re.error: a bracket has no other.
    """
    written, plain = pattern(words), _plain(words)
    starts = frozenset(start.rstrip(_ANY) for start in _Reader(words).read())
    return Wording(re.compile(written), starts, _choices(plain) if _GAP_SIGN in plain else (), written.startswith(_START))


def _choices(plain: str) -> tuple[tuple[str, ...], ...]:
    """The groups in brackets of which every alternative is fixed words, in no other group and not optional."""
    found: list[tuple[str, ...]] = []
    depth = start = 0
    for sign in re.finditer(r"[()|\[]", plain):
        if sign[0] == "[" or (sign[0] == "|" and depth == 0):
            return ()
        if sign[0] == "(":
            start, depth = sign.start() if depth == 0 else start, depth + 1
        elif sign[0] == ")":
            depth -= 1
            if depth == 0 and plain[sign.end() : sign.end() + 1] not in ("?", "*") and (choice := _FIXED.fullmatch(plain, start, sign.end())):
                found.append(tuple(choice[1].split("|")))
    return tuple(found)


_Try = tuple[int, int, Callable[..., "re.Match[str] | None"], tuple[tuple[str, ...], ...]]
"""What may begin somewhere: its place in the order of all, the number of its group, what has to match, and `Wording.choices`."""


class Lookup:
    """Finds which groups of words stand in a text.

    Args:
        groups: the words of each group. Of several that begin at one place the first counts, English ones behind the others.
    """

    def __init__(self, groups: Iterable[Iterable[Wording]]) -> None:
        by_start: dict[str, list[_Try]] = defaultdict(list)
        words = [(number, one) for number, group in enumerate(groups) for one in sorted(group, key=attrgetter("english"))]
        for order, (number, one) in enumerate(words):
            for start in one.starts:
                by_start[start].append((order, number, one.pattern.match, one.choices))
        #: by first characters, everything that may begin so, in order; what is told by fewer of them is among it
        self._tries = {start: _in_order(by_start[start[:size]] for size in range(len(start) + 1) if start[:size] in by_start) for start in by_start}
        #: by a first character, how many may begin so, the most first
        self._lengths: dict[str, list[int]] = defaultdict(list)
        for start in sorted(by_start, key=len, reverse=True):
            if len(start) not in (lengths := self._lengths[start[:1]]):
                lengths.append(len(start))

    def first_of_each(self, text: str) -> Mapping[int, str]:
        """By the numbers of the groups of which words stand in a text, the first of them."""
        met: dict[int, str] = {}
        possible: dict[int, bool] = {}      # a gap costs much where what is behind it stands nowhere
        tries_of, lengths_of = self._tries.get, self._lengths.get
        for at, char in enumerate(_INNER_LETTERS.sub(lambda found: _ANY * len(found[0]), text)):
            for length in (*lengths_of(char, ()), 0):
                if tries := tries_of(text[at : at + length]):
                    for order, number, match, choices in tries:
                        if number in met:
                            continue
                        if choices and order not in possible:
                            possible[order] = all(any(word in text for word in choice) for choice in choices)
                        if possible.get(order, True) and (found := match(text, at)):
                            met[number] = found[0]
                    break
        return met


def _in_order(tries: Iterable[Iterable[_Try]]) -> list[_Try]:
    return sorted({one for some in tries for one in some}, key=itemgetter(0))
