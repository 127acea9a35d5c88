"""Reminders of appointments made here: on the day before, to whoever agreed, never at night, each once, and not of one that was given back.

The hospital's appointments and the consent are looked at when a reminder is due and once more when it is delivered, hours later perhaps: nothing has to
be taken back where she cancels, moves, unlinks or does not want reminders any more.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock_time
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bot.clock import ZONE
from bot.desk.outbox import Delivery, Later, NotNow, Outdated
from bot.dialogue import reminders
from bot.dialogue.model import Turn
from bot.hospital.errors import HospitalError, HospitalUnavailable, NonsenseReply
from bot.hospital.model import Appointment, Person
from bot.hospital.ports import Hospital
from bot.store.conversations import Conversations
from bot.store.database import Database
from bot.store.outbox import channel_of, queue
from bot.store.tables import Outbox, utcnow

logger = logging.getLogger(__name__)

KIND = "reminder"           # of the message, and the beginning of its key
PAUSE_SECONDS = 60.0        # between two looks
MORNING, EVENING = clock_time(8), clock_time(21)        # nobody is reminded from the evening to the morning
LATELY = timedelta(days=3)  # what was queued longer ago is over


class Reminders:
    """Finds what is due and queues it; and looks once more before it goes out.

    Args:
        turn: a turn without a message, by conversation: its words and language, as they stand.
        now: the centre's time.
    """

    def __init__(self, database: Database, hospital: Hospital, conversations: Conversations, turn: Callable[[str], Turn],
                 now: Callable[[], datetime], hour: Callable[[], clock_time | None]) -> None:
        self._database, self._hospital, self._conversations = database, hospital, conversations
        self._turn, self._now, self._hour = turn, now, hour
        self._looked: float | None = None

    def work(self) -> int:
        """One look, at most once a minute.

        Returns:
            How many reminders were queued.
        """
        if self._looked is not None and time.monotonic() - self._looked < PAUSE_SECONDS:
            return 0
        self._looked = time.monotonic()
        return asyncio.run(self.once())

    async def once(self) -> int:
        """Queue what is due and was not queued before. What fails is found again at the next look, as long as the appointment has not begun."""
        made = 0
        try:
            for one in await self._due():
                made += await self._remind(one)
        except (HospitalError, SQLAlchemyError) as error:       # its name only: a message could hold a value
            logger.warning("reminders put off: %s", type(error).__name__)
        return made

    async def _due(self) -> list[Appointment]:
        """Those that begin today or tomorrow and whose reminder's time has come; one booked later than that needs none."""
        now, hour = self._now(), self._hour()
        if hour is None or _wait(now):
            return []
        end = datetime.combine(now.date() + timedelta(days=2), clock_time(), ZONE)
        coming = [x for x in await self._hospital.upcoming(now, end) if x.booked_at < reminders.due(x.slot.starts, hour) <= now]
        queued = self._queued() if coming else set()
        new = [x for x in coming if _key(x) not in queued]
        agreed = self._conversations.who_agreed(reminders.PURPOSE, (x.person.conversation for x in new))
        return [x for x in new if x.person.conversation in agreed]

    def _queued(self) -> set[str]:
        keys = select(Outbox.dedup).where(Outbox.dedup.like(f"{KIND}:%"), Outbox.created_at > utcnow() - LATELY)
        with self._database.transaction() as session:
            return set(session.execute(keys).scalars())

    async def _remind(self, one: Appointment) -> bool:
        """Queue a reminder; not during an emergency, which is for later, and not of an appointment that is hers no more."""
        key = one.person.conversation
        try:
            if self._conversations.episode(key, self._now()) is not None or not await self._stands(key, one.id, one.slot.starts):
                return False
            bound = await self._hospital.bindings(key)
        except NonsenseReply as error:      # of this one: the others are asked all the same
            logger.warning("a reminder put off: %s", type(error).__name__)
            return False
        whose = next((x for x in bound if x.patient_id == one.person.patient_id), None)
        text = reminders.text(self._turn(key), one.slot, whose)
        payload = {"text": text, "kind": KIND, "buttons": [], "at": self._now().isoformat(timespec="seconds"),
                   "when": one.slot.starts.isoformat(timespec="minutes")}
        with self._database.transaction() as session:
            made = queue(session, channel_of(session, key), key, payload, _key(one))
            try:
                session.commit()
            except IntegrityError:      # another desk was faster
                return False
        return made

    async def _stands(self, conversation: str, appointment: str, starts: datetime) -> bool:
        """Whether an appointment is still hers and at that time. Of a patient whose card is not linked any more nothing is told.

        Raises:
            HospitalUnavailable: it could not be looked up.
        """
        hers = await self._hospital.appointments(Person(conversation), self._now())
        return any(x.id == appointment and x.slot.starts == starts for x in hers)

    def checked(self, deliver: Delivery) -> Delivery:
        """A delivery that looks at a reminder once more before it sends it."""

        def delivery(session: Any, row: Outbox) -> None:
            if row.payload.get("kind") == KIND:
                self._look_again(row)
            deliver(session, row)

        return delivery

    def _look_again(self, row: Outbox) -> None:
        now, starts = self._now(), datetime.fromisoformat(row.payload["when"])
        if starts <= now:
            raise Outdated("past")
        if reminders.PURPOSE not in self._conversations.agreed(row.conversation):
            raise Outdated("not wanted any more")
        if wait := _wait(now):
            raise Later(wait)
        try:
            standing = asyncio.run(self._stands(row.conversation, str(row.dedup).split(":")[1], starts))
        except HospitalUnavailable:
            raise NotNow("the hospital cannot be asked") from None
        if not standing:
            raise Outdated("cancelled")


def _key(one: Appointment) -> str:
    """No second reminder with it is queued; a hospital that moves an appointment makes it another."""
    return f"{KIND}:{one.id}:{one.slot.starts:%Y%m%d%H%M}"


def _wait(now: datetime) -> timedelta:
    """How long the night still lasts; nothing by day."""
    if MORNING <= now.time() < EVENING:
        return timedelta()
    day = now.date() + timedelta(days=1 if now.time() >= EVENING else 0)
    return datetime.combine(day, MORNING, ZONE) - now
