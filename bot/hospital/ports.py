"""What the bot asks of a hospital. Every implementation passes `tests/contract/`.

All calls may raise `HospitalUnavailable` (or its `NonsenseReply`); what else a call raises, it says. `now` is the moment of the turn,
the centre's time. Nothing is half done when a call raises.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.hospital.model import (
    HOLD,
    Alternatives,
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
    Turnaround,
    Watch,
    WatchHit,
)
from bot.hospital.rules import other_wishes


class Schedules(ABC):
    """Who sees patients when, and what is free."""

    @abstractmethod
    async def departments(self) -> tuple[Department, ...]:
        """All departments."""

    @abstractmethod
    async def doctors(self) -> tuple[Doctor, ...]:
        """All doctors who see patients; `bot.hospital.naming.matching` finds those a patient means."""

    @abstractmethod
    async def free(self, query: SlotQuery, now: datetime) -> Availability:
        """Free slots after `now`, earliest first. A day gone by or in the year 2099 is simply without sessions.

        Raises:
            UnknownDoctor: the query names an id that no doctor has.
        """

    @abstractmethod
    async def sessions(self, query: SlotQuery, now: datetime) -> tuple[Session, ...]:
        """Sessions ahead, free or full, earliest first: what is offered where single slots would be too many.

        Raises:
            UnknownDoctor: the query names an id that no doctor has.
        """

    async def alternatives(self, query: SlotQuery, now: datetime) -> Alternatives:
        """What else there is when nothing is free for `query`: the nearest day, another doctor, another visit type.

        Raises:
            UnknownDoctor: the query names an id that no doctor has.
        """
        found: list[tuple[Slot, ...]] = []
        for wishes in other_wishes(query, await self.doctors()):
            slots = [await self._first(tried, now) for tried in wishes]
            found.append(earliest(slots, query.limit))
        return Alternatives(found[0], found[1], found[2], now)

    async def _first(self, tried: Sequence[SlotQuery], now: datetime) -> Slot | None:
        """The first slot of the first query that has one."""
        for query in tried:
            if slots := (await self.free(query, now)).slots:
                return slots[0]
        return None


def earliest(slots: Sequence[Slot | None], limit: int) -> tuple[Slot, ...]:
    """The slots that there are, earliest first."""
    return tuple(sorted((x for x in slots if x is not None), key=lambda x: x.starts)[:limit])


class Bookings(ABC):
    """From an offer to an appointment and back."""

    @abstractmethod
    async def hold(
        self, slot_id: str, person: Person, request: str, now: datetime, keep: timedelta = HOLD, moving: str | None = None
    ) -> Hold:
        """Keep a slot for a person for a while. A person holds one slot at a time: an earlier hold of the conversation is released.

        Args:
            request: made by the caller for this wish; asking again with it returns the same hold.
            keep: for how long.
            moving: id of the appointment that is to be exchanged for it; that one does not stand in the way.

        Raises:
            SlotGone: it is another patient's, has begun or does not exist.
            AlreadyBooked: the person has an appointment with this doctor on that day.
            NotBound: the hospital books for bound patients only, or the conversation is not bound to `person.patient_id`.
            NotAllowed: a family binding without `booking`.
            HoldExpired: the request is known and its hold has run out or was released.
        """

    @abstractmethod
    async def confirm(self, hold_id: str, person: Person, now: datetime) -> Appointment:
        """Make a hold an appointment. Confirming again returns the same appointment.

        Raises:
            HoldExpired: not held any more, or not by this person.
            AlreadyBooked: the person has an appointment with this doctor on that day.
        """

    @abstractmethod
    async def release(self, hold_id: str, person: Person, now: datetime) -> None:
        """Give a hold back; nothing happens where there is none."""

    @abstractmethod
    async def appointments(self, person: Person, now: datetime) -> tuple[Appointment, ...]:
        """The person's booked appointments that have not begun, earliest first: those made in this conversation and, where
        `patient_id` is given, all of that patient's.

        Raises:
            NotBound, NotAllowed: the conversation may not act for that patient.
        """

    @abstractmethod
    async def upcoming(self, now: datetime, until: datetime) -> tuple[Appointment, ...]:
        """Booked appointments made in any conversation that begin after `now` and before `until`, earliest first, as far as is known without
        asking anew: whoever acts on one looks at `appointments` of its person first.
        """

    @abstractmethod
    async def cancel(self, appointment_id: str, person: Person, now: datetime) -> Appointment:
        """Give an appointment back; its slot is free again. Cancelling again returns the same.

        Raises:
            UnknownAppointment: not one of this person's.
            TooLate: it has begun.
        """

    @abstractmethod
    async def reschedule(self, appointment_id: str, hold_id: str, person: Person, now: datetime) -> Appointment:
        """Exchange an appointment for a slot held with `moving`, both or neither; the old slot is free again. Doing it again returns the same.

        Raises:
            UnknownAppointment, TooLate, HoldExpired, AlreadyBooked: as for `cancel` and `confirm`; nothing has changed then.
        """


class Watches(ABC):
    """Waiting for a slot that somebody gives back."""

    @abstractmethod
    async def watch(self, query: SlotQuery, person: Person, now: datetime) -> Watch:
        """Wait for a slot. The same wish of the same conversation is one watch, in its first place."""

    @abstractmethod
    async def watching(self, conversation: str, now: datetime) -> tuple[Watch, ...]:
        """The conversation's waiting watches, oldest first; those whose last day has passed are over."""

    @abstractmethod
    async def unwatch(self, watch_id: str, conversation: str) -> None:
        """Wait no longer; nothing happens where there is no such watch of this conversation."""

    @abstractmethod
    async def serve(self, now: datetime, keep: timedelta = HOLD, limit: int = 1000) -> tuple[WatchHit, ...]:
        """Give free slots to those who wait, first come first served, one each, held for `keep`; called again and again by the desk.

        Returns:
            What has not been acknowledged with `told`, in the order of the watches: the caller queues one message each and acknowledges.
        """

    @abstractmethod
    async def told(self, watch_ids: Sequence[str]) -> None:
        """The messages for these watches are queued; they are over."""


class Cards(ABC):
    """Which conversation may act for which patient."""

    @abstractmethod
    async def bindings(self, conversation: str) -> tuple[Binding, ...]:
        """What this conversation is bound to, its own card first."""

    @abstractmethod
    async def bind_by_code(self, conversation: str, code: str, now: datetime) -> Binding:
        """Bind with a one-time code that the hospital (or, for a family member, the patient) gave out. It is used up by that.

        Raises:
            MalformedCode: no code looks like this; counts as no attempt.
            WrongCode: nobody's, used or out of date; `left` attempts remain.
            LockedOut: the fifth wrong one, or any within a day after it, right ones included.
        """

    @abstractmethod
    async def claim_identity(self, conversation: str, claim: IdentityClaim, now: datetime) -> Challenge:
        """Match a claim with the records and, if it fits, send a code to that telephone. The answer is the same if it does not.

        Raises:
            LockedOut: too many claims or wrong codes from this conversation.
        """

    @abstractmethod
    async def prove_identity(self, conversation: str, challenge_id: str, code: str, now: datetime) -> Binding:
        """Bind with the code that came to the telephone.

        Raises:
            WrongCode, LockedOut: as for `bind_by_code`, counted together with it.
        """

    @abstractmethod
    async def unbind(self, conversation: str, binding_id: str, now: datetime) -> None:
        """End a binding of this conversation, and what waits under it."""

    @abstractmethod
    async def invite_family(self, conversation: str, scope: Sequence[Scope], now: datetime) -> FamilyCode:
        """A code by which a family member may act for the patient of this conversation: her consent, with its scope.

        Raises:
            NotBound: the conversation has no binding of its own (`self`).
        """

    @abstractmethod
    async def family(self, conversation: str) -> tuple[Binding, ...]:
        """Who may act for the patient of this conversation.

        Raises:
            NotBound: the conversation has no binding of its own.
        """

    @abstractmethod
    async def revoke(self, conversation: str, binding_id: str, now: datetime) -> None:
        """Take a family member's binding back; nothing happens where there is none.

        Raises:
            NotBound: the conversation has no binding of its own.
        """

    @abstractmethod
    async def forget(self, conversation: str) -> int:
        """Delete what is kept under a conversation key: bindings, watches, holds, codes under way. What the conversation had allowed ends
        with it: the bindings made with its family codes, with what waits under them, and those codes, used or not.

        Appointments stay the hospital's, without the key. Counted attempts stay for their day, or being forgotten would open a lock.

        Returns:
            How many bindings of family members and family codes have ended.
        """


class Reports(ABC):
    """How far tests are; never what they say."""

    @abstractmethod
    async def orders(self, conversation: str, tests: Sequence[str], now: datetime, patient_id: str | None = None) -> Orders:
        """The newest order of each test, in the order asked for, else the newest first.

        Args:
            tests: codes; none for all of the last ninety days.
            patient_id: whose, where the conversation is bound to several; None for its own card, else the first.

        Raises:
            NotBound: the conversation is not bound (to that patient).
            NotAllowed: a family binding without `reports`.
        """

    @abstractmethod
    async def turnaround(self, test: str) -> Turnaround | None:
        """The usual time of a test; None where none is known."""

    @abstractmethod
    async def watch_report(self, conversation: str, order_id: str, now: datetime) -> str:
        """Wait until a report can be seen; asking again is one watch.

        Returns:
            The watch's id.

        Raises:
            NotBound, NotAllowed: not one of the conversation's orders.
        """

    @abstractmethod
    async def ready(self, now: datetime, limit: int = 1000) -> tuple[ReportHit, ...]:
        """Watched reports that can be seen now and have not been acknowledged with `told_ready`, oldest watch first."""

    @abstractmethod
    async def told_ready(self, watch_ids: Sequence[str]) -> None:
        """The messages for these watches are queued; they are over."""


class Hospital(Schedules, Bookings, Watches, Cards, Reports):
    """All of it."""


class Sms(ABC):
    """Sends a code to a telephone. The demonstration shows it in the chat instead, marked as such."""

    @abstractmethod
    async def send_code(self, phone: str, code: str, conversation: str) -> None:
        """Hand the code over for delivery.

        Raises:
            HospitalUnavailable: it could not be handed over.
        """
