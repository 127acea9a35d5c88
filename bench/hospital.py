"""How fast and how right the SQL hospital is at full size: `python -m bench.hospital [sqlite|postgresql …]`.

100,000 slots and 1,000,000 test orders; 200 patients who grab 50 slots at once; 10,000 patients who wait for one doctor.
PostgreSQL is the one at 127.0.0.1:5432 (user postgres), in a database of its own that is dropped afterwards.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import text

from bot.clock import ZONE
from bot.hospital.codes import new_code
from bot.hospital.demo import DEPARTMENTS, TURNAROUNDS
from bot.hospital.errors import SlotGone
from bot.hospital.memory import MemorySms
from bot.hospital.model import Doctor, Person, SlotQuery, VisitType, Window
from bot.hospital.sql import SqlHospital
from bot.hospital.sql_loading import load
from bot.hospital.tables import OrderRow
from bot.hospital.world import CodeRecord, Opening, PatientRecord, World
from bot.store.database import Database, engine, migrate

NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)
SECRET = b"a key that only the bench uses"
DOCTORS, DAYS, PER_DAY = 60, 42, 40             # 100,800 slots
PATIENTS, ORDERS_EACH = 50_000, 20              # 1,000,000 orders
KINDS: tuple[VisitType, ...] = ("regular", "expert", "cycle", "record")
ASKED = 300
Result = TypeVar("Result")


def world(rng: random.Random) -> World:
    """Everything but the orders; the first doctor has nothing left."""
    doctors = tuple(
        Doctor(f"d{n}", f"周{n}", "周", str(n), f"zhou {n}", f"Zhou {n}", "", "", DEPARTMENTS[n % 3].id, KINDS) for n in range(DOCTORS)
    )
    openings = tuple(
        Opening(one.id, KINDS[place % 4], start, start + timedelta(minutes=10), taken=one.id == "d0" or rng.random() < 0.8)
        for one in doctors for day in range(1, DAYS + 1) for place in range(PER_DAY)
        for start in (datetime(2026, 11, 22, 8, tzinfo=ZONE) + timedelta(days=day, minutes=10 * place),)
    )
    patients = tuple(PatientRecord(f"p{n}", "王**", f"n{n}", f"i{n}", f"c{n}", f"t{n}") for n in range(500))
    codes = tuple(CodeRecord(new_code(), x.id) for x in patients)
    return World(DEPARTMENTS, doctors, openings, patients, codes, TURNAROUNDS)


def add_orders(made: Database, rng: random.Random) -> None:
    """The orders of all patients, straight into the table."""
    now = NOW.replace(tzinfo=None)
    codes = [x.test for x in TURNAROUNDS]
    for first in range(0, PATIENTS, 500):
        rows = []
        for patient in range(first, first + 500):
            for place in range(ORDERS_EACH):
                at = now - timedelta(hours=rng.randrange(1, 24 * 300))
                rows.append({"number": f"o{patient}-{place}", "patient_id": f"p{patient}", "test": rng.choice(codes), "ordered_at": at,
                             "collected_at": at, "in_lab_at": at, "released_at": at + timedelta(hours=9)})
        with made.engine.begin() as connection:
            connection.execute(OrderRow.__table__.insert(), rows)


@contextmanager
def database(kind: str) -> Iterator[Database]:
    """A fresh, migrated database of a kind."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield from _open(f"sqlite:///{Path(folder) / 'bench.db'}")
        return
    server = engine("postgresql://postgres@127.0.0.1:5432/postgres").execution_options(isolation_level="AUTOCOMMIT")
    name = f"ivf_guide_bench_{secrets.token_hex(4)}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
        try:
            yield from _open(f"postgresql://postgres@127.0.0.1:5432/{name}")
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def _open(url: str) -> Iterator[Database]:
    migrate(url)
    made = Database(engine(url))
    try:
        yield made
    finally:
        made.engine.dispose()


async def timed(what: str, ask: Callable[[int], Awaitable[object]], times: int = ASKED) -> None:
    """Median and 95th percentile of one call after the other, the first left out."""
    await ask(0)
    taken = []
    for number in range(times):
        started = time.perf_counter()
        await ask(number)
        taken.append(1000 * (time.perf_counter() - started))
    taken.sort()
    print(f"  {what:<42} p50 {taken[times // 2]:6.1f} ms   p95 {taken[int(times * 0.95)]:6.1f} ms")


async def answers(hospital: SqlHospital, filled: World) -> None:
    """What the two dialogues ask."""
    conversations = []
    for number, code in enumerate(filled.codes):
        conversations.append(f"c{number}")
        await hospital.bind_by_code(conversations[-1], code.code, NOW)
    day = date(2026, 11, 24)
    week = (Window(day, day + timedelta(days=6)),)
    await timed("free: a doctor, a day", lambda n: hospital.free(SlotQuery(("expert",), (f"d{1 + n % 59}",), None, (Window(day, day, "am"),)), NOW))
    await timed("free: a visit type, a week", lambda n: hospital.free(SlotQuery((KINDS[n % 4],), (), None, week), NOW))
    await timed("free: a department, any day", lambda n: hospital.free(SlotQuery((), (), DEPARTMENTS[n % 3].id), NOW))
    await timed("free: anything", lambda n: hospital.free(SlotQuery(), NOW))
    full = SlotQuery(("expert",), ("d0",), None, week)
    await timed("full: free, then alternatives", lambda n: _full(hospital, full))
    await timed("sessions: a doctor, a week", lambda n: hospital.sessions(SlotQuery((), (f"d{1 + n % 59}",), None, week, 10), NOW))
    await timed("sessions: anything", lambda n: hospital.sessions(SlotQuery(limit=10), NOW), 60)
    await timed("orders: all recent ones", lambda n: hospital.orders(conversations[n % 500], (), NOW))
    await timed("orders: two tests", lambda n: hospital.orders(conversations[n % 500], ("amh", "hcg"), NOW))


async def _full(hospital: SqlHospital, query: SlotQuery) -> None:
    await hospital.free(query, NOW)
    await hospital.alternatives(query, NOW)


async def rush(hospital: SqlHospital) -> None:
    """200 patients, 50 slots of one doctor, all at once; each looks what is free and takes one of it, until she has one or nothing is left."""
    days = (Window(date(2026, 12, 1), date(2026, 12, 31)),)
    last = (await hospital.free(SlotQuery((), ("d7",), None, days, 50), NOW)).slots[-1].day
    query = SlotQuery((), ("d7",), None, (Window(date(2026, 12, 1), last),), 100)
    there = {x.id for x in (await hospital.free(query, NOW)).slots}
    sold: dict[str, int] = {}
    waits: list[float] = []

    async def answered(call: Awaitable[Result]) -> Result:
        started = time.perf_counter()
        try:
            return await call
        finally:
            waits.append(time.perf_counter() - started)

    async def patient(number: int) -> bool:
        person, rng = Person(f"rush {number}"), random.Random(number)
        for turn in range(1000):
            free = (await answered(hospital.free(query, NOW))).slots
            if not free:
                return False
            try:
                hold = await answered(hospital.hold(rng.choice(free).id, person, f"rush {number} {turn}", NOW))
            except SlotGone:
                continue
            made = await answered(hospital.confirm(hold.id, person, NOW))
            sold[made.slot.id] = sold.get(made.slot.id, 0) + 1
            return True
        raise AssertionError("a patient never got an answer")

    started = time.perf_counter()
    got = await asyncio.gather(*(patient(x) for x in range(200)))
    taken = time.perf_counter() - started
    booked = [len(await hospital.appointments(Person(f"rush {x}"), NOW)) for x in range(200)]
    print(f"  200 patients, {len(there)} slots: {sum(got)} got one, {len(sold)} slots sold, most often {max(sold.values())} times, "
          f"told as it is: {booked == [int(x) for x in got]}; {taken:.1f} s, {len(waits)} answers, longest {max(waits):.2f} s")


async def watches(hospital: SqlHospital) -> None:
    """10,000 patients wait for the doctor who has nothing left; then 10,000 slots of hers are given back."""
    wish = SlotQuery((), ("d0",), None, ())
    for number in range(10_000):
        await hospital.watch(wish, Person(f"w{number}"), NOW)
    with hospital._database.transaction() as session:
        first = datetime(2027, 2, 1, 8)
        session.execute(text("DELETE FROM hospital_slot WHERE doctor_id = 'd0'"))
        session.commit()
    openings = tuple(Opening("d0", "expert", at, at + timedelta(minutes=1)) for n in range(10_000)
                     for at in ((first + timedelta(days=n // 400, minutes=n % 400)).replace(tzinfo=ZONE),))
    load(hospital._database, World(doctors=tuple(x for x in await hospital.doctors() if x.id == "d0"), openings=openings), SECRET)
    started, order = time.perf_counter(), []
    while hits := await hospital.serve(NOW):
        order += [x.watch.person.conversation for x in hits]
        await hospital.told([x.watch.id for x in hits])
    print(f"  10,000 watches served in order: {order == [f'w{x}' for x in range(10_000)]}, in {time.perf_counter() - started:.1f} s")


def main(kinds: list[str]) -> None:
    """Command line."""
    for kind in kinds or ["sqlite", "postgresql"]:
        rng = random.Random(7)
        with database(kind) as made:
            filled, started = world(rng), time.perf_counter()
            load(made, filled, SECRET)
            add_orders(made, rng)
            print(f"{kind}: {len(filled.openings):,} slots and {PATIENTS * ORDERS_EACH:,} orders loaded in {time.perf_counter() - started:.0f} s")
            if kind == "postgresql":
                with made.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                    connection.execute(text("ANALYZE"))
            hospital = SqlHospital(made, SECRET, MemorySms())
            asyncio.run(answers(hospital, filled))
            asyncio.run(rush(hospital))
            asyncio.run(watches(hospital))


if __name__ == "__main__":
    main(sys.argv[1:])
