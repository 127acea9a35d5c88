"""What patients wait for is told once: a released slot, which a word then books, and a report that can be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import ZONE
from bot.desk.notices import Notices
from bot.desk.outbox import Worker, to_chat_page
from bot.dialogue.conversation import respond
from bot.dialogue.model import Outcome, Profile, State, Turn
from bot.guard import Alarm
from bot.hospital.demo import BUSY_DOCTOR, CODES
from bot.hospital.errors import HospitalUnavailable
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.hospital.model import Person, Slot, SlotQuery, Window
from bot.store.conversations import Conversations
from bot.store.database import Database
from bot.store.messages import WebMessages
from bot.store.tables import Outbox
from tests.bot.dialogue.chat import emergencies, library, turn, words
from tests.bot.dialogue.patients import demonstration

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZONE)


class Dies(MemoryHospital):
    """A hospital that cannot be reached at some of its calls, by their names."""

    broken: Sequence[str] = ()

    def _up(self, call: str) -> None:
        if call in self.broken:
            raise HospitalUnavailable("off")

    async def serve(self, now: datetime, *more: Any, **named: Any) -> Any:
        self._up("serve")
        return await super().serve(now, *more, **named)

    async def told(self, watch_ids: Sequence[str]) -> None:
        self._up("told")
        await super().told(watch_ids)

    async def told_ready(self, watch_ids: Sequence[str]) -> None:
        self._up("told_ready")
        await super().told_ready(watch_ids)


class Desk:
    """The desk's part, a hospital, and patients who wait."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, NOW
        self.hospital = Dies(demonstration(NOW), MemorySms())
        self.conversations = Conversations(database)
        self.notices = Notices(database, self.hospital, self.conversations, lambda: self.now, library, emergencies)

    def look(self) -> int:
        return asyncio.run(self.notices.once())

    def waits_for(self, conversation: str) -> None:
        query = SlotQuery(("expert",), (BUSY_DOCTOR,), windows=(Window(NOW.date(), (NOW + timedelta(days=3)).date()),))
        asyncio.run(self.hospital.watch(query, Person(conversation), self.now))

    def releases(self) -> Slot:
        """A patient of the busy doctor gives her slot back."""
        taken = next(x for x in self.hospital._slots.values()
                     if x.doctor.id == BUSY_DOCTOR and x.visit_type == "expert" and x.starts > NOW + timedelta(hours=4) and x.id in self.hospital._taken)
        self.hospital._taken.discard(taken.id)
        return taken

    def outbox(self, conversation: str) -> list[Any]:
        with self.database.transaction() as session:
            return [x.payload for x in session.execute(select(Outbox).where(Outbox.conversation == conversation, Outbox.channel == "web").order_by(Outbox.id)).scalars()]

    def state(self, conversation: str) -> State:
        return self.conversations.load(conversation)[1]

    def say(self, conversation: str, text: str, intent: str, tap: str | None = None) -> Outcome:
        profile, state = self.conversations.load(conversation)
        said: Turn = turn(text, intent, {intent: 0.9}, profile=profile, state=state, now=self.now, hospital=self.hospital, conversation=conversation,
                          tap=tap, episode=self.conversations.episode(conversation, self.now))
        made = asyncio.run(respond(said))
        self.conversations.save(conversation, said, made)
        return made


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.mark.parametrize("said", ["确认", "confirm"])
def test_a_released_slot_is_told_once_and_a_word_books_it(desk: Desk, said: str) -> None:
    desk.waits_for("she")
    assert desk.look() == 0 and desk.outbox("she") == []
    slot = desk.releases()
    assert [desk.look(), desk.look()] == [1, 0]
    message, = desk.outbox("she")
    assert message["text"].startswith(words("booking_released", slot="", until="10:10").split("\n")[0]) and slot.doctor.name in message["text"]
    assert message["kind"] == "booking" and [x["title"] for x in message["buttons"]] == [words(f"booking_{x}") for x in ("confirm", "another", "leave")]
    assert desk.state("she").waiting == "booking" and desk.state("she").booking["slot"] == slot.id
    made = desk.say("she", said, "affirm")
    assert [(x.kind, x.status) for x in made.replies if x.kind == "booking"] == [("booking", "booked")]
    assert [x.slot.id for x in asyncio.run(desk.hospital.appointments(Person("she"), NOW))] == [slot.id]


def test_its_buttons_work_and_it_reaches_the_chat_page(desk: Desk) -> None:
    desk.waits_for("she")
    desk.releases()
    desk.look()
    assert Worker(desk.database, {"web": to_chat_page}).work() == 1
    shown, = WebMessages(desk.database).after("she")
    made = desk.say("she", "…", "tap", tap=shown["buttons"][2]["id"])
    assert made.replies[0].status == "cancelled"


def test_a_slot_that_nobody_takes_goes_to_the_next(desk: Desk) -> None:
    desk.waits_for("she")
    desk.waits_for("another")
    desk.releases()
    assert desk.look() == 1 and len(desk.outbox("she")) == 1 and desk.outbox("another") == []
    desk.now += timedelta(minutes=11)
    assert desk.look() == 1 and len(desk.outbox("she")) == 1 and len(desk.outbox("another")) == 1
    assert desk.say("she", "确认", "affirm").replies[0].status != "booked"


def test_told_in_the_language_of_the_conversation(desk: Desk) -> None:
    said = turn("hello", "greet", profile=Profile(language="en"), now=NOW, conversation="she")
    desk.conversations.save("she", replace(said, profile=Profile()), Outcome((), Profile(language="en"), State()))
    desk.waits_for("she")
    desk.releases()
    desk.look()
    assert "Wu Shan" in desk.outbox("she")[0]["text"] and desk.outbox("she")[0]["buttons"][0]["title"] == words("booking_confirm", "en")


@pytest.mark.parametrize("call", ["told", "serve"])
def test_a_desk_that_dies_in_between_loses_nothing_and_tells_nothing_twice(desk: Desk, call: str) -> None:
    desk.waits_for("she")
    desk.releases()
    desk.hospital.broken = (call,)
    desk.look()
    desk.hospital.broken = ()
    heir = Notices(desk.database, desk.hospital, desk.conversations, lambda: desk.now, library, emergencies)
    asyncio.run(heir.once())
    asyncio.run(heir.once())
    assert len(desk.outbox("she")) == 1 and desk.state("she").booking["hold"]


@pytest.mark.parametrize("dies", [False, True])
def test_what_was_decided_meanwhile_is_not_set_back(desk: Desk, dies: bool) -> None:
    desk.waits_for("she")
    desk.releases()
    desk.hospital.broken = ("told",)
    desk.look()
    desk.hospital.broken = ()
    desk.say("she", "不约了", "deny")
    if dies:
        desk.notices = Notices(desk.database, desk.hospital, desk.conversations, lambda: desk.now, library, emergencies)
    desk.look()
    assert not desk.state("she").booking and len(desk.outbox("she")) == 1


def test_in_an_emergency_the_slot_is_told_and_the_emergency_stays_in_front(desk: Desk) -> None:
    desk.conversations.alert("she", Alarm("pain", "belly-pain-severe", True), NOW)
    desk.waits_for("she")
    desk.releases()
    assert desk.look() == 1
    assert desk.outbox("she")[0]["buttons"] == [] and desk.state("she").waiting is None and desk.state("she").booking["hold"]
    assert desk.say("she", "确认", "affirm").replies[0].kind == "emergency"


# --- reports

def bound(desk: Desk, test: str) -> None:
    asyncio.run(desk.hospital.bind_by_code("she", CODES["p-1002"], NOW))
    order = asyncio.run(desk.hospital.orders("she", (test,), NOW)).orders[0]
    asyncio.run(desk.hospital.watch_report("she", order.id, NOW))


def becomes_visible(desk: Desk) -> None:
    order = desk.hospital._orders["demo-16"]
    desk.hospital._orders["demo-16"] = replace(order, visible=NOW)


@pytest.mark.parametrize("broken", [(), ("told_ready",), ("serve",)])
def test_a_report_is_told_once_when_it_can_be_seen(desk: Desk, broken: tuple[str, ...]) -> None:
    bound(desk, "infectious")
    assert desk.look() == 0
    becomes_visible(desk)
    desk.hospital.broken = broken
    desk.look()
    desk.hospital.broken = ()
    assert desk.look() == 0
    message, = desk.outbox("she")
    assert message["kind"] == "report" and words("test_infectious") in message["text"] and words("report_where") in message["text"]
    assert desk.state("she") == State(), "nothing is opened by it"
    assert asyncio.run(desk.hospital.ready(NOW)) == ()


def test_unbinding_ends_the_waiting(desk: Desk) -> None:
    bound(desk, "infectious")
    asyncio.run(desk.hospital.unbind("she", asyncio.run(desk.hospital.bindings("she"))[0].id, NOW))
    becomes_visible(desk)
    assert desk.look() == 0 and desk.outbox("she") == []


def test_the_hospital_is_asked_at_most_once_a_second(desk: Desk) -> None:
    bound(desk, "infectious")
    assert desk.notices.work() == 0
    becomes_visible(desk)
    assert desk.notices.work() == 0, "a moment later: not asked"


# --- a turn and a released slot at the same moment

def test_a_turn_that_began_before_a_slot_was_released_does_not_undo_what_was_told(desk: Desk) -> None:
    desk.waits_for("she")
    profile, state = desk.conversations.load("she")
    slow = turn("移植后能洗澡吗", "ask", profile=profile, state=state, now=NOW, hospital=desk.hospital, conversation="she")
    desk.releases()
    assert desk.look() == 1
    desk.conversations.save("she", slow, Outcome((), profile, replace(state, question="移植后能洗澡吗")))
    kept = desk.state("she")
    assert kept.question == "移植后能洗澡吗" and kept.booking["hold"] and kept.waiting == "booking"
    made = desk.say("she", "确认", "affirm")
    assert made.replies[0].status == "booked"


def test_a_slot_released_while_a_turn_is_saved_is_told_at_the_next_pass(desk: Desk) -> None:
    desk.waits_for("she")
    desk.releases()
    hits = asyncio.run(desk.hospital.serve(NOW))
    notice = desk.notices._released(hits[0])
    desk.say("she", "约周医生的普通号", "booking")          # the turn was faster
    assert desk.notices._queue(notice) is False and desk.outbox("she") == []
    assert desk.look() == 1 and len(desk.outbox("she")) == 1
