"""A PostgreSQL of the tests' own is brought down in the middle of a booking: told as not known, nothing booked twice and nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bot.clock import ZONE
from bot.hospital.demo import FREE_DOCTOR, seed
from bot.hospital.errors import HospitalUnavailable, SlotGone
from bot.hospital.memory import MemorySms
from bot.hospital.model import Person, SlotQuery
from bot.hospital.sql import SqlHospital
from bot.store.database import Database, engine, migrate
from tests.bot.dialogue.chat import Chat, words
from tests.safety.conftest import Server, postgres_server

NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)
SECRET = b"a key that only the tests use"
SHE, ANOTHER = Person("she"), Person("another")


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[Server, SqlHospital]]:
    with postgres_server() as (server, url):
        migrate(url)
        database = Database(engine(url))
        seed(database, NOW, SECRET)
        yield server, SqlHospital(database, SECRET, MemorySms())
        database.engine.dispose()


def test_a_confirmation_that_met_no_database_is_made_once_when_it_is_back(house: tuple[Server, SqlHospital]) -> None:
    server, hospital = house
    slot = asyncio.run(hospital.free(SlotQuery((), (FREE_DOCTOR,)), NOW)).slots[0]
    hold = asyncio.run(hospital.hold(slot.id, SHE, "request", NOW))
    server.stop()
    try:
        with pytest.raises(HospitalUnavailable):
            asyncio.run(hospital.confirm(hold.id, SHE, NOW))
        with pytest.raises(HospitalUnavailable):
            asyncio.run(hospital.free(SlotQuery((), (FREE_DOCTOR,)), NOW))
    finally:
        server.start()
    assert asyncio.run(hospital.appointments(SHE, NOW)) == ()
    made = asyncio.run(hospital.confirm(hold.id, SHE, NOW + timedelta(minutes=1)))
    assert made.slot.id == slot.id and asyncio.run(hospital.confirm(hold.id, SHE, NOW + timedelta(minutes=2))) == made
    assert [x.id for x in asyncio.run(hospital.appointments(SHE, NOW))] == [made.id]
    with pytest.raises(SlotGone):
        asyncio.run(hospital.hold(slot.id, ANOTHER, "late", NOW))


def test_in_the_chat_it_is_said_that_nobody_knows_and_the_same_word_books_it_later(house: tuple[Server, SqlHospital]) -> None:
    server, hospital = house
    chat = Chat(now=NOW, hospital=hospital, conversation="in the chat")
    chat.say("约周医生的普通号，周四上午", "booking", {"booking": 0.9})
    assert chat.say("1", "choose").replies[0].status == "held"
    server.stop()
    try:
        made = chat.say("确认", "affirm")
        assert made.replies[0].status == "unavailable" and made.replies[0].text in (words("booking_unsure"), words("booking_unchecked"))
        assert made.missed and "没有号" not in made.replies[0].text.replace("不是没有号", "")
    finally:
        server.start()
    assert chat.say("确认", "affirm").replies[0].status == "booked"
    assert len(asyncio.run(hospital.appointments(Person("in the chat"), NOW))) == 1
