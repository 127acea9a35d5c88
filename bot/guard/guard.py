"""The guard: a message to the sign of an emergency in it, by rules alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from operator import itemgetter

from bot.guard.fold import CJK, Folded, Folder
from bot.guard.model import GROUPS, Alarm, Found, Line, Met, Number, Rules, Sign
from bot.guard.numbers import NEEDED, READERS
from bot.guard.printed import SCOPES as QUOTING
from bot.guard.printed import without_printed
from bot.guard.reading import COUNTS, OVER, WORD, Kinds, Reading, Spot
from bot.guard.terms import Matcher

_DIGIT = re.compile(r"[0-9半一二两三四五六七八九十]|an? |pad")
_CHINESE = re.compile(f"[{CJK}]+")
_MARKS = re.compile(r"(?<![\d\s])\s*[,.、。，．｡…·~!！?？;；:：-]+\s*(?!\d)")
_SHORT_MESSAGE = 300
"""Characters of a message of which every mark is left out in the second reading."""
_SHORT = 8
"""Units of a piece between two marks that may be a word or two torn from its neighbour; a Chinese character 2, a Latin word 4."""


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
        numbers = {number.name for number in rules.numbers}
        order = {group: index for index, group in enumerate(GROUPS)}
        self._signs = sorted(rules.signs, key=lambda sign: order[sign.group])
        # what the first group needs is looked for first: an emergency of it decides, whatever else is in the message
        first = frozenset(name for sign in self._signs if sign.group == GROUPS[0] for name in sign.names) - numbers
        complaints = rules.complaints | {number.name for number in rules.numbers if number.complaint}
        self._kinds = Kinds(first, complaints, rules.complaints | rules.details)
        self._matcher = Matcher(rules.terms, self._kinds.parts)
        self._quoting = Matcher(term for term in rules.terms if term.name in QUOTING)
        self._by_reader: dict[str, list[Number]] = defaultdict(list)
        for number in rules.numbers:
            self._by_reader[number.read].append(number)
        #: how many signs, from the beginning, need only what is looked for first
        self._decided_first = len(list(takewhile(lambda sign: sign.names <= first, self._signs)))
        #: by each name the signs that may be met where it is, by their places among all
        self._needing: dict[str, set[int]] = defaultdict(set)
        for index, sign in enumerate(self._signs):
            for name in sign.names:
                self._needing[name].add(index)

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
        seen = self._first_alarm(reading)
        if (seen is None or not seen.certain) and not reading.doubted and (joined := _without_marks(own)) != own:
            again = self._first_alarm(self._read(joined), unmarked=True)      # "小腿，肿了，一圈，发紫", "just... passed... out..."
            seen = again if again is not None and again.certain else seen
        return Judgement(seen, seen is None and reading.dismissed)

    def _first_alarm(self, reading: Reading, unmarked: bool = False) -> Alarm | None:
        unclear: Alarm | None = None
        for alarm in self._alarms(reading, unmarked):
            if alarm.certain:
                return alarm
            unclear = unclear or alarm
        return unclear

    def alarms(self, text: str) -> Iterator[Alarm]:
        """Every sign in a message, in the order of `GROUPS`."""
        return self._alarms(self.read(text))

    def _alarms(self, reading: Reading, unmarked: bool = False) -> Iterator[Alarm]:
        if reading.is_empty:
            return
        english = mostly_english(reading.folded.text)
        for met, numbers in self._possible(reading):
            known = frozenset(met)
            for sign in (self._signs[number] for number in numbers):
                if unmarked and sign.needs_marks:
                    continue
                for lines, certain in ((sign.when, True), (sign.unclear, False)):
                    if any((english or not line.english) and _is_possible(line, known) and _fulfilled(line, sign, reading, met) for line in lines):
                        yield Alarm(sign.group, sign.id, certain)
                        break

    def _possible(self, reading: Reading) -> Iterator[tuple[Met, list[int]]]:
        """The places of signs of which a name is met, in order, with what is met of their names: first of those that need only what is looked for first."""
        yield reading.first, self._named(reading.first, range(self._decided_first))
        yield reading.met, self._named(reading.met, range(self._decided_first, len(self._signs)))

    def _named(self, met: Met, among: range) -> list[int]:
        return sorted({number for name in met for number in self._needing.get(name, ()) if number in among})

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
        return Reading(folded, self._matcher.search(folded), self._numbers(folded.text), self._kinds, self.rules, quotes)

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
    return 2 * sum(map(len, _CHINESE.findall(piece))) + 4 * len(WORD.findall(piece.lower()))


def mostly_english(text: str) -> bool:
    """Whether a folded text has about as many Latin words as it has Chinese words; one of the two taken for two characters."""
    words = len(WORD.findall(text))
    return words > 0 and 2 * words > sum(map(len, _CHINESE.findall(text)))


def _is_possible(line: Line, known: frozenset[str]) -> bool:
    """Whether every name of a line, or one that stands for it, is met somewhere in the message."""
    for cluster in line.clusters:
        for names in cluster:
            if names.isdisjoint(known):
                return False
    return True


def _fulfilled(line: Line, sign: Sign, reading: Reading, met: Met) -> bool:
    """Whether all clusters of a line are met in one window, and nothing that cancels the sign stands there.

    Whether something counts is asked last, of what stands near enough: to tell takes far longer than to find it.
    """
    first, *rest = [reading.spots(cluster, met) for cluster in line.clusters]
    if not all(spots.all for spots in rest):
        return False
    against, verdicts = reading.spots((sign.unless,), met), (COUNTS, OVER) if sign.stays else (COUNTS,)

    def any_counts(spots: list[Spot]) -> bool:
        return any(reading.counts(spot, verdicts) for spot in spots)

    for spot in first.all:
        near = [spots.near(spot, sign.window) for spots in rest]
        if all(near) and reading.counts(spot, verdicts) and all(map(any_counts, near)) and not any_counts(against.near(spot, sign.window)):
            return True
    return False
