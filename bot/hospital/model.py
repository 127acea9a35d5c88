"""What the hospital knows, as values in the clinic's words. Times are the centre's, with their zone.

A person is known by the conversation key on our side; patient ids are the hospital's and mean nothing outside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from bot.text.dates import Window as Window  # what `SlotQuery.windows` is made of

VisitType = Literal["regular", "expert", "cycle", "record"]
Part = Literal["am", "pm", "evening"]
Scope = Literal["booking", "reports"]
OrderState = Literal["ordered", "collected", "in_lab", "preliminary", "released", "syncing", "visible", "cancelled"]

VISIT_TYPES: tuple[VisitType, ...] = ("regular", "expert", "cycle", "record")
SCOPES: tuple[Scope, ...] = ("booking", "reports")
ORDER_STATES: tuple[OrderState, ...] = ("ordered", "collected", "in_lab", "preliminary", "released", "syncing", "visible", "cancelled")

#: How long a report takes from the laboratory's release until patients see it (`details.report-delay` in `knowledge/`).
SYNC_LEAST, SYNC_MOST = timedelta(hours=2), timedelta(hours=24)
WRONG_CODES = 5                     # then the conversation is locked
LOCK = timedelta(hours=24)
HOLD = timedelta(minutes=10)        # how long an offered slot stays a patient's while she makes up her mind
CODE_LIFE = timedelta(minutes=10)   # of a code sent to a telephone
FAMILY_CODE_LIFE = timedelta(days=1)
RECENT = timedelta(days=90)         # orders older than that are told only where their test is named


def part_of(moment: datetime) -> Part:
    """The part of the day: before noon `am`, before 18:00 `pm`, then `evening` (`docs/rest.md`)."""
    return "am" if moment.hour < 12 else "pm" if moment.hour < 18 else "evening"


@dataclass(frozen=True)
class Department:
    """A department; its id is the code under which messages name it (`bot/text/terms.yml`)."""

    id: str
    zh: str
    en: str


@dataclass(frozen=True)
class Doctor:
    """A doctor who sees patients.

    Attributes:
        id: the hospital's.
        name: in Chinese, surname first.
        surname, given: its two parts.
        pinyin: of the name, lower case, surname first: `zhou min`.
        english: as an English text names her: `Zhou Min`.
        title_zh, title_en: rank: 主任医师, chief physician.
        department: id of the department.
        visit_types: kinds of sessions the doctor holds.
    """

    id: str
    name: str
    surname: str
    given: str
    pinyin: str
    english: str
    title_zh: str
    title_en: str
    department: str
    visit_types: tuple[VisitType, ...]

    def called(self, language: str) -> str:
        """Her name in a text of that language (`zh`, `en`)."""
        return self.name if language == "zh" else self.english

    def title(self, language: str) -> str:
        """Her rank in a text of that language."""
        return self.title_zh if language == "zh" else self.title_en


@dataclass(frozen=True)
class Slot:
    """One appointment's time with one doctor."""

    id: str
    doctor: Doctor
    visit_type: VisitType
    starts: datetime
    ends: datetime
    place_zh: str = ""
    place_en: str = ""

    def place(self, language: str) -> str:
        """Where it is, in that language (`zh`, `en`); empty where the hospital does not say."""
        return self.place_zh if language == "zh" else self.place_en

    @property
    def day(self) -> date:
        """The day at the centre."""
        return self.starts.date()

    @property
    def part(self) -> Part:
        """The part of the day."""
        return part_of(self.starts)


@dataclass(frozen=True)
class Session:
    """What one doctor offers in one part of one day for one visit type.

    Attributes:
        slots: how many there are, taken or not.
        free: how many can be had.
        first: the earliest free one; None where the session is full.
    """

    doctor: Doctor
    visit_type: VisitType
    day: date
    part: Part
    slots: int
    free: int
    first: Slot | None


@dataclass(frozen=True)
class SlotQuery:
    """What a patient wants; everything empty means "anything".

    Attributes:
        visit_types: any of these.
        doctors: ids; any of these.
        department: id.
        windows: any of these days and parts of day. None of them, or one without days: from now on.
            `Window.to` is the last day, included; None is open.
        limit: most slots or sessions to be returned.
    """

    visit_types: tuple[str, ...] = ()
    doctors: tuple[str, ...] = ()
    department: str | None = None
    windows: tuple[Window, ...] = ()
    limit: int = 5


@dataclass(frozen=True)
class Availability:
    """The answer to a query.

    Attributes:
        slots: free ones, earliest first.
        read_at: when the hospital was asked; goes into the answer.
        scheduled: whether there are sessions in the windows at all, full or not: with `slots` empty, True is "fully booked" and False
            is "no clinic then" (or not published yet: see `until`).
        until: last day for which the hospital has published a schedule; None where there is none ahead.
    """

    slots: tuple[Slot, ...]
    read_at: datetime
    scheduled: bool
    until: date | None


@dataclass(frozen=True)
class Alternatives:
    """What else there is when a wish cannot be had, each earliest first and possibly empty.

    Attributes:
        later: the same doctor and visit type after the days wanted, or, where there is none, before them: one for each visit type wanted.
        doctors: other doctors of the department, the same visit types and windows.
        visit_types: the same doctor and windows, other visit types.
        read_at: when the hospital was asked.
    """

    later: tuple[Slot, ...]
    doctors: tuple[Slot, ...]
    visit_types: tuple[Slot, ...]
    read_at: datetime


@dataclass(frozen=True)
class Person:
    """On whose behalf something is done.

    Attributes:
        conversation: our key of the conversation; the only thing that names a person on our side.
        patient_id: the hospital's id of the patient it is for; None where no card is bound (some hospitals book without one).
    """

    conversation: str
    patient_id: str | None = None


@dataclass(frozen=True)
class Hold:
    """A slot that is a patient's until a moment.

    Attributes:
        id: the request id it was asked for with.
        until: the end, the centre's time.
    """

    id: str
    slot: Slot
    until: datetime


@dataclass(frozen=True)
class Appointment:
    """A booked slot.

    Attributes:
        state: `booked` or `cancelled`.
    """

    id: str
    slot: Slot
    person: Person
    state: Literal["booked", "cancelled"]
    booked_at: datetime


@dataclass(frozen=True)
class Watch:
    """A wish that waits for a released slot.

    Attributes:
        place: how many watches were made before this one and still wait, for whatever they wait.
    """

    id: str
    person: Person
    query: SlotQuery
    since: datetime
    place: int = 0


@dataclass(frozen=True)
class WatchHit:
    """A released slot held for the first who waited for it. To be told once, then acknowledged with `Watches.told`."""

    watch: Watch
    hold: Hold


@dataclass(frozen=True)
class Binding:
    """A conversation that may act for a patient.

    Attributes:
        relation: `self`, or `family` with the patient's consent.
        scope: what it covers; a family member sees only what the patient ticked.
        how: `code` or `identity`.
        label: what the hospital lets us call the patient, masked: 王**.
        linked: what the patient's account at the hospital is linked with: `card`, `id`, both or nothing. With `id` alone reports may not show.
    """

    id: str
    conversation: str
    patient_id: str
    relation: Literal["self", "family"]
    scope: tuple[Scope, ...]
    how: Literal["code", "identity"]
    since: datetime
    label: str
    linked: tuple[str, ...] = ("card", "id")


@dataclass(frozen=True)
class IdentityClaim:
    """What somebody says of herself to be bound without a code. Never logged, never kept.

    Attributes:
        name: as in the hospital's records.
        number: identity number or medical card number.
        phone: the number in the hospital's records; a code goes there.
    """

    name: str = field(repr=False)
    number: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True)
class Challenge:
    """A code was sent, if the claim was right; whether it was is not told.

    Attributes:
        until: how long the code counts.
    """

    id: str
    until: datetime


@dataclass(frozen=True)
class FamilyCode:
    """A one-time code that a patient gives to a family member; shown to her once.

    Attributes:
        code: grouped for reading aloud: `K7M2-9QXD`.
    """

    code: str = field(repr=False)
    scope: tuple[Scope, ...]
    until: datetime


@dataclass(frozen=True)
class Turnaround:
    """How long a test usually takes from the collection to the laboratory's release."""

    test: str
    least: timedelta
    most: timedelta


@dataclass(frozen=True)
class TestOrder:
    """One ordered test and how far it is. It never carries a value.

    Attributes:
        test: code of the test (`bot/text/terms.yml`).
        state: how far; `preliminary` is a result that is not final and so not ready; `syncing` is released and not to be seen yet.
        since: when it came to be in that state.
        expected: day by which patients can usually see it, by the usual turnaround and the longest sync; None where nothing was
            collected yet, where it is visible, or where nothing is known of the test.
        overdue: whether that day has passed.
        platform: code of the platform on which it shows; None for the hospital's own account.
    """

    __test__ = False        # not one of pytest's

    id: str
    patient_id: str
    test: str
    state: OrderState
    since: datetime
    ordered_at: datetime
    collected_at: datetime | None = None
    released_at: datetime | None = None
    visible_at: datetime | None = None
    expected: date | None = None
    overdue: bool = False
    platform: str | None = None


@dataclass(frozen=True)
class Orders:
    """A patient's orders, the newest of each test, and when the hospital was asked."""

    orders: tuple[TestOrder, ...]
    read_at: datetime


@dataclass(frozen=True)
class ReportHit:
    """A report somebody waited for that can be seen now. To be told once, then acknowledged with `Reports.told_ready`."""

    watch_id: str
    conversation: str
    order: TestOrder


def expected_by(collected: datetime | None, released: datetime | None, usual: Turnaround | None) -> date | None:
    """The day by which a report can usually be seen: after its release the longest sync, before it the usual turnaround and that."""
    if released is not None:
        return (released + SYNC_MOST).date()
    if collected is None or usual is None:
        return None
    return (collected + usual.most + SYNC_MOST).date()
