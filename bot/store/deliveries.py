"""What a platform delivered, claimed before work, and its answers, kept before they are sent: nothing is lost, nothing is answered twice."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.clock import ZONE
from bot.store.database import Database, changed
from bot.store.outbox import DESK, queue
from bot.store.tables import utcnow
from bot.store.wechat_tables import Delivery

CLAIMED, ANSWERED, PASSING, SENDING = "claimed", "answered", "passing", "sending"
SENT, WAITING, UNKNOWN, FAILED = "sent", "waiting", "unknown", "failed"
STAFF = (UNKNOWN, FAILED, WAITING)
RETRIES = 3                                 # of the platform; an answer to the last one that was lost is asked for by nobody
PASS = timedelta(seconds=25)                # until then a platform that did not get our answer has asked again
ASK = timedelta(seconds=12)                 # within which a platform that hung up asks again
SEND = timedelta(seconds=60)                # a process that sends for longer has died
KEEP = timedelta(hours=48)
TRIES = 3


@dataclass(frozen=True)
class Claim:
    """A delivery as it stands.

    Attributes:
        id: of its row.
        number: which delivery of the same message this is, from 1.
        mine: whether this process has to answer it.
        conversation, asked, answer, question, attempts, state, error: as in the table.
    """

    id: int
    number: int
    mine: bool
    conversation: str
    state: str
    asked: Mapping[str, Any]
    answer: Mapping[str, Any] | None
    question: str | None
    attempts: int = 0
    error: str | None = None


class Deliveries:
    """Deliveries of one channel.

    Args:
        lasts: how long answering may take; then the process is taken for dead.
    """

    def __init__(self, database: Database, channel: str, lasts: timedelta, clock: Callable[[], datetime] = utcnow) -> None:
        self._database, self._channel, self._lasts, self._clock = database, channel, lasts, clock
        self._name = f"{socket.gethostname()}:{os.getpid()}"

    def claim(
        self, dedup: str, conversation: str, asked: Mapping[str, Any], also: Callable[[Any], None], answer: Mapping[str, Any] | None = None
    ) -> Claim:
        """Claim a message, or find out what became of it.

        Args:
            dedup: tells messages apart.
            asked: what has to be answered.
            also: what else is kept of a new message, in the same transaction.
            answer: where it is known already.
        """
        for attempt in range(TRIES):
            try:
                with self._database.transaction() as session:
                    found = self._again(session, dedup) or self._new(session, dedup, conversation, asked, also, answer)
                    session.commit()
                    return found
            except IntegrityError:      # another process was faster: the next look finds what it wrote
                if attempt == TRIES - 1:
                    raise
        raise AssertionError

    def _new(self, session: Any, dedup: str, conversation: str, asked: Mapping[str, Any], also: Callable[[Any], None],
             answer: Mapping[str, Any] | None) -> Claim:
        now = self._clock()
        row = Delivery(channel=self._channel, dedup=dedup, conversation=conversation, asked=dict(asked), answer=answer, owner=self._name,
                       state=CLAIMED if answer is None else ANSWERED, due_at=now + (self._lasts if answer is None else PASS), created_at=now)
        session.add(row)
        session.flush()
        also(session)
        session.flush()
        return _claim(row, mine=True)

    def _again(self, session: Any, dedup: str) -> Claim | None:
        row = session.execute(select(Delivery).where(Delivery.dedup == dedup)).scalars().first()
        if row is None:
            return None
        counted = update(Delivery).where(Delivery.id == row.id).values(deliveries=Delivery.deliveries + 1)
        changed(session, counted)
        session.refresh(row)
        return _claim(row, mine=False)

    def keep(self, dedup: str, conversation: str, answer: Mapping[str, Any], until: datetime | None = None) -> None:
        """Keep a message that could not be sent until she writes; once for each key.

        Args:
            until: when it is of no use any more (UTC).
        """
        with self._database.transaction() as session:
            if session.execute(select(Delivery.id).where(Delivery.dedup == dedup)).first() is None:
                session.add(Delivery(channel=self._channel, dedup=dedup, conversation=conversation, asked={"what": "nothing"}, answer=dict(answer),
                                     state=WAITING, due_at=until, created_at=self._clock()))
                session.commit()

    def look(self, delivery: int) -> Claim | None:
        """As it stands now; None where its patient was forgotten."""
        with self._database.transaction() as session:
            row = session.get(Delivery, delivery)
            return None if row is None else _claim(row, mine=False)

    def answered(self, delivery: int, answer: Mapping[str, Any], question: str) -> bool:
        """Keep the answer; False where somebody else has answered, or she was forgotten."""
        return self._move(delivery, (CLAIMED,), state=ANSWERED, answer=dict(answer), question=question, due_at=self._clock() + PASS)

    def passing(self, delivery: int, number: int | None = None) -> bool:
        """Whether this delivery, the newest of its message, may give the answer back; until it has, nobody knows whether it arrived.

        Args:
            number: which delivery of the message it is; None where any may, for what is given twice is shown once.
        """
        newest = () if number is None else (Delivery.deliveries == number,)
        return self._move(delivery, (ANSWERED, PASSING), *newest, state=PASSING, due_at=self._clock() + PASS)

    def unwritten(self, delivery: int, number: int) -> bool:
        """The platform hung up before the answer was written: it asks again, or, if it does not, the answer is sent."""
        return self._move(delivery, (PASSING,), Delivery.deliveries == number, state=ANSWERED, due_at=self._clock() + ASK)

    def sending(self, delivery: int) -> bool:
        """Whether this process may send the answer outside a request."""
        return self._move(delivery, (ANSWERED, WAITING), state=SENDING, owner=self._name, due_at=self._clock() + SEND)

    def sent(self, delivery: int) -> None:
        """It has arrived."""
        self._move(delivery, None, state=SENT, due_at=None, sent_at=self._clock(), error=None)

    def settle(self, delivery: int, state: str, error: str | None = None) -> None:
        """What became of it where it did not arrive."""
        self._move(delivery, None, state=state, due_at=None, error=error)

    def unknown(self, delivery: int, error: str) -> None:
        """Nobody knows whether it arrived: it is not repeated, and staff are told."""
        with self._database.transaction() as session:
            self._nobody_knows(session, [delivery], error)
            session.commit()

    def _nobody_knows(self, session: Any, which: Sequence[int], error: str | None) -> None:
        lost = update(Delivery).where(Delivery.id.in_(which)).values(state=UNKNOWN, due_at=None, error=error)
        changed(session, lost)
        at = self._clock().replace(tzinfo=timezone.utc).astimezone(ZONE).isoformat(timespec="seconds")
        for delivery in which:
            queue(session, DESK, "", {"what": "unknown", "delivery": delivery, "at": at}, dedup=f"unknown:{delivery}")

    def later(self, delivery: int, seconds: float, error: str) -> None:
        """Try again then."""
        self._move(delivery, None, state=ANSWERED, error=error, attempts=Delivery.attempts + 1, due_at=self._clock() + timedelta(seconds=seconds))

    def rest(self, delivery: int, answer: Mapping[str, Any], state: str) -> None:
        """Keep what did not fit: to be sent (`ANSWERED`) or asked for (`WAITING`)."""
        self._move(delivery, None, state=state, answer=dict(answer), question=None, due_at=self._clock() if state == ANSWERED else None)

    def waiting(self, conversation: str) -> list[Claim]:
        """Answers that a patient has not got yet, the oldest first."""
        return self._list(Delivery.conversation == conversation, Delivery.state == WAITING, or_(Delivery.due_at.is_(None), Delivery.due_at > self._clock()))

    def absorb(self, delivery: int, answer: Mapping[str, Any], waiting: Sequence[int]) -> bool:
        """Let an answer that is about to be given carry those that wait, all of them or none: False where one was given meanwhile."""
        with self._database.transaction() as session:
            taken = update(Delivery).where(Delivery.id.in_(waiting), Delivery.state == WAITING).values(state=SENT, sent_at=self._clock())
            count = changed(session, taken)
            carried = update(Delivery).where(Delivery.id == delivery).values(answer=dict(answer))
            if count != len(waiting) or not changed(session, carried):
                return False
            session.commit()
            return True

    def under_way(self, conversation: str, but: int) -> bool:
        """Whether another message of hers is being answered."""
        return bool(self._list(Delivery.conversation == conversation, Delivery.state == CLAIMED, Delivery.id != but))

    def due(self) -> list[Claim]:
        """Take up what a process left: `CLAIMED` to be answered anew, `ANSWERED` to be sent, `SENDING` of which nobody knows whether it was sent.

        What was given back to the platform and not asked for again has arrived; after the platform's last retry nobody knows.
        """
        now, last = self._clock(), Delivery.deliveries > RETRIES
        passed = (Delivery.channel == self._channel, Delivery.state == PASSING, Delivery.due_at <= now)
        with self._database.transaction() as session:
            changed(session, update(Delivery).where(*passed, ~last).values(state=SENT, due_at=None))
            self._nobody_knows(session, session.execute(select(Delivery.id).where(*passed, last)).scalars().all(), None)
            found = session.execute(select(Delivery).where(
                Delivery.channel == self._channel, Delivery.state.in_((CLAIMED, ANSWERED, SENDING)), Delivery.due_at <= now
            ).order_by(Delivery.id).limit(20)).scalars().all()
            mine = [_claim(row, mine=True) for row in found if self._taken(session, row, now)]
            session.commit()
            return mine

    def _taken(self, session: Any, row: Delivery, now: datetime) -> bool:
        until = now + (self._lasts if row.state == CLAIMED else SEND)
        taken = update(Delivery).where(Delivery.id == row.id, Delivery.state == row.state, Delivery.due_at == row.due_at)
        return bool(changed(session, taken.values(due_at=until, owner=self._name)))

    def for_staff(self) -> list[Claim]:
        """What did not arrive, or nobody knows whether it did, the newest first."""
        return self._list(Delivery.state.in_(STAFF), Delivery.seen_at.is_(None))[::-1]

    def seen(self, delivery: int) -> bool:
        """Staff have looked after it; False where there is no such row."""
        return self._move(delivery, STAFF, Delivery.seen_at.is_(None), seen_at=self._clock())

    def purge(self) -> int:
        """Remove what is over and older than two days, and at once what nobody has any use for; how many rows that were."""
        old, useless = Delivery.created_at < self._clock() - KEEP, and_(Delivery.state == WAITING, Delivery.due_at <= self._clock())
        over = or_(Delivery.state == SENT, Delivery.seen_at.isnot(None))
        with self._database.transaction() as session:
            count = int(session.execute(delete(Delivery).where(Delivery.channel == self._channel, or_(and_(old, over), useless))).rowcount)
            session.commit()
        return count

    def _list(self, *which: Any) -> list[Claim]:
        with self._database.transaction() as session:
            rows = session.execute(select(Delivery).where(Delivery.channel == self._channel, *which).order_by(Delivery.id)).scalars()
            return [_claim(row, mine=False) for row in rows]

    def _move(self, delivery: int, before: tuple[str, ...] | None, *which: Any, **values: Any) -> bool:
        states = () if before is None else (Delivery.state.in_(before),)
        with self._database.transaction() as session:
            moved = update(Delivery).where(Delivery.id == delivery, *states, *which).values(**values)
            done = changed(session, moved)
            session.commit()
            return bool(done)


def _claim(row: Delivery, mine: bool) -> Claim:
    return Claim(row.id, row.deliveries, mine, row.conversation, row.state, row.asked, row.answer, row.question, row.attempts, row.error)
