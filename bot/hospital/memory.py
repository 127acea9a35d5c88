"""A hospital in memory, for tests and for trying things out. It lasts as long as the object, and does nothing that the SQL one does not."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count, groupby

from bot.hospital.codes import find_code, new_code, short_code
from bot.hospital.errors import (
    AlreadyBooked,
    HoldExpired,
    LockedOut,
    MalformedCode,
    NotAllowed,
    NotBound,
    SlotGone,
    TooLate,
    UnknownAppointment,
    UnknownDoctor,
    WrongCode,
)
from bot.hospital.model import (
    CODE_LIFE,
    FAMILY_CODE_LIFE,
    HOLD,
    LOCK,
    RECENT,
    WRONG_CODES,
    Appointment,
    Availability,
    Binding,
    Challenge,
    Department,
    Doctor,
    FamilyCode,
    Hold,
    IdentityClaim,
    Orders,
    Person,
    ReportHit,
    Scope,
    Session,
    Slot,
    SlotQuery,
    TestOrder,
    Turnaround,
    Watch,
    WatchHit,
    expected_by,
)
from bot.hospital.ports import Hospital, Sms
from bot.hospital.rules import guard, last_day, matches, order_state, scopes, signature
from bot.hospital.world import CodeRecord, OrderRecord, World


class MemorySms(Sms):
    """Keeps what it would have sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def send_code(self, phone: str, code: str, conversation: str) -> None:
        """See the port."""
        self.sent.append((phone, code, conversation))


@dataclass
class _Held:
    """A hold and what became of it."""

    slot: str
    person: Person
    until: datetime
    state: str = "held"
    appointment: str | None = None


@dataclass
class _Attempts:
    """Wrong codes and claims of a conversation."""

    since: datetime
    wrong: int = 0
    claims: int = 0
    locked: datetime | None = None


@dataclass
class _Code:
    """A binding code and for whom it is: those that the hospital gives out are for the patient herself; one for family is a conversation's."""

    record: CodeRecord
    relation: str = "self"
    used: bool = False
    granted_by: str | None = None


@dataclass
class _Waiting:
    """A watch; `hold` once it is served."""

    watch: Watch
    hold: str | None = None


@dataclass
class _Claimed:
    """A code sent to a telephone, or none where the claim was wrong."""

    conversation: str
    patient: str | None
    code: str
    until: datetime
    used: bool = field(default=False)


class MemoryHospital(Hospital):
    """Everything in dictionaries. The methods never wait in between, so each is done as a whole.

    Args:
        world: the data to begin with.
        sms: how codes get to telephones.
        needs_card: whether only bound patients may book.
    """

    def __init__(self, world: World, sms: Sms, needs_card: bool = False) -> None:
        self._world, self._sms, self._needs_card = world, sms, needs_card
        self._doctors = {x.id: x for x in world.doctors}
        self._slots = {
            str(n): Slot(str(n), self._doctors[x.doctor], x.visit_type, x.starts, x.ends, x.place_zh, x.place_en)
            for n, x in enumerate(world.openings, 1)
        }
        self._taken = {str(n) for n, x in enumerate(world.openings, 1) if x.taken}
        self._holds: dict[str, _Held] = {}
        self._booked: dict[str, Appointment] = {}
        self._watches: dict[str, _Waiting] = {}
        self._codes = {str(find_code(x.code)): _Code(x) for x in world.codes}
        self._challenges: dict[str, _Claimed] = {}
        self._attempts: dict[str, _Attempts] = {}
        self._bindings: dict[str, Binding] = {}
        self._granted: dict[str, str | None] = {}       # by binding: the conversation whose family code it was made with
        self._orders: dict[str, OrderRecord] = {x.number: x for x in world.orders}
        self._report_watches: dict[str, tuple[str, str]] = {}
        self._ids = count(1)

    # schedules

    async def departments(self) -> tuple[Department, ...]:
        """See the port."""
        return tuple(sorted(self._world.departments, key=lambda x: x.id))

    async def doctors(self) -> tuple[Doctor, ...]:
        """See the port."""
        return tuple(sorted(self._doctors.values(), key=lambda x: (x.department, x.id)))

    async def free(self, query: SlotQuery, now: datetime) -> Availability:
        """See the port."""
        asked = self._asked(query, now)
        ahead = [x.day for x in self._slots.values() if x.starts > now]
        free = [x for x in asked if self._is_free(x, now)]
        return Availability(tuple(free[: query.limit]), now, bool(asked), max(ahead, default=None))

    async def sessions(self, query: SlotQuery, now: datetime) -> tuple[Session, ...]:
        """See the port."""
        def key(slot: Slot) -> tuple[object, ...]:
            return slot.day, ("am", "pm", "evening").index(slot.part), slot.doctor.id, slot.visit_type

        made = []
        for _, group in groupby(sorted(self._asked(query, now), key=key), key=key):
            slots = sorted(group, key=lambda x: x.starts)
            free, one = [x for x in slots if self._is_free(x, now)], slots[0]
            made.append(Session(one.doctor, one.visit_type, one.day, one.part, len(slots), len(free), free[0] if free else None))
        return tuple(made[: query.limit])

    def _asked(self, query: SlotQuery, now: datetime) -> list[Slot]:
        if any(x not in self._doctors for x in query.doctors):
            raise UnknownDoctor("no doctor has one of the ids asked for")
        found = [x for x in self._slots.values() if x.starts > now and matches(query, x)]
        return sorted(found, key=lambda x: (x.starts, x.doctor.id))

    def _is_free(self, slot: Slot, now: datetime, to: str | None = None) -> bool:
        held = any(x.slot == slot.id and x.state == "held" and x.until > now and x.person.conversation != to for x in self._holds.values())
        return slot.starts > now and slot.id not in self._taken and not held

    # bookings

    async def hold(
        self, slot_id: str, person: Person, request: str, now: datetime, keep: timedelta = HOLD, moving: str | None = None
    ) -> Hold:
        """See the port."""
        known = self._holds.get(request)
        if known is not None:
            live = known.state == "confirmed" or known.state == "held" and known.until > now
            if not live or known.person.conversation != person.conversation:
                raise HoldExpired("this request's hold has run out")
            return Hold(request, self._slots[known.slot], known.until)
        self._may_book(person)
        moved = None if moving is None else self._movable(moving, person, now)
        slot = self._slots.get(slot_id)
        if slot is None:
            raise SlotGone("no such slot")
        self._not_twice(person, slot, moved)
        if not self._is_free(slot, now, person.conversation):
            raise SlotGone("the slot is not free")
        freed = []
        for one in self._holds.values():
            if one.person.conversation == person.conversation and one.state == "held" and one.until > now:
                one.state = "released"
                freed += [self._slots[one.slot]] if one.slot != slot_id else []
        self._holds[request] = _Held(slot_id, person, now + keep)
        if freed:
            self._offer(now, HOLD, freed=freed)
        return Hold(request, slot, now + keep)

    def _may_book(self, person: Person) -> None:
        if self._needs_card and person.patient_id is None:
            raise NotBound("this hospital books for bound patients only")
        self._may_act(person, "booking")

    def _may_act(self, person: Person, scope: Scope) -> None:
        if person.patient_id is None:
            return
        found = [x for x in self._of(person.conversation) if x.patient_id == person.patient_id]
        if not found:
            raise NotBound("not bound to this patient")
        if scope not in found[0].scope:
            raise NotAllowed(f"the binding does not cover {scope}")

    def _not_twice(self, person: Person, slot: Slot, moved: Appointment | None) -> None:
        wanted = guard(person, slot.doctor.id, slot.day)
        for one in self._booked.values():
            if one.state == "booked" and guard(one.person, one.slot.doctor.id, one.slot.day) == wanted and (moved is None or moved.id != one.id):
                raise AlreadyBooked(one.id)

    async def confirm(self, hold_id: str, person: Person, now: datetime) -> Appointment:
        """See the port."""
        return self._exchange(None, hold_id, person, now)

    async def reschedule(self, appointment_id: str, hold_id: str, person: Person, now: datetime) -> Appointment:
        """See the port."""
        return self._exchange(appointment_id, hold_id, person, now)

    def _exchange(self, appointment_id: str | None, hold_id: str, person: Person, now: datetime) -> Appointment:
        held = self._holds.get(hold_id)
        if held is None or held.person.conversation != person.conversation:
            raise HoldExpired("no such hold")
        if held.state == "confirmed" and held.appointment is not None:
            return self._booked[held.appointment]
        slot = self._slots[held.slot]
        if held.state != "held" or held.until <= now or slot.starts <= now:
            raise HoldExpired("the hold has run out")
        self._may_act(held.person, "booking")
        moved = None if appointment_id is None else self._movable(appointment_id, person, now)
        self._not_twice(held.person, slot, moved)
        if moved is not None:
            self._give_back(moved)
        made = Appointment(str(next(self._ids)), slot, held.person, "booked", now)
        self._booked[made.id] = made
        self._taken.add(slot.id)
        held.state, held.appointment = "confirmed", made.id
        if moved is not None:
            self._offer(now, HOLD, freed=[moved.slot])
        return made

    async def release(self, hold_id: str, person: Person, now: datetime) -> None:
        """See the port."""
        held = self._holds.get(hold_id)
        if held is not None and held.person.conversation == person.conversation and held.state == "held":
            held.state = "released"
            self._offer(now, HOLD, freed=[self._slots[held.slot]])

    async def appointments(self, person: Person, now: datetime) -> tuple[Appointment, ...]:
        """See the port."""
        self._may_act(person, "booking")
        found = [x for x in self._booked.values() if x.state == "booked" and x.slot.starts > now and self._hers(x, person)]
        return tuple(sorted(found, key=lambda x: x.slot.starts))

    async def upcoming(self, now: datetime, until: datetime) -> tuple[Appointment, ...]:
        """See the port."""
        found = [x for x in self._booked.values() if x.state == "booked" and now < x.slot.starts < until and x.person.conversation]
        return tuple(sorted(found, key=lambda x: x.slot.starts))

    def _hers(self, one: Appointment, person: Person) -> bool:
        patients = [None, *(x.patient_id for x in self._of(person.conversation) if "booking" in x.scope)]
        here = one.person.conversation == person.conversation and one.person.patient_id in patients
        return here or person.patient_id is not None and one.person.patient_id == person.patient_id

    async def cancel(self, appointment_id: str, person: Person, now: datetime) -> Appointment:
        """See the port."""
        row = self._owned(appointment_id, person)
        if row.state == "booked":
            self._give_back(self._movable(appointment_id, person, now))
            self._offer(now, HOLD, freed=[row.slot])
        return self._booked[appointment_id]

    def _owned(self, appointment_id: str, person: Person) -> Appointment:
        self._may_act(person, "booking")
        row = self._booked.get(appointment_id)
        if row is None or not self._hers(row, person):
            raise UnknownAppointment("no such appointment of this person")
        return row

    def _movable(self, appointment_id: str, person: Person, now: datetime) -> Appointment:
        row = self._owned(appointment_id, person)
        if row.state != "booked":
            raise UnknownAppointment("the appointment is cancelled")
        if row.slot.starts <= now:
            raise TooLate("the appointment has begun")
        return row

    def _give_back(self, row: Appointment) -> None:
        self._booked[row.id] = replace(row, state="cancelled")
        self._taken.discard(row.slot.id)

    # watches

    async def watch(self, query: SlotQuery, person: Person, now: datetime) -> Watch:
        """See the port."""
        self._may_book(person)
        for one in self._watches.values():
            if one.watch.person.conversation == person.conversation and signature(one.watch.query) == signature(query):
                return self._placed(one.watch)
        made = Watch(str(next(self._ids)), person, replace(query, limit=SlotQuery().limit), now)
        self._watches[made.id] = _Waiting(made)
        return self._placed(made)

    def _placed(self, watch: Watch) -> Watch:
        same = [x for x in self._watches.values() if x.hold is None and signature(x.watch.query) == signature(watch.query)]
        return replace(watch, place=sum(int(x.watch.id) < int(watch.id) for x in same))

    async def watching(self, conversation: str, now: datetime) -> tuple[Watch, ...]:
        """See the port."""
        mine = [x for x in self._watches.values() if x.watch.person.conversation == conversation and x.hold is None]
        return tuple(self._placed(x.watch) for x in mine if _lasts(x.watch, now))

    async def unwatch(self, watch_id: str, conversation: str) -> None:
        """See the port."""
        found = self._watches.get(watch_id)
        if found is not None and found.watch.person.conversation == conversation and found.hold is None:
            del self._watches[watch_id]

    async def serve(self, now: datetime, keep: timedelta = HOLD, limit: int = 1000) -> tuple[WatchHit, ...]:
        """See the port."""
        for name, one in list(self._watches.items()):
            held = None if one.hold is None else self._holds.get(one.hold)
            if held is not None and held.state == "confirmed" or held is None and not _lasts(one.watch, now):
                del self._watches[name]
            elif held is not None and (held.state == "released" or held.until <= now):
                one.hold = None
        self._offer(now, keep, limit)
        hits = [WatchHit(x.watch, Hold(x.hold, self._slots[self._holds[x.hold].slot], self._holds[x.hold].until))
                for x in self._watches.values() if x.hold is not None]
        return tuple(hits[:limit])

    def _offer(self, now: datetime, keep: timedelta, limit: int = 1000, freed: Sequence[Slot] | None = None) -> None:
        """Hold free slots for those who wait longest, one each; with `freed` only for those who wait for one like these."""
        served: set[str] = set()
        guards = {guard(x.person, x.slot.doctor.id, x.slot.day) for x in self._booked.values() if x.state == "booked"}
        for one in self._watches.values():
            person = one.watch.person
            if one.hold is not None or person.conversation in served or len(served) >= limit or not _lasts(one.watch, now):
                continue
            if freed is not None and not any(matches(one.watch.query, x) for x in freed):
                continue
            fit = next((x for x in self._asked(one.watch.query, now)
                        if self._is_free(x, now) and guard(person, x.doctor.id, x.day) not in guards), None)
            if fit is not None:
                served.add(person.conversation)
                one.hold = f"watch-{one.watch.id}-{secrets.token_hex(6)}"
                self._holds[one.hold] = _Held(fit.id, person, now + keep)

    async def told(self, watch_ids: Sequence[str]) -> None:
        """See the port."""
        for one in watch_ids:
            if one in self._watches and self._watches[one].hold is not None:
                del self._watches[one]

    # cards

    async def bindings(self, conversation: str) -> tuple[Binding, ...]:
        """See the port."""
        return self._of(conversation)

    def _of(self, conversation: str) -> tuple[Binding, ...]:
        mine = [x for x in self._bindings.values() if x.conversation == conversation]
        return tuple(sorted(mine, key=lambda x: (x.relation != "self", int(x.id))))

    async def bind_by_code(self, conversation: str, code: str, now: datetime) -> Binding:
        """See the port."""
        plain = find_code(code)
        if plain is None:
            raise MalformedCode("not of the form of a binding code")
        attempts, found = self._open(conversation, now), self._codes.get(plain)
        if found is None or found.used and found.record.once or found.record.until is not None and found.record.until <= now:
            raise self._wrong(attempts, now)
        found.used = True
        return self._bind(conversation, found.record.patient_id, found.relation, found.record.scope, "code", now, found.granted_by)

    async def claim_identity(self, conversation: str, claim: IdentityClaim, now: datetime) -> Challenge:
        """See the port."""
        attempts = self._open(conversation, now)
        attempts.claims += 1
        if attempts.claims > WRONG_CODES:
            attempts.locked = now + LOCK
            raise LockedOut(attempts.locked)
        found = [x.id for x in self._world.patients
                 if x.name == claim.name and x.phone == claim.phone and claim.number in (x.id_number, x.card_number)]
        made, code = Challenge(secrets.token_urlsafe(16), now + CODE_LIFE), short_code()
        self._challenges[made.id] = _Claimed(conversation, found[0] if len(found) == 1 else None, code, made.until)
        if len(found) == 1:
            await self._sms.send_code(claim.phone, code, conversation)
        return made

    async def prove_identity(self, conversation: str, challenge_id: str, code: str, now: datetime) -> Binding:
        """See the port."""
        attempts, found = self._open(conversation, now), self._challenges.get(challenge_id)
        if found is None or found.conversation != conversation or found.patient is None or found.used or found.until <= now or found.code != code:
            raise self._wrong(attempts, now)
        found.used = True
        return self._bind(conversation, found.patient, "self", ("booking", "reports"), "identity", now)

    def _open(self, conversation: str, now: datetime) -> _Attempts:
        found = self._attempts.get(conversation)
        if found is None or (found.locked or found.since + LOCK) <= now:
            found = self._attempts[conversation] = _Attempts(now)
        if found.locked is not None:
            raise LockedOut(found.locked)
        return found

    def _wrong(self, attempts: _Attempts, now: datetime) -> Exception:
        attempts.wrong += 1
        if attempts.wrong >= WRONG_CODES:
            attempts.locked = now + LOCK
            return LockedOut(attempts.locked)
        return WrongCode(WRONG_CODES - attempts.wrong)

    def _bind(
        self, conversation: str, patient: str, relation: str, scope: Sequence[Scope], how: str, now: datetime, granted_by: str | None = None
    ) -> Binding:
        self._attempts.pop(conversation, None)
        record = next(x for x in self._world.patients if x.id == patient)
        standing = next((x for x in self._of(conversation) if x.patient_id == patient), None)
        if standing is not None and standing.relation == "self":
            return standing
        made = Binding(standing.id if standing else str(next(self._ids)), conversation, patient, "self" if relation == "self" else "family",
                       scopes(scope), "code" if how == "code" else "identity", now, record.label, record.linked)
        self._bindings[made.id], self._granted[made.id] = made, granted_by
        return made

    async def unbind(self, conversation: str, binding_id: str, now: datetime) -> None:
        """See the port."""
        found = self._bindings.get(binding_id)
        if found is not None and found.conversation == conversation:
            self._drop(found)

    def _drop(self, binding: Binding) -> None:
        del self._bindings[binding.id], self._granted[binding.id]
        gone = (binding.conversation, binding.patient_id)
        self._watches = {k: x for k, x in self._watches.items() if (x.watch.person.conversation, x.watch.person.patient_id) != gone}
        self._report_watches = {k: x for k, x in self._report_watches.items() if (x[0], self._orders[x[1]].patient_id) != gone}

    async def invite_family(self, conversation: str, scope: Sequence[Scope], now: datetime) -> FamilyCode:
        """See the port."""
        made = FamilyCode(new_code(), scopes(scope), now + FAMILY_CODE_LIFE)
        self._codes[made.code] = _Code(CodeRecord(made.code, self._own(conversation), made.until, True, made.scope), "family", granted_by=conversation)
        return made

    async def family(self, conversation: str) -> tuple[Binding, ...]:
        """See the port."""
        patient = self._own(conversation)
        return tuple(x for x in self._bindings.values() if x.patient_id == patient and x.relation == "family")

    async def revoke(self, conversation: str, binding_id: str, now: datetime) -> None:
        """See the port."""
        for one in await self.family(conversation):
            if one.id == binding_id:
                self._drop(one)

    def _own(self, conversation: str) -> str:
        found = [x.patient_id for x in self._of(conversation) if x.relation == "self"]
        if not found:
            raise NotBound("no binding of her own")
        return found[0]

    async def forget(self, conversation: str) -> int:
        """See the port."""
        granted = [self._bindings[k] for k, x in self._granted.items() if x == conversation]
        codes = [k for k, x in self._codes.items() if x.granted_by == conversation]
        for binding in (*granted, *self._of(conversation)):
            self._drop(binding)
        for code in codes:
            del self._codes[code]
        self._holds = {k: x for k, x in self._holds.items() if x.person.conversation != conversation}
        self._watches = {k: x for k, x in self._watches.items() if x.watch.person.conversation != conversation}
        self._challenges = {k: x for k, x in self._challenges.items() if x.conversation != conversation}
        for one in self._booked.values():
            if one.person.conversation == conversation:
                self._booked[one.id] = replace(one, person=Person("", one.person.patient_id))
        return len(granted) + len(codes)

    # reports

    async def orders(self, conversation: str, tests: Sequence[str], now: datetime, patient_id: str | None = None) -> Orders:
        """See the port."""
        patient = self._whose(conversation, patient_id)
        rows = [x for x in self._orders.values() if x.patient_id == patient and (x.test in tests if tests else x.ordered >= now - RECENT)]
        newest: dict[str, TestOrder] = {}
        for row in sorted(rows, key=lambda x: x.ordered, reverse=True):
            newest.setdefault(row.test, self._order(row, now))
        wanted = list(dict.fromkeys(tests)) or list(newest)
        return Orders(tuple(newest[x] for x in wanted if x in newest), now)

    def _whose(self, conversation: str, patient_id: str | None) -> str:
        fitting = [x for x in self._of(conversation) if patient_id in (None, x.patient_id)]
        if not fitting:
            raise NotBound("the conversation is not bound to this patient")
        allowed = [x for x in fitting if "reports" in x.scope]
        if not allowed:
            raise NotAllowed("the binding does not cover reports")
        return allowed[0].patient_id

    def _order(self, row: OrderRecord, now: datetime) -> TestOrder:
        collected, released, visible = (None if x is None or x > now else x for x in (row.collected, row.released, row.visible))
        state, since = order_state(now, ordered=row.ordered, collected=collected, in_lab=row.in_lab, preliminary=row.preliminary, released=released,
                                   visible=visible, cancelled=row.cancelled)
        usual = next((x for x in self._world.turnarounds if x.test == row.test), None)
        expected = None if state in ("visible", "cancelled") else expected_by(collected, released, usual)
        return TestOrder(row.number, row.patient_id, row.test, state, since, row.ordered, collected, released, visible, expected,
                         expected is not None and expected < now.date(), row.platform)

    async def turnaround(self, test: str) -> Turnaround | None:
        """See the port."""
        return next((x for x in self._world.turnarounds if x.test == test), None)

    async def watch_report(self, conversation: str, order_id: str, now: datetime) -> str:
        """See the port."""
        row = self._orders.get(order_id)
        if row is None:
            raise NotBound("no such order of this conversation")
        self._whose(conversation, row.patient_id)
        for name, known in self._report_watches.items():
            if known == (conversation, order_id):
                return name
        made = str(next(self._ids))
        self._report_watches[made] = (conversation, order_id)
        return made

    async def ready(self, now: datetime, limit: int = 1000) -> tuple[ReportHit, ...]:
        """See the port."""
        hits = [ReportHit(name, who, self._order(self._orders[order], now)) for name, (who, order) in self._report_watches.items()]
        return tuple(x for x in hits if x.order.state == "visible")[:limit]

    async def told_ready(self, watch_ids: Sequence[str]) -> None:
        """See the port."""
        for one in watch_ids:
            self._report_watches.pop(one, None)


def _lasts(watch: Watch, now: datetime) -> bool:
    end = last_day(watch.query)
    return end is None or end >= now.date()
