"""What is old is removed: once an hour, what has not changed for the days that the settings say; each minute, what the vault held for a form."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete

from bot.privacy.vault import Vault
from bot.store import consents, personal, tracker_events
from bot.store.database import Database, cleanse
from bot.store.tables import Cooldown, utcnow

logger = logging.getLogger(__name__)

PERIOD = timedelta(hours=1)
VAULT_PERIOD = timedelta(minutes=1)     # patients are told that a value is kept for ten minutes at the most


class Retention:
    """Does its work when an hour has passed, that of the vault when a minute has.

    Args:
        database: our tables.
        tracker: where Rasa's events are.
        days: after which a row without a change is removed.
        consented: purposes of consents that end when our own tables keep nothing for them any more.
    """

    def __init__(self, database: Database, tracker: Database, vault: Vault, days: int, consented: Iterable[str] = consents.ENDING) -> None:
        self._database, self._tracker, self._vault, self._days, self._consented = database, tracker, vault, days, tuple(consented)
        self._next = self._next_vault = datetime.min

    def work(self, now: datetime | None = None) -> bool:
        """Remove what is old, if it is time.

        Args:
            now: UTC without a zone.

        Returns:
            Whether an hour had passed.
        """
        now = now or utcnow()
        if now >= self._next_vault:
            self._next_vault = now + VAULT_PERIOD
            self._vault.purge(now)
        if now < self._next:
            return False
        self._next = now + PERIOD
        touched = sum(personal.expire(self._database, self._days, now).values()) + self._events(now - timedelta(days=self._days))
        with self._database.transaction() as session:
            session.execute(delete(Cooldown).where(Cooldown.until < personal.at_the_centre(now)))
            consents.settle(session, purposes=self._consented)
            session.commit()
        cleanse(self._database.engine)
        cleanse(self._tracker.engine)
        if touched:
            logger.info("retention: %d rows older than %d days removed", touched, self._days)
        return True

    def _events(self, before: datetime) -> int:
        if not tracker_events.there(self._tracker):
            return 0
        with self._tracker.transaction() as session:
            touched = tracker_events.expire(session, before)
            session.commit()
        return touched
