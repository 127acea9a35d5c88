"""Holds and appointments in SQL. Whoever's update finds the slot free has it; everybody else is told that it is gone."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.hospital.errors import AlreadyBooked, HoldExpired, NonsenseReply, NotBound, SlotGone, TooLate, UnknownAppointment
from bot.hospital.model import HOLD, Appointment, Doctor, Hold, Person, Slot
from bot.hospital.ports import Bookings
from bot.hospital.rules import guard
from bot.hospital.sql_base import SqlPart, home_of, kept_time, may_act, row_id, slot_of
from bot.hospital.sql_watches import offer
from bot.hospital.tables import AppointmentRow, BindingRow, HoldRow, SlotRow
from bot.store.database import changed


class SqlBookings(SqlPart, Bookings):
    """Writes holds and appointments."""

    async def hold(
        self, slot_id: str, person: Person, request: str, now: datetime, keep: timedelta = HOLD, moving: str | None = None
    ) -> Hold:
        """See the port."""
        return await self._ask(self._hold, slot_id, person, request, now, keep, moving)

    def _hold(self, slot_id: str, person: Person, request: str, now: datetime, keep: timedelta, moving: str | None) -> Hold:
        with self._reading() as session:
            if moving is None and _surely_gone(session, slot_id, person, request, now):
                self._may_book(session, person)
                raise SlotGone("the slot is not free")
        with self._writing(person.conversation) as session:
            doctors = self._doctors_by_id(session)
            known = session.get(HoldRow, request)
            if known is not None:
                return _known_hold(session, known, person, now, doctors)
            self._may_book(session, person)
            moved = None if moving is None else movable(session, moving, person, now)
            slot = slot_by_id(session, slot_id, doctors)
            not_twice(session, person, slot, moved)
            until = kept_time(now + keep)
            if not _take(session, slot, person, request, until, now):
                raise SlotGone("the slot is not free")
            _drop_holds(session, person.conversation, now, slot.id, doctors)
            session.add(HoldRow(request=request, slot_id=int(slot.id), conversation=person.conversation, patient_id=person.patient_id,
                                until=until, state="held", moving=None if moved is None else moved.id))
            return Hold(request, slot, home_of(until))

    def _may_book(self, session: Any, person: Person) -> None:
        if self._needs_card and person.patient_id is None:
            raise NotBound("this hospital books for bound patients only")
        may_act(session, person, "booking")

    async def confirm(self, hold_id: str, person: Person, now: datetime) -> Appointment:
        """See the port."""
        return await self._ask(self._exchange, None, hold_id, person, now)

    async def reschedule(self, appointment_id: str, hold_id: str, person: Person, now: datetime) -> Appointment:
        """See the port."""
        return await self._ask(self._exchange, appointment_id, hold_id, person, now)

    def _exchange(self, appointment_id: str | None, hold_id: str, person: Person, now: datetime) -> Appointment:
        """Book a held slot, in exchange for an appointment where one is named."""
        with self._writing(person.conversation) as session:
            doctors, hold = self._doctors_by_id(session), session.get(HoldRow, hold_id)
            if hold is None or hold.conversation != person.conversation:
                raise HoldExpired("no such hold")
            if hold.state == "confirmed":
                return _appointment(session.get(AppointmentRow, hold.appointment_id), session, doctors)
            if hold.state != "held" or hold.until <= kept_time(now):
                raise HoldExpired("the hold has run out")
            holder = Person(hold.conversation, hold.patient_id)
            may_act(session, holder, "booking")
            slot = slot_by_id(session, str(hold.slot_id), doctors)
            if slot.starts <= now:
                raise HoldExpired("the slot has begun")
            freed = []
            if appointment_id is not None:
                old = movable(session, appointment_id, person, now)
                freed = [slot_by_id(session, str(old.slot_id), doctors)]
                give_back(session, old, now)
            made = book(session, holder, slot, now)
            hold.state, hold.appointment_id = "confirmed", made.id
            sold = changed(session, update(SlotRow).where(SlotRow.id == hold.slot_id, SlotRow.held_by == hold.request, SlotRow.vacant.is_(True))
                           .values(vacant=False, held_until=None, held_by=None, held_for=None))
            if not sold:
                raise HoldExpired("the slot is not held any more")
            if freed:
                offer(session, now, HOLD, freed=freed)
            return Appointment(str(made.id), slot, holder, "booked", home_of(made.booked_at))

    async def release(self, hold_id: str, person: Person, now: datetime) -> None:
        """See the port."""
        await self._ask(self._release, hold_id, person, now)

    def _release(self, hold_id: str, person: Person, now: datetime) -> None:
        with self._writing(person.conversation) as session:
            hold = session.get(HoldRow, hold_id)
            if hold is not None and hold.conversation == person.conversation and hold.state == "held":
                free_hold(session, hold)
                offer(session, now, HOLD, freed=[slot_by_id(session, str(hold.slot_id), self._doctors_by_id(session))])

    async def appointments(self, person: Person, now: datetime) -> tuple[Appointment, ...]:
        """See the port."""
        return await self._ask(self._appointments, person, now)

    def _appointments(self, person: Person, now: datetime) -> tuple[Appointment, ...]:
        with self._reading() as session:
            may_act(session, person, "booking")
            rows = session.execute(
                select(AppointmentRow).join(SlotRow, SlotRow.id == AppointmentRow.slot_id)
                .where(AppointmentRow.state == "booked", SlotRow.starts_at > kept_time(now), _of(session, person))
                .order_by(SlotRow.starts_at)
            ).scalars().all()
            doctors = self._doctors_by_id(session)
            return tuple(_appointment(x, session, doctors) for x in rows)

    async def upcoming(self, now: datetime, until: datetime) -> tuple[Appointment, ...]:
        """See the port."""
        return await self._ask(self._upcoming, now, until)

    def _upcoming(self, now: datetime, until: datetime) -> tuple[Appointment, ...]:
        with self._reading() as session:
            rows = session.execute(
                select(AppointmentRow, SlotRow).join(SlotRow, SlotRow.id == AppointmentRow.slot_id)
                .where(AppointmentRow.state == "booked", AppointmentRow.conversation.isnot(None),
                       SlotRow.starts_at > kept_time(now), SlotRow.starts_at < kept_time(until))
                .order_by(SlotRow.starts_at, AppointmentRow.id)
            ).all()
            doctors, found = self._doctors_by_id(session), []
            for row, _ in rows:
                with contextlib.suppress(NonsenseReply):        # one row that nobody can read keeps nobody else's back
                    found.append(_appointment(row, session, doctors))
            return tuple(found)

    async def cancel(self, appointment_id: str, person: Person, now: datetime) -> Appointment:
        """See the port."""
        return await self._ask(self._cancel, appointment_id, person, now)

    def _cancel(self, appointment_id: str, person: Person, now: datetime) -> Appointment:
        with self._writing(person.conversation) as session:
            row, doctors = owned(session, appointment_id, person), self._doctors_by_id(session)
            if row.state == "booked":
                row = movable(session, appointment_id, person, now)
                give_back(session, row, now)
                offer(session, now, HOLD, freed=[slot_by_id(session, str(row.slot_id), doctors)])
            return _appointment(row, session, doctors)


def _surely_gone(session: Any, slot_id: str, person: Person, request: str, now: datetime) -> bool:
    """Whether a slot is another's, found without waiting for the writers: most of a crowd needs no more than this.

    The slot is read before the request and the appointments: what this person made in between is seen.
    """
    columns = (SlotRow.vacant, SlotRow.held_until, SlotRow.held_for, SlotRow.doctor_id, SlotRow.day)
    row = session.execute(select(*columns).where(SlotRow.id == row_id(slot_id))).first()
    if row is None or row.vacant and (row.held_until is None or row.held_until <= kept_time(now) or row.held_for == person.conversation):
        return False
    hers = AppointmentRow.guard == guard(person, row.doctor_id, row.day)
    return not any(session.execute(x).first() for x in (select(HoldRow.request).where(HoldRow.request == request), select(AppointmentRow.id).where(hers)))


def _known_hold(session: Any, row: HoldRow, person: Person, now: datetime, doctors: dict[str, Doctor]) -> Hold:
    """What a request that was made before led to."""
    live = row.state == "confirmed" or row.state == "held" and row.until > kept_time(now)
    if not live or row.conversation != person.conversation:
        raise HoldExpired("this request's hold has run out")
    return Hold(row.request, slot_by_id(session, str(row.slot_id), doctors), home_of(row.until))


def slot_by_id(session: Any, slot_id: str, doctors: dict[str, Doctor]) -> Slot:
    """A slot, free or not.

    Raises:
        SlotGone: there is none.
    """
    row = session.get(SlotRow, row_id(slot_id))
    if row is None:
        raise SlotGone("no such slot")
    return slot_of(row, doctors)


def _take(session: Any, slot: Slot, person: Person, request: str, until: datetime, now: datetime) -> bool:
    """Hold a slot that nobody else holds; the database decides between two who try at once."""
    at = kept_time(now)
    free = or_(SlotRow.held_until.is_(None), SlotRow.held_until <= at, SlotRow.held_for == person.conversation)
    return bool(changed(session, update(SlotRow).where(SlotRow.id == int(slot.id), SlotRow.vacant.is_(True), SlotRow.starts_at > at, free)
                        .values(held_until=until, held_by=request, held_for=person.conversation)))


def _drop_holds(session: Any, conversation: str, now: datetime, keep: str, doctors: dict[str, Doctor]) -> None:
    """Release the other live holds of a conversation. Those that ran out are left: locking their slots could meet another's lock."""
    rows = session.execute(
        select(HoldRow).where(HoldRow.conversation == conversation, HoldRow.state == "held", HoldRow.until > kept_time(now))
    ).scalars().all()
    freed = []
    for row in rows:
        if str(row.slot_id) == keep:
            row.state = "released"      # the slot is the new hold's
        else:
            free_hold(session, row)
            freed.append(slot_by_id(session, str(row.slot_id), doctors))
    if freed:
        offer(session, now, HOLD, freed=freed)


def free_hold(session: Any, row: HoldRow) -> None:
    """Release a hold and, as far as it still has it, its slot."""
    row.state = "released"
    changed(session, update(SlotRow).where(SlotRow.id == row.slot_id, SlotRow.held_by == row.request)
            .values(held_until=None, held_by=None, held_for=None))


def not_twice(session: Any, person: Person, slot: Slot, moved: AppointmentRow | None) -> None:
    """Nobody has two appointments with one doctor on one day.

    Args:
        moved: the appointment that is given back for this one; it does not count.

    Raises:
        AlreadyBooked: there is another.
    """
    found = session.execute(
        select(AppointmentRow.id).where(AppointmentRow.guard == guard(person, slot.doctor.id, slot.day))
    ).scalar()
    if found is not None and (moved is None or moved.id != found):
        raise AlreadyBooked(str(found))


def book(session: Any, person: Person, slot: Slot, now: datetime) -> AppointmentRow:
    """A new appointment; the table's own rules stand behind `not_twice`, for two conversations of one patient at once.

    Raises:
        AlreadyBooked: she has one with this doctor on that day.
        HoldExpired: the slot was sold to another.
    """
    not_twice(session, person, slot, None)
    row = AppointmentRow(slot_id=int(slot.id), conversation=person.conversation, patient_id=person.patient_id, state="booked", sold=int(slot.id),
                         guard=guard(person, slot.doctor.id, slot.day), booked_at=kept_time(now))
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        not_twice(session, person, slot, None)
        raise HoldExpired("the slot is another's") from None
    return row


def _of(session: Any, person: Person) -> Any:
    """The condition for appointments of a person: for patients she may still act for, and those made without a card."""
    mine = session.execute(
        select(BindingRow.patient_id, BindingRow.scope).where(BindingRow.conversation == person.conversation)
    ).all()
    patients = [x.patient_id for x in mine if "booking" in x.scope]
    here = and_(AppointmentRow.conversation == person.conversation,
                or_(AppointmentRow.patient_id.is_(None), AppointmentRow.patient_id.in_(patients)))
    return here if person.patient_id is None else or_(here, AppointmentRow.patient_id == person.patient_id)


def owned(session: Any, appointment_id: str, person: Person) -> AppointmentRow:
    """An appointment of a person, cancelled or not, locked until the transaction ends.

    Raises:
        UnknownAppointment: there is none, or it is somebody else's.
        NotBound, NotAllowed: she may not act for that patient.
    """
    may_act(session, person, "booking")
    row: AppointmentRow | None = session.execute(
        select(AppointmentRow).where(AppointmentRow.id == row_id(appointment_id), _of(session, person)).with_for_update()
    ).scalar()
    if row is None:
        raise UnknownAppointment("no such appointment of this person")
    return row


def movable(session: Any, appointment_id: str, person: Person, now: datetime) -> AppointmentRow:
    """An appointment that can still be given back.

    Raises:
        UnknownAppointment: as `owned`, or it was cancelled.
        TooLate: it has begun.
    """
    row = owned(session, appointment_id, person)
    if row.state != "booked":
        raise UnknownAppointment("the appointment is cancelled")
    if session.get(SlotRow, row.slot_id).starts_at <= kept_time(now):
        raise TooLate("the appointment has begun")
    return row


def give_back(session: Any, row: AppointmentRow, now: datetime) -> None:
    """Cancel an appointment; its slot is free again."""
    row.state, row.sold, row.guard, row.cancelled_at = "cancelled", None, None, kept_time(now)
    session.flush()
    changed(session, update(SlotRow).where(SlotRow.id == row.slot_id).values(vacant=True, held_until=None, held_by=None, held_for=None))


def _appointment(row: AppointmentRow, session: Any, doctors: dict[str, Doctor]) -> Appointment:
    person = Person(row.conversation or "", row.patient_id)
    slot = slot_by_id(session, str(row.slot_id), doctors)
    return Appointment(str(row.id), slot, person, "booked" if row.state == "booked" else "cancelled", home_of(row.booked_at))
