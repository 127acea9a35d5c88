"""Whether a complaint counts: not denied, not over, not supposed, not merely asked about, not somebody else's story.

Words decide, and where they stand; which words is the files' matter (`scopes:`). What is doubtful counts.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from operator import itemgetter

from bot.guard.fold import COMMA, SOFT, STOP, Folded
from bot.guard.model import Cover, Found, Met, Words, by_name

REACH = 30
"""Units over which a word about a sentence still reaches where nothing ends the sentence."""
AFTER_REACH = 10
"""Units within which a word of the past behind a complaint still places it."""
AGAIN_REACH = 8
"""Units within which "again" takes back that it is over."""
FEAR_REACH = 3
"""Fillers over which fear of something reaches, so that fear of what is happening counts."""
RELEASE_REACH = 45
"""Units within which the doctor's all-clear stands from what she was seen for."""
WARN_REACH = 14
"""Units within which what a patient is told to watch for stands behind the words that say so, no comma between."""
ASKED_REACH = 10
"""Units of a question before what it asks about, where no alone answers it; "should I come in with heavy bleeding? no?" is longer."""
LIST_REACH = 60
"""Units over which a list of what to watch for goes on behind its first comma."""

_LATIN = re.compile(r"[a-z]{2}")
_ASKED_BY = frozenset(("@inquires",))
"""What stands also inside a neutral expression: "asked if I …"."""
_CHAINED = frozenset(("@fillers", "@denies", "@fears", "@writes", "@inquires", "@past_before"))
"""What a chain of words back from a complaint may end at, or lead over."""
_HELD = frozenset(("@denies", "@denies_after", "@turns"))
_HOLD_DENIALS = frozenset(("@resolved", "@asks", "@tells", "@past"))


class Scope:
    """Judges the complaints of one message.

    Args:
        folded: the message.
        found: everything met in it, by names or in any order; scope words carry their name with an `@`.
        passed: names of details and complaints, over which a denial reaches ("no fever, belly pain or bleeding").
    """

    def __init__(self, folded: Folded, found: Met | Iterable[Found], passed: frozenset[str]) -> None:
        self._folded = folded
        self._units = folded.units
        self._met = found if isinstance(found, dict) else by_name(found)
        self._passed = [name for name in self._met if name in passed]
        self._said: dict[str, Words | None] = {}
        #: ways of not counting of which there are words in the message: those that hold for a steadfast complaint too, and all
        self._strong_ways = [way for needed, way in self._all_strong_ways() if not needed.isdisjoint(self._met)]
        self._ways = self._strong_ways + [way for needed, way in self._all_weaker_ways() if not needed.isdisjoint(self._met)]
        #: by name and strength of break: whether a chain leads from a place, over so many words, to that name
        self._chains: dict[tuple[str, int], dict[tuple[int, int], bool]] = {}
        self._stood: dict[tuple[int, int, bool], bool] = {}
        #: characters that REACH units may span: a Latin word has two units and at most about twelve letters
        self._span = REACH * (7 if _LATIN.search(folded.text) else 1)

    # --- the words of each kind, looked through when they are first asked for

    def _words(self, name: str) -> Words | None:
        """The words of a kind that are not part of something longer with another meaning; None where there are none."""
        if name not in self._said:
            words = self._met.get(name, [])
            # one inside a neutral expression, or a denial inside a complaint ("cannot breathe") or another such word
            if name not in _ASKED_BY and "@neutral" in self._met:
                words = [place for place in words if not self._neutral.holds(place)]
            if name in _HELD:
                words = [place for place in words if not self._longer.holds(place)]
            self._said[name] = Words(words) if words else None
        return self._said[name]

    @cached_property
    def _neutral(self) -> Cover:
        return Cover(self._met.get("@neutral", ()))

    @cached_property
    def _longer(self) -> Cover:
        return Cover(sorted((place for name in (*self._passed, *_HOLD_DENIALS) for place in self._met.get(name, ())), key=itemgetter(1)))

    @cached_property
    def _inner_denials(self) -> set[int]:
        """Where denials start that are part of a complaint, or of another such word."""
        return {place[1] for name in _HELD for place in self._met.get(name, ()) if not self._neutral.holds(place) and self._longer.holds(place)}

    @cached_property
    def _ending(self) -> dict[int, list[Found]]:
        """By where they end, what a chain of words may lead over, or to."""
        ending: dict[int, list[Found]] = defaultdict(list)
        for name in _CHAINED:
            for place in words.all if (words := self._words(name)) else ():
                ending[place[2]].append(place)
        for name in self._passed:
            for place in self._met[name]:
                ending[place[2]].append(place)
        return ending

    @cached_property
    def _commas(self) -> list[int]:
        return self._folded.parted(COMMA)

    @cached_property
    def _stops(self) -> list[int]:
        return self._folded.parted(STOP)

    # --- whether a complaint counts

    def _all_strong_ways(self) -> Iterator[tuple[frozenset[str], Callable[[Found], bool]]]:
        """Each way of not counting, and the kinds of words without any of which it is none."""
        yield frozenset(("@denies", "@denies_after")), self.denied
        yield frozenset(("@past", "@past_after", "@past_before")), self._past
        yield frozenset(("@tells",)), self._told
        yield frozenset(("@jokes",)), self._joked
        yield frozenset(("@writes",)), self._written
        yield frozenset(("@answers_no",)), self._answered_no
        yield frozenset(("@nos",)), self._answered_in_a_word
        yield frozenset(("@warns",)), self._warned

    def _all_weaker_ways(self) -> Iterator[tuple[frozenset[str], Callable[[Found], bool]]]:
        yield frozenset(("@others",)), self._others
        yield frozenset(("@fears",)), self._feared
        yield frozenset(("@supposes", "@supposes_after")), self.supposed
        yield frozenset(("@asks",)), self._asked
        yield frozenset(("@plans",)), self._planned

    def stands(self, place: Found, steadfast: bool = False) -> bool:
        """Whether a complaint is said of now and not denied, leaving aside whether it is over.

        Args:
            place: of the complaint.
            steadfast: it counts also where it is supposed, feared or asked about: "if I were gone".
        """
        key = place.start, place.end, steadfast
        if key not in self._stood:
            self._stood[key] = self._stands(place, steadfast)
        return self._stood[key]

    def _stands(self, place: Found, steadfast: bool) -> bool:
        return not any(way(place) for way in (self._strong_ways if steadfast else self._ways))

    def over(self, place: Found) -> bool:
        """Whether it is said afterwards that it has passed, without its coming back."""
        for word in self._around("@resolved", place):
            if word.start >= place.start and word.end > place.end and self._near(place.end, word.start):
                again = [x for x in (*self._around("@again", word), *self._around("@turns", word)) if x.start >= word.end]
                if not any(self._distance(word.end, x.start) <= AGAIN_REACH for x in again):
                    return True
        return False

    def released(self, place: Found) -> int:
        """Where it ends to be told that a doctor has kept her or sent her home for what was of late, and found nothing; 0 if it is not."""
        treated, well, recent = (self._nearest(name, place) for name in ("@treated", "@well", "@recent"))
        if treated is None or well is None or recent is None or self._goes_on(place):
            return 0
        if well.end <= place.start:
            # "all ok, they kept me overnight after I fainted"; but "they kept me overnight, all ok, fainted again"
            words = self._words("@treated")
            before = None if words is None else words.up_to(place.start)
            if before is None or self._parted(before.end - 1, place.start):
                return 0
        last = max(treated, well, key=itemgetter(2))
        again = [x for x in (*self._around("@again", last), *self._around("@turns", last)) if x.start >= last.end]
        return 0 if any(self._distance(last.end, x.start) <= AGAIN_REACH for x in again) else last.end

    def _goes_on(self, place: Found) -> bool:
        """Whether a word of now stands in its clause that is not one of the last days: since last night, still, 一直; but not last night, 昨晚."""
        recent = self._around("@recent", place)
        now = [x for x in self._around("@now", place) if not self._parted(min(x.end, place.end) - 1, max(x.start, place.start))]
        return any(not any(day.start <= x.start and x.end <= day.end for day in recent) for x in now)

    def denied(self, place: Found) -> bool:
        """Whether a denial stands before it, or directly behind it."""
        denials = self._words("@denies")
        # 没有血块: a complaint "有血" begins within the denial
        word = None if denials is None else denials.begun(place.start - 1, place.end - 1)
        # 也不怎么尿: the complaint brings a denial of its own
        begun = word is not None and word.end > place.start and place.start not in self._inner_denials
        return begun or self._reached(place, "@denies") or self._denied_after(place)

    def supposed(self, place: Found) -> bool:
        """Whether it is only supposed: if, what if, in case, with nothing of now between; or 的话 stands directly behind it."""
        # 血多的 + 的话: they may share a character
        behind = self._since("@supposes_after", place.end - 1)
        if behind is not None and behind.start - place.end <= 1:
            return True
        word = self._up_to("@supposes", place)
        return word is not None and not self._between(word.end, place.start, "@now", "@turns")

    # --- each way of not counting

    def _reached(self, place: Found, name: str, least: int = COMMA) -> bool:
        """Whether such a word stands before it with nothing but fillers, details and complaints between, and no break of `least` or more."""
        if self._words(name) is None:
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
        words = self._words("@denies_after")
        for word in () if words is None else words.starting(place.end, place.end + 1):
            after = text[word.end : word.end + 1]
            ends = word.end >= len(text) or self._folded.break_at(word.end) or after in "的了过啊呀呢哈吧哦嘛 "
            if ends and self._folded.strongest(place.end, word.start + 1) < COMMA:
                return True
        return False

    def _told(self, place: Found) -> bool:
        """Somebody else's story, unless she herself comes in between."""
        word = self._up_to("@tells", place)
        return word is not None and not self._between(word.end, place.start, "@own", "@turns")

    def _others(self, place: Found) -> bool:
        """Somebody else is said to have it, and neither she herself nor a word of now comes in: a friend who fainted just now may be our patient."""
        words = self._words("@others")
        # "my boss had a heart attack": the words may end within the complaint
        word = None if words is None else words.begun(place.start - 1, place.end)
        if word is None or not self._same_sentence(word.start, place.start) or self._between(word.end, place.start, "@own", "@turns"):
            return False
        # "my colleague drove me, I fainted": a new clause may be about herself
        return not self._parted(word.end - 1, place.start) and not self._near_word(place, "@now") and not self._near_word(place, "@soon")

    def _past(self, place: Found) -> bool:
        """The last word of time before it is one of the past, or one stands in the clause after it."""
        word = self._up_to("@past", place)
        if word is not None and not self._between(word.end, place.start, "@now", "@soon", "@turns"):
            return True
        later, directly = self._since("@past", place.end), self._since("@past_after", place.end)
        past = later is not None and self._distance(place.end, later.start) <= AFTER_REACH and not self._parted(place.end - 1, later.start)
        past = past or (directly is not None and directly.start == place.end and not self._parted(place.end - 1, place.end))
        # 得过肺栓塞, and 起过风疹, which is a complaint as a whole
        before = self._begun("@past_before", place.start)
        past = past or self._reached(place, "@past_before") or (before is not None and before.start == place.start and before.end <= place.end)
        # "she bled years ago, she has twins now": a word of now in a later clause is not about it
        return past and not self._now_with(place)

    def _now_with(self, place: Found) -> bool:
        """Whether a word of now stands in the sentence before it, or behind it in its clause."""
        for name in ("@now", "@soon"):
            before, behind = self._begun(name, place.start), self._since(name, place.start + 1)
            if before is not None and self._same_sentence(before.start, place.start):
                return True
            if behind is not None and self._same_sentence(place.start, behind.start) and (behind.start < place.end or not self._parted(place.end - 1, behind.start)):
                return True
        return False

    def _feared(self, place: Found) -> bool:
        """Only feared, or asked whether there is."""
        return self._reached(place, "@fears")

    def _asked(self, place: Found) -> bool:
        before, behind = self._begun("@asks", place.start), self._since("@asks", place.start + 1)
        # a "but" between ends the question
        asked = before is not None and self._same_sentence(before.start, place.start) and not (
            before.end <= place.start and self._between(before.end, place.start, "@turns")
        )
        asked = asked or (behind is not None and self._same_sentence(place.start, behind.start))
        return asked and not any(self._near_word(place, name) for name in ("@now", "@soon", "@states"))

    def _written(self, place: Found) -> bool:
        """It stands in something written: before it, in its clause or list, a leaflet, a form, a poster."""
        word = self._up_to("@writes", place)
        if word is None or self._between(word.end, place.start, "@own", "@turns") or self._claimed(place):
            return False
        # a colon or a quotation mark directly behind the word is no comma
        return self._folded.strongest(word.end, place.start + 1) < COMMA or self._reached(place, "@writes", STOP)

    def _claimed(self, place: Found) -> bool:
        """What is printed, or to be watched for, she says of herself behind it: "that's exactly what I have"."""
        word = self._since("@mine", place.end)
        return word is not None and self._near(place.end, word.start)

    def _answered_no(self, place: Found) -> bool:
        """Somebody, or a form, asked about it, and the answer that follows was no."""
        no = self._since("@answers_no", place.end)
        if no is None or not self._near(place.end, no.start):
            return False
        return self._up_to("@inquires", place) is not None or self._reached(place, "@inquires", STOP)

    def _answered_in_a_word(self, place: Found) -> bool:
        """A short sentence names it, in which she does not speak of herself, and the next is nothing but a no: "heavy bleeding? no. fever? no"."""
        no = self._since("@nos", place.end)
        if no is None or not self._near(place.end, no.start) or self._folded.break_at(no.start) < STOP:
            return False
        stops = self._stops
        first = bisect_left(stops, place.end)
        if stops[first] != no.start or not self._alone(no):
            return False
        before = stops[first - 1] if first else 0
        return self._distance(before, place.start) <= ASKED_REACH and not self._between(before, no.start, "@own", "@states")

    def _alone(self, word: Found) -> bool:
        """Whether a clause ends directly behind a word that begins one."""
        text = self._folded.text
        end = word.end + (text[word.end : word.end + 1] == " ")
        return end >= len(text) or self._folded.break_at(end) >= COMMA

    def _warned(self, place: Found) -> bool:
        """She was told to watch for it; no word of now stands behind that in the clause, or in the list."""
        words = self._words("@warns")
        word = None if words is None else words.up_to(place.start)
        if word is None or self._folded.strongest(word.end, place.start + 1) >= STOP or self._between(word.end, place.end, "@clauses") or self._claimed(place):
            return False
        now = self._since("@now", word.end)
        if now is not None and (now.start < place.end or not self._parted(place.end - 1, now.start)):
            return False
        if not self._parted(word.end - 1, place.start) and self._distance(word.end, place.start) <= WARN_REACH:
            return now is None or self._parted(word.end - 1, now.start)
        return self._distance(word.end, place.start) <= LIST_REACH and self._listed(word, place)

    def _listed(self, word: Found, place: Found) -> bool:
        """Whether a complaint is one of several behind a word, joined by "and" or by a comma more, with no clause of its own between."""
        if self._between(word.end, place.end, "@turns", "@states"):
            return False
        join = self._since("@joins", word.end)
        if join is not None and self._folded.strongest(word.end, join.start + 1) < STOP and self._distance(word.end, join.start) <= LIST_REACH:
            return True
        # "watch for bleeding, pouring out, clots like eggs": what comes back in other words is told, not listed
        family = place.name.split("-")[0]
        if any(item.name.split("-")[0] == family for at in range(word.end, place.start + 1) for item in self._ending.get(at, ()) if item.start >= word.end):
            return False
        breaks = self._commas
        if bisect_right(breaks, place.start) - bisect_left(breaks, word.end) > 1:
            return True
        # of two only the next item tells that it is a list
        behind = breaks[(first := bisect_left(breaks, place.end)) : first + 2]
        if not behind or self._folded.break_at(behind[0]) >= STOP:
            return False
        return not self._between(*(behind if len(behind) > 1 else (behind[0], len(self._folded.text))), "@clauses", "@turns", "@states")

    def _planned(self, place: Found) -> bool:
        """The sentence says that it plans ahead: which number to keep, where to go one day."""
        return self._near_word(place, "@plans") and not self._near_word(place, "@now") and not self._near_word(place, "@turns")

    def _joked(self, place: Found) -> bool:
        before, behind = self._begun("@jokes", place.start), self._since("@jokes", place.start)
        return (before is not None and self._near(before.start, place.start)) or (behind is not None and self._near(place.start, behind.start))

    # --- where words stand; of a kind the nearest word decides, for what parts it from a complaint parts a farther one too

    def _up_to(self, name: str, place: Found) -> Found | None:
        """The last word of a kind that ends before a complaint, if in its sentence."""
        words = self._words(name)
        word = None if words is None else words.up_to(place.start)
        return word if word is not None and self._same_sentence(word.end, place.start) else None

    def _begun(self, name: str, at: int) -> Found | None:
        """The last word of a kind that starts at a place or before."""
        words = self._words(name)
        return None if words is None else words.begun(at)

    def _since(self, name: str, at: int) -> Found | None:
        """The first word of a kind that starts at a place or behind."""
        words = self._words(name)
        return None if words is None else words.since(at)

    def _nearest(self, name: str, place: Found) -> Found | None:
        """The nearest word of a kind behind a complaint, else before it, within `RELEASE_REACH`."""
        words = self._words(name)
        if words is None:
            return None
        behind, before = words.since(place.end), words.begun(place.end - 1)
        if behind is not None and self._distance(place.end, behind.start) <= RELEASE_REACH:
            return behind
        return before if before is not None and self._distance(before.start, place.start) <= RELEASE_REACH else None

    def _around(self, name: str, place: Found) -> list[Found]:
        """The words of a kind that are near enough to matter."""
        words = self._words(name)
        return [] if words is None else words.starting(place.start - self._span, place.end + self._span)

    def _between(self, start: int, end: int, *names: str) -> bool:
        """Whether a word of one of these kinds stands between."""
        for name in names:
            word = self._since(name, start)
            if word is not None and word.end <= end:
                return True
        return False

    def _near_word(self, place: Found, name: str) -> bool:
        """Whether a word of a kind starts in the sentence of a complaint."""
        before, behind = self._begun(name, place.start), self._since(name, place.start)
        if before is not None and self._same_sentence(before.start, place.start):
            return True
        return behind is not None and self._same_sentence(place.start, behind.start)

    def _same_sentence(self, start: int, end: int) -> bool:
        return self._distance(start, end) <= REACH and self._folded.strongest(start, end + 1) < STOP

    def _parted(self, start: int, end: int) -> bool:
        """Whether a comma or more stands between."""
        return self._folded.strongest(start, end + 1) >= COMMA

    def _near(self, start: int, end: int) -> bool:
        return self._distance(start, end) <= REACH

    def _distance(self, start: int, end: int) -> int:
        return self._units[end] - self._units[start]
