"""What only one of several processes may do at a time: whoever holds the lease does it, and renews it while it does."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.database import Database, changed
from bot.store.tables import utcnow
from bot.store.wecom_tables import Lease


class Leases:
    """Leases of this process."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utcnow) -> None:
        self._database, self._clock = database, clock
        self.owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"

    def take(self, name: str, seconds: float) -> bool:
        """Take or renew a lease; False where another holds it."""
        now = self._clock()
        until = now + timedelta(seconds=seconds)
        try:
            with self._database.transaction() as session:
                if session.execute(select(Lease.name).where(Lease.name == name)).first() is None:
                    session.add(Lease(name=name, owner=self.owner, until=until))
                    session.commit()
                    return True
                free = or_(Lease.owner == self.owner, Lease.until <= now)
                taken = self._set(session, Lease.name == name, free, owner=self.owner, until=until)
                session.commit()
                return taken
        except IntegrityError:      # another process was faster
            return False

    def give_back(self, name: str) -> None:
        """Let another take it at once."""
        with self._database.transaction() as session:
            self._set(session, Lease.name == name, Lease.owner == self.owner, until=self._clock())
            session.commit()

    def stop(self, name: str) -> None:
        """Nobody does it any more, until a process that is started later."""
        with self._database.transaction() as session:
            self._set(session, Lease.name == name, stopped_at=self._clock())
            session.commit()

    def stopped(self, name: str, since: datetime) -> bool:
        """Whether it was stopped after a moment (UTC without a zone)."""
        with self._database.transaction() as session:
            at = session.execute(select(Lease.stopped_at).where(Lease.name == name)).scalar()
            return at is not None and at >= since

    @staticmethod
    def _set(session: Any, *which: Any, **values: Any) -> bool:
        return bool(changed(session, update(Lease).where(*which).values(**values)))
