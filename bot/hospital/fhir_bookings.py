"""Holds and appointments on a FHIR server.

A hold is a slot `busy-tentative` under our mark; an appointment is an `Appointment` `booked` under the same mark and its slot `busy`. The slot goes
first, then the appointment, then our own tables. What breaks off in between is found again by the mark: the patient asks again, or the desk comes by.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.hospital import fhir_mirror as mirror
from bot.hospital import sql_bookings
from bot.hospital.errors import AlreadyBooked, HoldExpired, HospitalError, HospitalUnavailable, NonsenseReply, SlotGone
from bot.hospital.fhir_base import TRIES, FhirPart
from bot.hospital.fhir_client import Conflict, NotThere, Resource, escaped
from bot.hospital.fhir_mapping import OVER, STANDING, RemoteAppointment, appointment_of, new_appointment, version_of
from bot.hospital.model import HOLD, Appointment, Hold, Person, WatchHit
from bot.hospital.rules import guard
from bot.hospital.sql_base import kept_time, may_act
from bot.hospital.tables import AppointmentRow, BindingRow, FhirSlotRow, HoldRow, SlotRow, WatchRow
from bot.store.database import changed

logger = logging.getLogger(__name__)

GRACE = timedelta(minutes=2)    # a hold that is being confirmed lasts at least so long, so that nobody takes the slot meanwhile
DESK = 30.0                     # seconds of one pass of the desk
SWEEP = 200                     # slots given back in one pass
AT_ONCE = 8


@dataclass(frozen=True)
class Plan:
    """What a confirmation has to do on the server.

    Attributes:
        want: the slot as it is to be.
        doctor: our id of the doctor.
        old: the appointment to be given back for it.
    """

    slot_id: int
    want: mirror.Wanted
    doctor: str
    patient: str | None
    old: Old | None


@dataclass(frozen=True)
class Old:
    """An appointment of ours as the server knows it: its id, else our mark on it."""

    slot_id: int
    remote: str | None
    token: str | None


class FhirBookings(FhirPart):
    """Writes `Slot` and `Appointment`."""

    async def hold(
        self, slot_id: str, person: Person, request: str, now: datetime, keep: timedelta = HOLD, moving: str | None = None
    ) -> Hold:
        """See the port."""
        with self._client.within():
            if person.patient_id is not None:
                await self._ask(self._may, person)
                await self._read_appointments(person, now)
            before = await self._ask(self._live, person.conversation, now)
            made = await super().hold(slot_id, person, request, now, keep, moving)
            try:
                mine = await self._secure(int(made.slot.id), request, now)
            except HospitalUnavailable:
                await self._ask(self._undo, request, before, now)
                raise
            if not mine:
                await self._ask(self._undo, request, before, now)
                raise SlotGone("the slot is not free on the server")
            for _, other, _ in before:
                if other != int(made.slot.id):
                    await self._later(self._settle(other, now))
            return made

    def _may(self, person: Person) -> None:
        with self._reading() as session:
            may_act(session, person, "booking")

    def _live(self, conversation: str, now: datetime) -> list[tuple[str, int, datetime]]:
        with self._reading() as session:
            return mirror.live_slots(session, conversation, now)

    async def _secure(self, slot_id: int, request: str, now: datetime) -> bool:
        """Hold a slot on the server too; False where it is another's there, or the hold has ended meanwhile."""
        async with self._locks.of(("slot", slot_id)):
            want = await self._ask(self._wanted, slot_id, now)
            if want is None or want.token != mirror.token_for(self._secret, request):
                return False
            return want.settled or await self._bring(slot_id, want, now) is not None

    def _undo(self, request: str, before: list[tuple[str, int, datetime]], now: datetime) -> None:
        """Take a hold back as if it had never been asked for, and give her the ones before it again where they are still to be had."""
        with self._writing("fhir") as session:
            row = session.get(HoldRow, request)
            if row is None or row.state != "held" or request in [x for x, _, _ in before]:
                return
            sql_bookings.free_hold(session, row)
            known = session.get(FhirSlotRow, row.slot_id)
            if known is not None:       # the server may have held it although no answer came: the mark is kept, for it to be taken away
                known.token, known.version = mirror.token_for(self._secret, request), None
            session.delete(row)
            for other, slot_id, until in before:
                free = (SlotRow.held_until.is_(None)) | (SlotRow.held_until <= kept_time(now))
                again = changed(session, update(SlotRow).where(SlotRow.id == slot_id, SlotRow.vacant.is_(True), free)
                                .values(held_until=until, held_by=other, held_for=row.conversation))
                if again:
                    session.get(HoldRow, other).state = "held"

    async def release(self, hold_id: str, person: Person, now: datetime) -> None:
        """See the port."""
        before = await self._ask(self._live, person.conversation, now)
        await super().release(hold_id, person, now)
        with self._client.within():
            for request, slot_id, _ in before:
                if request == hold_id:
                    await self._later(self._settle(slot_id, now))

    async def confirm(self, hold_id: str, person: Person, now: datetime) -> Appointment:
        """See the port."""
        return await self._agree(None, hold_id, person, now)

    async def reschedule(self, appointment_id: str, hold_id: str, person: Person, now: datetime) -> Appointment:
        """See the port. Where the server fails between the new appointment and the old one, asking again or the desk ends it."""
        return await self._agree(appointment_id, hold_id, person, now)

    async def _agree(self, appointment_id: str | None, hold_id: str, person: Person, now: datetime) -> Appointment:
        with self._client.within():
            async with self._locks.of(("confirm", person.patient_id or person.conversation)):
                plan = await self._ask(self._plan, appointment_id, hold_id, person, now)
                if plan is None:
                    return await self._commit(appointment_id, hold_id, person, now)
                remote = await self._write(plan, now)
                try:
                    made = await self._commit(appointment_id, hold_id, person, now)
                except HospitalUnavailable:
                    raise
                except HospitalError:       # another process was faster: what the server was told is taken back
                    await self._later(self._give_up(remote))
                    await self._later(self._settle(plan.slot_id, now))
                    raise
                await self._ask(self._keep_remote, int(made.id), remote)
            if plan.old is not None:
                await self._later(self._settle(plan.old.slot_id, now))
            return made

    async def _commit(self, appointment_id: str | None, hold_id: str, person: Person, now: datetime) -> Appointment:
        """The confirmation in our own tables."""
        if appointment_id is None:
            return await super().confirm(hold_id, person, now)
        return await super().reschedule(appointment_id, hold_id, person, now)

    def _plan(self, appointment_id: str | None, hold_id: str, person: Person, now: datetime) -> Plan | None:
        """Everything that can speak against a confirmation, before the server is told; None where it was confirmed before."""
        with self._writing(person.conversation) as session:
            hold = session.get(HoldRow, hold_id)
            if hold is None or hold.conversation != person.conversation:
                raise HoldExpired("no such hold")
            if hold.state == "confirmed":
                return None
            if hold.state != "held" or hold.until <= kept_time(now):
                raise HoldExpired("the hold has run out")
            holder = Person(hold.conversation, hold.patient_id)
            may_act(session, holder, "booking")
            slot = sql_bookings.slot_by_id(session, str(hold.slot_id), self._doctors_by_id(session))
            row = session.get(SlotRow, hold.slot_id)
            if slot.starts <= now or not row.vacant or row.held_by != hold.request:
                raise HoldExpired("the slot has begun, or is not held any more")
            old = None if appointment_id is None else sql_bookings.movable(session, appointment_id, person, now)
            sql_bookings.not_twice(session, holder, slot, old)
            until = max(hold.until, kept_time(now + GRACE))
            hold.until = row.held_until = until
            return self._planned(session, hold, slot.doctor.id, old, now)

    def _planned(self, session: Any, hold: HoldRow, doctor: str, old: AppointmentRow | None, now: datetime) -> Plan:
        want = mirror.wanted(session, hold.slot_id, self._secret, now)
        if want is None:
            raise HoldExpired("the slot is not the server's")
        token = mirror.token_for(self._secret, hold.request)
        sale = mirror.Wanted(want.remote, "busy", token, want.known | {token}, False)
        return Plan(hold.slot_id, sale, doctor, hold.patient_id, None if old is None else self._old(session, old))

    def _old(self, session: Any, row: AppointmentRow) -> Old:
        request = mirror.request_of(session, row)
        return Old(row.slot_id, mirror.remote_of(session, row.id), None if request is None else mirror.token_for(self._secret, request))

    async def _write(self, plan: Plan, now: datetime) -> str:
        """Tell the server of a booking; returns its id of the appointment."""
        async with self._locks.of(("slot", plan.slot_id)):
            slot = await self._bring(plan.slot_id, plan.want, now)
            if slot is None:
                raise HoldExpired("the slot is another's on the server")
            remote = await self._appointment(slot, plan, now)
            if plan.old is not None:
                await self._give_up(plan.old.remote, plan.old.token)
            return remote

    async def _appointment(self, slot: Resource, plan: Plan, now: datetime) -> str:
        """The appointment under our mark, once however often this is asked."""
        token, role = str(plan.want.token), (await self._doctors_now()).roles.get(plan.doctor, plan.doctor)
        made = await self._under(token)
        if made is None:
            asked = new_appointment(slot, self._profile, token, role, plan.patient, now)
            try:
                made = await self._client.create(asked, f"identifier={escaped(self._profile.mark)}|{token}")
            except (HospitalUnavailable, Conflict):
                made = await self._under(token)     # it may have been made although no answer came
                if made is None:
                    raise HospitalUnavailable("FHIR Appointment: it could not be made") from None
        seen = appointment_of(made, self._profile)
        if seen.token != token:
            raise NonsenseReply("FHIR Appointment: another appointment than the one asked for")
        if seen.status not in STANDING:             # taken back once, and wanted again
            made = await self._changed(seen.remote, "booked")
        return str(made["id"])

    async def _under(self, token: str) -> Resource | None:
        """The appointment under a mark of ours; of several, as a server without conditional creates can have, all but one are given back."""
        found = await self._client.search("Appointment", [("identifier", f"{escaped(self._profile.mark)}|{token}")])
        ours = [x for x in found.resources if appointment_of(x, self._profile).token == token]
        standing = sorted((x for x in ours if x.get("status") in STANDING), key=lambda x: str(x["id"]))
        for one in standing[1:]:
            await self._changed(str(one["id"]), "cancelled")
        return next(iter(standing or ours), None)

    async def _give_up(self, remote: str | None, token: str | None = None) -> None:
        """Cancel an appointment on the server; one that it does not have needs none of that."""
        if remote is None and token is not None:
            found = await self._under(token)
            remote = None if found is None else str(found["id"])
        if remote is not None:
            try:
                await self._changed(remote, "cancelled")
            except NotThere:
                logger.warning("FHIR Appointment: one that is given back is not there any more")

    async def _changed(self, remote: str, status: str) -> Resource:
        """Bring an appointment to a status, whoever else changes it.

        Raises:
            NotThere: there is none.
        """
        for _ in range(TRIES):
            raw = await self._client.read("Appointment", remote)
            if raw.get("status") == status or status == "cancelled" and raw.get("status") in OVER:
                return raw
            try:
                return await self._client.update({**raw, "status": status}, version_of(raw)[0])
            except Conflict:
                continue
        raise HospitalUnavailable("FHIR Appointment: it changes all the time")

    def _keep_remote(self, appointment_id: int, remote: str) -> None:
        with self._writing("fhir") as session:
            mirror.keep_remote(session, appointment_id, remote)
            row = session.get(AppointmentRow, appointment_id)
            mirror_row = session.get(FhirSlotRow, row.slot_id)
            request = mirror.request_of(session, row)
            if mirror_row is not None and request is not None:
                mirror_row.token = mirror.token_for(self._secret, request)

    async def cancel(self, appointment_id: str, person: Person, now: datetime) -> Appointment:
        """See the port."""
        with self._client.within():
            old = await self._ask(self._to_cancel, appointment_id, person, now)
            if old is not None:
                await self._give_up(old.remote, old.token)
            made = await super().cancel(appointment_id, person, now)
            if old is not None:
                await self._later(self._settle(old.slot_id, now))
            return made

    def _to_cancel(self, appointment_id: str, person: Person, now: datetime) -> Old | None:
        with self._reading() as session:
            row = sql_bookings.owned(session, appointment_id, person)
            return None if row.state != "booked" else self._old(session, sql_bookings.movable(session, appointment_id, person, now))

    async def appointments(self, person: Person, now: datetime) -> tuple[Appointment, ...]:
        """See the port: what was cancelled at the hospital is gone, and what a bound patient booked there is among them."""
        await self._ask(self._may, person)
        with self._client.within():
            await self._read_appointments(person, now)
        return await super().appointments(person, now)

    async def _read_appointments(self, person: Person, now: datetime) -> None:
        patients, tokens = await self._ask(self._hers, person, now)
        searches = [self._client.search("Appointment", [("patient", f"Patient/{x}"), ("date", f"ge{now.date().isoformat()}")]) for x in patients]
        if tokens:
            marks = ",".join(f"{escaped(self._profile.mark)}|{x}" for x in tokens)
            searches.append(self._client.search("Appointment", [("identifier", marks)], private=True))
        for found in await asyncio.gather(*searches):
            seen = [appointment_of(x, self._profile) for x in found.resources]
            await self._ask(self._put_appointments, [x for x in seen if x.token in tokens or set(x.patients) & set(patients)], set(patients), now)

    def _hers(self, person: Person, now: datetime) -> tuple[list[str], set[str]]:
        """The patients whose appointments she may see, and the marks of hers that name no patient."""
        with self._reading() as session:
            bound = session.execute(select(BindingRow.patient_id, BindingRow.scope).where(BindingRow.conversation == person.conversation)).all()
            rows = session.execute(
                select(AppointmentRow).join(SlotRow, SlotRow.id == AppointmentRow.slot_id)
                .where(AppointmentRow.conversation == person.conversation, AppointmentRow.patient_id.is_(None), AppointmentRow.state == "booked",
                       SlotRow.starts_at > kept_time(now)).limit(20)
            ).scalars().all()
            requests = [mirror.request_of(session, x) for x in rows]
            return [x.patient_id for x in bound if "booking" in x.scope], {mirror.token_for(self._secret, x) for x in requests if x is not None}

    def _put_appointments(self, seen: list[RemoteAppointment], patients: set[str], now: datetime) -> None:
        """Take over from the server what became of appointments."""
        if not seen:
            return
        with self._writing("fhir") as session:
            for one in seen:
                row = mirror.by_remote(session, one.remote)
                if row is not None and row.state == "booked" and one.status in OVER:
                    self._drop(session, row, now)
                elif row is None and one.token is None and one.status in STANDING:
                    self._add(session, one, patients, now)

    def _drop(self, session: Any, row: AppointmentRow, now: datetime) -> None:
        """One that was cancelled at the hospital; whether its slot is free again, the server says."""
        sql_bookings.give_back(session, row, now)
        known = session.get(FhirSlotRow, row.slot_id)
        slot = session.get(SlotRow, row.slot_id)
        session.refresh(slot)
        slot.vacant = known is None or known.status == "free" or known.token is not None
        session.flush()

    def _add(self, session: Any, one: RemoteAppointment, patients: set[str], now: datetime) -> None:
        """One that was made at the hospital: shown, and counted when she wants another with the same doctor on that day."""
        slot = mirror.slot_with(session, one.slots[0]) if one.slots else None
        patient = next((x for x in one.patients if x in patients), None)
        if slot is None or patient is None or slot.starts_at <= kept_time(now):
            return
        once = guard(Person("", patient), slot.doctor_id, slot.day)
        if session.execute(select(AppointmentRow.id).where((AppointmentRow.guard == once) | (AppointmentRow.sold == slot.id))).first() is not None:
            return
        row = AppointmentRow(slot_id=slot.id, conversation=None, patient_id=patient, state="booked", sold=slot.id, guard=once,
                             booked_at=kept_time(one.created or now))
        session.add(row)
        slot.vacant = False
        session.flush()
        mirror.keep_remote(session, row.id, one.remote)

    # what broke off

    async def _went_through(self, slot_id: int, token: str, now: datetime) -> bool:
        """A slot is sold under a mark of ours, and our tables know nothing of it: the answer to a confirmation was lost. Was it made?

        Returns:
            Whether it was: then it is in our tables now, and the slot is nobody else's.
        """
        found = await self._under(token)
        if found is None or found.get("status") not in STANDING:
            return False
        old = await self._ask(self._moved, slot_id, token)
        if old is not None:
            await self._give_up(old.remote, old.token)
        if await self._ask(self._finish, slot_id, token, str(found["id"]), now):
            return True     # the old appointment's slot is given back by the desk's next pass: its lock may be waiting for ours
        await self._give_up(str(found["id"]))
        return False

    def _moved(self, slot_id: int, token: str) -> Old | None:
        """The appointment that was to be exchanged for the slot, if it still stands."""
        with self._reading() as session:
            hold = mirror.hold_under(session, slot_id, token, self._secret)
            row = None if hold is None or hold.moving is None else session.get(AppointmentRow, hold.moving)
            return None if row is None or row.state != "booked" else self._old(session, row)

    def _finish(self, slot_id: int, token: str, remote: str, now: datetime) -> bool:
        """Write down a booking that the server made; False where something of the patient's has come in between."""
        with self._writing("fhir") as session:
            hold, slot = mirror.hold_under(session, slot_id, token, self._secret), session.get(SlotRow, slot_id)
            if hold is None or hold.state == "confirmed":
                return False        # whoever else holds the slot in our tables has not been told: on the server it is under this mark
            moved = None if hold.moving is None else session.get(AppointmentRow, hold.moving)
            if moved is not None and moved.state == "booked":
                sql_bookings.give_back(session, moved, now)
            try:
                wanted = sql_bookings.slot_by_id(session, str(slot_id), self._doctors_by_id(session))
                row = sql_bookings.book(session, Person(hold.conversation, hold.patient_id), wanted, now)
            except (AlreadyBooked, HoldExpired):
                session.rollback()
                return False
            hold.state, hold.appointment_id = "confirmed", row.id
            slot.vacant, slot.held_until, slot.held_by, slot.held_for = False, None, None, None
            mirror.keep_remote(session, row.id, remote)
            return True

    # watches

    async def serve(self, now: datetime, keep: timedelta = HOLD, limit: int = 1000) -> tuple[WatchHit, ...]:
        """See the port. First what broke off is put right and holds that ran out are given back; who is told holds the slot on the server too."""
        async with self._client.own_connection():
            with self._client.within(DESK, anew=True):
                await self._refresh_alone(now)
                await self._sweep(now)
                hits = await super().serve(now, keep, limit)
                few = asyncio.Semaphore(AT_ONCE)

                async def secured(hit: WatchHit) -> bool:
                    async with few:
                        return await self._secure(int(hit.hold.slot.id), hit.hold.id, now)

                done = await asyncio.gather(*map(secured, hits), return_exceptions=True)
                for hit, mine in zip(hits, done):
                    if mine is False:
                        await self._ask(self._lost, hit.hold.id)
                failed = [x for x in done if isinstance(x, BaseException)]
                if failed and len(failed) == len(done):
                    raise failed[0]
                return tuple(hit for hit, mine in zip(hits, done) if mine is True)

    async def _sweep(self, now: datetime) -> None:
        for slot_id in await self._ask(self._unsettled, now):
            await self._later(self._settle(slot_id, now))

    def _unsettled(self, now: datetime) -> list[int]:
        with self._reading() as session:
            return mirror.unsettled(session, now, SWEEP)

    def _lost(self, request: str) -> None:
        """A hold for somebody who waits, of a slot that is another's on the server: she waits on."""
        with self._writing("fhir") as session:
            row = session.get(HoldRow, request)
            if row is not None and row.state == "held":
                sql_bookings.free_hold(session, row)
                changed(session, update(WatchRow).where(WatchRow.hold == request).values(state="waiting", hold=None))
