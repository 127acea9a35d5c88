"""What only the SQL hospital has: indexes that are used, a crowd, databases that fail or hold nonsense, and nothing readable of a person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text, update

from bot.clock import ZONE
from bot.hospital.demo import BUSY_DOCTOR, CODES, FREE_DOCTOR, PATIENTS, generate, seed
from bot.hospital.errors import HospitalUnavailable, NonsenseReply, SlotGone
from bot.hospital.memory import MemorySms
from bot.hospital.model import IdentityClaim, Person, SlotQuery, Window
from bot.hospital.sql import SqlHospital
from bot.hospital.sql_loading import load
from bot.hospital.sql_reports import orders_of
from bot.hospital.sql_schedules import asked, free_slots
from bot.hospital.tables import DoctorRow, SlotRow
from bot.hospital.world import OrderRecord, World
from bot.store.database import Database, engine, migrate
from bot.store.tables import Base

NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)
SECRET = b"a key that only the tests use"
DAY = (Window(date(2026, 11, 24), date(2026, 11, 24), "am"),)


@pytest.fixture
def seeded(database: Database) -> Database:
    seed(database, NOW, SECRET)
    load(database, World(orders=tuple(OrderRecord(f"more-{x}", f"p-{x % 900}", "amh", NOW - timedelta(days=x % 200)) for x in range(9000))), SECRET)
    if database.engine.dialect.name == "postgresql":
        with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("ANALYZE"))
    return database


@pytest.fixture(scope="module")
def one_doctor() -> World:
    """The demonstration with the slots of one doctor and three days."""
    whole = generate(NOW)
    return replace(whole, openings=tuple(x for x in whole.openings if x.doctor == FREE_DOCTOR and x.starts < NOW + timedelta(days=3)))


@pytest.fixture
def few(database: Database, one_doctor: World) -> Database:
    """A database with little in it, once of each kind."""
    load(database, one_doctor, SECRET)
    return database


@pytest.fixture
def small(tmp_path: Path, one_doctor: World) -> Iterator[Database]:
    """A SQLite file that a test may break."""
    url = f"sqlite:///{tmp_path / 'guide.db'}"
    migrate(url)
    made = Database(engine(url))
    load(made, one_doctor, SECRET)
    yield made
    made.engine.dispose()


def plan(database: Database, statement: Any) -> str:
    """How the database would run a statement."""
    word = "EXPLAIN QUERY PLAN" if database.engine.dialect.name == "sqlite" else "EXPLAIN"
    compiled: Any = statement.compile(database.engine, compile_kwargs={"render_postcompile": True})
    values = tuple(str(compiled.params[x]) for x in compiled.positiontup) if compiled.positional else compiled.params
    with database.engine.connect() as connection:
        return "\n".join(str(tuple(x)) for x in connection.exec_driver_sql(f"{word} {compiled}", values))


def test_every_question_uses_an_index(seeded: Database) -> None:
    queries = (SlotQuery(("expert",), (FREE_DOCTOR,), None, DAY), SlotQuery((), (FREE_DOCTOR, BUSY_DOCTOR)), SlotQuery(("regular",)),
               SlotQuery((), (), "urology"), SlotQuery(("cycle",), (), None, DAY), SlotQuery())
    plans = [plan(seeded, free_slots(x, NOW)) for x in queries]
    plans.append(plan(seeded, SlotRow.__table__.select().where(SlotRow.vacant.is_(False), *asked(queries[0], NOW))))
    assert all("ix_hospital_slot" in x or "uq_hospital_slot" in x for x in plans), plans
    orders = [plan(seeded, orders_of("p-1001", x, NOW)) for x in ((), ("amh",))]
    for told in (*plans, *orders):
        assert "Seq Scan" not in told and "SCAN hospital_" not in told.replace("USING INDEX", ""), told


def test_the_migration_makes_these_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert [x for x in found if "hospital_" in str(x)] == []


async def test_a_crowd_buys_each_slot_once(few: Database) -> None:
    hospital = SqlHospital(few, SECRET, MemorySms())
    offered = [x.id for x in (await hospital.free(SlotQuery(doctors=(FREE_DOCTOR,), limit=10), NOW)).slots]

    async def patient(number: int) -> str | None:
        person = Person(f"patient {number}")
        for turn in range(len(offered)):
            try:
                hold = await hospital.hold(offered[(number + turn) % len(offered)], person, f"{number}-{turn}", NOW)
            except SlotGone:
                continue
            return (await hospital.confirm(hold.id, person, NOW)).slot.id
        return None

    got = await asyncio.gather(*(patient(x) for x in range(40)))
    assert sorted(x for x in got if x is not None) == sorted(offered)
    kept = [[x.slot.id for x in await hospital.appointments(Person(f"patient {n}"), NOW)] for n in range(40)]
    assert kept == [[] if x is None else [x] for x in got]


async def test_two_processes_on_one_database_sell_once(few: Database) -> None:
    first = SqlHospital(few, SECRET, MemorySms())
    second = SqlHospital(Database(engine(str(few.engine.url))), SECRET, MemorySms())
    for slot in (await first.free(SlotQuery(doctors=(FREE_DOCTOR,), limit=10), NOW)).slots:
        done = await asyncio.gather(*(x.hold(slot.id, Person(f"{n}"), f"{slot.id}-{n}", NOW) for n, x in enumerate((first, second))),
                                    return_exceptions=True)
        assert sorted(type(x).__name__ for x in done) == ["Hold", "SlotGone"]
    second._database.engine.dispose()


async def test_watches_are_served_in_the_order_they_were_made(few: Database) -> None:
    hospital, wish = SqlHospital(few, SECRET, MemorySms()), SlotQuery(doctors=(FREE_DOCTOR,), windows=DAY)
    for number in range(30):
        await hospital.watch(wish, Person(f"w{number}"), NOW)
    order: list[str] = []
    while hits := await hospital.serve(NOW, limit=7):
        order += [x.watch.person.conversation for x in hits]
        await hospital.told([x.watch.id for x in hits])
    assert order == [f"w{x}" for x in range(30)]


async def test_two_desks_at_once_give_one_slot_to_one(few: Database) -> None:
    hospital = SqlHospital(few, SECRET, MemorySms())
    for number in range(8):
        await hospital.watch(SlotQuery(doctors=(FREE_DOCTOR,), windows=DAY), Person(f"w{number}"), NOW)
    await asyncio.gather(*(hospital.serve(NOW) for _ in range(4)))
    hits = await hospital.serve(NOW)
    assert [x.watch.person.conversation for x in hits] == [f"w{x}" for x in range(8)] and len({x.hold.slot.id for x in hits}) == 8


async def test_a_database_that_is_down_is_a_hospital_that_cannot_be_reached() -> None:
    hospital = SqlHospital(Database(engine("postgresql://postgres@127.0.0.1:1/nowhere")), SECRET, MemorySms())
    calls = (hospital.doctors(), hospital.free(SlotQuery(), NOW), hospital.hold("1", Person("me"), "r", NOW), hospital.serve(NOW),
             hospital.bind_by_code("me", CODES["p-1001"], NOW), hospital.claim_identity("me", IdentityClaim("王小雨", "x", "19900000001"), NOW))
    for call in calls:
        with pytest.raises(HospitalUnavailable) as told:
            await call
        assert not isinstance(told.value, NonsenseReply) and told.value.__cause__ is None
        assert not any(x in str(told.value) for x in ("王小雨", "me", "B7K2", "127.0.0.1"))


async def test_tables_that_are_missing_are_a_hospital_that_cannot_be_reached(tmp_path: Path) -> None:
    hospital = SqlHospital(Database(engine(f"sqlite:///{tmp_path / 'empty.db'}")), SECRET, MemorySms())
    with pytest.raises(HospitalUnavailable):
        await hospital.free(SlotQuery(), NOW)


async def test_a_writer_that_holds_the_file_makes_others_wait_not_fail(small: Database) -> None:
    hospital = SqlHospital(small, SECRET, MemorySms())
    slot = (await hospital.free(SlotQuery(doctors=(FREE_DOCTOR,)), NOW)).slots[0]
    with small.engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(hospital.hold(slot.id, Person("me"), "r", NOW))
        await asyncio.sleep(0.3)
        assert not waiting.done() and (await hospital.free(SlotQuery(doctors=(FREE_DOCTOR,)), NOW)).slots[0] == slot
        other.exec_driver_sql("ROLLBACK")
    assert (await waiting).slot == slot


@pytest.mark.parametrize("values", [{"visit_type": "magic"}, {"ends_at": datetime(2020, 1, 1)}])
async def test_nonsense_in_the_tables_is_named(small: Database, values: dict[str, Any]) -> None:
    hospital = SqlHospital(small, SECRET, MemorySms())
    slot = (await hospital.free(SlotQuery(doctors=(FREE_DOCTOR,)), NOW)).slots[0]
    with small.transaction() as session:
        session.execute(update(SlotRow).where(SlotRow.id == int(slot.id)).values(**values))
        session.commit()
    with pytest.raises(NonsenseReply):
        await hospital.free(SlotQuery(doctors=(FREE_DOCTOR,)), NOW)
    with pytest.raises(NonsenseReply):
        await hospital.hold(slot.id, Person("me"), "r", NOW)
    assert await hospital.appointments(Person("me"), NOW) == ()


async def test_a_doctor_with_an_unknown_visit_type_is_nonsense(small: Database) -> None:
    with small.transaction() as session:
        session.execute(update(DoctorRow).where(DoctorRow.id == FREE_DOCTOR).values(visit_types=["magic"]))
        session.commit()
    with pytest.raises(NonsenseReply):
        await SqlHospital(small, SECRET, MemorySms()).doctors()


async def test_the_file_holds_no_name_number_or_code(small: Database, tmp_path: Path) -> None:
    sms, patient = MemorySms(), PATIENTS[0]
    hospital = SqlHospital(small, SECRET, sms)
    await hospital.claim_identity("me", IdentityClaim(patient.name, patient.id_number, patient.phone), NOW)
    await hospital.bind_by_code("me", CODES[patient.id], NOW)
    family = (await hospital.invite_family("me", ["reports"], NOW)).code
    with small.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = b"".join(x.read_bytes() for x in tmp_path.glob("guide.db*"))
    assert b"hospital_patient" in raw and patient.label.encode() in raw
    for secret in (patient.name, patient.id_number, patient.card_number, patient.phone, CODES[patient.id], family, sms.sent[0][1] + "\n"):
        assert secret.encode() not in raw and secret.replace("-", "").encode() not in raw


async def test_a_clock_ahead_or_behind_loses_nothing(small: Database) -> None:
    """A hold asked for at one moment and confirmed at an earlier one, as two machines' clocks would have it."""
    hospital = SqlHospital(small, SECRET, MemorySms())
    slot = (await hospital.free(SlotQuery(doctors=(FREE_DOCTOR,)), NOW)).slots[0]
    await hospital.hold(slot.id, Person("me"), "r", NOW + timedelta(minutes=3))
    assert (await hospital.confirm("r", Person("me"), NOW)).slot == slot
