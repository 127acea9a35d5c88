"""Messages outside a turn: written with their cause, delivered at least once by the desk's worker.

A row is claimed for a while, delivered, and marked; a worker that dies loses its claim, and another delivers. The chat page drops what it has
seen by the bubble's id, so twice delivered is once shown.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import or_, select, update

from bot.clock import ZONE
from bot.store.database import Database
from bot.store.outbox import DESK, queue
from bot.store.tables import Outbox, WebMessage, utcnow

logger = logging.getLogger(__name__)

CLAIM = timedelta(seconds=30)
RETRY_SECONDS = (5, 30, 120, 600, 3600)      # then the row is given up and staff see it
BATCH = 20


class NotNow(Exception):
    """It was not delivered and is tried again; the message says why, in a word."""


class Undeliverable(Exception):
    """It was not delivered, or nobody knows whether it was: not tried again, staff see it. The message says why, without anything of the patient."""


class Later(Exception):
    """It is not the time for it: looked at again after `wait`, which counts as no attempt."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("later")
        self.wait = wait


class Outdated(Exception):
    """What it tells of is over: not delivered, and nobody needs to see it. The message says why, in a word."""


OUTDATED = "outdated: "         # before that word, in the row
SEEN = "seen: "                 # before an error that staff have looked after
UNKNOWN = "unknown"             # how the error begins where nobody knows whether it was delivered
#: Channels that staff read themselves: of what is lost there no alert is raised, which could be lost as well.
FOR_STAFF = (DESK, "wecom-webhook")
#: Delivers one row inside the transaction that marks it.
Delivery = Callable[[Any, Outbox], None]


def to_desk(_session: Any, row: Outbox) -> None:
    """An alert for staff, in the desk's log: what and when, never whose and in which words."""
    told = " ".join(f"{k}={v}" for k, v in sorted(row.payload.items()))
    logger.warning("ALERT %d  %s", row.id, told)


def to_chat_page(session: Any, row: Outbox) -> None:
    """A bubble that every open page of the conversation receives by server push."""
    session.add(WebMessage(conversation=row.conversation, author="bot", payload=row.payload))


class Worker:
    """Delivers what is due.

    Args:
        deliveries: by channel name; a row of another channel waits and is tried again.
    """

    def __init__(self, database: Database, deliveries: Mapping[str, Delivery]) -> None:
        self._database, self._deliveries = database, deliveries
        self._name = f"{socket.gethostname()}:{os.getpid()}"

    def work(self, now: datetime | None = None) -> int:
        """Deliver what is due once.

        Returns:
            How many rows were delivered.
        """
        now = now or utcnow()
        return sum(self._deliver(row, now) for row in self._claim(now))

    def _claim(self, now: datetime) -> list[int]:
        """Take rows that are due and nobody else's; the update itself decides between two workers."""
        free = or_(Outbox.claimed_until.is_(None), Outbox.claimed_until < now)
        open_ = (Outbox.delivered_at.is_(None), Outbox.gave_up_at.is_(None), Outbox.due_at <= now, free)
        with self._database.transaction() as session:
            due = session.execute(select(Outbox.id).where(*open_).order_by(Outbox.id).limit(BATCH)).scalars().all()
            mine = [
                row for row in due
                if session.execute(update(Outbox).where(Outbox.id == row, *open_)
                                   .values(claimed_by=self._name, claimed_until=now + CLAIM)).rowcount
            ]
            session.commit()
        return mine

    def _deliver(self, row_id: int, now: datetime) -> bool:
        with self._database.transaction() as session:
            row = session.get(Outbox, row_id)
            if row is None:     # its patient was forgotten meanwhile
                return False
            try:
                self._deliveries[row.channel](session, row)
            except Later as error:
                session.rollback()
                self._wait(row_id, now + error.wait)
                return False
            except Outdated as error:
                session.rollback()
                self._give_up(row_id, now, f"{OUTDATED}{error}")
                return False
            except Undeliverable as error:
                session.rollback()
                self._give_up(row_id, now, str(error))
                return False
            except Exception as error:  # noqa: BLE001  whatever a channel raises, the row is kept and tried again
                session.rollback()
                self._put_off(row_id, now, type(error).__name__)
                return False
            row.delivered_at, row.claimed_until = now, None
            session.commit()
            return True

    def _give_up(self, row_id: int, now: datetime, error: str) -> None:
        """Where nobody knows whether it was delivered, staff get an alert, both or neither."""
        with self._database.transaction() as session:
            session.execute(update(Outbox).where(Outbox.id == row_id).values(gave_up_at=now, claimed_until=None, error=error[:200]))
            channel = session.execute(select(Outbox.channel).where(Outbox.id == row_id)).scalar()
            if error.startswith(UNKNOWN) and channel not in (None, *FOR_STAFF):
                at = now.replace(tzinfo=timezone.utc).astimezone(ZONE).isoformat(timespec="seconds")
                queue(session, DESK, "", {"what": "unknown", "notice": row_id, "at": at}, dedup=f"unknown:notice:{row_id}")
            session.commit()
        if error.startswith(OUTDATED):
            logger.info("notice %d is %s", row_id, error)
        else:
            logger.error("ALERT  notice %d given up: %s", row_id, error)

    def _wait(self, row_id: int, until: datetime) -> None:
        with self._database.transaction() as session:
            session.execute(update(Outbox).where(Outbox.id == row_id).values(due_at=until, claimed_until=None))
            session.commit()

    def _put_off(self, row_id: int, now: datetime, error: str) -> None:
        with self._database.transaction() as session:
            row = session.get(Outbox, row_id)
            if row is None:
                return
            row.attempts += 1
            row.error, row.claimed_until = error, None
            if row.attempts > len(RETRY_SECONDS):
                row.gave_up_at = now
            else:
                row.due_at = now + timedelta(seconds=RETRY_SECONDS[row.attempts - 1])
            given_up = row.gave_up_at is not None
            session.commit()
        if given_up:
            logger.error("ALERT  notice %d given up: %s", row_id, error)
        else:
            logger.warning("delivery %d put off: %s", row_id, error)
