"""Terms as staff write them, and the search for all of them in one pass over a folded text."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import add, itemgetter
from typing import NamedTuple

from bot.guard.fold import CJK, COMMA, STOP, Folded
from bot.guard.model import IDIOM, Found, Met, Term

NUMERALS = "0123456789零〇一二两俩三四五六七八九十百半几数"
_NUMBER = r"(?:\d+(?:\.\d+)?|[零〇一二两俩三四五六七八九十百半几数]+)"
_NUMERAL = re.compile(f"[{NUMERALS}]")
_WHOLE_NUMBER = re.compile(_NUMBER)
_LATIN_WORD = re.compile("[a-z]+")
_ANY_NUMBER = "#"
"""Begins the first characters of a term that begins with a number, whichever it is; no folded text has it."""
_TOKEN = re.compile(r"\(!|\(|\)\?|\)|\||~\d+|\[[^\]]+\]|.", re.S)
_MOST_STARTS = 2000
_place = partial(tuple.__new__, Found)
"""A `Found` of a tuple; a long message has a thousand, and this takes half the time."""
_PLAIN = re.compile(f"[{CJK}]+")
#: a term that ends with a Latin letter or a digit ends its word or number
_ENDING = r"(?:(?<=[^a-z0-9])|(?<=[a-z])(?![a-z])|(?<=[0-9])(?![0-9]))"


class BadTerm(ValueError):
    """A term cannot be read; the message says why."""


@dataclass
class _Piece:
    """A part of a term: its pattern, its possible first characters, and its least and greatest length.

    A first character `ANY` stands for any.
    """

    pattern: str
    starts: frozenset[str]
    least: int
    most: float


ANY = "\0"
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_EMPTY = _Piece("", frozenset({""}), 0, 0)


def read_term(name: str, written: str, sounds: Mapping[str, str]) -> Term:
    """One term as it is written in a file; see `_read_term`.

    Raises:
        BadTerm: brackets do not match, or the term begins with a gap.
    """
    return _read_term(name, written, tuple(sorted(sounds.items())))


@lru_cache(maxsize=20_000)      # a save changes a few terms of thousands
def _read_term(name: str, written: str, sounding: tuple[tuple[str, str], ...]) -> Term:
    """One term as it is written in a file.

    Args:
        name: of the complaint, detail or scope it belongs to.
        written: literal text with `(a|b)`, `(a)?`, `(!a)` (not followed by a), `[abc]`, `~3` (a gap), `#` (a number),
            `*` (any ending of a Latin word), `^` and `$` (beginning and end of the message).
        sounding: for a character, others that may stand for it.

    Raises:
        BadTerm: brackets do not match, or the term begins with a gap.
    """
    chinese = sum("\u3400" <= char <= "\u9fff" for char in written)
    reader = _Reader(written, dict(sounding) if chinese > 1 else {})
    piece = reader.read()
    if piece.least == 0 or any(start.startswith(ANY) or not start for start in piece.starts):
        raise BadTerm("it would match nothing, or anything; begin and end it with a fixed word")
    if len(piece.starts) > _MOST_STARTS:
        raise BadTerm("it has too many alternatives at its beginning; write several terms")
    return Term(name, f"{_edge(piece.starts)}(?:{piece.pattern}){_ENDING}", _cut(piece.starts), piece.least, piece.most)


def _edge(starts: frozenset[str]) -> str:
    """Latin words are met as whole words."""
    if all(start[:1].isascii() and start[:1].isalpha() for start in starts):
        return r"(?<![a-z])"
    if all(start[:1].isdigit() for start in starts):
        return r"(?<![0-9.])"
    return "" if not any(start[:1].isascii() for start in starts) else r"(?:(?<![a-z])|(?![a-z]))"


def _cut(starts: frozenset[str]) -> frozenset[str]:
    cut = (start.split(ANY)[0] for start in starts)
    # a numeral behind a number may belong to it; of signs and digits two tell enough
    kept = (_ANY_NUMBER if start[0] == _ANY_NUMBER and start[1:] in NUMERALS else start for start in cut)
    return frozenset(start if start[0] in _LETTERS else start[:2] for start in kept)


def _length(start: str) -> int:
    """How many first characters are kept: six of English words, of which few say little, two of Chinese; of a number, itself and what follows."""
    if not start[:1].isascii() or start[:1] == _ANY_NUMBER:
        return 2
    return 6 if start.isascii() and not start[:1].isdigit() else 4


def _shortened(start: str) -> str:
    """The first characters that are kept; anything may follow where some were left out."""
    length = _length(start)
    return start if len(start) <= length else start[:length] + ANY


class _Reader:
    """Reads one term, from left to right."""

    def __init__(self, written: str, sounds: Mapping[str, str]) -> None:
        self._tokens = [found[0] for found in _TOKEN.finditer(written)]
        self._at = 0
        self._sounds = sounds

    def read(self) -> _Piece:
        piece = self._alternatives()
        if self._at < len(self._tokens):
            raise BadTerm("a bracket is closed that was never opened")
        return piece

    def _alternatives(self) -> _Piece:
        options = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._sequence())
        if len(options) == 1:
            return options[0]
        # the longest first, so that a short one does not hide it
        ordered = sorted(options, key=lambda option: -option.least)
        pattern = f"(?:{'|'.join(option.pattern for option in ordered)})"
        starts = frozenset().union(*(option.starts for option in options))
        return _Piece(pattern, starts, min(option.least for option in options), max(option.most for option in options))

    def _sequence(self) -> _Piece:
        whole = _EMPTY
        while (token := self._peek()) not in ("|", ")", ")?", ""):
            self._at += 1
            whole = _joined(whole, self._one(token))
        return whole

    def _one(self, token: str) -> _Piece:
        if token == "(":
            inner = self._alternatives()
            closed = self._peek()
            if closed not in (")", ")?"):
                raise BadTerm("a bracket that was opened is not closed")
            self._at += 1
            return inner if closed == ")" else _Piece(f"(?:{inner.pattern})?", inner.starts | {""}, 0, inner.most)
        if token == "(!":
            return self._unless()
        if token in "^$":
            return _Piece(r"\A" if token == "^" else r"\Z", frozenset({""}), 0, 0)
        if token[0] == "[" and len(token) > 1:
            return _Piece(f"[{re.escape(token[1:-1])}]", frozenset(token[1:-1]), 1, 1)
        if token[0] == "~" and len(token) > 1:
            return self._gap(int(token[1:]))
        if token == "#":
            return _Piece(_NUMBER, frozenset({_ANY_NUMBER}), 1, math.inf)
        if token == "*":
            return _Piece("[a-z']*", frozenset({"", ANY}), 0, math.inf)
        if token == "'":
            return _Piece("'?", frozenset({"", "'"}), 0, 1)
        return self._char(token)

    def _unless(self) -> _Piece:
        """`(!a|b)`: neither of these may follow."""
        inner = self._alternatives()
        if self._peek() != ")":
            raise BadTerm("a bracket that was opened is not closed")
        self._at += 1
        return _Piece(f"(?!{inner.pattern})", frozenset({""}), 0, 0)

    def _gap(self, most: int) -> _Piece:
        """Up to so many words, "but" not among them, where a space stands beside the gap, else up to so many characters."""
        before, after = self._tokens[self._at - 2 : self._at - 1], self._peek()
        if before == [" "] and after == " ":
            self._at += 1        # "a ~2 b": the gap takes the second space
            return _Piece(rf"(?:(?!but )[^ ]+ ){{0,{most}}}?", frozenset({"", ANY}), 0, math.inf)
        if before == [" "]:
            return _Piece(rf"(?:(?!but )[^ ]+ ){{0,{most}}}?", frozenset({"", ANY}), 0, math.inf)
        return _Piece(rf".{{0,{most}}}?", frozenset({"", ANY}), 0, most)

    def _char(self, char: str) -> _Piece:
        chars = char + self._sounds.get(char, "")
        if len(chars) == 1:
            return _Piece(re.escape(char), frozenset({char}), 1, 1)
        return _Piece(f"[{chars}]", frozenset(chars), 1, 1)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""


def _joined(left: _Piece, right: _Piece) -> _Piece:
    numerals = frozenset(numeral + ANY for numeral in NUMERALS)
    starts: set[str] = set()
    for first in left.starts:
        if len(first) >= _length(first) or first.endswith(ANY):
            starts.add(first)
            continue
        for second in right.starts:
            # behind something else a number is told by its first numeral
            seconds = numerals if first and second[:1] == _ANY_NUMBER else (second,)
            starts.update(_shortened(first + each) for each in seconds)
    return _Piece(left.pattern + right.pattern, frozenset(starts), left.least + right.least, left.most + right.most)


_Match = Callable[..., "re.Match[str] | None"]


class _Try(NamedTuple):
    """What to look for where a text begins in a certain way."""

    name: str
    size: int               # of plain characters, met for certain
    match: _Match | None    # else what has to match
    cut: _Match | None      # the same, unless it has to end where the text does


_Tries = tuple[_Try, ...]


class _Steps(NamedTuple):
    """What is tried where a text begins in a certain way."""

    parts: tuple[_Tries, ...]   # as the matcher was given them
    reach: float                # characters of the longest idiom


_Begun = tuple[int, _Steps]
"""Where something may begin, and what."""
Stretch = tuple[int, int]
"""From where to where something may begin, in characters of the folded text."""


class Matcher:
    """Finds every place where one of the terms stands.

    Terms are looked up by their first characters, Latin ones only where a word begins, so that a message costs one step
    for each character and a pattern only where one may match.

    Args:
        terms: what is looked for.
        parts: names that can be looked for without the others (`search`); those in none of them are one more part, the last.
    """

    def __init__(self, terms: Iterable[Term], parts: Sequence[Container[str]] = ()) -> None:
        self._parts = len(parts) + 1
        keyed: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for term in terms:
            for start in term.starts:
                keyed[start][term.name].append(term)
        made: dict[frozenset[str], re.Pattern[str]] = {}      # many first characters lead to the same patterns
        tries = {start: [_try(name, start, listed, made) for name, listed in by_name.items()] for start, by_name in keyed.items()}
        longest = {start: max((term.most for term in by_name.get(IDIOM, ())), default=0) for start, by_name in keyed.items()}
        #: by first characters, everything that may begin so; what is told by fewer of them is among it
        self._pairs: dict[str, _Steps] = {}         # by two of them
        self._singles: dict[str, _Steps] = {}       # by one, where the two are not known
        self._words: dict[str, _Steps] = {}         # of Latin words
        self._numbered: dict[str, _Steps] = {}      # of what begins with a number, by the character behind it
        lengths: dict[str, set[int]] = defaultdict(set)
        for start in tries:
            begins = [start[:size] for size in range(1, len(start) + 1)]
            steps = _steps([one for begin in begins for one in tries.get(begin, ())], parts, max(longest.get(begin, 0) for begin in begins))
            if start[0] == _ANY_NUMBER:
                self._numbered[start[1:]] = steps
            elif start[0] in _LETTERS:
                self._words[start] = steps
                lengths[start[:2]].add(len(start))
            else:
                (self._pairs if start[1:] else self._singles)[start] = steps
        #: how many letters may begin so, the most first, by the first two
        self._lengths = {letters: tuple(sorted(found | lengths.get(letters[0], set()), reverse=True)) for letters, found in lengths.items()}

    def find(self, folded: Folded) -> list[Found]:
        """Every place of every name; of one name, not those inside a longer one. No term reaches over a comma, but an idiom does."""
        search, whole = self.search(folded), (0, len(folded.text))
        return [place for part in range(self._parts) for places in search.part(part, whole).values() for place in places]

    def search(self, folded: Folded) -> Search:
        """The same, part by part and stretch by stretch."""
        text = folded.text
        begun = self._beginnings(text)
        if more := [*self._word_beginnings(text), *self._number_beginnings(text)]:
            begun = sorted(begun + more, key=itemgetter(0))
        return Search(folded, begun)

    def _beginnings(self, text: str) -> list[_Begun]:
        """Where something else than a Latin word may begin, by its first two characters or by the first."""
        found = map(self._pairs.get, map(add, text, text[1:] + ANY), map(self._singles.get, text))
        return [(at, steps) for at, steps in enumerate(found) if steps is not None]

    def _word_beginnings(self, text: str) -> Iterator[_Begun]:
        words, lengths = self._words.get, self._lengths.get
        for word in _LATIN_WORD.finditer(text):
            at = word.start()
            for length in lengths(text[at : at + 2]) or lengths(text[at]) or ():
                if (steps := words(text[at : at + length])) is not None:
                    yield at, steps
                    break

    def _number_beginnings(self, text: str) -> Iterator[_Begun]:
        """Where a number begins, or goes on, with something behind it."""
        behind = self._numbered.get
        for numeral in _NUMERAL.finditer(text) if self._numbered else ():
            at = numeral.start()
            if number := _WHOLE_NUMBER.match(text, at):
                end = number.end()
                if (steps := behind(text[end : end + 1]) or behind("")) is not None:
                    yield at, steps


class Search:
    """What may stand in one message, by the first characters of the terms; whether it does is seen when it is asked for. Gives places by their names, in order.

    Args:
        folded: the message.
        begun: where terms may begin, in order.
    """

    def __init__(self, folded: Folded, begun: list[_Begun]) -> None:
        self._folded, self._begun = folded, begun
        #: for each character, how far a term and an idiom may reach
        self._comma, self._stop = (_ahead(folded.parted(least), len(folded.text)) for least in (COMMA, STOP))

    def part(self, part: int, stretch: Stretch) -> Met:
        """Every place of a part of the names that begins in a stretch; nothing reaches over the end of a sentence."""
        return self._places(part, self._in(stretch))

    def idioms(self, part: int, stretch: Stretch, touched: Iterable[Found]) -> Met:
        """The same of the idioms; only those that may share a character with one of some places are looked at."""
        low, stop = stretch[0], self._stop
        begun = [one for one in self._in(stretch) if one[1].parts[part]]
        nearest = _nearest(touched, *stretch) if begun else []
        return self._places(part, [one for one in begun if (first := nearest[one[0] - low]) < one[0] + one[1].reach and first < stop[one[0]]])

    def _in(self, stretch: Stretch) -> list[_Begun]:
        low, high = stretch
        if low == 0 and high == len(self._folded.text):
            return self._begun
        return self._begun[bisect_left(self._begun, (low,)) : bisect_left(self._begun, (high,))]

    def _places(self, part: int, begun: list[_Begun]) -> Met:
        """Where what begins somewhere is met; of one name, not what lies inside a longer place."""
        text, comma = self._folded.text, self._comma
        met: Met = {}
        for at, (parts, _) in begun:
            limit = comma[at]
            for name, size, match, _ in parts[part]:
                if match is None:
                    end = at + size
                elif matched := match(text, at):
                    end = matched.end()
                else:
                    continue
                if end > limit and (name != IDIOM or end > self._stop[at]):
                    end = self._before(name, at, parts[part])
                    if end == 0:
                        continue
                places = met.get(name)
                if places is None:
                    met[name] = [_place((name, at, end))]
                elif places[-1][2] < end:
                    if places[-1][1] == at:
                        places[-1] = _place((name, at, end))
                    else:
                        places.append(_place((name, at, end)))
        return met

    def _before(self, name: str, at: int, tries: _Tries) -> int:
        """Where a term of a name ends that begins there and ends at a break or before; 0 if none does."""
        end = (self._stop if name == IDIOM else self._comma)[at]
        for other, _, _, cut in tries:
            if other == name and cut is not None and (met := cut(self._folded.text, at, end)):
                return met.end()
        return 0


def _steps(tries: Iterable[_Try], parts: Sequence[Container[str]], reach: float) -> _Steps:
    split: list[list[_Try]] = [[] for _ in range(len(parts) + 1)]
    for one in tries:
        split[next((index for index, names in enumerate(parts) if one.name in names), -1)].append(one)
    return _Steps(tuple(map(tuple, split)), reach)


def _nearest(places: Iterable[Found], low: int, high: int) -> list[int]:
    """For each character of a stretch the start of the first place that does not end before it, or the end of the stretch."""
    nearest: list[int] = []
    for _, start, end in sorted(places, key=itemgetter(1)):
        nearest += [start] * (end - low - len(nearest))
    return nearest + [high] * (high - low - len(nearest))


def _try(name: str, start: str, terms: list[Term], made: dict[frozenset[str], re.Pattern[str]]) -> _Try:
    if all(_is_plain(term, start) for term in terms):
        return _Try(name, len(start), None, None)
    pattern = _any_of(terms, made)
    return _Try(name, 0, pattern.match, None if r"\Z" in pattern.pattern else pattern.match)


def _is_plain(term: Term, start: str) -> bool:
    """Whether a term is nothing but these Chinese characters."""
    return _PLAIN.fullmatch(start) is not None and term.pattern == f"(?:{start}){_ENDING}"


@lru_cache(maxsize=20_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiling takes most of the time of a load; what did not change is taken from the load before."""
    return re.compile(pattern)


def _any_of(terms: list[Term], made: dict[frozenset[str], re.Pattern[str]]) -> re.Pattern[str]:
    ordered = sorted({(term.least, term.pattern) for term in terms}, reverse=True)
    key = frozenset(pattern for _, pattern in ordered)
    if key not in made:
        made[key] = _compiled("|".join(pattern for _, pattern in ordered))
    return made[key]


def _ahead(breaks: list[int], length: int) -> list[int]:
    """For each character of a text the next break behind it, or what no place reaches."""
    ahead: list[int] = []
    for place in breaks:
        ahead += [place] * (place - len(ahead))
    return ahead + [length] * (length - len(ahead))
