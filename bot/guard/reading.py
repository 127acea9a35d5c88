"""One message as it is read: what was met in it, and which complaints count. What nobody asks for is not looked for."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from bot.guard.fold import STOP, Folded
from bot.guard.model import IDIOM, Found, Met, Places, Rules
from bot.guard.scope import Scope
from bot.guard.terms import Search, Stretch

_start = itemgetter(1)
COUNTS, OVER, RELEASED, NOT_MEANT, DOES_NOT_COUNT = "counts", "over", "seen by a doctor", "not meant", "does not count"
FIRST, COMPLAINTS, DETAILS, IDIOMS, SCOPES = range(5)
"""The parts in which names are looked for, as `Kinds.parts` gives them to the matcher."""
WORD = re.compile(r"[a-z']{2,}|\bi\b")
CLOSE = 8
"""Units that may lie between two names written side by side in a line of `when`."""
AROUND = 150
"""Characters around a complaint in which details can still bear on it: the widest window; Latin ones four times that."""
_SHORT = 2 * AROUND
"""Characters of a text that is judged as a whole."""
_REACH = 80
"""Units around a complaint, on to the end of the sentence there, that hold every word that can tell of it (`bot.guard.scope`: lists reach 60)."""
_FEW = 3
"""Surroundings that are looked at one by one; where they decide nothing, the whole text is looked at."""


@dataclass(frozen=True)
class Kinds:
    """The names of the rules by what they are.

    Attributes:
        first: complaints and details that are looked for before all others.
        complaints: names that are denied, past and so on; numbers among them.
        passed: names of details and complaints, over which a denial reaches; numbers not among them.
    """

    first: frozenset[str]
    complaints: frozenset[str]
    passed: frozenset[str]

    @property
    def parts(self) -> tuple[Container[str], ...]:
        """For `Matcher`; words of the scopes are what is left."""
        return self.first, self.complaints - self.first, self.passed - self.complaints - self.first, (IDIOM,)


@dataclass(frozen=True)
class _Surroundings:
    """What can bear on the complaints of a stretch."""

    scope: Scope
    complaints: Places


class Spot(NamedTuple):
    """Where names stand close together: from where to where in units, and the place of each name; a tuple, because a long message has thousands."""

    start: int
    end: int
    places: tuple[Found, ...]

    def beside(self, other: Spot) -> Spot:
        """Both together."""
        return Spot(min(self.start, other.start), max(self.end, other.end), self.places + other.places)


class Spots:
    """Spots asked which of them lie near another."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        self.all = sorted(spots)
        self._starts = [spot[0] for spot in self.all]
        self._longest = max([spot[1] - spot[0] for spot in self.all], default=0)

    def near(self, spot: Spot, most: int) -> list[Spot]:
        """Those with at most so many units between them and a spot."""
        low = spot.start - most
        near = self.all[bisect_left(self._starts, low - self._longest) : bisect_right(self._starts, spot.end + most)]
        return [other for other in near if other.end >= low]


class Reading:
    """What was met in one message.

    Names are looked for in parts. While only those are asked for that come first, the words that tell whether a complaint counts are looked for in its
    surroundings alone: nothing that begins in a sentence ends in another, and no denial leads over its end. So a long message of nothing but
    emergencies is mostly decided by a tenth of it.

    Args:
        folded: the message.
        search: for the names of the rules, in the parts of `Kinds`.
        numbers: values met in the message.
        kinds: of names.
        rules: what the files say.
        quotes: printed text that it quotes was left out, which the message names without complaining of it.
    """

    def __init__(self, folded: Folded, search: Search, numbers: Met, kinds: Kinds, rules: Rules, quotes: bool = False) -> None:
        self.folded, self._quotes = folded, quotes
        self._search, self._numbers, self._kinds, self._rules = search, numbers, kinds, rules
        self._whole: Stretch = 0, len(folded.text)
        self._first = search.part(FIRST, self._whole)
        self._around: dict[Stretch, _Surroundings] = {}
        self._not_meant: dict[Stretch, Places] = {}
        self._only_first = len(folded.text) > _SHORT        # whether nothing else was asked for yet
        self._spots: dict[tuple[frozenset[str], ...], Spots] = {}
        self._spots_by_name: dict[str, list[Spot]] = {}
        self._verdicts: dict[tuple[int, int, bool], str] = {}

    # --- what is met

    @property
    def is_empty(self) -> bool:
        """Whether no complaint is met: so it is with most messages."""
        return not self._first and not self._complaints

    @cached_property
    def first(self) -> Met:
        """What is met of the names that are looked for first, whether it counts or not."""
        return self._without_cancelled(self._first)

    @cached_property
    def met(self) -> Met:
        """The complaints met and the details near enough to one, whether they count or not."""
        if not self._complaints:
            return {}
        values = {name: places for name, places in self._numbers.items() if name not in self._kinds.complaints}
        return self._without_cancelled(self._first | _with_values(self._details, values) | self._complaints)

    @cached_property
    def _details(self) -> Met:
        return _joined(self._search.part(DETAILS, near) for near in self._near)

    @cached_property
    def complaints(self) -> Places:
        """Every complaint of the message, in order."""
        return Places(sorted((place for places in self._complaints.values() for place in places), key=_start))

    @cached_property
    def _complaints(self) -> Met:
        self._only_first, names = False, self._kinds.complaints
        first, values = ({name: places for name, places in met.items() if name in names} for met in (self._first, self._numbers))
        return _with_values(first | self._search.part(COMPLAINTS, self._whole), values)

    def _without_cancelled(self, met: Met) -> Met:
        """Without the complaints that a value in the message contradicts, where no value bears them out."""
        numbers = [number for number in self._rules.numbers if number.name in self._numbers]
        readers = {number.read for number in numbers if number.complaint}
        against = {name for number in numbers if number.read not in readers for name in number.cancels}
        return {name: places for name, places in met.items() if name not in against} if against else met

    @cached_property
    def _near(self) -> list[Stretch]:
        """From where to where details stand near enough to a complaint to matter, in order and apart."""
        if self._whole[1] <= _SHORT:
            return [self._whole]
        around = AROUND * (4 if WORD.search(self.folded.text) else 1)
        near: list[Stretch] = []
        for _, start, end in self.complaints.all:
            low, high = start - around, end + around
            if near and low <= near[-1][1]:
                low, last = near.pop()
                high = max(high, last)
            near.append((low, high))
        return near

    def _bears(self, low: int, high: int) -> bool:
        """Whether a detail that starts from one place up to another can bear on a complaint."""
        return any(start < high and low < end for start, end in self._near)

    def spots(self, cluster: tuple[frozenset[str], ...], met: Met) -> Spots:
        """Where names written side by side stand close together, in any order.

        Args:
            cluster: for each of the names, what may stand for it.
            met: `first` where all of them are looked for first, else `met`.
        """
        if cluster not in self._spots:
            *before, names = cluster
            spots = Spots([spot for name in names if name in met for spot in self._spots_of(name, met[name])])
            if before:
                spots = Spots([a.beside(b) for a in self.spots(tuple(before), met).all for b in spots.near(a, CLOSE)])
            self._spots[cluster] = spots
        return self._spots[cluster]

    def _spots_of(self, name: str, places: list[Found]) -> list[Spot]:
        """A name stands in many lines; its spots are made once."""
        if name not in self._spots_by_name:
            units = self.folded.units
            self._spots_by_name[name] = [Spot(units[place[1]], units[place[2]], (place,)) for place in places]
        return self._spots_by_name[name]

    # --- which of it counts

    def counts(self, spot: Spot, verdicts: Container[str]) -> bool:
        """Whether every complaint of a spot has one of these verdicts, and every detail stands near a complaint."""
        return all(self._counts(place, verdicts) for place in spot.places)

    def _counts(self, place: Found, verdicts: Container[str]) -> bool:
        if place.name in self._kinds.complaints:
            return self.verdict(place) in verdicts
        return place.name in self._numbers or self._bears(place.start, place.start + 1)

    @property
    def dismissed(self) -> bool:
        """Whether there are complaints, or printed ones were left out, and none of them counts."""
        if not self._complaints:
            return self._quotes
        return not any(self.verdict(place) == COUNTS for place in self.complaints.all)

    @property
    def doubted(self) -> bool:
        """Whether any complaint does not count: then the marks part what is denied or past from the rest."""
        return bool(self._complaints) and any(self.verdict(place) != COUNTS for place in self.complaints.all)

    def verdict(self, place: Found) -> str:
        """What has become of a complaint: `counts`, `over`, `seen by a doctor`, `not meant` or `does not count`."""
        name, start, end = place
        key = start, end, name in self._rules.steadfast      # several complaints often stand at one place
        if key not in self._verdicts:
            self._verdicts[key] = self._judged(place)
        return self._verdicts[key]

    def _judged(self, place: Found) -> str:
        around, steadfast = self._surroundings(place), self._rules.steadfast
        if any(not _holds(place, idiom) for idiom in self._idioms(place, around.complaints).touching(place)):
            return NOT_MEANT
        stands = around.scope.stands
        if not stands(place, place.name in steadfast) or not all(stands(each, each.name in steadfast) for each in around.complaints.holding(place)):
            return DOES_NOT_COUNT
        return RELEASED if self._released(place, around.scope) else OVER if around.scope.over(place) else COUNTS

    def _released(self, place: Found, scope: Scope) -> bool:
        """Whether a doctor has dealt with it, and nothing follows that is not denied; what is said of dying counts all the same."""
        if place.name in self._rules.steadfast or not (end := scope.released(place)):
            return False
        return not any(other.start >= end and self._surroundings(other).scope.stands(other) for other in self.complaints.all)

    # --- where it is judged

    def _surroundings(self, place: Found) -> _Surroundings:
        """The sentences around a complaint, or all of the message once more was asked for. Measured: half the time for nothing but emergencies."""
        stretch = self._whole
        if self._only_first and self._whole not in self._around:
            near = self._sentences(place, _REACH)
            stretch = near if len(self._around) < _FEW or near in self._around else stretch
        if stretch not in self._around:
            self._around[stretch] = self._read_around(stretch)
        return self._around[stretch]

    def _idioms(self, place: Found, complaints: Places) -> Places:
        """Idioms in the sentence of a complaint."""
        sentence = self._sentences(place, 0)
        if sentence not in self._not_meant:
            met = self._search.idioms(IDIOMS, sentence, complaints.starting(*sentence))
            self._not_meant[sentence] = Places(met.get(IDIOM, ()))
        return self._not_meant[sentence]

    def _sentences(self, place: Found, reach: int) -> Stretch:
        """From where to where the sentences go on in which a place stands, and what is so many units away."""
        units, stops = self.folded.units, self._stops
        before = bisect_right(stops, units[place.start] - reach, key=units.__getitem__) - 1
        behind = bisect_left(stops, units[place.end] + reach, key=units.__getitem__)
        return stops[max(before, 0)], stops[min(behind, len(stops) - 1)]

    @cached_property
    def _stops(self) -> list[int]:
        return [0, *self.folded.parted(STOP), self._whole[1]]

    def _read_around(self, stretch: Stretch) -> _Surroundings:
        if stretch == self._whole:
            met = self._first | self._details | self._complaints | _joined(self._search.part(SCOPES, near) for near in self._near)
            return _Surroundings(Scope(self.folded, met, self._kinds.passed), self.complaints)
        low, high = stretch
        met = dict(chain.from_iterable(self._search.part(part, stretch).items() for part in (FIRST, COMPLAINTS, DETAILS, SCOPES)))
        values = {name: near for name, places in self._numbers.items() if (near := [place for place in places if place.start < high and low < place.end])}
        met = _with_values(met, values)
        complaints = sorted((place for name in met if name in self._kinds.complaints for place in met[name]), key=_start)
        return _Surroundings(Scope(self.folded, met, self._kinds.passed), Places(complaints))


def _joined(mets: Iterable[Met]) -> Met:
    """Places by their names, of each one behind the other."""
    joined: Met = defaultdict(list)
    for met in mets:
        for name, places in met.items():
            joined[name] += places
    return joined


def _with_values(met: Met, values: Met) -> Met:
    """With values among the places; some are called like words."""
    for name, places in values.items():
        met[name] = sorted(met.get(name, []) + places, key=_start)
    return met


def _holds(outer: Found, inner: Found) -> bool:
    return outer[1] <= inner[1] and inner[2] <= outer[2] and outer[1:] != inner[1:]
