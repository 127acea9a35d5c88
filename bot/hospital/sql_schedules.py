"""Departments, doctors and free slots from SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import and_, exists, func, or_, select

from bot.hospital.errors import UnknownDoctor
from bot.hospital.model import Alternatives, Availability, Department, Doctor, Session, Slot, SlotQuery, Window
from bot.hospital.ports import Schedules, earliest
from bot.hospital.rules import other_wishes, wide_open
from bot.hospital.sql_base import SqlPart, doctors_by_id, kept_time, slot_of
from bot.hospital.tables import DepartmentRow, SlotRow

STEP = timedelta(days=7)    # sessions are looked for week by week, so that the first few do not cost the whole schedule


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
            return tuple(doctors_by_id(session).values())

    async def free(self, query: SlotQuery, now: datetime) -> Availability:
        """See the port."""
        return await self._ask(self._free, query, now)

    def _free(self, query: SlotQuery, now: datetime) -> Availability:
        with self._reading() as session:
            doctors = doctors_by_id(session)
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
            doctors = doctors_by_id(session)
            _known(query, doctors)

            def first(tried: Sequence[SlotQuery]) -> Slot | None:
                rows = (session.execute(free_slots(x, now)).scalars().first() for x in tried)
                return next((slot_of(x, doctors) for x in rows if x is not None), None)

            found = [earliest([first(x) for x in wishes], query.limit) for wishes in other_wishes(query, doctors.values())]
            return Alternatives(found[0], found[1], found[2], now)

    async def sessions(self, query: SlotQuery, now: datetime) -> tuple[Session, ...]:
        """See the port."""
        return await self._ask(self._sessions, query, now)

    def _sessions(self, query: SlotQuery, now: datetime) -> tuple[Session, ...]:
        with self._reading() as session:
            doctors = doctors_by_id(session)
            _known(query, doctors)
            until, start = _until(session, now), kept_time(now)
            found: list[Session] = []
            while until is not None and start.date() <= until and len(found) < query.limit:
                stop = datetime.combine(start.date(), time()) + STEP
                found += _week(session, query, now, start, stop, doctors)
                start = stop
            return tuple(found[: query.limit])


def _week(session: Any, query: SlotQuery, now: datetime, start: datetime, stop: datetime, doctors: dict[str, Doctor]) -> list[Session]:
    """The sessions whose slots start from `start` on and before `stop`."""
    rows = session.execute(
        select(SlotRow).where(SlotRow.starts_at >= start, SlotRow.starts_at < stop, *asked(query, now))
    ).scalars().all()
    order = {"am": 0, "pm": 1, "evening": 2}
    ordered = sorted(rows, key=lambda x: (x.day, order[x.part], x.doctor_id, x.visit_type, x.starts_at))
    made = []
    for (day, part, doctor, _), group in groupby(ordered, key=lambda x: (x.day, x.part, x.doctor_id, x.visit_type)):
        slots = list(group)
        free = [x for x in slots if x.vacant and (x.held_until is None or x.held_until <= kept_time(now))]
        first = slot_of(slots[0], doctors)
        made.append(Session(doctors[doctor], first.visit_type, day, part, len(slots), len(free), slot_of(free[0], doctors) if free else None))
    return made


def _until(session: Any, now: datetime) -> date | None:
    """The last day with a schedule."""
    last = [session.execute(select(func.max(SlotRow.starts_at)).where(SlotRow.vacant.is_(x), SlotRow.starts_at > kept_time(now))).scalar()
            for x in (True, False)]
    return max((x.date() for x in last if x is not None), default=None)


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
