"""What the guard says, and what its files hold once they are read."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from operator import itemgetter, sub
from typing import NamedTuple

#: Groups of signs, each with one text. Where several signs fire, the first group here speaks: who must not be sent
#: the wrong text comes first (self-harm), then what names a cause of its own, then the general ones.
GROUPS = (
    *("self_harm", "overdose", "allergy", "ectopic", "torsion", "ohss", "thrombosis"),
    *("bleeding", "faint", "breathing", "fever", "pain", "other"),
)
OTHER = "other"
IDIOM = "@not_meant"
"""Name of the terms whose places count for nothing: idioms, names of tests and places."""

#: Kinds of words that decide whether a complaint counts; see `bot.guard.scope`.
SCOPES = (
    *("denies", "denies_after", "fillers", "neutral", "resolved", "again", "turns"),
    *("past", "past_after", "own", "supposes", "fears", "asks", "states", "tells", "jokes", "now", "soon"),
    *("supposes_after", "plans", "writes", "warns", "inquires", "answers_no", "others"),
    *("past_before", "treated", "recent", "well"),
    *("clauses", "joins", "cites", "cited", "same_here", "mine", "nos"),
)


@dataclass(frozen=True)
class Alarm:
    """A sign of an emergency in a message.

    Attributes:
        group: one of `GROUPS`; it chooses the text.
        sign: id of the sign in the files.
        certain: False where it is truly unclear and the patient is asked one question.
    """

    group: str
    sign: str
    certain: bool


@dataclass(frozen=True)
class Example:
    """A message that staff wrote beside a sign, and where it stands."""

    text: str
    file: str
    line: int


@dataclass(frozen=True)
class Line:
    """One line of `when` or `unclear`: groups of names, each group close together, all in one window.

    Attributes:
        clusters: the groups.
        english: it stands in `_signs_en.yml` and holds for messages that are mostly in English.
    """

    clusters: tuple[tuple[frozenset[str], ...], ...]
    english: bool = False


@dataclass(frozen=True)
class Sign:
    """A sign as the files describe it, all files together."""

    id: str
    group: str
    when: tuple[Line, ...] = ()
    unclear: tuple[Line, ...] = ()
    unless: frozenset[str] = frozenset()
    window: int = 40
    stays: bool = False
    #: told by where its sentences end; not looked for where a message is read without its marks
    needs_marks: bool = False
    yes: tuple[Example, ...] = ()
    maybe: tuple[Example, ...] = ()
    no: tuple[Example, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Every complaint, detail and number of its lines, and of what cancels it."""
        return self.unless.union(*(names for line in self.when + self.unclear for cluster in line.clusters for names in cluster))


@dataclass(frozen=True)
class Number:
    """A value that counts from or up to a bound."""

    name: str
    read: str
    low: float
    high: float
    complaint: bool = True
    #: complaints that do not count beside it while no value of the same reader is a complaint (36.9 is no fever)
    cancels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Term:
    """One written term: its pattern, the first characters by which it is found, and how few and how many characters it can have."""

    name: str
    pattern: str
    starts: frozenset[str]
    least: int
    most: float


@dataclass(frozen=True)
class Rules:
    """Everything the files say."""

    terms: tuple[Term, ...] = ()
    complaints: frozenset[str] = frozenset()
    details: frozenset[str] = frozenset()
    steadfast: frozenset[str] = frozenset()
    numbers: tuple[Number, ...] = ()
    signs: tuple[Sign, ...] = ()
    rewrite: Mapping[str, str] = field(default_factory=dict)
    pinyin: Mapping[str, str] = field(default_factory=dict)
    #: files of signs in which no reviewer is named
    unreviewed: tuple[str, ...] = ()


class Found(NamedTuple):
    """A place in the folded text where a name was met; a tuple, because a long message has thousands."""

    name: str
    start: int
    end: int


Met = dict[str, list[Found]]
"""Places by their names, those of each in order."""


def by_name(places: Iterable[Found]) -> Met:
    """Places in any order by their names."""
    met: Met = defaultdict(list)
    for place in sorted(places, key=itemgetter(1)):
        met[place[0]].append(place)
    return met


class Places:
    """Places asked for what lies near; a long message costs no more for each place than a short one.

    Args:
        places: in the order of their starts.
    """

    def __init__(self, places: Iterable[Found]) -> None:
        self.all = list(places)
        self._starts = [place[1] for place in self.all]
        self._ends = [place[2] for place in self.all]
        self._longest = max(map(sub, self._ends, self._starts), default=0)

    def starting(self, low: int, high: int) -> list[Found]:
        """Those that start in `low … high`, both included."""
        return self.all[bisect_left(self._starts, low) : bisect_right(self._starts, high)]

    def touching(self, place: Found) -> list[Found]:
        """Those that share a character with a place."""
        near = self.starting(place.start - self._longest, place.end - 1) if self.all else []
        return [other for other in near if other.end > place.start]

    def holding(self, place: Found) -> list[Found]:
        """Those inside which a place lies, longer than it."""
        _, start, end = place
        near = self.starting(start - self._longest, start)
        return [other for other in near if other[2] >= end and (other[1] < start or other[2] > end)]


class Words(Places):
    """Places of one name, of which none lies inside another; so that of two the one that starts later ends later."""

    def up_to(self, at: int) -> Found | None:
        """The last that ends at a place or before."""
        index = bisect_right(self._ends, at)
        return self.all[index - 1] if index else None

    def begun(self, at: int, end: int | None = None) -> Found | None:
        """The last that starts at a place or before, and ends at `end` or before if that is given."""
        index = bisect_right(self._starts, at)
        if end is not None:
            index = min(index, bisect_right(self._ends, end))
        return self.all[index - 1] if index else None

    def since(self, at: int) -> Found | None:
        """The first that starts at a place or behind."""
        index = bisect_left(self._starts, at)
        return self.all[index] if index < len(self.all) else None


class Cover:
    """Places, asked only whether another lies inside one of them; each answer takes one search, however many there are.

    Args:
        places: in the order of their starts.
    """

    def __init__(self, places: Iterable[Found]) -> None:
        found = list(places)
        self._starts = [place[1] for place in found]
        #: the farthest end of those that start at this one or before
        self._farthest = list(accumulate([place[2] for place in found], max))

    def holds(self, place: Found) -> bool:
        """Whether a place lies inside a longer one."""
        _, start, end = place
        at = bisect_right(self._starts, start) - 1
        if at < 0 or self._farthest[at] < end:
            return False
        if self._farthest[at] > end:
            return True
        before = bisect_left(self._starts, start) - 1
        return before >= 0 and self._farthest[before] >= end


def any_of(words: Iterable[str]) -> str:
    """A pattern that finds any of some words, the longest first; those that begin alike share the beginning, so that few are tried at a place."""
    by_first: dict[str, list[str]] = defaultdict(list)
    rest = sorted(set(words), key=len, reverse=True)
    for word in rest:
        by_first[word[:1]].append(word[1:])
    optional = by_first.pop("", None) is not None
    parts = [re.escape(first) + any_of(others) for first, others in by_first.items()]
    if not optional and len(parts) <= 1:
        return "".join(parts)
    return f"(?:{'|'.join(parts)}){'?' * optional}" if parts else ""
