"""Whether a complaint counts: not denied, not over, not supposed, not merely asked about, not somebody else's story.

Words decide, and where they stand; which words is the files' matter (`scopes:`). What is doubtful counts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from bot.guard.fold import COMMA, SOFT, STOP, Folded
from bot.guard.model import Cover, Found, Places

REACH = 30
"""Units over which a word about a sentence still reaches where nothing ends the sentence."""
AFTER_REACH = 10
"""Units within which a word of the past behind a complaint still places it."""
AGAIN_REACH = 8
"""Units within which "again" takes back that it is over."""
FEAR_REACH = 3
"""Fillers over which fear of something reaches, so that fear of what is happening counts."""
WARN_REACH = 14
"""Units within which what a patient is told to watch for stands behind the words that say so."""

_LATIN = re.compile(r"[a-z]{2}")
_ASKED_BY = frozenset(("@inquires",))
"""What stands also inside a neutral expression: "asked if I …"."""
_CHAINED = frozenset(("@fillers", "@denies", "@fears", "@writes", "@inquires"))
"""What a chain of words back from a complaint may end at, or lead over."""
_HELD = frozenset(("@denies", "@denies_after", "@turns"))
_HOLD_DENIALS = frozenset(("@resolved", "@asks", "@tells", "@past"))


class Scope:
    """Judges the complaints of one message.

    Args:
        folded: the message.
        found: everything met in it; scope words carry their name with an `@`.
        passed: names of details and complaints, over which a denial reaches ("no fever, belly pain or bleeding").
    """

    def __init__(self, folded: Folded, found: Iterable[Found], passed: frozenset[str]) -> None:
        self._folded = folded
        self._units = folded.units
        said: dict[str, list[Found]] = defaultdict(list)
        self._ending: dict[int, list[Found]] = defaultdict(list)
        self._inner_denials: set[int] = set()
        found = list(found)
        neutral = Cover(place for place in found if place.name == "@neutral")
        # a denial that is part of a complaint ("cannot breathe") or of another such word is not one
        longer = Cover(place for place in found if place.name in passed or place.name in _HOLD_DENIALS)
        for place in found:
            name = place.name
            if name[0] == "@":
                if name not in _ASKED_BY and neutral.holds(place):
                    continue
                if name in _HELD and longer.holds(place):
                    self._inner_denials.add(place.start)
                    continue
                said[name].append(place)
            if name in passed or name in _CHAINED:
                self._ending[place.end].append(place)
        self._said = {name: Places(places) for name, places in said.items()}
        #: by name and strength of break: whether a chain leads from a place, over so many words, to that name
        self._chains: dict[tuple[str, int], dict[tuple[int, int], bool]] = {}
        self._stood: dict[tuple[Found, bool], bool] = {}
        most = max((place.end - place.start for place in found), default=0)
        #: characters that REACH units may span: a Latin word has two units and at most about twelve letters
        self._span = REACH * (7 if _LATIN.search(folded.text) else 1) + most

    def _words(self, name: str, place: Found) -> list[Found]:
        """The words of a kind that are near enough to matter."""
        places = self._said.get(name)
        return [] if places is None else places.starting(place.start - self._span, place.end + self._span)

    def stands(self, place: Found, steadfast: bool = False) -> bool:
        """Whether a complaint is said of now and not denied, leaving aside whether it is over.

        Args:
            place: of the complaint.
            steadfast: it counts also where it is supposed, feared or asked about: "if I were gone".
        """
        key = place, steadfast
        if key not in self._stood:
            self._stood[key] = self._stands(place, steadfast)
        return self._stood[key]

    def _stands(self, place: Found, steadfast: bool) -> bool:
        if self.denied(place) or self._past(place) or self._told(place) or self._joked(place):
            return False
        if self._written(place) or self._answered_no(place) or self._warned(place):
            return False
        if steadfast:
            return True
        return not (self._others(place) or self._reached(place, "@fears") or self.supposed(place) or self._asked(place) or self._planned(place))

    def over(self, place: Found) -> bool:
        """Whether it is said afterwards that it has passed, without its coming back."""
        for word in self._words("@resolved", place):
            if word.start >= place.start and word.end > place.end and self._near(place.end, word.start):
                again = [x for x in (*self._words("@again", word), *self._words("@turns", word)) if x.start >= word.end]
                if not any(self._distance(word.end, x.start) <= AGAIN_REACH for x in again):
                    return True
        return False

    def denied(self, place: Found) -> bool:
        """Whether a denial stands before it, or directly behind it."""
        denials = self._said.get("@denies")
        # 没有血块: a complaint "有血" begins within the denial
        begun = denials is not None and any(word.start < place.start and word.end < place.end for word in denials.touching(place))
        # 也不怎么尿: the complaint brings a denial of its own
        begun = begun and place.start not in self._inner_denials
        return begun or self._reached(place, "@denies") or self._denied_after(place)

    def supposed(self, place: Found) -> bool:
        """Whether it is only supposed: if, what if, in case, with nothing of now between; or 的话 stands directly behind it."""
        if any(0 <= word.start - place.end <= 1 for word in self._words("@supposes_after", place)):
            return True
        return any(
            word.end <= place.start and self._same_sentence(word.end, place.start) and not self._between(word.end, place.start, "@now", "@turns")
            for word in self._words("@supposes", place)
        )

    # --- each way of not counting

    def _reached(self, place: Found, name: str, least: int = COMMA) -> bool:
        """Whether such a word stands before it with nothing but fillers, details and complaints between, and no break of `least` or more."""
        if name not in self._said:
            return False
        restated = least == COMMA and self._folded.text[place.end : place.end + 1] == "了"
        return self._leads(place.start, name, SOFT if restated else least, FEAR_REACH if name == "@fears" else None)

    def _leads(self, start: int, name: str, least: int, most: int | None) -> bool:
        """Whether a chain of words leads back from a place to such a word, over at most so many others.

        What is found for a place holds for every complaint whose chain comes by: a long enumeration is walked once.
        """
        known = self._chains.setdefault((name, least), {})
        open_ = [(start, 0)]
        while open_:
            at, passed = state = open_[-1]
            before = self._before(at, least)
            if state in known or any(word.name == name for word in before):
                known[state] = known.get(state, True)
                open_.pop()
                continue
            ahead = [(word.start, 0 if most is None else passed + 1) for word in before if most is None or passed < most]
            if unknown := [one for one in ahead if one not in known]:
                open_ += unknown
                continue
            known[state] = any(known[one] for one in ahead)
            open_.pop()
        return known[start, 0]

    def _before(self, at: int, least: int) -> list[Found]:
        """The words of a chain that end directly before a place, where no break of such strength stands."""
        if self._folded.break_at(at) >= least:
            return []
        return self._ending.get(at - (self._folded.text[at - 1 : at] == " "), [])

    def _denied_after(self, place: Found) -> bool:
        text = self._folded.text
        for word in self._words("@denies_after", place):
            after = text[word.end : word.end + 1]
            ends = word.end >= len(text) or self._folded.break_at(word.end) or after in "的了过啊呀呢哈吧哦嘛 "
            if 0 <= word.start - place.end <= 1 and ends and self._folded.strongest(place.end, word.start + 1) < COMMA:
                return True
        return False

    def _told(self, place: Found) -> bool:
        """Somebody else's story, unless she herself comes in between."""
        return any(
            word.end <= place.start and self._same_sentence(word.end, place.start) and not self._between(word.end, place.start, "@own", "@turns")
            for word in self._words("@tells", place)
        )

    def _others(self, place: Found) -> bool:
        """Somebody else is said to have it, and neither she herself nor a word of now comes in: a friend who fainted just now may be our patient."""
        # "my boss had a heart attack": the words may end within the complaint
        told = [x for x in self._words("@others", place) if x.start < place.start and x.end <= place.end and self._same_sentence(x.start, place.start)]
        told = [x for x in told if not self._between(x.end, place.start, "@own", "@turns")]
        # "my colleague drove me, I fainted": a new clause may be about herself
        told = [x for x in told if self._folded.strongest(x.end - 1, place.start + 1) < COMMA]
        return bool(told) and not self._near_word(place, "@now") and not self._near_word(place, "@soon")

    def _past(self, place: Found) -> bool:
        """The last word of time before it is one of the past, or one stands in the clause after it."""
        earlier = [x for x in self._words("@past", place) if x.end <= place.start and self._same_sentence(x.end, place.start)]
        if any(not self._between(word.end, place.start, "@now", "@soon", "@turns") for word in earlier[-1:]):
            return True
        # "she bled years ago, she has twins now": a word of now in a later clause is not about it
        now = [x for name in ("@now", "@soon") for x in self._words(name, place) if self._same_sentence(*sorted((x.start, place.start)))]
        if any(x.start < place.end or self._folded.strongest(place.end - 1, x.start + 1) < COMMA for x in now):
            return False
        later = [x for x in self._words("@past", place) if x.start >= place.end and self._distance(place.end, x.start) <= AFTER_REACH]
        later += [x for x in self._words("@past_after", place) if x.start == place.end]
        return any(self._folded.strongest(place.end - 1, word.start + 1) < COMMA for word in later)

    def _asked(self, place: Found) -> bool:
        words = [
            x
            for x in self._words("@asks", place)
            if self._same_sentence(*sorted((x.start, place.start))) and not (x.end <= place.start and self._between(x.end, place.start, "@turns"))
        ]
        return bool(words) and not any(self._near_word(place, name) for name in ("@now", "@soon", "@states"))

    def _written(self, place: Found) -> bool:
        """It stands in something written: before it, in its clause or list, a leaflet, a form, a poster."""
        listed = self._reached(place, "@writes", STOP)
        return any(
            word.end <= place.start
            and self._same_sentence(word.end, place.start)
            # a colon or a quotation mark directly behind the word is no comma
            and (listed or self._folded.strongest(word.end, place.start + 1) < COMMA)
            and not self._between(word.end, place.start, "@own", "@turns")
            for word in self._words("@writes", place)
        )

    def _answered_no(self, place: Found) -> bool:
        """Somebody, or a form, asked about it, and the answer that follows was no."""
        asked = self._reached(place, "@inquires", STOP) or any(x.end <= place.start and self._same_sentence(x.end, place.start) for x in self._words("@inquires", place))
        return asked and any(x.start >= place.end and self._near(place.end, x.start) for x in self._words("@answers_no", place))

    def _warned(self, place: Found) -> bool:
        """She was told to watch for it; no word of now stands behind that in the clause."""
        warned = [
            x
            for x in self._words("@warns", place)
            if x.end <= place.start and self._distance(x.end, place.start) <= WARN_REACH and self._folded.strongest(x.end - 1, place.start + 1) < COMMA
        ]
        return any(
            not any(x.start >= word.end and self._folded.strongest(word.end - 1, x.start + 1) < COMMA for x in self._words("@now", place)) for word in warned
        )

    def _planned(self, place: Found) -> bool:
        """The sentence says that it plans ahead: which number to keep, where to go one day."""
        if not any(self._same_sentence(*sorted((x.start, place.start))) for x in self._words("@plans", place)):
            return False
        return not self._near_word(place, "@now") and not self._near_word(place, "@turns")

    def _joked(self, place: Found) -> bool:
        return any(self._near(*sorted((word.start, place.start))) for word in self._words("@jokes", place))

    # --- where words stand

    def _between(self, start: int, end: int, *names: str) -> bool:
        return any(word.end <= end for name in names if name in self._said for word in self._said[name].starting(start, end))

    def _near_word(self, place: Found, name: str) -> bool:
        return any(self._same_sentence(*sorted((word.start, place.start))) for word in self._words(name, place))

    def _same_sentence(self, start: int, end: int) -> bool:
        return self._distance(start, end) <= REACH and self._folded.strongest(start, end + 1) < STOP

    def _near(self, start: int, end: int) -> bool:
        return self._distance(start, end) <= REACH

    def _distance(self, start: int, end: int) -> int:
        return self._units[end] - self._units[start]

