"""The guard: a message to the sign of an emergency in it, by rules alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from bot.guard.fold import CJK, Folded, Folder
from bot.guard.model import GROUPS, IDIOM, Alarm, Found, Line, Number, Rules, Sign
from bot.guard.numbers import READERS
from bot.guard.scope import Scope
from bot.guard.terms import Matcher

CLOSE = 8
"""Units that may lie between two names written side by side in a line of `when`."""
_DIGIT = re.compile(r"[0-9半一二两三四五六七八九十]|an? |pad")
_WORD = re.compile(r"[a-z']{2,}|\bi\b")
_CHINESE = re.compile(f"[{CJK}]")
Span = tuple[int, int]


class Guard:
    """Looks at messages by one set of rules. Holds nothing between two messages; reads no file.

    Args:
        rules: what the files say.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._folder = Folder(rules.rewrite, rules.pinyin)
        self._matcher = Matcher(rules.terms)
        self._complaints = rules.complaints | {number.name for number in rules.numbers if number.complaint}
        self._passed = rules.complaints | rules.details
        order = {group: index for index, group in enumerate(GROUPS)}
        self._signs = sorted(rules.signs, key=lambda sign: order[sign.group])

    def look(self, text: str) -> Alarm | None:
        """The sign of an emergency in a message, or None.

        Args:
            text: the message as the patient typed it; at most 4,000 characters are read.

        Returns:
            A certain sign before an unclear one; of several, that of the first group in `GROUPS`.
        """
        alarms = list(self.alarms(text))
        return next((alarm for alarm in alarms if alarm.certain), alarms[0] if alarms else None)

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
        found = self._matcher.find(folded)
        if _DIGIT.search(folded.text):
            found += self._numbers(folded.text)
        return found

    def living(self, folded: Folded) -> list[tuple[Found, str]]:
        """The complaints met in a message, each with what has become of it: `counts`, `over`, `not meant` or `does not count`."""
        found = self.found(folded)
        scope = Scope(folded, found, self._passed)
        return [(place, self._verdict(place, scope, found)) for place in found if place.name in self._complaints]

    def _numbers(self, text: str) -> list[Found]:
        found = []
        for name, numbers in self._by_reader().items():
            for value, start, end in READERS[name](text):
                found += [Found(number.name, start, end) for number in numbers if number.low <= value <= number.high]
        return found

    def _by_reader(self) -> dict[str, list[Number]]:
        by_reader: dict[str, list[Number]] = defaultdict(list)
        for number in self.rules.numbers:
            by_reader[number.read].append(number)
        return by_reader

    def _places(self, folded: Folded) -> tuple[dict[str, list[Span]], dict[str, set[Span]]]:
        """Where each name counts, in units, and which of those are said to be over."""
        found = self.found(folded)
        if not any(place.name in self._complaints for place in found):
            return {}, {}
        scope = Scope(folded, found, self._passed)
        units, counting, over = folded.units, defaultdict[str, list[Span]](list), defaultdict[str, set[Span]](set)
        for place in found:
            if place.name.startswith("@"):
                continue
            span = (units[place.start], units[place.end])
            if place.name in self._complaints:
                verdict = self._verdict(place, scope, found)
                if verdict == "over":
                    over[place.name].add(span)
                elif verdict != "counts":
                    continue
            counting[place.name].append(span)
        return counting, over

    def _verdict(self, place: Found, scope: Scope, found: list[Found]) -> str:
        around = [other for other in found if other.name in self._complaints and _holds(other, place)]
        idioms = [idiom for idiom in found if idiom.name == IDIOM and _overlap(idiom, place) and not _holds(place, idiom)]
        if idioms:
            return "not meant"
        if not all(scope.stands(each, each.name in self.rules.steadfast) for each in (place, *around)):
            return "does not count"
        return "over" if scope.over(place) else "counts"


def mostly_english(text: str) -> bool:
    """Whether a folded text has about as many Latin words as it has Chinese words; one of the two taken for two characters."""
    return 2 * len(_WORD.findall(text)) > len(_CHINESE.findall(text))


def _holds(outer: Found, inner: Found) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end and outer.end - outer.start > inner.end - inner.start


def _overlap(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def _without(places: dict[str, list[Span]], over: dict[str, set[Span]]) -> dict[str, list[Span]]:
    if not over:
        return places
    return {name: [span for span in spans if span not in over.get(name, ())] for name, spans in places.items()}


def _fulfilled(line: Line, sign: Sign, places: dict[str, list[Span]]) -> bool:
    """Whether all clusters of a line are met in one window, and nothing that cancels the sign stands there."""
    met: list[list[Span]] = []
    for cluster in line.clusters:
        spans = _cluster(cluster, places)
        if not spans:
            return False
        met.append(spans)
    against = [span for name in sign.unless for span in places.get(name, ())]
    for first in met[0]:
        near = [min((_gap(first, span), span) for span in spans) for spans in met[1:]]
        if all(gap <= sign.window for gap, _ in near) and not any(_gap(first, span) <= sign.window for span in against):
            return True
    return False


def _cluster(cluster: tuple[frozenset[str], ...], places: dict[str, list[Span]]) -> list[Span]:
    """Where names written side by side stand close together, in any order."""
    spans = [span for name in cluster[0] for span in places.get(name, ())]
    for names in cluster[1:]:
        others = [span for name in names for span in places.get(name, ())]
        spans = [(min(a[0], b[0]), max(a[1], b[1])) for a in spans for b in others if _gap(a, b) <= CLOSE]
    return spans


def _gap(one: Span, other: Span) -> int:
    return max(0, other[0] - one[1], one[0] - other[1])
