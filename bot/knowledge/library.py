"""Look-ups: entries by id, topic and day; an answer fitted to a patient and filled with the centre's names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from bot.knowledge.model import (
    NAMED_REGIONS,
    OTHER_REGION,
    Entry,
    Hospital,
    Language,
    Rendered,
    Text,
    UnknownEntry,
    UnknownWords,
    Variant,
)
from bot.knowledge.names import fill, names_of

Differs = Literal["stage", "region"]


@dataclass(frozen=True)
class Library:
    """What staff wrote, as of one moment; a later state is another Library.

    Args:
        entries: by id, in the order of the files.
        topics: name of each topic as patients read it.
        hospital: the centre's own facts.
        shell: texts around the answers, from `_words.yml`.
        page: words of the chat page, from `_page.yml`.
        notices: origin and demonstration notices and the wording of hours, from `_notices.yml`.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    topics: Mapping[str, Text] = field(default_factory=dict)
    hospital: Hospital = field(default_factory=Hospital)
    shell: Mapping[str, Text] = field(default_factory=dict)
    notices: Mapping[str, Text] = field(default_factory=dict)
    page: Mapping[str, Text] = field(default_factory=dict)

    @cached_property
    def version(self) -> str:
        """A short hash of all content that is served; equal content has an equal version in every process."""
        content = (self.entries, self.topics, self.hospital, self.shell, self.notices, self.page)
        return hashlib.sha256(repr(content).encode()).hexdigest()[:12]

    @cached_property
    def names(self) -> Mapping[Language, Mapping[str, str]]:
        """What may stand in `{}` in an answer, by language."""
        return names_of(self.hospital, self.notices)

    def get(self, entry: str) -> Entry:
        """One entry.

        Raises:
            UnknownEntry: there is none with that id.
        """
        if entry not in self.entries:
            raise UnknownEntry(entry)
        return self.entries[entry]

    def topic(self, name: str) -> tuple[Entry, ...]:
        """The entries of a topic; none for a topic that does not exist."""
        return tuple(entry for entry in self.entries.values() if entry.topic == name)

    def valid(self, on: date) -> tuple[Entry, ...]:
        """The entries that hold on a day."""
        return tuple(entry for entry in self.entries.values() if entry.valid_from <= on)

    def title(self, entry: str, language: Language) -> str:
        """The words by which a patient recognises an answer.

        Raises:
            UnknownEntry: there is none with that id.
            UnfilledName: it uses a name that the hospital profile lacks.
        """
        return fill(self.get(entry).title[language], self.names[language])

    def related(self, entry: str, on: date | None = None) -> tuple[Entry, ...]:
        """What to offer after an entry: those of its related ids that exist (and hold on that day).

        Raises:
            UnknownEntry: there is none with that id.
        """
        found = (self.entries.get(other) for other in self.get(entry).related)
        return tuple(other for other in found if other and (on is None or other.valid_from <= on))

    def differs_by(self, entry: str) -> set[Differs]:
        """What about a patient would change the answer.

        Raises:
            UnknownEntry: there is none with that id.
        """
        found: set[Differs] = set()
        for variant in self.get(entry).variants:
            found |= {"stage"} if variant.stages else set()
            found |= {"region"} if variant.regions else set()
        return found

    def render(
        self,
        entry: str,
        language: Language,
        stage: str | None = None,
        region: str | None = None,
        on: date | None = None,
    ) -> Rendered:
        """The answer that fits best, filled with the centre's names.

        Args:
            entry: its id.
            language: of the patient's message.
            stage, region: what is known of the patient.
            on: the day; None does not look at days.

        Raises:
            UnknownEntry: there is none with that id, or it does not hold yet on that day.
            UnfilledName: it uses a name that the hospital profile lacks (the loader serves no such entry).
        """
        found = self.get(entry)
        if on is not None and found.valid_from > on:
            raise UnknownEntry(entry)
        text = fill(best_answer(found, stage, region)[language], self.names[language])
        return Rendered(
            text=text,
            title=self.title(entry, language),
            related=tuple(other.id for other in self.related(entry, on)),
        )

    def words(self, key: str, language: Language, **values: object) -> str:
        """A text around the answers, from `_words.yml`, filled with the given values and the centre's names.

        Raises:
            UnknownWords: there is no such key.
            UnfilledName: it uses a name that is neither given nor in the hospital profile.
        """
        return self._filled(self.shell, key, language, values)

    def notice(self, key: str, language: Language, **values: object) -> str:
        """The same from `_notices.yml`, for example `demo`.

        Raises:
            UnknownWords, UnfilledName: as `words`.
        """
        return self._filled(self.notices, key, language, values)

    def page_words(self, language: Language) -> dict[str, str]:
        """All words of the chat page, filled with the centre's names.

        Raises:
            UnfilledName: one uses a name that the hospital profile lacks.
        """
        return {key: fill(text[language], self.names[language]) for key, text in self.page.items()}

    def footer(self, entry: str, language: Language) -> str:
        """One line on where the answer comes from: checked by a person, or compiled and to be confirmed.

        Raises:
            UnknownEntry: there is none with that id.
            UnknownWords, UnfilledName: the notices cannot be served.
        """
        review = self.get(entry).standing_review
        if review is None:
            return self.notice("unreviewed", language)
        return self.notice("reviewed", language, name=review.by[language], date=review.on.isoformat())

    def _filled(self, texts: Mapping[str, Text], key: str, language: Language, values: Mapping[str, object]) -> str:
        if key not in texts:
            raise UnknownWords(key)
        given = {name: str(value) for name, value in values.items()}
        return fill(texts[key][language], {**self.names[language], **given})


def best_answer(entry: Entry, stage: str | None, region: str | None) -> Text:
    """The answer of the most specific variant that fits, else the general one.

    Naming stage and region beats naming one of them; a stage beats a region; a region named beats `other`; a shorter
    list beats a longer one; then the first in the file.
    """
    fitting = [variant for variant in entry.variants if fits(variant, stage, region)]
    return min(fitting, key=_breadth).answer if fitting else entry.answer


def fits(variant: Variant, stage: str | None, region: str | None) -> bool:
    """Whether a variant is for a patient of that stage and region; what is unknown fits nothing that is named."""
    if variant.stages and stage not in variant.stages:
        return False
    if not variant.regions or region in variant.regions:
        return True
    return OTHER_REGION in variant.regions and region is not None and region not in NAMED_REGIONS


def _breadth(variant: Variant) -> tuple[bool, bool, bool, int]:
    both = bool(variant.stages) and bool(variant.regions)
    return not both, not variant.stages, OTHER_REGION in variant.regions, len(variant.stages) + len(variant.regions)
