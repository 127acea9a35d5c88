"""Watches in SQL: a slot that is given back is held at once for the first who waits for one like it."""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select, update

from bot.hospital.errors import NotBound
from bot.hospital.model import HOLD, Hold, Person, Slot, SlotQuery, Watch, WatchHit
from bot.hospital.ports import Watches
from bot.hospital.rules import guard, last_day, matches, query_from_json, query_to_json, signature
from bot.hospital.sql_base import SqlPart, home_of, kept_time, may_act, row_id, slot_of
from bot.hospital.sql_schedules import asked
from bot.hospital.tables import AppointmentRow, HoldRow, SlotRow, WatchRow
from bot.store.database import changed

LOCK = "hospital watches"       # one at a time gives slots to those who wait
AT_ONCE = 1000


class _Free(NamedTuple):
    """A free slot, as little of it as giving it away needs."""

    id: int
    doctor_id: str
    day: date


class _Waiting(NamedTuple):
    """A watch that waits, as little of it as that."""

    id: int
    conversation: str
    patient_id: str | None
    signature: str


class SqlWatches(SqlPart, Watches):
    """Keeps and serves watches."""

    async def watch(self, query: SlotQuery, person: Person, now: datetime) -> Watch:
        """See the port."""
        return await self._ask(self._watch, query, person, now)

    def _watch(self, query: SlotQuery, person: Person, now: datetime) -> Watch:
        wish = signature(query)
        key = f"{person.conversation}:{wish}"
        with self._writing(key) as session:
            if self._needs_card and person.patient_id is None:
                raise NotBound("this hospital books for bound patients only")
            may_act(session, person, "booking")
            row = session.execute(select(WatchRow).where(WatchRow.guard == key)).scalar()
            if row is None:
                row = WatchRow(conversation=person.conversation, patient_id=person.patient_id, query=query_to_json(query), signature=wish,
                               guard=key, since=kept_time(now), last_day=last_day(query), state="waiting")
                session.add(row)
                session.flush()
            return _watch_of(session, row)

    async def watching(self, conversation: str, now: datetime) -> tuple[Watch, ...]:
        """See the port."""
        return await self._ask(self._watching, conversation, now)

    def _watching(self, conversation: str, now: datetime) -> tuple[Watch, ...]:
        with self._reading() as session:
            rows = session.execute(
                select(WatchRow).where(WatchRow.conversation == conversation, WatchRow.state == "waiting", _lasts(now)).order_by(WatchRow.id)
            ).scalars().all()
            return tuple(_watch_of(session, x) for x in rows)

    async def unwatch(self, watch_id: str, conversation: str) -> None:
        """See the port."""
        await self._ask(self._unwatch, watch_id, conversation)

    def _unwatch(self, watch_id: str, conversation: str) -> None:
        with self._writing() as session:
            session.execute(delete(WatchRow).where(WatchRow.id == row_id(watch_id), WatchRow.conversation == conversation,
                                                   WatchRow.state == "waiting"))

    async def serve(self, now: datetime, keep: timedelta = HOLD, limit: int = AT_ONCE) -> tuple[WatchHit, ...]:
        """See the port."""
        return await self._ask(self._serve, now, keep, limit)

    def _serve(self, now: datetime, keep: timedelta, limit: int) -> tuple[WatchHit, ...]:
        with self._writing(LOCK) as session:
            _put_back(session, now)
            offer(session, now, keep, limit, locked=True)
            rows = session.execute(
                select(WatchRow, HoldRow, SlotRow).join(HoldRow, HoldRow.request == WatchRow.hold).join(SlotRow, SlotRow.id == HoldRow.slot_id)
                .where(WatchRow.state == "served").order_by(WatchRow.id).limit(limit)
            ).all()
            doctors = self._doctors_by_id(session)
            return tuple(
                WatchHit(_value(watch, 0), Hold(hold.request, slot_of(slot, doctors), home_of(hold.until))) for watch, hold, slot in rows
            )

    async def told(self, watch_ids: Sequence[str]) -> None:
        """See the port."""
        await self._ask(self._told, [row_id(x) for x in watch_ids])

    def _told(self, ids: list[int]) -> None:
        with self._writing(LOCK) as session:
            for start in range(0, len(ids), 500):
                changed(session, delete(WatchRow).where(WatchRow.id.in_(ids[start : start + 500]), WatchRow.state == "served"))


def _lasts(now: datetime) -> Any:
    return or_(WatchRow.last_day.is_(None), WatchRow.last_day >= now.date())


def _watch_of(session: Any, row: WatchRow) -> Watch:
    before = session.execute(
        select(func.count()).where(WatchRow.state == "waiting", WatchRow.signature == row.signature, WatchRow.id < row.id)
    ).scalar()
    return _value(row, int(before))


def _value(row: WatchRow, place: int) -> Watch:
    return Watch(str(row.id), Person(row.conversation, row.patient_id), query_from_json(row.query), home_of(row.since), place)


def _put_back(session: Any, now: datetime) -> None:
    """Watches whose hold ended before anybody was told wait again, in their place; those whose last day has passed or whose slot is booked are over."""
    ended = select(HoldRow.request).where(or_(HoldRow.until <= kept_time(now), HoldRow.state == "released"))
    changed(session, update(WatchRow).where(WatchRow.state == "served", WatchRow.hold.in_(ended)).values(state="waiting", hold=None))
    booked = select(HoldRow.request).where(HoldRow.state == "confirmed")
    changed(session, delete(WatchRow).where(WatchRow.state == "served", WatchRow.hold.in_(booked)))
    changed(session, delete(WatchRow).where(WatchRow.state == "waiting", WatchRow.last_day < now.date()))


def offer(
    session: Any, now: datetime, keep: timedelta, limit: int = AT_ONCE, locked: bool = False, freed: Sequence[Slot] | None = None
) -> None:
    """Hold free slots for those who wait longest, one each, in the caller's transaction.

    Args:
        locked: whether the caller has the lock already.
        freed: slots just given back, where only the wishes that they meet need looking at; None for all wishes.

    Called where a slot is given back, so that nobody who came later gets it, and again by the desk for holds that ran out.
    Where somebody else is at it just now (PostgreSQL), it is left to the desk's next round.
    """
    if not locked and session.get_bind().dialect.name != "sqlite" and not session.execute(
        select(func.pg_try_advisory_xact_lock(func.hashtextextended(LOCK, 0)))
    ).scalar():
        return
    first = select(func.min(WatchRow.id)).where(WatchRow.state == "waiting", _lasts(now)).group_by(WatchRow.signature)
    rows = session.execute(select(WatchRow.signature, WatchRow.query).where(WatchRow.id.in_(first))).all()
    wishes = {x.signature: query_from_json(x.query) for x in rows}
    if freed is not None:
        wishes = {wish: query for wish, query in wishes.items() if any(matches(query, x) for x in freed)}
    free = {wish: found for wish, query in wishes.items() if (found := _free_for(session, query, now, limit))}
    if free:
        _write(session, list(_give(free, _waiting(session, free, now), _booked(session, free, now), limit)), now, keep)


def _free_for(session: Any, query: SlotQuery, now: datetime, limit: int) -> list[_Free]:
    """Free slots of a wish, earliest first; those that another transaction is just taking are passed over."""
    rows = session.execute(
        select(SlotRow.id, SlotRow.doctor_id, SlotRow.day)
        .where(SlotRow.vacant.is_(True), or_(SlotRow.held_until.is_(None), SlotRow.held_until <= kept_time(now)), *asked(query, now))
        .order_by(SlotRow.starts_at, SlotRow.doctor_id).limit(limit).with_for_update(skip_locked=True)
    ).all()
    return [_Free(*x) for x in rows]


def _waiting(session: Any, free: dict[str, list[_Free]], now: datetime) -> Iterator[_Waiting]:
    """Those who wait for one of the wishes that can be met, longest first; of each wish no more than slots are free."""
    columns = (WatchRow.id, WatchRow.conversation, WatchRow.patient_id, WatchRow.signature)
    queues = [
        session.execute(select(*columns).where(WatchRow.state == "waiting", WatchRow.signature == wish, _lasts(now))
                        .order_by(WatchRow.id).limit(len(slots))).all()
        for wish, slots in free.items()
    ]
    return (_Waiting(*x) for x in heapq.merge(*queues, key=lambda x: x.id))


def _booked(session: Any, free: dict[str, list[_Free]], now: datetime) -> set[str]:
    """Guards of the appointments with the doctors concerned: nobody is offered a second one of a day."""
    doctors = {x.doctor_id for slots in free.values() for x in slots}
    return set(session.execute(
        select(AppointmentRow.guard).join(SlotRow, SlotRow.id == AppointmentRow.slot_id)
        .where(AppointmentRow.guard.is_not(None), SlotRow.vacant.is_(False), SlotRow.doctor_id.in_(doctors), SlotRow.starts_at > kept_time(now))
    ).scalars())


def _give(free: dict[str, list[_Free]], waiting: Iterator[_Waiting], booked: set[str], limit: int) -> Iterator[tuple[_Waiting, _Free]]:
    """Who gets which slot: in the order of waiting, the earliest that fits; one conversation gets one at a time."""
    taken: set[int] = set()
    served: set[str] = set()
    next_of = dict.fromkeys(free, 0)
    for one in waiting:
        slots = free[one.signature]
        while next_of[one.signature] < len(slots) and slots[next_of[one.signature]].id in taken:
            next_of[one.signature] += 1
        if one.conversation in served:
            continue
        person = Person(one.conversation, one.patient_id)
        rest = (slots[x] for x in range(next_of[one.signature], len(slots)))
        fit = next((x for x in rest if x.id not in taken and guard(person, x.doctor_id, x.day) not in booked), None)
        if fit is not None and len(taken) < limit:
            taken.add(fit.id)
            served.add(one.conversation)
            yield one, fit


def _write(session: Any, given: list[tuple[_Waiting, _Free]], now: datetime, keep: timedelta) -> None:
    """Holds, slots and watches of what was given, three statements for all of them."""
    if not given:
        return
    until = kept_time(now + keep)
    names = [f"watch-{watch.id}-{secrets.token_hex(6)}" for watch, _ in given]
    connection = session.connection()
    connection.execute(HoldRow.__table__.insert(), [
        {"request": name, "slot_id": slot.id, "conversation": watch.conversation, "patient_id": watch.patient_id, "until": until, "state": "held"}
        for name, (watch, slot) in zip(names, given)
    ])
    slots, watches = SlotRow.__table__, WatchRow.__table__
    connection.execute(
        slots.update().where(slots.c.id == bindparam("slot"))
        .values(held_until=until, held_by=bindparam("name"), held_for=bindparam("conversation")),
        [{"slot": slot.id, "name": name, "conversation": watch.conversation} for name, (watch, slot) in zip(names, given)],
    )
    connection.execute(
        watches.update().where(watches.c.id == bindparam("watch")).values(state="served", hold=bindparam("name")),
        [{"watch": watch.id, "name": name} for name, (watch, _) in zip(names, given)],
    )
