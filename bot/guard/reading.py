"""One message as it is read: what was met in it, and which complaints count. Each is judged when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from operator import itemgetter
from typing import Any

from bot.guard.fold import Folded
from bot.guard.model import IDIOM, Found, Met, Places, Rules
from bot.guard.scope import Scope

Span = tuple[int, int]
"""From where to where something stands, in units."""
_start = itemgetter(1)
COUNTS, OVER, RELEASED, NOT_MEANT, DOES_NOT_COUNT = "counts", "over", "seen by a doctor", "not meant", "does not count"


class Reading:
    """What was met in one message.

    Args:
        folded: the message.
        met: everything met in it that can bear on a complaint.
        complaints: names that are denied, past and so on; numbers among them.
        passed: names of details and complaints, over which a denial reaches.
        rules: what the files say.
        quotes: printed text that it quotes was left out, which the message names without complaining of it.
    """

    def __init__(self, folded: Folded, met: Met, complaints: frozenset[str], passed: frozenset[str], rules: Rules, quotes: bool = False) -> None:
        self.folded, self._quotes = folded, quotes
        self._met, self._passed, self._rules = met, passed, rules
        self.complaints = Places(sorted((place for name in met if name in complaints for place in met[name]), key=_start))
        self._idioms = Places(met.get(IDIOM, ()))
        self._verdicts: dict[tuple[int, int, bool], str] = {}

    @cached_property
    def _scope(self) -> Scope:
        return Scope(self.folded, self._met, self._passed)

    @cached_property
    def places(self) -> Mapping[str, list[Span]]:
        """Where each name counts, in units."""
        return _Counting(self, (COUNTS, OVER))

    @cached_property
    def still(self) -> Mapping[str, list[Span]]:
        """The same without what is said to be over."""
        return _Counting(self, (COUNTS,))

    @property
    def dismissed(self) -> bool:
        """Whether there are complaints, or printed ones were left out, and none of them counts."""
        return (self._quotes or bool(self.complaints.all)) and not any(self.verdict(place) == COUNTS for place in self.complaints.all)

    @property
    def doubted(self) -> bool:
        """Whether any complaint does not count: then the marks part what is denied or past from the rest."""
        return any(self.verdict(place) != COUNTS for place in self.complaints.all)

    def verdict(self, place: Found) -> str:
        """What has become of a complaint: `counts`, `over`, `seen by a doctor`, `not meant` or `does not count`."""
        name, start, end = place
        key = start, end, name in self._rules.steadfast      # several complaints often stand at one place
        if key not in self._verdicts:
            self._verdicts[key] = self._judged(place)
        return self._verdicts[key]

    def _judged(self, place: Found) -> str:
        if any(not _holds(place, idiom) for idiom in self._idioms.touching(place)):
            return NOT_MEANT
        steadfast, stands = self._rules.steadfast, self._scope.stands
        if not stands(place, place.name in steadfast) or not all(stands(each, each.name in steadfast) for each in self.complaints.holding(place)):
            return DOES_NOT_COUNT
        return RELEASED if self._released(place) else OVER if self._scope.over(place) else COUNTS

    def _released(self, place: Found) -> bool:
        """Whether a doctor has dealt with it, and nothing follows that is not denied; what is said of dying counts all the same."""
        if place.name in self._rules.steadfast or not (end := self._scope.released(place)):
            return False
        return not any(other.start >= end and self._scope.stands(other) for other in self.complaints.all)

    @cached_property
    def by_name(self) -> Mapping[str, list[Found]]:
        """Complaints and details by their names, in order, without those that a value contradicts."""
        cancelled = self._cancelled()
        return {name: places for name, places in self._met.items() if name[0] != "@" and name not in cancelled}

    @cached_property
    def names(self) -> frozenset[str]:
        """The complaints and details met, whether they count or not."""
        return frozenset(self.by_name)

    def _cancelled(self) -> frozenset[str]:
        """Complaints that a value in the message contradicts, where no value bears them out."""
        met = [number for number in self._rules.numbers if number.name in self._met]
        readers = {number.read for number in met if number.complaint}
        against = (number.cancels for number in met if number.cancels and number.read not in readers)
        return frozenset().union(*against)


class _Counting(Mapping[str, list[Span]]):
    """Where each name counts; a complaint is judged only when its name is asked for. A name met nowhere is not in it."""

    def __init__(self, reading: Reading, verdicts: tuple[str, ...]) -> None:
        self._reading, self._verdicts = reading, verdicts
        self._spans: dict[str, list[Span]] = {}
        self._complaints = {place[0] for place in reading.complaints.all}

    def get(self, name: str, default: Any = None) -> Any:
        """Its spans, or the default."""
        return self[name] if name in self._reading.names else default

    def __getitem__(self, name: str) -> list[Span]:
        if name not in self._spans:
            found, units = self._reading.by_name[name], self._reading.folded.units
            counting = found if name not in self._complaints else [place for place in found if self._reading.verdict(place) in self._verdicts]
            self._spans[name] = [(units[place.start], units[place.end]) for place in counting]
        return self._spans[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._reading.by_name)

    def __len__(self) -> int:
        return len(self._reading.by_name)


def _holds(outer: Found, inner: Found) -> bool:
    return outer[1] <= inner[1] and inner[2] <= outer[2] and outer[1:] != inner[1:]
