"""What a patient in an emergency reads, and what her next short message means."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.guard.fold import Folded
from bot.guard.guard import Guard
from bot.guard.model import OTHER, Found, Term
from bot.guard.reading import COUNTS
from bot.guard.scope import Scope
from bot.guard.terms import Matcher
from bot.knowledge.library import Library
from bot.knowledge.model import LANGUAGES, Language, Text, UnfilledName, UnknownWords
from bot.knowledge.names import fill

logger = logging.getLogger(__name__)

SELF_HARM = "self_harm"
WORDS = "words"
#: What is said where the staff's files give nothing that can be sent. It stands here and names nobody's telephone, so that no mistake in a file
#: can take it away; it fits every group, self-harm included.
LAST_RESORT: Mapping[Language, str] = {
    "zh": "请马上打120，或者去最近的医院急诊，不要等网上回复。身边请留个人陪着。",
    "en": "Please call 120 now, or go to the nearest hospital emergency department. Do not wait for an online reply. Have somebody stay with you.",
}
#: Everything else that is said: the question where it is unclear, its buttons, and the lines of the hours after an emergency.
PHRASES = (
    *("check_question", "check_meanwhile", "check_yes", "check_no", "check_calm"),
    *("check_self_harm_question", "check_self_harm_meanwhile", "check_self_harm_yes", "check_self_harm_no", "check_self_harm_calm"),
    *("episode_again", "episode_under", "episode_first", "episode_not_taken", "episode_taken", "episode_taken_self_harm"),
    *("episode_on_the_way", "episode_over", "episode_resume", "episode_resume_yes", "episode_resume_no"),
    *("episode_self_harm_again", "episode_self_harm_under", "episode_self_harm_first", "episode_self_harm_on_the_way"),
    *("episode_self_harm_company", "episode_self_harm_rest", "episode_self_harm_seen"),
)
#: Kinds of replies in an episode; the first that fits is meant. 有人在 says that she has company, 有人在？ asks who reads.
REPLIES = ("company", "who_reads", "examined", "on_the_way", "rest", "playing_down", "severe")
#: Those that tell what has happened: now and to her, as a complaint has to be (`Scope.stands`); not asked, not somebody's old story.
TOLD = frozenset(("examined", "on_the_way"))
#: Those that no question means.
UNASKED = frozenset(("company", "examined", "rest", "severe"))
#: The one that ends the episode, so that in doubt it is not meant: never beside a complaint that still counts.
ENDING = "examined"
_QUESTION = re.compile("[?？]")


@dataclass(frozen=True)
class ReplyTerms:
    """By which words a message is a reply of one kind, with examples.

    Attributes:
        terms: one of them has to be met.
        also: where there are any, one of these too, anywhere in the message.
        without: none of these may be.
        beside: where there are any, nothing but these and the terms may be said.
        despite: names of complaints that do not keep a message from ending the episode: words of mood are also in everyday ones.
    """

    terms: tuple[Term, ...]
    also: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    beside: tuple[Term, ...] = ()
    despite: frozenset[str] = frozenset()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    line: int = 0


class EmergencyTexts:
    """The texts as of one moment.

    Args:
        texts: by group.
        words: everything else, by key.
        replies: by kind, in the order of `REPLIES`.
        guard: folds messages, and knows the words of denial.
        reviews: who checked the text of a group, by group, and under `words` all other words; None for nobody.
        names: the centre's names with which every text could be filled, by language; they stand in for what the profile has lost since.
    """

    def __init__(
        self, texts: Mapping[str, Text], words: Mapping[str, Text], replies: Mapping[str, ReplyTerms], guard: Guard,
        reviews: Mapping[str, Any] | None = None, names: Mapping[Language, Mapping[str, str]] | None = None,
    ) -> None:
        self.texts = dict(texts)
        self.phrases = dict(words)
        self.names = dict(names or {})
        self.reviews = dict(reviews or {})
        self._guard = guard
        self.replies = dict(replies)
        self._matchers = {kind: tuple(map(Matcher, (found.terms, found.also, found.without, found.beside))) for kind, found in replies.items()}

    @property
    def unreviewed(self) -> tuple[str, ...]:
        """Groups whose text no clinician has checked, and `words` for everything else that is said."""
        said = (*self.texts, *((WORDS,) if self.phrases else ()))
        return tuple(each for each in said if self.reviews.get(each) is None)

    @cached_property
    def version(self) -> str:
        """A short hash of all that is said, and of who checked it; equal content has an equal version in every process."""
        return hashlib.sha256(repr((self.texts, self.phrases, self.reviews)).encode()).hexdigest()[:12]

    def text(self, group: str, language: str, library: Library) -> str:
        """What to do now, for a group of signs; never fails.

        Where the group has no text that can be sent it is that of `other` (of self-harm it never is), and where that cannot be sent
        either, `LAST_RESORT`. A line with a name that nobody gives is left out if the rest still says whom to call.

        Args:
            group: one of `bot.guard.GROUPS`.
            language: zh or en.
            library: gives the centre's names.
        """
        code = _known(language)
        for each in (group,) if group == SELF_HARM else (group, OTHER):
            said = self._sendable(self.texts[each][code], code, library) if each in self.texts else ""
            if said:
                return said
        return LAST_RESORT[code]

    def _sendable(self, text: str, code: Language, library: Library) -> str:
        """The text without the lines that cannot be filled; empty where what is left does not say whom to call."""
        lines = []
        for line in text.split("\n"):
            try:
                lines.append(fill(line, self._values(code, library)))
            except UnfilledName:
                logger.error("a line of an emergency text cannot be filled; run `make check`")
        left = "\n".join(lines)
        return left if calls_ambulance(left) else ""

    def _values(self, code: Language, library: Library) -> dict[str, str]:
        return {**self.names.get(code, {}), **library.names[code]}

    def words(self, key: str, language: str, library: Library) -> str:
        """A question, button or line of the episode.

        Raises:
            UnknownWords: there is no such key.
            UnfilledName: it uses a name that the hospital profile lacks.
        """
        if key not in self.phrases:
            raise UnknownWords(key)
        code = _known(language)
        return fill(self.phrases[key][code], self._values(code, library))

    def episode_reply(self, text: str) -> str | None:
        """What a message in an episode says of help: one of `REPLIES`, such as `examined` (they examined me, all fine), or None."""
        folded = self._guard.fold(text)
        met = self._guard.found(folded)
        for kind in self._matchers:
            if self._means(kind, folded, met) and not self._doubtful(kind, text):
                return kind
        return None

    def _means(self, kind: str, folded: Folded, met: list[Found]) -> bool:
        """Whether a message has the words of a kind, none that speak against it, and they are not denied, supposed or, if `TOLD`, of another time."""
        terms, also, without, beside = self._matchers[kind]
        said, besides = terms.find(folded), also.find(folded)
        if not said or without.find(folded):
            return False
        if self.replies[kind].beside and not _all_of(folded, [*said, *besides, *beside.find(folded)]):
            return False
        rules = self._guard.rules
        scope = Scope(folded, [*met, *said, *besides], rules.complaints | rules.details | {kind})

        def counts(place: Found) -> bool:
            return scope.stands(place) if kind in TOLD else not (scope.denied(place) or scope.supposed(place))

        return any(map(counts, said)) and (not self.replies[kind].also or any(map(counts, besides)))

    def rules_out(self, kind: str, text: str) -> bool:
        """Whether a message has words that speak against a kind of `REPLIES`, whoever takes it for one."""
        return kind in self._matchers and bool(self._matchers[kind][2].find(self._guard.fold(text)))

    def may_end(self, text: str) -> bool:
        """Whether a message may tell the end of an episode, however its last words are read: it has the staff's words for being seen by a doctor and none
        of those that speak against it, neither asks, nor tells of a complaint that is neither denied nor over."""
        seen = ENDING in self._matchers and bool(self._matchers[ENDING][0].find(self._guard.fold(text)))
        return seen and not self.rules_out(ENDING, text) and self._is_calm(text)

    def _is_calm(self, text: str) -> bool:
        """Whether a message neither asks nor complains."""
        reading, despite = self._guard.read(text), self.replies[ENDING].despite if ENDING in self.replies else frozenset[str]()
        complained = (place for place in reading.complaints.all if place.name not in despite)
        return not _QUESTION.search(text) and all(reading.verdict(place) != COUNTS for place in complained)

    def _doubtful(self, kind: str, text: str) -> bool:
        """Whether a message asks what is meant only where it is told, or may not end the episode although it has the words."""
        return kind in UNASKED and _QUESTION.search(text) is not None or kind == ENDING and not self._is_calm(text)


def _all_of(folded: Folded, places: list[Found]) -> bool:
    """Whether a message is made of nothing but these places."""
    covered = {at for place in places for at in range(place.start, place.end)}
    return all(at in covered or char == " " for at, char in enumerate(folded.text))


def calls_ambulance(text: str) -> bool:
    """Whether 120 is named, as a number of its own."""
    return re.search(r"(?<![\d-])120(?![\d-])", text) is not None


def _known(language: str) -> Language:
    return next((known for known in LANGUAGES if known == language), LANGUAGES[0])


