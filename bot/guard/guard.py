"""The guard: a message to the sign of an emergency in it, by rules alone."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from bot.guard.fold import CJK, Folded, Folder
from bot.guard.model import GROUPS, Alarm, Found, Line, Met, Number, Rules, Sign
from bot.guard.numbers import NEEDED, READERS
from bot.guard.printed import SCOPES as QUOTING
from bot.guard.printed import without_printed
from bot.guard.reading import Reading, Span
from bot.guard.terms import Matcher

CLOSE = 8
"""Units that may lie between two names written side by side in a line of `when`."""
_DIGIT = re.compile(r"[0-9半一二两三四五六七八九十]|an? |pad")
_WORD = re.compile(r"[a-z']{2,}|\bi\b")
_CHINESE = re.compile(f"[{CJK}]")
_MARKS = re.compile(r"(?<![\d\s])\s*[,.、。，．｡…·~!！?？;；:：-]+\s*(?!\d)")
_SHORT_MESSAGE = 300
"""Characters of a message of which every mark is left out in the second reading."""
_SHORT = 8
"""Units of a piece between two marks that may be a word or two torn from its neighbour; a Chinese character 2, a Latin word 4."""
_FAR = 10**9
AROUND = 150
"""Characters around a complaint in which words can still bear on it: the widest window, and the reach of a denial; Latin ones four times that."""


@dataclass(frozen=True)
class Judgement:
    """What is said of a message.

    Attributes:
        alarm: the sign of an emergency in it, or None.
        dismissed: there is none, and every complaint in it is denied, past, supposed, told of others or not meant.
    """

    alarm: Alarm | None
    dismissed: bool


class Guard:
    """Looks at messages by one set of rules. Holds nothing between two messages; reads no file.

    Args:
        rules: what the files say.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._folder = Folder(rules.rewrite, rules.pinyin)
        # complaints are looked up first: most messages have none, and are done
        self._matcher = Matcher(rules.terms, rules.complaints)
        self._quoting = Matcher(term for term in rules.terms if term.name in QUOTING)
        self._complaints = rules.complaints | {number.name for number in rules.numbers if number.complaint}
        self._passed = rules.complaints | rules.details
        self._by_reader: dict[str, list[Number]] = defaultdict(list)
        for number in rules.numbers:
            self._by_reader[number.read].append(number)
        order = {group: index for index, group in enumerate(GROUPS)}
        self._signs = sorted(rules.signs, key=lambda sign: order[sign.group])
        self._unmarked = [sign for sign in self._signs if not sign.needs_marks]

    def look(self, text: str) -> Alarm | None:
        """The sign of an emergency in a message, or None.

        Args:
            text: the message as the patient typed it; at most 4,000 characters are read.

        Returns:
            A certain sign before an unclear one; of several, that of the first group in `GROUPS`.
        """
        return self.judge(text).alarm

    def dismisses(self, text: str) -> bool:
        """Whether a message names complaints, and each of them is denied, past, supposed, told of others or not meant: evidence against an alarm."""
        return self.read(text).dismissed

    def judge(self, text: str) -> Judgement:
        """What `look` and `dismisses` say of a message, read once."""
        own, folded = self._own_words(text)
        reading = self._read(own, folded, own != text)
        seen = self._first_alarm(reading, self._signs)
        if (seen is None or not seen.certain) and not reading.doubted and (joined := _without_marks(own)) != own:
            again = self._first_alarm(self._read(joined), self._unmarked)      # "小腿，肿了，一圈，发紫", "just... passed... out..."
            seen = again if again is not None and again.certain else seen
        return Judgement(seen, seen is None and reading.dismissed)

    def _first_alarm(self, reading: Reading, signs: Sequence[Sign]) -> Alarm | None:
        unclear: Alarm | None = None
        for alarm in self._alarms(reading, signs):
            if alarm.certain:
                return alarm
            unclear = unclear or alarm
        return unclear

    def alarms(self, text: str) -> Iterator[Alarm]:
        """Every sign in a message, in the order of `GROUPS`."""
        return self._alarms(self.read(text), self._signs)

    def _alarms(self, reading: Reading, signs: Sequence[Sign]) -> Iterator[Alarm]:
        if not reading.complaints.all:
            return
        english = mostly_english(reading.folded.text)
        for sign in signs:
            known = reading.places if sign.stays else reading.still
            if any(_fulfilled(line, sign, known) for line in _possible(sign.when, reading, english)):
                yield Alarm(sign.group, sign.id, True)
            elif any(_fulfilled(line, sign, known) for line in _possible(sign.unclear, reading, english)):
                yield Alarm(sign.group, sign.id, False)

    def fold(self, text: str) -> Folded:
        """The form in which the message is looked at."""
        return self._folder.fold(text)

    def found(self, folded: Folded) -> list[Found]:
        """Everything met in a message, before it is judged."""
        return self._matcher.find(folded) + [place for places in self._numbers(folded.text).values() for place in places]

    def read(self, text: str) -> Reading:
        """A message with everything met in it that can bear on a complaint, printed text that it quotes left out."""
        own, folded = self._own_words(text)
        return self._read(own, folded, own != text)

    def _own_words(self, text: str) -> tuple[str, Folded | None]:
        return without_printed(text, self._scopes_in)

    def _scopes_in(self, text: str) -> tuple[Folded, list[Found]]:
        folded = self.fold(text)
        return folded, self._quoting.find(folded)

    def _read(self, text: str, folded: Folded | None = None, quotes: bool = False) -> Reading:
        folded = folded or self.fold(text)
        search = self._matcher.search(folded)
        met = _joined(search.first(), self._numbers(folded.text))
        complaints = [place for name, places in met.items() if name in self._complaints for place in places]
        if complaints:
            met = _joined(met, search.idioms(complaints) | search.others(_around(folded.text, complaints)))
        return Reading(folded, met if complaints else {}, self._complaints, self._passed, self.rules, quotes)

    def _numbers(self, text: str) -> Met:
        met: Met = {}
        if not _DIGIT.search(text):
            return met
        for name, numbers in self._by_reader.items():
            values = sorted(READERS[name](text), key=itemgetter(1)) if NEEDED[name].search(text) else []
            for number in numbers:
                if places := [Found(number.name, start, end) for value, start, end in values if number.low <= value <= number.high]:
                    met[number.name] = places
        return met


def _joined(met: Met, more: Met) -> Met:
    """Places by their names; a number may be called like words."""
    return met | {name: sorted(met[name] + places, key=itemgetter(1)) if name in met else places for name, places in more.items()}


def _around(text: str, complaints: list[Found]) -> list[tuple[int, int]] | None:
    """From where to where other words stand near enough to a complaint to matter; None for everywhere."""
    if len(text) <= 2 * AROUND:
        return None
    around = AROUND * (4 if _WORD.search(text) else 1)
    parts: list[tuple[int, int]] = []
    first, last = 0, -_FAR
    for _, start, end in sorted(complaints, key=itemgetter(1)):
        if start - around > last:
            parts.append((first, last))
            first = max(0, start - around)
        last = max(last, end + around)
    return [*parts[1:], (first, last)]


def _without_marks(text: str) -> str:
    """The text with nothing in place of marks beside a short piece between Chinese characters, a space elsewhere.

    In a long message marks between whole clauses stay: what they part does not belong together, and it need not be read twice.
    """
    marks = list(_MARKS.finditer(text))
    bounds = [0, *(at for mark in marks for at in mark.span()), len(text)]
    pieces = [text[first:last] for first, last in zip(bounds[::2], bounds[1::2])]
    short = [len(text) <= _SHORT_MESSAGE or _length(piece) <= _SHORT for piece in pieces]
    joined = pieces[:1]
    for index, mark in enumerate(marks):
        if short[index] or short[index + 1]:
            joined.append("" if _CHINESE.match(pieces[index][-1:]) else " ")
        else:
            joined.append(mark[0])
        joined.append(pieces[index + 1])
    return "".join(joined)


def _length(piece: str) -> int:
    return 2 * len(_CHINESE.findall(piece)) + 4 * len(_WORD.findall(piece.lower()))


def mostly_english(text: str) -> bool:
    """Whether a folded text has about as many Latin words as it has Chinese words; one of the two taken for two characters."""
    words = len(_WORD.findall(text))
    return words > 0 and 2 * words > len(_CHINESE.findall(text))


def _possible(lines: Sequence[Line], reading: Reading, english: bool) -> Iterator[Line]:
    """The lines of which every name, or one that stands for it, is met somewhere in the message."""
    for line in lines:
        if (english or not line.english) and not any(names.isdisjoint(reading.names) for cluster in line.clusters for names in cluster):
            yield line


def _fulfilled(line: Line, sign: Sign, places: Mapping[str, list[Span]]) -> bool:
    """Whether all clusters of a line are met in one window, and nothing that cancels the sign stands there."""
    met: list[list[Span]] = []
    for cluster in line.clusters:
        spans = _cluster(cluster, places)
        if not spans:
            return False
        met.append(spans)
    others = [_Spans(spans) for spans in met[1:]]
    against = _Spans([span for name in sign.unless for span in places.get(name, ())])
    return any(
        all(other.near(first, sign.window) for other in others) and not against.near(first, sign.window) for first in met[0]
    )


def _cluster(cluster: tuple[frozenset[str], ...], places: Mapping[str, list[Span]]) -> list[Span]:
    """Where names written side by side stand close together, in any order."""
    spans = [span for name in cluster[0] for span in places.get(name, ())]
    for names in cluster[1:]:
        others = _Spans([span for name in names for span in places.get(name, ())])
        spans = list({(min(a[0], b[0]), max(a[1], b[1])) for a in spans for b in others.near(a, CLOSE)})
    return spans


class _Spans:
    """Spans in order, asked which of them lie near another."""

    def __init__(self, spans: list[Span]) -> None:
        self._all = sorted(set(spans))
        self._longest = max((end - start for start, end in self._all), default=0)

    def near(self, span: Span, most: int) -> list[Span]:
        """Those with at most so many units between them and a span."""
        first = bisect_left(self._all, (span[0] - most - self._longest, 0))
        last = bisect_right(self._all, (span[1] + most, _FAR))
        return [other for other in self._all[first:last] if other[1] >= span[0] - most]
