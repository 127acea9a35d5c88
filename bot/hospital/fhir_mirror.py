"""The SQL side of a FHIR hospital: what the server said of slots, appointments, patients and orders, in the tables that the SQL hospital reads.

The functions work in the caller's transaction. A slot's row tells two things: what the server last said, and what we want it to say.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, or_, select

from bot.hospital.codes import keyed_hash
from bot.hospital.fhir_mapping import Directory, RemotePatient, RemoteSlot, ScheduleInfo
from bot.hospital.fhir_profile import Profile
from bot.hospital.model import SCOPES, Department, VisitType, part_of
from bot.hospital.sql_base import kept_time
from bot.hospital.tables import (
    AppointmentRow,
    BindingRow,
    CodeRow,
    DepartmentRow,
    DoctorRow,
    FhirAppointmentRow,
    FhirSlotRow,
    FhirStateRow,
    HoldRow,
    OrderRow,
    PatientRow,
    ReportWatchRow,
    SlotRow,
    TestRow,
)
from bot.store.database import changed

CHUNK = 500


@dataclass(frozen=True)
class Wanted:
    """What a slot should be on the server.

    Attributes:
        remote: the server's id.
        status, token: as they should be; a free slot has no mark of ours.
        known: marks that are ours: a slot under one of them may be changed.
        settled: whether the server said just that when it was last asked.
        until: end of a hold.
    """

    remote: str
    status: str
    token: str | None
    known: frozenset[str]
    settled: bool


def token_for(secret: bytes, request: str) -> str:
    """The mark of a request on the server: it tells nobody anything and is the same for the same request."""
    return hmac.new(secret, f"fhir request\0{request}".encode(), hashlib.sha256).hexdigest()[:40]


# how far the server has been read


def state(session: Any, name: str) -> str | None:
    """A value kept under a name."""
    row = session.get(FhirStateRow, name)
    return None if row is None else str(row.value)


def keep_state(session: Any, name: str, value: str) -> None:
    """Keep a value under a name."""
    session.merge(FhirStateRow(name=name, value=value))


# doctors


def put_directory(session: Any, directory: Directory, profile: Profile) -> None:
    """Bring departments and doctors up to date. None is deleted: slots and appointments of the past name them."""
    for one in profile.departments:
        session.merge(DepartmentRow(id=one.id, zh=one.zh, en=one.en))
    session.flush()
    for x in directory.doctors.values():
        session.merge(DoctorRow(id=x.id, name=x.name, surname=x.surname, given=x.given, pinyin=x.pinyin, english=x.english, title_zh=x.title_zh,
                                title_en=x.title_en, department_id=x.department, visit_types=list(x.visit_types)))
    session.flush()


def departments_of(directory: Directory, profile: Profile) -> tuple[Department, ...]:
    """The departments that have a doctor."""
    used = {x.department for x in directory.doctors.values()}
    return tuple(sorted((x for x in profile.departments if x.id in used), key=lambda x: x.id))


def put_tests(session: Any, profile: Profile) -> None:
    """Write the usual times of the profile where the SQL reports read them."""
    for usual in profile.turnarounds.values():
        session.merge(TestRow(code=usual.test, least_hours=int(usual.least.total_seconds() // 3600), most_hours=int(usual.most.total_seconds() // 3600)))
    session.flush()


# slots


def news(session: Any, slots: Sequence[RemoteSlot]) -> list[RemoteSlot]:
    """The slots of which the server says something that we do not know."""
    made = []
    for start in range(0, len(slots), CHUNK):
        some = slots[start : start + CHUNK]
        rows = session.execute(
            select(FhirSlotRow.remote, FhirSlotRow.status, FhirSlotRow.version, FhirSlotRow.updated).where(FhirSlotRow.remote.in_([x.remote for x in some]))
        ).all()
        known = {x.remote: (x.status, x.version, x.updated) for x in rows}
        made += [x for x in some if x.remote not in known or _newer(x, *known[x.remote])]
    return made


def _newer(slot: RemoteSlot, status: str, version: str | None, updated: str | None) -> bool:
    """Whether what was read is not older than what we know, and differs. A reply can be overtaken by a later one."""
    if updated is not None and slot.updated is not None and slot.updated < updated:
        return False
    return slot.version is None or slot.version != version or slot.status != status


def put_slots(session: Any, slots: Sequence[RemoteSlot], directory: Directory, secret: bytes) -> int:
    """Bring slots up to date; returns how many were left out, for want of a known schedule or visit type."""
    left_out = 0
    for start in range(0, len(slots), CHUNK):
        some = [(x, directory.schedules.get(x.schedule)) for x in slots[start : start + CHUNK]]
        fit = [(x, info, kind) for x, info in some if info is not None for kind in [_kind(x, info)] if kind is not None]
        left_out += len(some) - len(fit)
        rows = {x.remote: x for x in session.execute(
            select(FhirSlotRow).where(FhirSlotRow.remote.in_([x.remote for x, _, _ in fit]))).scalars()}
        taken = _taken(session, fit)
        new = []
        for slot, info, kind in fit:
            row = rows.get(slot.remote)
            if row is None:
                new.append((slot, info, kind))
            elif _newer(slot, row.status, row.version, row.updated):
                _place(session.get(SlotRow, row.slot_id), slot, info, kind, directory, taken)
                heard(session, row, slot, secret)
        _add(session, new, directory, taken)
    return left_out


def _kind(slot: RemoteSlot, info: ScheduleInfo) -> VisitType | None:
    return slot.kind or (info.kinds[0] if len(info.kinds) == 1 else None)


def _taken(session: Any, slots: Sequence[tuple[RemoteSlot, ScheduleInfo, VisitType]]) -> set[tuple[str, datetime]]:
    """Doctors and moments that have a slot already, about the times of some slots."""
    if not slots:
        return set()
    moments, doctors = [kept_time(x.starts) for x, _, _ in slots], {x.doctor for _, x, _ in slots}
    rows = session.execute(
        select(SlotRow.doctor_id, SlotRow.starts_at)
        .where(SlotRow.doctor_id.in_(doctors), SlotRow.starts_at >= min(moments), SlotRow.starts_at <= max(moments) + timedelta(milliseconds=1))
    ).all()
    return {(x.doctor_id, x.starts_at) for x in rows}


def _add(
    session: Any, new: Sequence[tuple[RemoteSlot, ScheduleInfo, VisitType]], directory: Directory, taken: set[tuple[str, datetime]]
) -> None:
    made = []
    for slot, info, kind in new:
        row = SlotRow(vacant=slot.free)
        _place(row, slot, info, kind, directory, taken)
        session.add(row)
        made.append((slot, row))
    session.flush()
    session.add_all(FhirSlotRow(slot_id=row.id, remote=x.remote, status=x.status, version=x.version, updated=x.updated) for x, row in made)
    session.flush()


def _place(
    row: SlotRow, slot: RemoteSlot, info: ScheduleInfo, kind: VisitType, directory: Directory, taken: set[tuple[str, datetime]]
) -> None:
    """Whose the slot is, when and where. Several slots of one doctor at the same minute are kept apart by microseconds, which nobody is shown."""
    at = kept_time(slot.starts)
    if row.doctor_id != info.doctor or row.starts_at is None or row.starts_at.replace(microsecond=at.microsecond) != at:
        row.doctor_id, row.department_id = info.doctor, directory.doctors[info.doctor].department
        row.starts_at = _unused(info.doctor, at, taken)
        row.day, row.part = at.date(), part_of(at)
    row.visit_type, row.ends_at, row.place_zh, row.place_en = kind, kept_time(slot.ends), info.place.zh, info.place.en


def _unused(doctor: str, at: datetime, taken: set[tuple[str, datetime]]) -> datetime:
    """The moment, or the first microsecond after it at which the doctor has no slot yet; from now on it is taken."""
    while (doctor, at) in taken:
        at += timedelta(microseconds=1)
    taken.add((doctor, at))
    return at


def heard(session: Any, row: FhirSlotRow, slot: RemoteSlot, secret: bytes) -> None:
    """Take over what the server says of a slot.

    What it holds or sold under our mark is ours to give: `vacant` stays as our own tables have it. What another holds or sold is gone.
    """
    ours = slot.token is not None and slot.token in known_tokens(session, row, secret)
    row.status, row.version, row.updated, row.token = slot.status, slot.version, slot.updated, slot.token if ours else None
    if not ours and not _sold(session, row.slot_id):
        session.get(SlotRow, row.slot_id).vacant = slot.free
    session.flush()


def known_tokens(session: Any, row: FhirSlotRow, secret: bytes) -> frozenset[str]:
    """The marks under which we hold, held or sold a slot."""
    requests = session.execute(select(HoldRow.request).where(HoldRow.slot_id == row.slot_id)).scalars()
    return frozenset({*(token_for(secret, x) for x in requests), *([row.token] if row.token else [])})


def _sold(session: Any, slot_id: int) -> bool:
    return session.execute(select(AppointmentRow.id).where(AppointmentRow.sold == slot_id)).first() is not None


def withdraw(session: Any, remotes: Iterable[str]) -> None:
    """Slots that the server does not have any more. One that somebody held or booked stays as a taken one, to be told of."""
    wanted = sorted(remotes)
    for start in range(0, len(wanted), CHUNK):
        for row in session.execute(select(FhirSlotRow).where(FhirSlotRow.remote.in_(wanted[start : start + CHUNK]))).scalars().all():
            session.get(SlotRow, row.slot_id).vacant = False
            row.status, row.token = "busy-unavailable", None
            _delete_unused(session, row.slot_id)
    session.flush()


def unseen(session: Any, seen: set[str], now: datetime) -> list[str]:
    """The server's ids of our slots ahead that a reading of everything did not show."""
    rows = session.execute(
        select(FhirSlotRow.remote).join(SlotRow, SlotRow.id == FhirSlotRow.slot_id).where(SlotRow.starts_at > kept_time(now))
    ).scalars()
    return [x for x in rows if x not in seen]


def withdraw_strangers(session: Any, now: datetime) -> None:
    """Slots ahead that were never the server's: of a demonstration, or of a list that staff handed over."""
    known = exists().where(FhirSlotRow.slot_id == SlotRow.id)
    for slot_id in session.execute(select(SlotRow.id).where(SlotRow.starts_at > kept_time(now), ~known)).scalars().all():
        session.get(SlotRow, slot_id).vacant = False
        _delete_unused(session, slot_id)
    session.flush()


def _delete_unused(session: Any, slot_id: int) -> None:
    """Delete a slot that no hold and no appointment names."""
    for table in (HoldRow, AppointmentRow):
        if session.execute(select(table.slot_id).where(table.slot_id == slot_id)).first() is not None:
            return
    for table in (FhirSlotRow, SlotRow):
        row = session.get(table, slot_id)
        if row is not None:
            session.delete(row)
            session.flush()


def wanted(session: Any, slot_id: int, secret: bytes, now: datetime) -> Wanted | None:
    """What a slot should be on the server; None where it is not ours to say."""
    row, slot = session.get(FhirSlotRow, slot_id), session.get(SlotRow, slot_id)
    if row is None or slot is None:
        return None
    known = known_tokens(session, row, secret)
    sale = session.execute(
        select(HoldRow.request).join(AppointmentRow, AppointmentRow.id == HoldRow.appointment_id).where(AppointmentRow.sold == slot_id)
    ).scalar()
    if sale is not None:
        status, token = "busy", token_for(secret, sale)
    elif _sold(session, slot_id) or not slot.vacant and row.token is None:
        return None
    elif slot.held_until is not None and slot.held_until > kept_time(now):
        status, token = "busy-tentative", token_for(secret, slot.held_by)
    else:
        status, token = "free", None
    # a slot that is sold under the mark of a live hold is being confirmed: that is more than a hold
    done = row.token == token and (row.status == status or (row.status, status) == ("busy", "busy-tentative"))
    return Wanted(row.remote, status, token, known, done)


def unsettled(session: Any, now: datetime, limit: int) -> list[int]:
    """Slots ahead, or begun within a day, that the server still has under our mark though nobody holds or booked them any more."""
    lapsed = or_(SlotRow.held_until.is_(None), SlotRow.held_until <= kept_time(now))
    unsold = ~exists().where(AppointmentRow.sold == FhirSlotRow.slot_id)
    return list(session.execute(
        select(FhirSlotRow.slot_id).join(SlotRow, SlotRow.id == FhirSlotRow.slot_id)
        .where(FhirSlotRow.token.is_not(None), SlotRow.starts_at > kept_time(now - timedelta(days=1)), lapsed, unsold).limit(limit)
    ).scalars())


# patients


def put_patient(session: Any, patient: RemotePatient, secret: bytes, number: str = "", phone: str = "") -> None:
    """Keep what binding needs of a patient, as hashes.

    Args:
        number, phone: which of several a claim named.
    """
    card = number if number in patient.cards else (patient.cards or ("",))[0]
    id_ = number if number in patient.id_numbers else (patient.id_numbers or ("",))[0]
    told = phone if phone in patient.phones else (patient.phones or ("",))[0]
    session.merge(PatientRow(
        id=patient.remote, label=patient.label, name=keyed_hash(secret, "name", (patient.names or ("",))[0]), id_number=keyed_hash(secret, "id", id_) if id_ else None,
        card_number=keyed_hash(secret, "card", card) if card else None, phone=keyed_hash(secret, "phone", told), linked=list(patient.linked)))
    session.flush()


def put_code(session: Any, patient: RemotePatient, code: str, until: datetime | None, secret: bytes) -> None:
    """Keep a binding code that the hospital gave a patient; one that is known stays as it is, used or not."""
    hidden = keyed_hash(secret, "code", code)
    if session.get(CodeRow, hidden) is None:
        session.add(CodeRow(code=hidden, patient_id=patient.remote, relation="self", scope=list(SCOPES), once=True,
                            until=None if until is None else kept_time(until)))
        session.flush()


# orders


def drop_orders(session: Any, which: Any) -> None:
    """Delete orders with who waits for them."""
    ids = select(OrderRow.id).where(which).scalar_subquery()
    changed(session, delete(ReportWatchRow).where(ReportWatchRow.order_id.in_(ids)))
    changed(session, delete(OrderRow).where(which))


def drop_strangers(session: Any) -> None:
    """Delete the orders of patients whom no conversation is bound to any more: they were read for those that are."""
    drop_orders(session, OrderRow.patient_id.not_in(select(BindingRow.patient_id)))


def watched_patients(session: Any) -> list[str]:
    """Patients of whom somebody waits for a report that cannot be seen yet as far as we know."""
    return list(session.execute(
        select(OrderRow.patient_id).join(ReportWatchRow, ReportWatchRow.order_id == OrderRow.id).distinct().order_by(OrderRow.patient_id)
    ).scalars())


# appointments


def request_of(session: Any, row: AppointmentRow) -> str | None:
    """The request that an appointment was made with; None for one made elsewhere, or by somebody who asked to be forgotten."""
    found: str | None = session.execute(select(HoldRow.request).where(HoldRow.appointment_id == row.id)).scalar()
    return found


def remote_of(session: Any, appointment_id: int) -> str | None:
    """The server's id of an appointment, where it is known."""
    row = session.get(FhirAppointmentRow, appointment_id)
    return None if row is None else str(row.remote)


def keep_remote(session: Any, appointment_id: int, remote: str) -> None:
    """Keep the server's id of an appointment."""
    session.merge(FhirAppointmentRow(appointment_id=appointment_id, remote=remote))
    session.flush()


def by_remote(session: Any, remote: str) -> AppointmentRow | None:
    """The appointment with an id of the server's."""
    found: AppointmentRow | None = session.execute(
        select(AppointmentRow).join(FhirAppointmentRow, FhirAppointmentRow.appointment_id == AppointmentRow.id).where(FhirAppointmentRow.remote == remote)
    ).scalar()
    return found


def hold_under(session: Any, slot_id: int, token: str, secret: bytes) -> HoldRow | None:
    """The hold of a slot that has this mark."""
    rows = session.execute(select(HoldRow).where(HoldRow.slot_id == slot_id)).scalars()
    return next((x for x in rows if token_for(secret, x.request) == token), None)


def slot_with(session: Any, remote: str) -> SlotRow | None:
    """Our row of a slot of the server's."""
    found: SlotRow | None = session.execute(
        select(SlotRow).join(FhirSlotRow, FhirSlotRow.slot_id == SlotRow.id).where(FhirSlotRow.remote == remote)
    ).scalar()
    return found


def live_slots(session: Any, conversation: str, now: datetime) -> list[tuple[str, int, datetime]]:
    """Request, slot and end of the live holds of a conversation."""
    rows = session.execute(
        select(HoldRow.request, HoldRow.slot_id, HoldRow.until)
        .where(and_(HoldRow.conversation == conversation, HoldRow.state == "held", HoldRow.until > kept_time(now)))
    ).all()
    return [(x.request, x.slot_id, x.until) for x in rows]
