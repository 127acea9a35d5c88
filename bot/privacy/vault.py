"""A short-lived, encrypted store for the few values that a form needs after they were masked in the message."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, select

from bot.privacy.model import KINDS
from bot.store.database import Database
from bot.store.tables import Vault as Row
from bot.store.tables import utcnow

SECONDS = 600
"""How long a value is kept unless told otherwise."""


class Vault:
    """Values by conversation and kind, at most one of each; gone once taken, expired or forgotten.

    The conversation and the kind are sealed in with the value: a row moved to another conversation opens nothing.
    """

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._fernet = Fernet(key)

    def put(self, conversation: str, kind: str, value: str, seconds: float = SECONDS, now: datetime | None = None) -> None:
        """Keep a value, in place of an earlier one of its kind.

        Args:
            conversation: whose value it is.
            kind: one of `KINDS`.
            value: what to keep, as `Found.value` has it.
            seconds: how long at most.
            now: the time in UTC without a zone; None for the system's.

        Raises:
            ValueError: an unknown kind, or no time to keep it.
        """
        if kind not in KINDS or seconds <= 0:
            raise ValueError("the vault keeps a known kind for some seconds")
        sealed = self._fernet.encrypt("\0".join((conversation, kind, value)).encode())
        until = (now or utcnow()) + timedelta(seconds=seconds)
        with self._database.transaction() as session:
            session.execute(delete(Row).where(Row.conversation == conversation, Row.kind == kind))
            session.add(Row(conversation=conversation, kind=kind, value=sealed, until=until))
            session.commit()

    def take(self, conversation: str, kind: str, now: datetime | None = None) -> str | None:
        """The value, once: of two takers one gets it. None where there is none, or it has expired or cannot be opened."""
        with self._database.transaction() as session:
            rows = session.execute(
                select(Row.id, Row.value, Row.until).where(Row.conversation == conversation, Row.kind == kind).order_by(Row.id.desc())
            ).all()
            taken = [row for row in rows if session.execute(delete(Row).where(Row.id == row.id)).rowcount == 1]
            session.commit()
        if not taken or taken[0].until <= (now or utcnow()):
            return None
        return self._opened(taken[0].value, conversation, kind)

    def purge(self, now: datetime | None = None) -> int:
        """Remove what has expired; how many values that were."""
        return self._delete(Row.until <= (now or utcnow()))

    def forget(self, conversation: str) -> int:
        """Remove all that is kept of a conversation; how many values that were."""
        return self._delete(Row.conversation == conversation)

    def _delete(self, which: object) -> int:
        with self._database.transaction() as session:
            count = int(session.execute(delete(Row).where(which)).rowcount)
            session.commit()
        return count

    def _opened(self, sealed: bytes, conversation: str, kind: str) -> str | None:
        try:
            owner, of_kind, value = self._fernet.decrypt(sealed).decode().split("\0", 2)
        except InvalidToken:
            return None     # sealed with a key that was replaced since
        return value if (owner, of_kind) == (conversation, kind) else None
