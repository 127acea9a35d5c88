"""A short-lived, encrypted store for the few values that a form needs after they were masked in the message."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, select

from bot.errors import SettingsError
from bot.privacy.model import KINDS
from bot.store.database import Database
from bot.store.tables import Vault as Row
from bot.store.tables import utcnow

SECONDS = 600
"""How long a value is kept unless told otherwise."""

VARIABLE = "VAULT_KEY"
_FILE = "vault-key"
_FORM = re.compile(rb"[A-Za-z0-9_-]{43}=")


def key(var: Path, env: Mapping[str, str] | None = None) -> bytes:
    """The vault's key: from `VAULT_KEY`, or made once for the demonstration, readable by its owner alone.

    Args:
        var: the data folder, in which the demonstration's key lies beside that of the cookies.
        env: the environment; None for the process's own.

    Raises:
        SettingsError: `VAULT_KEY` is no Fernet key, or not set in production.
    """
    env = os.environ if env is None else env
    given = env.get(VARIABLE)
    if given:
        if not _FORM.fullmatch(given.encode()):
            raise SettingsError(f"{VARIABLE} must be 32 random bytes in URL-safe base64, as Fernet.generate_key() makes them")
        return given.encode()
    if env.get("ENV", "").lower() == "production":
        raise SettingsError(f"{VARIABLE} is not set, and ENV is production")
    path = var / _FILE
    if not path.exists():
        draft = var / f"{_FILE}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
        try:
            os.link(draft, path)      # atomic: of several processes that start at once, one wins and all read the same
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()


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
