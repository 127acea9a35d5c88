"""Fills the tables of the SQL hospital from plain values; doing it again changes nothing that patients did meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from bot.hospital.codes import find_code, keyed_hash
from bot.hospital.model import Department, Doctor, Turnaround, part_of
from bot.hospital.sql_base import kept_time
from bot.hospital.tables import CodeRow, DepartmentRow, DoctorRow, OrderRow, PatientRow, SlotRow, TestRow
from bot.hospital.world import CodeRecord, Opening, OrderRecord, PatientRecord, World
from bot.store.database import Database

CHUNK = 5000
STEPS = ("collected", "in_lab", "preliminary", "released", "visible", "cancelled")
Item = TypeVar("Item")


def load(database: Database, world: World, secret: bytes) -> None:
    """Put a world into the tables, in one transaction. Departments, doctors, tests, patients and orders are brought up to date,
    openings and codes only added where they are missing."""
    with database.transaction() as session:
        for row in (*map(_department, world.departments), *map(_test, world.turnarounds)):
            session.merge(row)
        session.flush()
        for doctor in world.doctors:
            session.merge(_doctor(doctor))
        session.flush()
        add_openings(session, world.openings, {x.id: x.department for x in world.doctors})
        _merge(session, PatientRow, [_patient(x, secret) for x in world.patients], "id")
        _add_codes(session, world.codes, secret)
        put_orders(session, world.orders)
        session.commit()


def add_openings(session: Any, openings: Sequence[Opening], departments: dict[str, str]) -> int:
    """Add the openings that are not there yet.

    Args:
        departments: of each doctor.

    Returns:
        How many were new.
    """
    if not openings:
        return 0
    starts = [kept_time(x.starts) for x in openings]
    there = {(doctor, at) for doctor, at in session.execute(
        select(SlotRow.doctor_id, SlotRow.starts_at).where(SlotRow.starts_at.between(min(starts), max(starts)))
    )}
    rows = [
        {"doctor_id": x.doctor, "department_id": departments[x.doctor], "visit_type": x.visit_type, "day": at.date(), "part": part_of(at),
         "starts_at": at, "ends_at": kept_time(x.ends), "place_zh": x.place_zh, "place_en": x.place_en, "vacant": not x.taken}
        for x, at in zip(openings, starts) if (x.doctor, at) not in there
    ]
    _insert(session, SlotRow, rows)
    return len(rows)


def put_orders(session: Any, orders: Iterable[OrderRecord]) -> int:
    """Add orders, or bring those with the same number up to date; returns how many there were."""
    rows = [
        {"number": x.number, "patient_id": x.patient_id, "test": x.test, "ordered_at": kept_time(x.ordered), "platform": x.platform,
         **{f"{step}_at": _or_none(getattr(x, step)) for step in STEPS}}
        for x in orders
    ]
    return _merge(session, OrderRow, rows, "number")


def _department(x: Department) -> DepartmentRow:
    return DepartmentRow(id=x.id, zh=x.zh, en=x.en)


def _test(x: Turnaround) -> TestRow:
    return TestRow(code=x.test, least_hours=int(x.least.total_seconds() // 3600), most_hours=int(x.most.total_seconds() // 3600))


def _doctor(x: Doctor) -> DoctorRow:
    return DoctorRow(id=x.id, name=x.name, surname=x.surname, given=x.given, pinyin=x.pinyin, english=x.english, title_zh=x.title_zh,
                     title_en=x.title_en, department_id=x.department, visit_types=list(x.visit_types))


def _patient(x: PatientRecord, secret: bytes) -> dict[str, Any]:
    return {"id": x.id, "label": x.label, "name": keyed_hash(secret, "name", x.name), "id_number": keyed_hash(secret, "id", x.id_number),
            "card_number": keyed_hash(secret, "card", x.card_number), "phone": keyed_hash(secret, "phone", x.phone), "linked": list(x.linked)}


def _add_codes(session: Any, codes: Iterable[CodeRecord], secret: bytes) -> None:
    for one in codes:
        hidden = keyed_hash(secret, "code", find_code(one.code) or one.code)
        if session.get(CodeRow, hidden) is None:
            session.add(CodeRow(code=hidden, patient_id=one.patient_id, relation="self", scope=list(one.scope), until=_or_none(one.until),
                                once=one.once))
    session.flush()


def _merge(session: Any, table: Any, rows: list[dict[str, Any]], key: str) -> int:
    """Insert rows, or update those with the same key."""
    column, new = getattr(table, key), []
    for some in _chunks(rows, 500):
        there = {getattr(x, key): x for x in session.execute(select(table).where(column.in_([x[key] for x in some]))).scalars()}
        for row in some:
            if row[key] not in there:
                new.append(row)
                continue
            for name, value in row.items():
                setattr(there[row[key]], name, value)
    session.flush()
    _insert(session, table, new)
    return len(rows)


def _insert(session: Any, table: Any, rows: list[dict[str, Any]]) -> None:
    for some in _chunks(rows, CHUNK):
        session.execute(table.__table__.insert(), some)


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (items[x : x + size] for x in range(0, len(items), size))


def _or_none(moment: datetime | None) -> datetime | None:
    return None if moment is None else kept_time(moment)
