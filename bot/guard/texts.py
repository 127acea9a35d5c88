"""What a patient in an emergency reads, and what her next short message means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.guard.guard import Guard
from bot.guard.model import OTHER, Term
from bot.guard.scope import Scope
from bot.guard.terms import Matcher
from bot.knowledge.library import Library
from bot.knowledge.model import LANGUAGES, Text, UnknownWords
from bot.knowledge.names import fill

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
        reviews: who checked the text of a group, by group; None for nobody.
    """

    def __init__(
        self, texts: Mapping[str, Text], words: Mapping[str, Text], replies: Mapping[str, ReplyTerms], guard: Guard, reviews: Mapping[str, Any] | None = None
    ) -> None:
        self.texts = dict(texts)
        self.reviews = dict(reviews or {})
        self._words = dict(words)
        self._guard = guard
        self.replies = dict(replies)
        self._replies = {kind: (Matcher(found.terms), Matcher(found.without)) for kind, found in replies.items()}

    @property
    def unreviewed(self) -> tuple[str, ...]:
        """Groups whose text no clinician has checked."""
        return tuple(group for group in self.texts if self.reviews.get(group) is None)

    def text(self, group: str, language: str, library: Library) -> str:
        """What to do now, for a group of signs; the text of `other` where the group has none.

        Args:
            group: one of `bot.guard.GROUPS`.
            language: zh or en.
            library: gives the centre's names.

        Raises:
            UnknownWords: there is neither a text for the group nor for `other`.
            UnfilledName: it uses a name that the hospital profile lacks.
        """
        for each in (group, OTHER):
            if each in self.texts:
                return _filled(self.texts[each], language, library)
        raise UnknownWords(group)

    def words(self, key: str, language: str, library: Library) -> str:
        """A question, button or line of the episode.

        Raises:
            UnknownWords: there is no such key.
            UnfilledName: it uses a name that the hospital profile lacks.
        """
        if key not in self._words:
            raise UnknownWords(key)
        return _filled(self._words[key], language, library)

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


def _filled(text: Text, language: str, library: Library) -> str:
    """The text with the centre's names.

    Raises:
        UnfilledName: a name has no value.
    """
    code = next((known for known in LANGUAGES if known == language), LANGUAGES[0])
    return fill(text[code], library.names[code])


