"""The form of a message in which terms are looked up, and where its clauses and sentences end.

Unlike `bot.text.normalise` it reads all of a long message, keeps no positions of the original, and takes
spelling apart: separators between single characters, pinyin, misspellings.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import zhconv

from bot.guard.model import any_of
from bot.guard.pinyin import PinyinReader

MOST = 4000
"""Characters that are read: twice what a channel lets through (`bot.text.normalise.LIMIT`)."""
CJK = "\u3400-\u9fff"

SOFT, COMMA, STOP = 1, 2, 3
"""How much a break separates: a space or emoji, a comma, the end of a sentence."""
COST = {SOFT: 0, COMMA: 2, STOP: 5}
"""Units that a break adds to a distance."""

_STOPS = frozenset("。.!?！？…\n\r\x0b\x0c\x85\u2028\u2029")
_COMMAS = frozenset(",;:，；（）、()[]{}<>\"“”《》「」【】")
#: all but what most messages are made of, of which normalising would change nothing but the width of signs; with the character it may be joined to
_UNUSUAL = re.compile("[\n -~\u4e00-\u9fff，。！？；（）]?[^\n -~\u4e00-\u9fff，。！？；（）]+")
_LIST = frozenset("、/")
_KEPT = frozenset("'%°")
_SPREAD = re.compile(rf"(?<![{CJK}])[{CJK}](?:[ ,。]{{1,3}}[{CJK}](?![{CJK}])){{2,}}")
_SPELLED = re.compile(r"(?<![a-z'])[a-z](?: [a-z](?![a-z'])){3,}")
#: an answer of one word in brackets behind what it answers: "dizziness (no), fever (none)" is "dizziness. no. fever. none."
_BRACKETED = re.compile(rf"[(（] ?((?:[a-z]|[{CJK}]){{1,6}}) ?[)）](?= ?(?:[,;.，；。、\n]|$))")
_DOT = re.compile(rf"\.(?:(?<=[{CJK}]\.)(?=[{CJK}])|(?<=\d\.)(?=\d))")
_SEPARATORS, _SEPARATED = re.compile("[ ,。]+"), re.compile("([ ,。]+)")
_CHINESE = re.compile(f"[{CJK}]")
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789'.%°/")
_LETTER, _LETTERS = re.compile(r"[a-z]"), re.compile(r"[a-z]{2}")
_WORD_START = re.compile(r"[a-z0-9'.%°/]+")
_WORD_COSTS = [2] + [0] * (MOST - 1)


class _Table(dict[int, str]):
    """What each character becomes; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = _folded(chr(code))
        return self[code]


def _folded(char: str) -> str:
    if char in "\u2018\u2019\u02bc`´":
        return "'"
    if char in _STOPS:
        return "。"
    if char in _LIST:
        return " "
    if char in _COMMAS:
        return ","
    if char in _KEPT or char.isalnum():
        return str(zhconv.convert(char, "zh-cn"))[:1] if "\u3400" <= char <= "\u9fff" else char
    # marks that only change the look of the character before them vanish; signs, emoji and dashes separate softly
    return "" if unicodedata.category(char) in {"Mn", "Me", "Cf", "Cc"} and not char.isspace() else " "


_TABLE = _Table()
_INNER = re.compile(r"[./:](?<=\d.)(?=\d)")
_INNER_SAFE = {".": "\ue000", "/": "\ue001", ":": "\ue002"}
_INNER_BACK = {"\ue000": ".", "\ue001": "/", "\ue002": "."}
for _char in _INNER_BACK:
    _TABLE[ord(_char)] = _char


@dataclass(frozen=True)
class Folded:
    """A folded message.

    Attributes:
        text: small letters, digits and simplified characters; spaces stand between Latin words only.
        places: where a break stands, in order (the index of the character after it).
        strengths: how strong each of them is.
    """

    text: str
    places: tuple[int, ...] = ()
    strengths: tuple[int, ...] = ()

    def strongest(self, start: int, end: int) -> int:
        """The strongest break after `start` and before `end`; 0 where there is none."""
        first, last = bisect_right(self.places, start), bisect_left(self.places, end)
        return max(self.strengths[first:last]) if first < last else 0

    def break_at(self, place: int) -> int:
        """The strength of the break directly before a character."""
        return self._breaks.get(place, 0)

    @cached_property
    def _breaks(self) -> dict[int, int]:
        """The strength of the break before a character, where one stands."""
        found: dict[int, int] = {}
        for place, strength in zip(self.places, self.strengths):
            found[place] = max(strength, found.get(place, 0))
        return found

    def parted(self, least: int) -> list[int]:
        """Where breaks of a strength or more stand, in order."""
        return [place for place, strength in zip(self.places, self.strengths) if strength >= least]

    @cached_property
    def units(self) -> list[int]:
        """Place of each character, and of the end, in units: a Chinese character 1, a Latin word 2, breaks as `COST`."""
        costs = [1] * len(self.text)
        for word in _WORD_START.finditer(self.text):
            start, end = word.span()
            costs[start:end] = _WORD_COSTS[: end - start]
        at = self.text.find(" ")
        while at >= 0:
            costs[at] = 0
            at = self.text.find(" ", at + 1)
        first = 0
        for place, strength in zip(self.places, self.strengths):
            if place:
                costs[place - 1] += COST[strength]
            else:
                first += COST[strength]
        return list(accumulate(costs, initial=first))


class Folder:
    """Folds messages by the spellings that the files list.

    Args:
        rewrite: misspelt words and what they stand for, both folded.
        pinyin: syllables divided by spaces and the characters they stand for.
    """

    def __init__(self, rewrite: Mapping[str, str], pinyin: Mapping[str, str]) -> None:
        self._rewrite = dict(rewrite)
        self._misspelt = re.compile(any_of(self._rewrite)) if rewrite else None
        self._all_pinyin = PinyinReader(pinyin)
        self._phrases = {key.replace(" ", ""): value for key, value in pinyin.items()}
        # each looks first whether a letter stands there: most messages are Chinese
        several = any_of(key for key in pinyin if " " in key).replace(r"\ ", "[1-5]? *")
        self._several = re.compile(rf"(?=[a-z])(?<![a-z'])(?:{several}[1-5]?)(?![a-z'])") if several else None
        single = any_of(key for key in pinyin if " " not in key)
        self._beside = re.compile(rf"(?=[ a-z])(?:(?<=[{CJK}]) ?({single})[1-5]?(?![a-z'])|(?<![a-z'])({single})[1-5]? ?(?=[{CJK}]))") if single else None
        every = any_of(self._phrases)
        self._run = re.compile(rf"(?=[a-z])(?<![a-z'])(?:{every}[1-5]? *)+(?![a-z'])") if every else None
        self._piece = re.compile(rf"({every})[1-5]? *") if every else None

    def fold(self, text: str) -> Folded:
        """The folded form of a message as the patient typed it; only the first `MOST` characters are read."""
        plain = plain_form(text)
        if _LETTERS.search(plain):
            plain = self._from_pinyin(self._all_pinyin.read(plain))
        return self._rewritten(_compact(plain))

    def _from_pinyin(self, text: str) -> str:
        if self._several is not None:
            text = self._several.sub(lambda found: self._phrases[re.sub(r"[ 1-5]", "", found[0])], text)
        if self._run is not None:
            text = self._run.sub(self._read_run, text)
        if self._beside is not None and _CHINESE.search(text):
            text = self._beside.sub(lambda found: self._phrases[found[1] or found[2]], text)
        return text

    def _read_run(self, found: re.Match[str]) -> str:
        """A run of three syllables or more is read as Chinese; fewer may be English words."""
        pieces = self._piece.findall(found[0]) if self._piece is not None else []
        if len(pieces) < 3 or "".join(pieces) != re.sub(r"[ 1-5]", "", found[0]):
            return found[0]
        return "".join(self._phrases[piece] for piece in pieces)

    def _rewritten(self, folded: Folded) -> Folded:
        if self._misspelt is None or not (found := list(self._misspelt.finditer(folded.text))):
            return folded
        parts, places, last, shift, index = [], [], 0, 0, 0
        for match in found:
            new = self._rewrite[match[0]]
            parts += [folded.text[last : match.start()], new]
            while index < len(folded.places) and folded.places[index] < match.end():
                places.append(folded.places[index] + shift)
                index += 1
            shift += len(new) - len(match[0])
            last = match.end()
        parts.append(folded.text[last:])
        places += [place + shift for place in folded.places[index:]]
        return Folded("".join(parts), tuple(places), folded.strengths)


def plain_form(text: str) -> str:
    """Half width, small letters, simplified characters; every separator a space, a comma or `。`."""
    text = _UNUSUAL.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text[:MOST]).lower()
    if ")" in text or "）" in text:
        text = _BRACKETED.sub(r"。\1。", text)
    kept = _INNER.search(text) is not None
    if kept:
        text = _INNER.sub(lambda found: _INNER_SAFE[found[0]], text)
    text = (_DOT.sub(" ", text) if "." in text else text).translate(_TABLE)
    for safe, sign in _INNER_BACK.items() if kept else ():
        text = text.replace(safe, sign)
    text = _SPREAD.sub(lambda found: _SEPARATORS.sub("", found[0]), text)
    return _SPELLED.sub(lambda found: found[0].replace(" ", ""), text) if _LETTER.search(text) else text


def _compact(text: str) -> Folded:
    """The text without separators, and where they stood."""
    pieces = _SEPARATED.split(text)       # what is kept and what separates, in turn
    kept, places, strengths = [pieces[0]], [], []
    length, last = len(pieces[0]), pieces[0][-1:]
    for marks, piece in zip(pieces[1::2], pieces[2::2]):
        if last in _LATIN and piece[:1] in _LATIN:
            kept.append(" ")
            length += 1
        places.append(length)
        strengths.append(STOP if "。" in marks else COMMA if "," in marks else SOFT)
        kept.append(piece)
        length += len(piece)
        last = piece[-1:]
    return Folded("".join(kept), tuple(places), tuple(strengths))
