"""What patients wait for: a slot that was given back, a report that can be seen. One message each, through the outbox.

The message and what it opens in the conversation are written in one transaction, under a key of their own; only then is the hospital told. A desk
that dies in between, or cannot reach the hospital, begins its next pass by telling what was queued; the key lets no second message through.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.dialogue import booking_replies, booking_words, report_words
from bot.dialogue.model import EmergencyWords, Reading, State, Turn
from bot.dialogue.wish import Open, Wish
from bot.hospital.errors import HospitalError
from bot.hospital.model import ReportHit, SlotQuery, WatchHit
from bot.hospital.ports import Hospital
from bot.knowledge.library import Library
from bot.store.conversations import Conversations, stored
from bot.store.database import Database
from bot.store.outbox import channel_of, queue
from bot.store.tables import Dialogue, Outbox, utcnow
from bot.text.entities import find_entities

logger = logging.getLogger(__name__)

SLOT, REPORT = "slot", "report"
PAUSE_SECONDS = 1.0         # the hospital is not asked more often
LATELY = timedelta(hours=1)     # what was queued longer ago is acknowledged or expired


@dataclass(frozen=True)
class Notice:
    """A message to be queued.

    Attributes:
        kind: `SLOT` or `REPORT`.
        watch: the hospital's id of what she waited by.
        what: what it tells of: a hold, an order.
        state: what is open in the conversation from then on; None leaves it as it is.
        read: what was open when that was made of it.
    """

    kind: str
    watch: str
    what: str
    conversation: str
    payload: Mapping[str, Any]
    state: State | None = None
    read: State | None = None

    @property
    def key(self) -> str:
        """No second message with it is queued."""
        return f"{self.kind}:{self.watch}:{self.what}"


class Notices:
    """Asks the hospital what is due and queues it.

    Args:
        now: the centre's time.
        library, emergencies: the staff's words as of now.
    """

    def __init__(
        self, database: Database, hospital: Hospital, conversations: Conversations, now: Callable[[], datetime],
        library: Callable[[], Library], emergencies: Callable[[], EmergencyWords],
    ) -> None:
        self._database, self._hospital, self._conversations = database, hospital, conversations
        self._now, self._library, self._emergencies = now, library, emergencies
        self._asked: float | None = None
        self._untold: dict[str, set[str]] = {}

    def work(self) -> int:
        """One pass, at most once a second.

        Returns:
            How many messages were queued.
        """
        if self._asked is not None and time.monotonic() - self._asked < PAUSE_SECONDS:
            return 0
        self._asked = time.monotonic()
        return asyncio.run(self.once())

    async def once(self) -> int:
        """Released slots first: they are held for minutes. What fails is found again at the next pass."""
        made = 0
        for part in (self._slots, self._reports):
            try:
                made += await part()
            except (HospitalError, SQLAlchemyError) as error:       # its name only: a message could hold a value
                logger.warning("notices put off: %s", type(error).__name__)
        return made

    async def _slots(self) -> int:
        await self._tell(SLOT, self._hospital.told)
        made = [self._queue(self._released(x)) for x in await self._hospital.serve(self._now())]
        await self._tell(SLOT, self._hospital.told)
        return sum(made)

    async def _reports(self) -> int:
        await self._tell(REPORT, self._hospital.told_ready)
        made = [self._queue(self._ready(x)) for x in await self._hospital.ready(self._now())]
        await self._tell(REPORT, self._hospital.told_ready)
        return sum(made)

    async def _tell(self, kind: str, told: Callable[[Sequence[str]], Awaitable[None]]) -> None:
        """Acknowledge what was queued and not acknowledged yet; on the first pass, what a desk before this one may have left."""
        if kind not in self._untold:
            self._untold[kind] = self._queued_lately(kind)
        if self._untold[kind]:
            await told(sorted(self._untold[kind]))
            self._untold[kind].clear()

    def _queued_lately(self, kind: str) -> set[str]:
        keys = select(Outbox.dedup).where(Outbox.dedup.like(f"{kind}:%"), Outbox.created_at > utcnow() - LATELY)
        with self._database.transaction() as session:
            return {key.split(":")[1] for key in session.execute(keys).scalars()}

    def _released(self, hit: WatchHit) -> Notice:
        """A slot held for her: "confirm" or a tap books it, as if she had chosen it. An emergency stays in front; the slot is kept for after it."""
        turn = self.turn(hit.watch.person.conversation)
        open_ = Open(_wish(turn, hit), request=hit.hold.id, hold=hit.hold.id, slot=hit.hold.slot.id)
        state = booking_replies.held(turn, open_, hit.hold).state
        if turn.state.waiting == "alarm" or turn.episode is not None:
            state = replace(turn.state, booking=state.booking)
        text = turn.say("booking_released", slot=booking_words.slot(turn, hit.hold.slot), until=booking_words.clock(hit.hold.until))
        offers = state.offers if state.waiting == "booking" else ()
        return Notice(SLOT, hit.watch.id, hit.hold.id, turn.conversation, self._bubble("booking", text, offers), state, turn.state)

    def _ready(self, hit: ReportHit) -> Notice:
        turn = self.turn(hit.conversation)
        text = turn.say("report_ready_now", sentence=report_words.sentence(turn, hit.order))
        return Notice(REPORT, hit.watch_id, hit.order.id, turn.conversation, self._bubble("report", text, ()))

    def _bubble(self, kind: str, text: str, offers: tuple[dict[str, str], ...]) -> dict[str, Any]:
        buttons = [{"id": x["id"], "title": x["title"]} for x in offers]
        return {"text": text, "kind": kind, "buttons": buttons, "at": self._now().isoformat(timespec="seconds")}

    def turn(self, key: str) -> Turn:
        """A turn without a message: the conversation as it stands, in its language."""
        profile, state = self._conversations.load(key)
        now = self._now()
        return Turn(library=self._library(), emergencies=self._emergencies(), text="", intent="", whole=Reading("", ()), clauses=(),
                    entities=find_entities("", now.date()), language=profile.language or "zh", profile=profile, state=state, now=now,
                    episode=self._conversations.episode(key, now), conversation=key, hospital=self._hospital)

    def _queue(self, notice: Notice) -> bool:
        """Queue a message with what it opens, both or neither; False where it was queued before.

        A turn that changed the conversation meanwhile goes first: nothing is queued, and the next pass makes the message anew.
        """
        with self._database.transaction() as session:
            if notice.state is not None and stored(session, notice.conversation) != notice.read:
                return False
            new = session.execute(select(Outbox.id).where(Outbox.dedup == notice.key)).first() is None
            if new:
                queue(session, channel_of(session, notice.conversation), notice.conversation, notice.payload, notice.key)
                if notice.state is not None:
                    session.merge(Dialogue(conversation=notice.conversation, state=notice.state.to_json()))
            session.commit()
        self._untold[notice.kind].add(notice.watch)
        return new


def _wish(turn: Turn, hit: WatchHit) -> Wish:
    """What she waited for; the doctor's name from the slot, where one doctor was wished for."""
    query: SlotQuery = hit.watch.query
    doctor = hit.hold.slot.doctor if query.doctors else None
    if doctor is None:
        return Wish(query.visit_types, None, None, query.department, query.windows)
    return Wish(query.visit_types, doctor.called(turn.language), doctor.id, query.department, query.windows)
