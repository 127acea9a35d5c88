"""The guard: a message to the sign of an emergency in it, by rules alone."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator

from bot.guard.fold import CJK, Folded, Folder
from bot.guard.model import GROUPS, IDIOM, Alarm, Found, Line, Number, Places, Rules, Sign
from bot.guard.numbers import NEEDED, READERS
from bot.guard.scope import Scope
from bot.guard.terms import Matcher

CLOSE = 8
"""Units that may lie between two names written side by side in a line of `when`."""
FAREWELL = "farewell"
"""A sign that is told by where its sentences end: "thank you, nurse, goodbye" is none, and without its marks would be one."""
_DIGIT = re.compile(r"[0-9半一二两三四五六七八九十]|an? |pad")
_WORD = re.compile(r"[a-z']{2,}|\bi\b")
_CHINESE = re.compile(f"[{CJK}]")
_MARKS = re.compile(r"(?<![\d\s])\s*[,.、。，．｡…·~!！?？;；:：-]+\s*(?!\d)")
_FAR = 10**9
AROUND = 150
"""Characters around a complaint in which words can still bear on it: the widest window, and the reach of a denial; Latin ones four times that."""
Span = tuple[int, int]


class Guard:
    """Looks at messages by one set of rules. Holds nothing between two messages; reads no file.

    Args:
        rules: what the files say.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._folder = Folder(rules.rewrite, rules.pinyin)
        # complaints are looked up first: most messages have none, and are done
        self._named = Matcher(term for term in rules.terms if term.name in rules.complaints)
        self._others = Matcher(term for term in rules.terms if term.name not in rules.complaints)
        self._complaints = rules.complaints | {number.name for number in rules.numbers if number.complaint}
        self._passed = rules.complaints | rules.details
        self._by_reader: dict[str, list[Number]] = defaultdict(list)
        for number in rules.numbers:
            self._by_reader[number.read].append(number)
        order = {group: index for index, group in enumerate(GROUPS)}
        self._signs = sorted(rules.signs, key=lambda sign: order[sign.group])

    def look(self, text: str) -> Alarm | None:
        """The sign of an emergency in a message, or None.

        Args:
            text: the message as the patient typed it; at most 4,000 characters are read.

        Returns:
            A certain sign before an unclear one; of several, that of the first group in `GROUPS`.
        """
        seen = self._look(text)
        if (seen is None or not seen.certain) and _MARKS.search(text) and not self._doubted(text):
            again = self._look(_MARKS.sub(_without_mark, text))      # "小腿，肿了，一圈，发紫", "just... passed... out..."
            return again if again is not None and again.certain and again.sign != FAREWELL else seen
        return seen

    def _doubted(self, text: str) -> bool:
        """Whether any complaint in a message does not count: then its marks part what is denied or past from the rest."""
        return any(verdict != "counts" for _, verdict in self.living(self.fold(text)))

    def _look(self, text: str) -> Alarm | None:
        unclear: Alarm | None = None
        for alarm in self.alarms(text):
            if alarm.certain:
                return alarm
            unclear = unclear or alarm
        return unclear

    def dismisses(self, text: str) -> bool:
        """Whether a message names complaints, and each of them is denied, past, supposed, told of others or not meant: evidence against an alarm."""
        verdicts = [verdict for _, verdict in self.living(self.fold(text))]
        return bool(verdicts) and "counts" not in verdicts

    def alarms(self, text: str) -> Iterator[Alarm]:
        """Every sign in a message, in the order of `GROUPS`."""
        folded = self.fold(text)
        places, over = self._places(folded)
        if not places:
            return
        english = mostly_english(folded.text)
        for sign in self._signs:
            known = places if sign.stays else _without(places, over)
            if any(_fulfilled(line, sign, known) for line in sign.when if english or not line.english):
                yield Alarm(sign.group, sign.id, True)
            elif any(_fulfilled(line, sign, known) for line in sign.unclear if english or not line.english):
                yield Alarm(sign.group, sign.id, False)

    def fold(self, text: str) -> Folded:
        """The form in which the message is looked at."""
        return self._folder.fold(text)

    def found(self, folded: Folded) -> list[Found]:
        """Everything met in a message, before it is judged."""
        return self._first(folded) + self._others.find(folded)

    def _first(self, folded: Folded) -> list[Found]:
        """The complaints and the numbers in a message."""
        found = self._named.find(folded)
        if _DIGIT.search(folded.text):
            found += self._numbers(folded.text)
        return found

    def _bearing(self, folded: Folded, complaints: list[Found]) -> list[Found]:
        """Everything else that stands near enough to a complaint to matter."""
        if len(folded.text) <= 2 * AROUND:
            return self._others.find(folded)
        around = AROUND * (4 if _WORD.search(folded.text) else 1)
        parts: list[tuple[int, int]] = []
        for place in sorted(complaints, key=lambda place: place.start):
            low, high = max(0, place.start - around), place.end + around
            if parts and low <= parts[-1][1]:
                parts[-1] = (parts[-1][0], max(parts[-1][1], high))
            else:
                parts.append((low, high))
        return self._others.find(folded, parts)

    def living(self, folded: Folded) -> list[tuple[Found, str]]:
        """The complaints met in a message, each with what has become of it: `counts`, `over`, `not meant` or `does not count`."""
        found = self.found(folded)
        scope = Scope(folded, found, self._passed)
        complaints, idioms = self._sorted(found)
        return [(place, self._verdict(place, scope, complaints, idioms)) for place in complaints.all]

    def _sorted(self, found: list[Found]) -> tuple[Places, Places]:
        """The complaints and the idioms in what was met."""
        return Places(x for x in found if x.name in self._complaints), Places(x for x in found if x.name == IDIOM)

    def _numbers(self, text: str) -> list[Found]:
        found = []
        for name, numbers in self._by_reader.items():
            for value, start, end in READERS[name](text) if NEEDED[name].search(text) else ():
                found += [Found(number.name, start, end) for number in numbers if number.low <= value <= number.high]
        return found

    def _places(self, folded: Folded) -> tuple[dict[str, list[Span]], dict[str, set[Span]]]:
        """Where each name counts, in units, and which of those are said to be over."""
        found = self._first(folded)
        met = [place for place in found if place.name in self._complaints]
        if not met:
            return {}, {}
        found += self._bearing(folded, met)
        scope = Scope(folded, found, self._passed)
        units, counting, over = folded.units, defaultdict[str, list[Span]](list), defaultdict[str, set[Span]](set)
        complaints, idioms = self._sorted(found)
        cancelled = self._cancelled(found)
        for place in sorted(found, key=lambda place: place.start):
            if place.name.startswith("@") or place.name in cancelled:
                continue
            span = (units[place.start], units[place.end])
            if place.name in self._complaints:
                verdict = self._verdict(place, scope, complaints, idioms)
                if verdict == "over":
                    over[place.name].add(span)
                elif verdict != "counts":
                    continue
            counting[place.name].append(span)
        return counting, over

    def _cancelled(self, found: list[Found]) -> frozenset[str]:
        """Complaints that a value in the message contradicts, where no value bears them out."""
        met = {place.name for place in found}
        readers = {number.read for number in self.rules.numbers if number.complaint and number.name in met}
        against = (number.cancels for number in self.rules.numbers if number.cancels and number.name in met and number.read not in readers)
        return frozenset().union(*against)

    def _verdict(self, place: Found, scope: Scope, complaints: Places, idioms: Places) -> str:
        if any(not _holds(place, idiom) for idiom in idioms.touching(place)):
            return "not meant"
        around = [other for other in complaints.touching(place) if _holds(other, place)]
        if not all(scope.stands(each, each.name in self.rules.steadfast) for each in (place, *around)):
            return "does not count"
        return "over" if scope.over(place) else "counts"


def _without_mark(mark: re.Match[str]) -> str:
    """Nothing in a mark's place between Chinese characters, a space elsewhere."""
    before = mark.string[mark.start() - 1 : mark.start()]
    return "" if _CHINESE.match(before) else " "


def mostly_english(text: str) -> bool:
    """Whether a folded text has about as many Latin words as it has Chinese words; one of the two taken for two characters."""
    return 2 * len(_WORD.findall(text)) > len(_CHINESE.findall(text))


def _holds(outer: Found, inner: Found) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end and outer.end - outer.start > inner.end - inner.start


def _without(places: dict[str, list[Span]], over: dict[str, set[Span]]) -> dict[str, list[Span]]:
    if not over:
        return places
    return {name: [span for span in spans if span not in over.get(name, ())] for name, spans in places.items()}


def _fulfilled(line: Line, sign: Sign, places: dict[str, list[Span]]) -> bool:
    """Whether all clusters of a line are met in one window, and nothing that cancels the sign stands there."""
    if any(names.isdisjoint(places) for cluster in line.clusters for names in cluster):
        return False
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


def _cluster(cluster: tuple[frozenset[str], ...], places: dict[str, list[Span]]) -> list[Span]:
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
