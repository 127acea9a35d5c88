"""Departments, doctors and free slots from SQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select

from bot.hospital.errors import NonsenseReply, UnknownDoctor
from bot.hospital.model import VISIT_TYPES, Alternatives, Availability, Department, Doctor, Session, Slot, SlotQuery, Window
from bot.hospital.ports import Schedules, earliest
from bot.hospital.rules import other_days, other_doctors, visit_type, wide_open
from bot.hospital.sql_base import SqlPart, home_of, kept_time, slot_of
from bot.hospital.tables import DepartmentRow, SlotRow

PARTS = ("am", "pm", "evening")


class SqlSchedules(SqlPart, Schedules):
    """Reads the schedule."""

    async def departments(self) -> tuple[Department, ...]:
        """See the port."""
        return await self._ask(self._departments)

    def _departments(self) -> tuple[Department, ...]:
        with self._reading() as session:
            return tuple(Department(x.id, x.zh, x.en) for x in session.execute(select(DepartmentRow).order_by(DepartmentRow.id)).scalars())

    async def doctors(self) -> tuple[Doctor, ...]:
        """See the port."""
        return await self._ask(self._doctors)

    def _doctors(self) -> tuple[Doctor, ...]:
        with self._reading() as session:
            return tuple(self._doctors_by_id(session).values())

    async def free(self, query: SlotQuery, now: datetime) -> Availability:
        """See the port."""
        return await self._ask(self._free, query, now)

    def _free(self, query: SlotQuery, now: datetime) -> Availability:
        with self._reading() as session:
            doctors = self._doctors_by_id(session)
            _known(query, doctors)
            rows = session.execute(free_slots(query, now)).scalars().all()
            slots = tuple(slot_of(x, doctors) for x in rows)
            scheduled = bool(slots) or any(
                session.execute(select(exists().where(SlotRow.vacant.is_(vacant), *asked(query, now)))).scalar() for vacant in (True, False)
            )
            return Availability(slots, now, scheduled, _until(session, now))

    async def alternatives(self, query: SlotQuery, now: datetime) -> Alternatives:
        """See the port; all of it in one transaction."""
        return await self._ask(self._alternatives, query, now)

    def _alternatives(self, query: SlotQuery, now: datetime) -> Alternatives:
        with self._reading() as session:
            doctors = self._doctors_by_id(session)
            _known(query, doctors)

            wanted, rest = query.visit_types or VISIT_TYPES, tuple(x for x in VISIT_TYPES if x not in (query.visit_types or VISIT_TYPES))
            later: dict[str, Slot] = {}
            for days in other_days(query):
                missing = tuple(x for x in wanted if x not in later)
                asks = replace(query, visit_types=missing, windows=days)
                later |= _first_each(session, asks, SlotRow.visit_type, now, doctors, len(missing))
            others = replace(query, doctors=other_doctors(query, doctors.values()), department=None)
            found = (
                later,
                _first_each(session, others, SlotRow.doctor_id, now, doctors, query.limit) if others.doctors else {},
                _first_each(session, replace(query, visit_types=rest), SlotRow.visit_type, now, doctors, len(rest)),
            )
            first, second, third = (earliest(tuple(x.values()), query.limit) for x in found)
            return Alternatives(first, second, third, now)

    async def sessions(self, query: SlotQuery, now: datetime) -> tuple[Session, ...]:
        """See the port."""
        return await self._ask(self._sessions, query, now)

    def _sessions(self, query: SlotQuery, now: datetime) -> tuple[Session, ...]:
        with self._reading() as session:
            doctors = self._doctors_by_id(session)
            _known(query, doctors)
            found: list[Any] = []
            start = _next(session, query, now, kept_time(now))
            while start is not None and len(found) < query.limit:       # day by day: the first few must not cost the whole schedule
                stop = datetime.combine(start.date(), time()) + timedelta(days=1)
                found += _counted(session, query, now, start, stop)
                start = _next(session, query, now, stop)
            return _sessions_of(session, found[: query.limit], doctors)


def _next(session: Any, query: SlotQuery, now: datetime, start: datetime) -> datetime | None:
    """When the first slot of the query, free or taken, starts from `start` on; None where there is none."""
    found: datetime | None = session.execute(
        select(SlotRow.starts_at).where(SlotRow.starts_at >= start, *asked(query, now)).order_by(SlotRow.starts_at).limit(1)
    ).scalar()
    return None if found is None else home_of(found).replace(tzinfo=None)


def _counted(session: Any, query: SlotQuery, now: datetime, start: datetime, stop: datetime) -> list[Any]:
    """The sessions whose slots start from `start` on and before `stop`, with their numbers of slots and free ones, in order."""
    free = case((and_(SlotRow.vacant.is_(True), or_(SlotRow.held_until.is_(None), SlotRow.held_until <= kept_time(now))), SlotRow.starts_at))
    key = (SlotRow.day, SlotRow.part, SlotRow.doctor_id, SlotRow.visit_type)
    rows = session.execute(
        select(*key, func.count().label("slots"), func.count(free).label("free"), func.min(free).label("first"))
        .where(SlotRow.starts_at >= start, SlotRow.starts_at < stop, *asked(query, now)).group_by(*key)
    ).all()
    return sorted(rows, key=lambda x: (x.day, PARTS.index(x.part), x.doctor_id, x.visit_type))


def _sessions_of(session: Any, counted: list[Any], doctors: dict[str, Doctor]) -> tuple[Session, ...]:
    """The sessions with their first free slots."""
    wanted = [and_(SlotRow.doctor_id == x.doctor_id, SlotRow.starts_at == x.first) for x in counted if x.first is not None]
    first: dict[tuple[str, datetime], Slot] = {}
    for place in range(0, len(wanted), 100):
        for row in session.execute(select(SlotRow).where(or_(*wanted[place : place + 100]))).scalars():
            first[row.doctor_id, row.starts_at] = slot_of(row, doctors)
    made = []
    for x in counted:
        kind = visit_type(x.visit_type)
        if kind is None or x.doctor_id not in doctors:
            raise NonsenseReply("a session of an unknown doctor or visit type")
        made.append(Session(doctors[x.doctor_id], kind, x.day, x.part, x.slots, x.free, None if x.first is None else first[x.doctor_id, x.first]))
    return tuple(made)


def _first_each(session: Any, query: SlotQuery, column: Any, now: datetime, doctors: dict[str, Doctor], most: int) -> dict[str, Slot]:
    """The earliest free slots of the query, each of another doctor or visit type, at most `most`."""
    found: dict[str, Slot] = {}
    while len(found) < most:
        row = session.execute(free_slots(replace(query, limit=1), now).where(column.not_in(list(found)))).scalar()
        if row is None:
            break
        found[getattr(row, column.key)] = slot_of(row, doctors)
    return found


def _until(session: Any, now: datetime) -> date | None:
    """The last day with a schedule."""
    last = session.execute(select(func.max(SlotRow.starts_at)).where(SlotRow.starts_at > kept_time(now))).scalar()
    return None if last is None else home_of(last).date()


def _known(query: SlotQuery, doctors: dict[str, Doctor]) -> None:
    strange = [x for x in query.doctors if x not in doctors]
    if strange:
        raise UnknownDoctor("no doctor has one of the ids asked for")


def free_slots(query: SlotQuery, now: datetime) -> Any:
    """The statement for free slots, earliest first."""
    return (
        select(SlotRow)
        .where(SlotRow.vacant.is_(True), or_(SlotRow.held_until.is_(None), SlotRow.held_until <= kept_time(now)), *asked(query, now))
        .order_by(SlotRow.starts_at, SlotRow.doctor_id)
        .limit(query.limit)
    )


def asked(query: SlotQuery, now: datetime) -> list[Any]:
    """The conditions of a query, and that the slot has not begun."""
    made = [SlotRow.starts_at > kept_time(now)]
    if query.visit_types:
        made.append(SlotRow.visit_type.in_(query.visit_types))
    if query.doctors:
        made.append(SlotRow.doctor_id.in_(query.doctors))
    if query.department is not None:
        made.append(SlotRow.department_id == query.department)
    if not wide_open(query):
        made.append(or_(*(_in_window(x) for x in query.windows)))
        made += _hull(query.windows)
    return made


def _in_window(window: Window) -> Any:
    made = []
    if window.from_ is not None:
        made.append(SlotRow.starts_at >= datetime.combine(window.from_, time()))
    if window.to is not None:
        made.append(SlotRow.starts_at <= datetime.combine(window.to, time.max))
    if window.part is not None:
        made.append(SlotRow.part == window.part)
    return and_(*made)


def _hull(windows: tuple[Window, ...]) -> list[Any]:
    """First and last moment of all windows: bounds that an index can use, which alternatives joined by "or" are not."""
    made, first, last = [], [x.from_ for x in windows], [x.to for x in windows]
    if None not in first:
        made.append(SlotRow.starts_at >= datetime.combine(min(x for x in first if x), time()))
    if None not in last:
        made.append(SlotRow.starts_at <= datetime.combine(max(x for x in last if x), time.max))
    return made
