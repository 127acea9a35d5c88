"""Long random stories, told to the hospital in memory and to the SQL one: both must answer alike at every step."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.hospital.errors import HospitalError
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.hospital.model import Person, Slot, SlotQuery, Window
from bot.hospital.ports import Hospital
from bot.hospital.sql import SqlHospital
from bot.hospital.sql_loading import load
from bot.store.database import Database
from tests.contract.conftest import NOW, SECRET, emptied, world

PEOPLE = [Person(x) for x in ("a", "b", "c")]
WISHES = [SlotQuery(("expert",), ("a",)), SlotQuery((), ("a", "c")), SlotQuery(("regular",)), SlotQuery((), (), "urology")]


class Told:
    """One hospital, and what its ids stand for, so that two can be compared."""

    def __init__(self, hospital: Hospital) -> None:
        self.hospital = hospital
        self.slots: list[str] = []
        self.appointments: list[str] = []
        self.hits: list[tuple[str, str, str]] = []
        self.last: dict[str, str] = {}

    async def begin(self) -> None:
        self.slots = [x.id for x in (await self.hospital.free(SlotQuery(limit=50), NOW)).slots]

    async def do(self, step: str, turn: int, rng: random.Random, now: Any) -> object:
        """One step; what it led to, without ids."""
        h, person, number = self.hospital, rng.choice(PEOPLE), rng.randrange(4)
        request, slot, some = f"{person.conversation}{turn // 8}", rng.choice(self.slots), rng.random()
        old = self.appointments[int(some * len(self.appointments))] if self.appointments else "0"
        if step in ("hold", "move"):
            made_hold = await h.hold(slot, person, request, now, moving=old if step == "move" else None)
            self.last[person.conversation] = request
            return made_hold.slot.starts
        request = self.last.get(person.conversation, request)
        if step in ("confirm", "reschedule"):
            made = await (h.confirm(request, person, now) if step == "confirm" else h.reschedule(old, request, person, now))
            if made.id not in self.appointments:
                self.appointments.append(made.id)
            return made.slot.starts, made.state, self.appointments.index(made.id)
        if step == "release":
            return await h.release(request, person, now)
        if step == "cancel":
            return (await h.cancel(old, person, now)).state
        if step == "watch":
            return (await h.watch(WISHES[number], person, now)).place
        if step == "take" and self.hits:
            who, hold, watch = self.hits[int(some * len(self.hits))]
            await h.told([watch])
            made = await h.confirm(hold, Person(who), now)
            if made.id not in self.appointments:
                self.appointments.append(made.id)
            return made.slot.starts
        hits = await h.serve(now)
        self.hits = [(x.watch.person.conversation, x.hold.id, x.watch.id) for x in hits]
        return [(x.watch.person.conversation, x.hold.slot.starts, x.hold.until) for x in hits]

    async def everything(self, now: Any) -> object:
        """What can be seen from outside."""
        free = [(x.doctor.id, x.starts) for x in (await self.hospital.free(SlotQuery(limit=50), now)).slots]
        mine = [[x.slot.starts for x in await self.hospital.appointments(p, now)] for p in PEOPLE]
        return free, mine, [[x.place for x in await self.hospital.watching(p.conversation, now)] for p in PEOPLE]


async def tell_the_same(pair: list[Told], seed: int, story: int, turns: int) -> datetime:
    """A random story told to two hospitals, which have to answer and to look alike at every step; the moment at which it ends."""
    for one in pair:
        await one.begin()
    rng, now, before = random.Random(seed), NOW, []
    for turn in range(turns):
        step = rng.choice(["hold", "hold", "hold", "move", "confirm", "confirm", "confirm", "reschedule", "release", "cancel", "cancel", "watch", "serve", "take"])
        now += timedelta(minutes=rng.choice([0, 0, 1, 4]))
        answers = []
        for one in pair:
            try:
                answers.append(await one.do(step, turn, random.Random(f"{story} {turn}"), now))
            except HospitalError as error:
                answers.append(type(error).__name__)
        before.append((step, now.strftime("%H:%M"), answers))
        assert answers[0] == answers[1] and await pair[0].everything(now) == await pair[1].everything(now), before[-5:]
    assert pair[0].appointments      # the story had something in it
    return now


@pytest.mark.parametrize("story", range(6))
async def test_memory_and_sql_tell_the_same_story(sqlite_database: Database, story: int) -> None:
    load(emptied(sqlite_database), world(), SECRET)
    pair = [Told(MemoryHospital(world(), MemorySms())), Told(SqlHospital(sqlite_database, SECRET, MemorySms()))]
    await tell_the_same(pair, story, story, 60)


QUERIES = [
    SlotQuery(kinds, doctors, department, windows, limit)
    for kinds in ((), ("expert",), ("regular", "cycle")) for doctors, department in (((), None), (("b",), None), (("a", "c"), None), ((), "urology"))
    for windows in ((), (Window(date(2026, 11, 25), date(2026, 11, 25)),), (Window(date(2026, 11, 24), date(2026, 11, 26), "am"), Window(None, date(2026, 11, 22))))
    for limit in (1, 5)
]


async def test_memory_and_sql_see_the_same_schedule(sqlite_database: Database) -> None:
    load(emptied(sqlite_database), world(), SECRET)
    memory, sql = MemoryHospital(world(), MemorySms()), SqlHospital(sqlite_database, SECRET, MemorySms())

    def plain(slots: Sequence[Slot | None]) -> list[object]:
        return [x and (x.doctor.id, x.visit_type, x.starts) for x in slots]

    for query in QUERIES:
        told = []
        for one in (memory, sql):
            free, other, sessions = await one.free(query, NOW), await one.alternatives(query, NOW), await one.sessions(query, NOW)
            told.append((plain(free.slots), free.scheduled, free.until, plain(other.later), plain(other.doctors), plain(other.visit_types),
                         [(x.doctor.id, x.visit_type, x.day, x.part, x.slots, x.free) for x in sessions], plain([x.first for x in sessions])))
        assert told[0] == told[1], query
