"""Reminders go out on the day before to whoever agreed, once, by day, and not of an appointment that is over, given back or hers no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.clock import ZONE
from bot.desk.notices import Notices
from bot.desk.outbox import NotNow, Undeliverable, Worker, to_chat_page
from bot.desk.reminders import Reminders
from bot.dialogue.model import Outcome, Profile, State
from bot.dialogue.reminders import PURPOSE
from bot.guard import Alarm
from bot.hospital.errors import HospitalUnavailable, NonsenseReply
from bot.hospital.memory import MemorySms
from bot.hospital.model import Appointment, Person, SlotQuery, Window
from bot.hospital.sql import SqlHospital
from bot.hospital.sql_loading import load
from bot.store import personal
from bot.store.conversations import Conversations
from bot.store.database import Database
from bot.store.messages import WebMessages
from bot.store.tables import Outbox, utcnow
from tests.bot.dialogue.chat import emergencies, library, turn, words
from tests.contract.conftest import CODE, NOW, SECRET, world

HOUR = time(17)
EVE = datetime(2026, 11, 23, 17, 0, tzinfo=ZONE)        # the day before the appointments, at the hour of reminders


class Sometimes(SqlHospital):
    """A hospital that fails at some looks, by the conversation asked for."""

    fails: dict[str, Exception]

    async def appointments(self, person: Person, now: datetime) -> tuple[Appointment, ...]:
        if person.conversation in self.fails:
            raise self.fails[person.conversation]
        return await super().appointments(person, now)


class Desk:
    """The desk's part over a hospital in SQL, and patients who have booked."""

    def __init__(self, database: Database) -> None:
        self.database, self.now, self.hour = database, NOW, HOUR
        load(database, world(), SECRET)
        self.hospital = Sometimes(database, SECRET, MemorySms())
        self.hospital.fails = {}
        self.conversations = Conversations(database)
        self.reminders, self.worker = self.another()

    def another(self, deliver: Callable[[Any, Outbox], None] = to_chat_page) -> tuple[Reminders, Worker]:
        """A desk, as it is after a restart or in a second process."""
        notices = Notices(self.database, self.hospital, self.conversations, lambda: self.now, library, emergencies)
        made = Reminders(self.database, self.hospital, self.conversations, notices.turn, lambda: self.now, lambda: self.hour)
        return made, Worker(self.database, {"web": made.checked(deliver)})

    def books(self, who: str = "she", day: int = 24, hour: int = 8, doctor: str = "a", patient: str | None = None, agrees: bool = True) -> Appointment:
        return asyncio.run(self._books(who, day, hour, doctor, patient)) if not agrees else self._agreed(who, self.books(who, day, hour, doctor, patient, False))

    async def _books(self, who: str, day: int, hour: int, doctor: str, patient: str | None) -> Appointment:
        window = Window(datetime(2026, 11, day).date(), datetime(2026, 11, day).date())
        slots = (await self.hospital.free(SlotQuery(doctors=(doctor,), windows=(window,), limit=50), NOW)).slots
        slot, person = next(x for x in slots if x.starts.hour == hour), Person(who, patient)
        hold = await self.hospital.hold(slot.id, person, f"{who}-{slot.id}", self.now)
        return await self.hospital.confirm(hold.id, person, self.now)

    def _agreed(self, who: str, booked: Appointment) -> Appointment:
        self.consents(who, consent=PURPOSE)
        return booked

    def consents(self, who: str, **change: str) -> None:
        said = turn("好的", "affirm", now=self.now, conversation=who)
        self.conversations.save(who, said, Outcome((), said.profile, said.state, **change))

    def look(self) -> int:
        return asyncio.run(self.reminders.once())

    def rows(self) -> list[Any]:
        with self.database.transaction() as session:
            found = session.execute(select(Outbox).where(Outbox.channel == "web").order_by(Outbox.id)).scalars().all()
            session.expunge_all()
            return list(found)

    def read(self, who: str = "she") -> list[str]:
        """What stands on her page when all is delivered."""
        self.worker.work(utcnow() + timedelta(seconds=1))
        return [x["text"] for x in WebMessages(self.database).after(who)]


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_she_is_reminded_at_the_hour_on_the_day_before_and_once(desk: Desk) -> None:
    desk.books()
    desk.now = EVE - timedelta(minutes=1)
    assert desk.look() == 0
    desk.now = EVE
    assert [desk.look(), desk.look()] == [1, 0]
    text, = desk.read()
    assert text == words("remind", slot=words("remind_slot", day="11月24日（周二）", time="8:00", doctor="周敏 主任医师", place="三层"))
    desk.now += timedelta(hours=2)
    assert desk.look() == 0 and desk.read() == [text]
    kept, = desk.rows()
    assert kept.payload["buttons"] == [] and desk.conversations.load("she")[1] == State(), "nothing is opened by it"
    assert words("visit_expert") not in text, "nothing of what the appointment is for"


def test_in_the_language_of_the_conversation(desk: Desk) -> None:
    desk.books()
    said = turn("hello", "greet", profile=Profile(language="en"), now=NOW, conversation="she")
    desk.conversations.save("she", replace(said, profile=Profile()), Outcome((), Profile(language="en"), State()))
    desk.now = EVE
    desk.look()
    assert desk.read() == [words("remind", "en", slot="Tuesday 24 November 8:00, Dr Zhou Min, chief physician, third floor")]


def test_who_has_not_agreed_is_not_reminded(desk: Desk) -> None:
    desk.books(agrees=False)
    desk.consents("she", consent="reminder")        # to be told of a released slot is another consent
    desk.now = EVE
    assert desk.look() == 0


def test_after_a_restart_and_with_two_desks_it_is_one(desk: Desk) -> None:
    desk.books()
    desk.books("another", hour=12)
    desk.now, start, others = EVE, Barrier(2), [desk.another() for _ in range(2)]

    def run(one: Reminders, worker: Worker) -> None:
        start.wait()
        asyncio.run(one.once())
        worker.work(utcnow() + timedelta(seconds=1))

    threads = [Thread(target=run, args=x) for x in others]
    [x.start() for x in threads]
    [x.join(30) for x in threads]
    asyncio.run(desk.another()[0].once())
    assert len(desk.read()) == len(desk.read("another")) == 1 and len(desk.rows()) == 2


def test_a_desk_that_finds_it_queued_meanwhile_queues_no_second(desk: Desk) -> None:
    booked = desk.books()
    desk.now = EVE
    first, second = desk.another()[0], desk.another()[0]
    assert [asyncio.run(x._remind(booked)) for x in (first, second)] == [True, False] and len(desk.rows()) == 1


@pytest.mark.parametrize("what", ["cancelled", "moved", "unlinked", "withdrawn", "erased", "forgotten by the hospital"])
@pytest.mark.parametrize("queued", [False, True])
def test_not_of_one_that_is_hers_no_more(desk: Desk, what: str, queued: bool) -> None:
    """Before it is queued, or after it and before it is delivered."""
    if what == "unlinked":
        asyncio.run(desk.hospital.bind_by_code("she", CODE, NOW))
    booked = desk.books(patient="p1" if what == "unlinked" else None)
    desk.now = EVE
    if queued:
        assert desk.look() == 1
    if what == "cancelled":
        asyncio.run(desk.hospital.cancel(booked.id, booked.person, desk.now))
    elif what == "moved":
        later = asyncio.run(desk.hospital.free(SlotQuery(doctors=("a",), windows=(Window(datetime(2026, 11, 26).date(), None),)), desk.now)).slots[0]
        hold = asyncio.run(desk.hospital.hold(later.id, booked.person, "move", desk.now, moving=booked.id))
        asyncio.run(desk.hospital.reschedule(booked.id, hold.id, booked.person, desk.now))
    elif what == "unlinked":
        asyncio.run(desk.hospital.unbind("she", asyncio.run(desk.hospital.bindings("she"))[0].id, desk.now))
    elif what == "withdrawn":
        desk.consents("she", withdrawn=PURPOSE)
    elif what == "erased":
        personal.erase(desk.database, "she")
    else:
        asyncio.run(desk.hospital.forget("she"))
    assert desk.look() == 0 and desk.read() == []
    assert all(x.gave_up_at and x.error.startswith("outdated: ") for x in desk.rows())


def test_an_appointment_that_was_moved_is_reminded_of_on_the_day_before_the_new_one(desk: Desk) -> None:
    booked = desk.books(day=24)
    window = Window(datetime(2026, 11, 26).date(), datetime(2026, 11, 26).date())
    later = asyncio.run(desk.hospital.free(SlotQuery(doctors=("a",), windows=(window,)), NOW)).slots[0]
    hold = asyncio.run(desk.hospital.hold(later.id, booked.person, "move", NOW, moving=booked.id))
    asyncio.run(desk.hospital.reschedule(booked.id, hold.id, booked.person, NOW))
    for day, made in ((23, 0), (24, 0), (25, 1)):
        desk.now = EVE.replace(day=day)
        assert desk.look() == made
    assert "11月26日" in desk.read()[0]


@pytest.mark.parametrize(("down_until", "made"), [
    (datetime(2026, 11, 23, 20, 59, tzinfo=ZONE), 1), (datetime(2026, 11, 23, 21, 0, tzinfo=ZONE), 0), (datetime(2026, 11, 24, 3, 0, tzinfo=ZONE), 0),
    (datetime(2026, 11, 24, 7, 59, tzinfo=ZONE), 0), (datetime(2026, 11, 24, 8, 0, tzinfo=ZONE), 1), (datetime(2026, 11, 24, 12, 0, tzinfo=ZONE), 0)])
def test_a_desk_that_was_down_reminds_by_day_and_before_it_begins(desk: Desk, down_until: datetime, made: int) -> None:
    desk.books(hour=12)
    desk.now = down_until
    assert desk.look() == made and len(desk.read()) == made


def test_one_that_could_not_be_delivered_waits_for_the_morning_without_being_given_up(desk: Desk) -> None:
    desk.books(hour=12)
    desk.now = EVE
    desk.look()
    desk.now = EVE.replace(hour=21, minute=30)
    now = utcnow() + timedelta(seconds=1)
    assert desk.worker.work(now) == 0
    row, = desk.rows()
    assert row.attempts == 0 and row.gave_up_at is None and row.due_at == now + timedelta(hours=10, minutes=30)
    desk.now = EVE + timedelta(hours=15)
    assert desk.worker.work(row.due_at) == 1 and len(WebMessages(desk.database).after("she")) == 1


def test_not_delivered_once_it_has_begun(desk: Desk) -> None:
    desk.books(hour=12)
    desk.now = EVE
    desk.look()
    desk.now = datetime(2026, 11, 24, 12, 0, tzinfo=ZONE)
    assert desk.read() == [] and desk.rows()[0].error == "outdated: past"


def test_one_booked_after_the_hour_needs_no_reminder(desk: Desk) -> None:
    desk.now = EVE + timedelta(hours=1)
    desk.books()
    assert desk.look() == 0


def test_a_centre_that_sends_none(desk: Desk) -> None:
    desk.books()
    desk.now, desk.hour = EVE, None     # type: ignore[assignment]
    assert desk.look() == 0


def test_during_an_emergency_it_waits(desk: Desk) -> None:
    desk.books(hour=12)
    desk.now = EVE
    desk.conversations.alert("she", Alarm("pain", "belly-pain-severe", True), EVE - timedelta(hours=4))
    assert desk.look() == 0
    desk.now += timedelta(hours=3)
    assert desk.look() == 1


def test_whose_it_is_is_said_where_it_is_a_relatives(desk: Desk) -> None:
    asyncio.run(desk.hospital.bind_by_code("she", CODE, NOW))
    code = asyncio.run(desk.hospital.invite_family("she", ("booking",), NOW)).code
    asyncio.run(desk.hospital.bind_by_code("he", code, NOW))
    desk.books("he", patient="p1")
    desk.books("she", patient="p1", doctor="c")
    desk.now = EVE
    assert desk.look() == 2
    assert desk.read("he")[0].endswith(words("booking_patient", label="王**")) and "王**" not in desk.read("she")[0]


def test_a_hospital_that_cannot_be_asked_is_asked_again_and_one_that_talks_nonsense_of_one_keeps_no_other_back(desk: Desk) -> None:
    desk.books()
    desk.books("another", hour=12)
    desk.now = EVE
    desk.hospital.fails = {"she": HospitalUnavailable("off"), "another": HospitalUnavailable("off")}
    assert desk.look() == 0
    desk.hospital.fails = {"she": NonsenseReply("?")}
    assert desk.look() == 1 and len(desk.read("another")) == 1
    desk.hospital.fails = {}
    assert desk.look() == 1
    desk.hospital.fails = {"she": HospitalUnavailable("off")}
    assert desk.read() == [] and desk.rows()[-1].error == "NotNow" and desk.rows()[-1].attempts == 1
    desk.hospital.fails = {}
    assert desk.worker.work(utcnow() + timedelta(minutes=1)) == 1


def test_the_hospital_is_looked_at_once_a_minute(desk: Desk) -> None:
    assert desk.reminders.work() == 0
    desk.books()
    desk.now = EVE
    assert desk.reminders.work() == 0


def test_what_is_kept_for_it_is_shown_and_erased(desk: Desk) -> None:
    desk.books()
    desk.now = EVE
    desk.look()
    assert [x["purpose"] for x in personal.export(desk.database, "she")["consent"]] == [PURPOSE]
    personal.erase(desk.database, "she")
    assert desk.rows() == [] and desk.conversations.agreed("she") == frozenset()


@dataclass
class Way:
    """A way that fails as it is told."""

    error: Exception | None = None

    def __call__(self, session: Any, row: Outbox) -> None:
        if self.error is not None:
            raise self.error
        to_chat_page(session, row)


@pytest.mark.parametrize("error", [Undeliverable("she does not follow the account"), NotNow("busy")])
def test_what_a_channel_says_of_a_reminder_stands(desk: Desk, error: Exception) -> None:
    desk.books()
    desk.now = EVE
    desk.look()
    way = Way(error)
    _, worker = desk.another(way)
    worker.work(utcnow() + timedelta(seconds=1))
    row, = desk.rows()
    assert bool(row.gave_up_at) is isinstance(error, Undeliverable) and not str(row.error).startswith("outdated")


def test_other_messages_are_not_looked_at(desk: Desk) -> None:
    with desk.database.transaction() as session:
        session.add(Outbox(channel="web", conversation="she", payload={"text": "x", "kind": "report"}))
        session.commit()
    desk.now = EVE.replace(hour=23)
    assert desk.read() == ["x"]


def test_kept_long_ago_does_not_keep_todays_back(desk: Desk) -> None:
    """Keys are looked for among those of the last days; the table's own rule stands behind that."""
    desk.books()
    desk.now = EVE
    desk.look()
    with desk.database.transaction() as session:
        session.execute(update(Outbox).values(created_at=utcnow() - timedelta(days=9)))
        session.commit()
    desk.look()
    assert len(desk.rows()) == 1
