"""What the library is made of: plain, frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal

from bot.errors import GuideError

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
LANGUAGE_NAMES = {"zh": "Chinese", "en": "English"}

#: One text per language.
Text = Mapping[str, str]
#: Several texts per language.
Texts = Mapping[str, tuple[str, ...]]

Audience = Literal["group", "private"]
Severity = Literal["error", "warning"]

STAGES = ("initial-consultation", "testing", "record-establishment", "ovulation-induction", "post-transfer")
#: Regions with platforms of their own; `other` in a variant stands for every region but these.
NAMED_REGIONS = ("beijing", "shanghai", "guangdong")
OTHER_REGION = "other"
PROVINCES = (
    *("anhui", "aomen", "beijing", "chongqing", "fujian", "gansu", "guangdong", "guangxi", "guizhou", "hainan"),
    *("hebei", "heilongjiang", "henan", "hubei", "hunan", "jiangsu", "jiangxi", "jilin", "liaoning", "neimenggu"),
    *("ningxia", "qinghai", "shaanxi", "shandong", "shanghai", "shanxi", "sichuan", "taiwan", "tianjin"),
    *("xianggang", "xinjiang", "xizang", "yunnan", "zhejiang"),
)


class UnknownEntry(GuideError):
    """The library has no such entry, or not on that day."""

    def __init__(self, entry: str) -> None:
        super().__init__(f"no entry {entry!r}")


class UnknownWords(GuideError):
    """Neither `_words.yml` nor `_notices.yml` has this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no words {key!r}")


class UnfilledName(GuideError):
    """A text uses a `{name}` for which nobody gives a value."""

    def __init__(self, name: str) -> None:
        super().__init__(f"nothing to put in place of {{{name}}}")


@dataclass(frozen=True)
class Problem:
    """Something wrong in the staff's folder, said so that a nurse can act on it."""

    file: str  #: name inside the folder; empty where the problem is not in a file
    line: int  #: counted from 1; 0 where there is none
    entry: str | None
    sentence: str
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return " ".join(part for part in (place, self.entry, self.severity) if part) + f": {self.sentence}"


@dataclass(frozen=True)
class Review:
    """Who checked an entry, and when."""

    by: Text
    on: date


@dataclass(frozen=True)
class Change:
    """One line of an entry's history."""

    on: date
    by: Text
    what: str


@dataclass(frozen=True)
class Variant:
    """The answer for some stages or regions; an empty tuple means any."""

    stages: tuple[str, ...]
    regions: tuple[str, ...]
    answer: Text


@dataclass(frozen=True)
class Entry:
    """One official answer with the questions it is for."""

    id: str
    topic: str
    title: Text
    audience: Audience
    stages: tuple[str, ...]
    regions: tuple[str, ...]
    questions: Texts
    not_questions: Texts
    answer: Text
    variants: tuple[Variant, ...]
    related: tuple[str, ...]
    section: str
    source: str
    owner: Text
    reviewed: Review | None
    valid_from: date
    review_due: date
    changes: tuple[Change, ...]
    file: str = field(default="", compare=False, repr=False)
    line: int = field(default=0, compare=False, repr=False)

    @property
    def standing_review(self) -> Review | None:
        """The review, unless the text was changed after it."""
        if self.reviewed is None or any(change.on > self.reviewed.on for change in self.changes):
            return None
        return self.reviewed

    def texts(self) -> list[tuple[str, Text]]:
        """Everything of this entry that is filled with names and read by patients, with what to call it."""
        found: list[tuple[str, Text]] = [("title", self.title), ("answer", self.answer)]
        for variant in self.variants:
            found.append((f"answer for {', '.join(variant.stages + variant.regions)}", variant.answer))
        return found


Span = tuple[time, time]
DAYS = ("weekdays", "weekends", "holidays")


@dataclass(frozen=True)
class Hours:
    """When somebody can be reached: from–to on each kind of day."""

    weekdays: tuple[Span, ...]
    weekends: tuple[Span, ...]
    holidays: tuple[Span, ...]


#: Hours of somebody who can never be reached.
NEVER = Hours((), (), ())


@dataclass(frozen=True)
class Hospital:
    """The centre's own facts, filled into the answers by name.

    Attributes:
        reminder: from when on patients who agreed are reminded, the day before, of an appointment made here; None for no reminders.
    """

    demo: bool = True
    region: str = ""
    booking: str = "here"
    reminder: time | None = None
    names: Mapping[str, Text] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)

    @property
    def nurse_hours(self) -> Hours:
        """When the nurse station answers; never, where the profile does not say."""
        return self.hours.get("nurse_hours", NEVER)

    @property
    def service_hours(self) -> Hours:
        """When online consultation answers; never, where the profile does not say."""
        return self.hours.get("service_hours", NEVER)

    @property
    def books_elsewhere(self) -> bool:
        """Whether slots are booked in the centre's own mini program only; the chat then shows what is free and sends there."""
        return self.booking == "mini_program"

    @property
    def needs_card(self) -> bool:
        """Whether only bound patients may book."""
        return self.booking == "bound"

    @property
    def public_contacts(self) -> frozenset[str]:
        """The centre's own telephone numbers and e-mail addresses: nobody's personal data."""
        values = {value for both in self.names.values() for value in both.values()}
        return frozenset(x for x in values if "@" in x or any(c.isdigit() for c in x) and not any(c.isalpha() for c in x))

    def name(self, key: str, language: Language) -> str:
        """One fact, such as `nurse_phone`.

        Raises:
            UnfilledName: the profile has no such name.
        """
        if key not in self.names:
            raise UnfilledName(key)
        return self.names[key][language]


@dataclass(frozen=True)
class Rendered:
    """An answer ready to be sent."""

    text: str
    title: str
    related: tuple[str, ...]  #: ids, all of them served on that day
