"""The demonstration hospital: it fits the facts that the evaluation's conversations name, and can be started again any day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.clock import ZONE
from bot.hospital.codes import find_code
from bot.hospital.demo import BUSY_DOCTOR, CODES, FREE_DOCTOR, PATIENTS, TURNAROUNDS, facts, generate, seed
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.hospital.model import ORDER_STATES, Person, SlotQuery, Window
from bot.hospital.naming import matching
from bot.hospital.sql import SqlHospital
from bot.hospital.tables import OrderRow, SlotRow
from bot.hospital.world import World
from bot.settings import ROOT
from bot.store.database import Database
from bot.text.terms import find_codes

NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)
SECRET = b"a key that only the tests use"


@pytest.fixture(scope="module")
def around() -> World:
    return generate(NOW)


@pytest.fixture
def memory(around: World) -> MemoryHospital:
    return MemoryHospital(around, MemorySms())


async def test_the_free_doctor_has_plenty(memory: MemoryHospital) -> None:
    days = (Window(date(2026, 11, 24), date(2026, 11, 27)),)
    found = await memory.sessions(SlotQuery(("expert", "regular"), (FREE_DOCTOR,), None, days, 99), NOW)
    assert sorted((x.day.day, x.part, x.visit_type) for x in found) == sorted(
        (day, part, kind) for day in (24, 25, 26, 27) for part in ("am", "pm") for kind in ("expert", "regular"))
    assert min(x.free for x in found) >= 10


async def test_the_busy_doctor_has_nothing_that_week_and_something_later(memory: MemoryHospital) -> None:
    week = await memory.free(SlotQuery((), (BUSY_DOCTOR,), None, (Window(date(2026, 11, 23), date(2026, 11, 29)),)), NOW)
    later = await memory.free(SlotQuery((), (BUSY_DOCTOR,), None, (Window(date(2026, 11, 30), date(2026, 12, 6)),)), NOW)
    assert (week.slots, week.scheduled) == ((), True) and later.slots


async def test_the_facts_name_them_and_a_code_that_works(memory: MemoryHospital) -> None:
    told, doctors = facts(), await memory.doctors()
    for who, doctor in (("free", FREE_DOCTOR), ("busy", BUSY_DOCTOR)):
        assert [x.id for x in matching(doctors, told[f"{who}_doctor_zh"])] == [x.id for x in matching(doctors, told[f"{who}_doctor_en"])] == [doctor]
    assert find_code(told["wrong_code"]) == told["wrong_code"] and told["wrong_code"] not in CODES.values()
    for conversation in ("a", "b"):     # each conversation binds with it anew
        await memory.bind_by_code(conversation, told["code"], NOW)
        ready = (await memory.orders(conversation, ("amh", "hcg", "chromosome"), NOW)).orders
        assert [x.state for x in ready] == ["visible", "visible", "in_lab"]


async def test_there_is_something_of_everything(memory: MemoryHospital) -> None:
    assert len(await memory.doctors()) >= 12 and len(await memory.departments()) == 3
    assert {x.visit_type for x in generate(NOW).openings} == {"regular", "expert", "cycle", "record"}
    sessions = await memory.sessions(SlotQuery(limit=500), NOW)
    assert any(x.free == 0 for x in sessions) and any(0 < x.free < x.slots for x in sessions)
    states: set[str] = set()
    for number, code in enumerate(CODES.values()):
        await memory.bind_by_code(str(number), code, NOW)
        states |= {x.state for x in (await memory.orders(str(number), (), NOW)).orders}
    assert states == set(ORDER_STATES)


def test_departments_and_tests_have_the_names_that_messages_use(around: World) -> None:
    assert all(find_codes(x.zh, "department") == [x.id] == find_codes(x.en, "department") for x in around.departments)
    assert len({x.test for x in TURNAROUNDS}) == len(TURNAROUNDS) == 45


def test_the_same_moment_gives_the_same_hospital(around: World) -> None:
    assert generate(NOW) == around


async def test_seeding_again_changes_nothing_and_a_later_day_adds_days(database: Database) -> None:
    seed(database, NOW, SECRET)

    def count() -> tuple[int, ...]:
        with database.transaction() as session:
            return tuple(session.execute(select(func.count()).select_from(x)).scalar() for x in (SlotRow, OrderRow))

    hospital, first = SqlHospital(database, SECRET, MemorySms()), count()
    slot = (await hospital.free(SlotQuery(doctors=(FREE_DOCTOR,)), NOW)).slots[0]
    made = await hospital.confirm((await hospital.hold(slot.id, Person("me"), "r", NOW)).id, Person("me"), NOW)
    seed(database, NOW, SECRET)
    assert count() == first and await hospital.appointments(Person("me"), NOW) == (made,)
    later = NOW + timedelta(days=9)
    seed(database, later, SECRET)
    assert count()[0] > first[0] and count()[1] == first[1]
    window = Window(later.date(), later.date() + timedelta(days=7))
    assert (await hospital.free(SlotQuery(doctors=(BUSY_DOCTOR,), windows=(window,)), later)).slots == ()
    await hospital.bind_by_code("me", facts()["code"], later)
    assert [x.state for x in (await hospital.orders("me", ("amh", "chromosome"), later)).orders] == ["visible", "in_lab"]


def test_the_documentation_names_the_patients_to_try() -> None:
    page = (ROOT / "docs" / "hospital.md").read_text(encoding="utf-8")
    assert all(f"| {x.name} | `{CODES[x.id]}` |" in page for x in PATIENTS)
    assert PATIENTS[0].id_number in page and PATIENTS[0].phone in page
