"""What a patient in an emergency reads, and what her next short message means."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.guard.guard import Guard
from bot.guard.model import OTHER, Term
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
#: Kinds of replies in an episode; the first that fits is meant.
REPLIES = ("examined", "on_the_way", "playing_down")


@dataclass(frozen=True)
class ReplyTerms:
    """Terms that make a message a reply of one kind, and terms that keep it from being one; with examples."""

    terms: tuple[Term, ...]
    without: tuple[Term, ...] = ()
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
        self._replies = {kind: (Matcher(found.terms), Matcher(found.without)) for kind, found in replies.items()}

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
        """The text without the lines that cannot be filled; empty where nothing of use is left."""
        lines = []
        for line in text.split("\n"):
            try:
                lines.append(fill(line, self._values(code, library)))
            except UnfilledName:
                logger.error("a line of an emergency text cannot be filled; run `make check`")
        left = "\n".join(lines)
        return left if len(lines) == text.count("\n") + 1 or calls_ambulance(left) else ""

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
        """What a message in an episode says of help: `examined` (they examined me, all fine), `on_the_way`, `playing_down`, or None."""
        folded = self._guard.fold(text)
        met = self._guard.found(folded)
        passed = self._guard.rules.complaints | self._guard.rules.details
        for kind, (terms, without) in self._replies.items():
            found = terms.find(folded)
            if not found or without.find(folded):
                continue
            scope = Scope(folded, [*met, *found], passed | {kind})
            if any(not scope.denied(place) and not scope.supposed(place) for place in found):
                return kind
        return None


def calls_ambulance(text: str) -> bool:
    """Whether 120 is named, as a number of its own."""
    return re.search(r"(?<![\d-])120(?![\d-])", text) is not None


def _known(language: str) -> Language:
    return next((known for known in LANGUAGES if known == language), LANGUAGES[0])


