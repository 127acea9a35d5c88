"""Terms as staff write them, and the search for all of them in one pass over a folded text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.guard.fold import CJK, COMMA, STOP, Folded
from bot.guard.model import IDIOM, Found, Term

NUMERALS = "0123456789零〇一二两俩三四五六七八九十百半几数"
_NUMBER = r"(?:\d+(?:\.\d+)?|[零〇一二两俩三四五六七八九十百半几数]+)"
_TOKEN = re.compile(r"\(!|\(|\)\?|\)|\||~\d+|\[[^\]]+\]|.", re.S)
_MOST_STARTS = 2000
_PLAIN = re.compile(f"[{CJK}]+")
#: a term that ends with a Latin letter or a digit ends its word or number
_ENDING = r"(?:(?<=[^a-z0-9])|(?<=[a-z])(?![a-z])|(?<=[0-9])(?![0-9]))"


class BadTerm(ValueError):
    """A term cannot be read; the message says why."""


@dataclass
class _Piece:
    """A part of a term: its pattern, its possible first characters, and its least length.

    A first character `None` stands for any.
    """

    pattern: str
    starts: frozenset[str]
    least: int


ANY = "\0"
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_EMPTY = _Piece("", frozenset({""}), 0)


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
    return Term(name, f"{_edge(piece.starts)}(?:{piece.pattern}){_ENDING}", _cut(piece.starts), piece.least)


def _edge(starts: frozenset[str]) -> str:
    """Latin words are met as whole words."""
    if all(start[:1].isascii() and start[:1].isalpha() for start in starts):
        return r"(?<![a-z])"
    if all(start[:1].isdigit() for start in starts):
        return r"(?<![0-9.])"
    return "" if not any(start[:1].isascii() for start in starts) else r"(?:(?<![a-z])|(?![a-z]))"


def _cut(starts: frozenset[str]) -> frozenset[str]:
    return frozenset(_shortened(start.split(ANY)[0]) for start in starts)


def _length(start: str) -> int:
    """How many first characters are kept: four of Latin words, of which two say little, two of Chinese."""
    return 4 if start[:1].isascii() else 2


def _shortened(start: str) -> str:
    return start[: _length(start)]


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
        return _Piece(pattern, frozenset().union(*(option.starts for option in options)), min(option.least for option in options))

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
            return inner if closed == ")" else _Piece(f"(?:{inner.pattern})?", inner.starts | {""}, 0)
        if token == "(!":
            return self._unless()
        if token in "^$":
            return _Piece(r"\A" if token == "^" else r"\Z", frozenset({""}), 0)
        if token[0] == "[" and len(token) > 1:
            return _Piece(f"[{re.escape(token[1:-1])}]", frozenset(token[1:-1]), 1)
        if token[0] == "~" and len(token) > 1:
            return self._gap(int(token[1:]))
        if token == "#":
            return _Piece(_NUMBER, frozenset(char + ANY for char in NUMERALS) | frozenset(NUMERALS), 1)
        if token == "*":
            return _Piece("[a-z']*", frozenset({"", ANY}), 0)
        if token == "'":
            return _Piece("'?", frozenset({"", "'"}), 0)
        return self._char(token)

    def _unless(self) -> _Piece:
        """`(!a|b)`: neither of these may follow."""
        inner = self._alternatives()
        if self._peek() != ")":
            raise BadTerm("a bracket that was opened is not closed")
        self._at += 1
        return _Piece(f"(?!{inner.pattern})", frozenset({""}), 0)

    def _gap(self, most: int) -> _Piece:
        """Up to so many words, "but" not among them, where a space stands beside the gap, else up to so many characters."""
        before, after = self._tokens[self._at - 2 : self._at - 1], self._peek()
        if before == [" "] and after == " ":
            self._at += 1        # "a ~2 b": the gap takes the second space
            return _Piece(rf"(?:(?!but )[^ ]+ ){{0,{most}}}?", frozenset({"", ANY}), 0)
        if before == [" "]:
            return _Piece(rf"(?:(?!but )[^ ]+ ){{0,{most}}}?", frozenset({"", ANY}), 0)
        return _Piece(rf".{{0,{most}}}?", frozenset({"", ANY}), 0)

    def _char(self, char: str) -> _Piece:
        chars = char + self._sounds.get(char, "")
        if len(chars) == 1:
            return _Piece(re.escape(char), frozenset({char}), 1)
        return _Piece(f"[{chars}]", frozenset(chars), 1)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""


def _joined(left: _Piece, right: _Piece) -> _Piece:
    starts = frozenset(
        first if len(first) >= _length(first) or first.endswith(ANY) else _shortened(first + second) for first in left.starts for second in right.starts
    )
    return _Piece(left.pattern + right.pattern, starts, left.least + right.least)


class Matcher:
    """Finds every place where one of the terms stands.

    Terms are looked up by their first characters, Latin ones only where a word begins, so that a message costs one step
    for each character and a pattern only where one may match.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        keyed: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for term in terms:
            for start in term.starts:
                keyed[start][term.name].append(term)
        made: dict[frozenset[str], re.Pattern[str]] = {}      # many first characters lead to the same patterns
        #: names met with certainty where a text begins so, with no look at what follows
        self._plain: dict[str, tuple[str, ...]] = {}
        self._by_start: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        for start, by_name in keyed.items():
            plain = {name for name, listed in by_name.items() if all(_is_plain(term, start) for term in listed)}
            self._plain[start] = tuple(sorted(plain))
            self._by_start[start] = [(name, _any_of(listed, made)) for name, listed in by_name.items() if name not in plain]
        #: how long the first characters are that begin so
        self._lengths: dict[str, tuple[int, ...]] = {}
        for start in keyed:
            self._lengths[start[0]] = tuple(sorted({*self._lengths.get(start[0], ()), len(start)}))

    def find(self, folded: Folded, parts: Iterable[tuple[int, int]] | None = None) -> list[Found]:
        """Every place of every name; of one name, not those inside a longer one. No term reaches over a comma, but an idiom does.

        Args:
            folded: the message.
            parts: from where to where a term may begin, in order and apart; everywhere if left out.
        """
        text = folded.text
        found: list[Found] = []
        lengths_of, by_start, plain = self._lengths.get, self._by_start, self._plain
        for first, last in ((0, len(text)),) if parts is None else parts:
            before = text[first - 1 : first]
            for at, char in enumerate(text[first:last], first):
                lengths, earlier, before = lengths_of(char), before, char
                if lengths is None or (char in _LETTERS and earlier in _LETTERS):
                    continue
                for length in lengths:
                    start = text[at : at + length]
                    if start in by_start and len(start) == length:
                        for name in plain[start]:
                            found.append(Found(name, at, at + length))
                        for name, pattern in by_start[start]:
                            if match := pattern.match(text, at):
                                found.append(Found(name, at, match.end()))
        return _longest(self._within(found, folded)) if folded.places else _longest(found)

    def _within(self, found: list[Found], folded: Folded) -> list[Found]:
        """Places that reach over no comma, idioms over no end of a sentence; of one that does, what stands before the break, if that is a term too."""
        commas, stops = folded.parted(COMMA), folded.parted(STOP)
        kept = []
        for place in found:
            breaks = stops if place.name == IDIOM else commas
            at = bisect_right(breaks, place.start)
            if at == len(breaks) or breaks[at] >= place.end:
                kept.append(place)
            elif shorter := self._before(place, breaks[at], folded.text):
                kept.append(shorter)
        return kept

    def _before(self, place: Found, end: int, text: str) -> Found | None:
        """A term of the same name that begins there and ends at a break or before."""
        for length in self._lengths[text[place.start]]:
            for name, pattern in self._by_start.get(text[place.start : place.start + length], ()):
                if name == place.name and r"\Z" not in pattern.pattern and (match := pattern.match(text, place.start, end)):
                    return Found(name, place.start, match.end())
        return None


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


def _longest(found: list[Found]) -> list[Found]:
    """Places without those that lie inside a longer one of the same name; `found` is in order of start."""
    reached: dict[str, int] = {}
    farthest = reached.get
    kept = []
    for place in sorted(found, key=_from_left):
        if place.end > farthest(place.name, -1):
            kept.append(place)
            reached[place.name] = place.end
    return kept


def _from_left(place: Found) -> tuple[int, int]:
    return place.start, -place.end
