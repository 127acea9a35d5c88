"""How patients of a messaging platform are reached: encrypted, with the number of messages that may be sent to each just now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import update

from bot.store.database import Database, changed
from bot.store.tables import utcnow
from bot.store.wechat_tables import Address, SubscriptionConsent

MESSAGE, CLICK = "message", "click"
#: How many service messages what she did allows, and how long (developers.weixin.qq.com/doc/service/en/guide/product/kf/intro.html); a little less, because its clock is not ours.
GRANTS: Mapping[str, tuple[int, timedelta]] = {MESSAGE: (5, timedelta(hours=48) - timedelta(minutes=1)), CLICK: (3, timedelta(seconds=55))}


class Addresses:
    """Addresses by conversation key.

    Args:
        key: of the encryption, the vault's. The conversation is sealed in: a row moved to another one opens nothing.
        grants: messages and time by kind of grant.
    """

    def __init__(
        self, database: Database, key: bytes, grants: Mapping[str, tuple[int, timedelta]] = GRANTS, clock: Callable[[], datetime] = utcnow
    ) -> None:
        self._database, self._fernet, self._grants, self._clock = database, Fernet(key), grants, clock

    def remember(self, session: Any, conversation: str, channel: str, user: str, grant: str | None) -> None:
        """Keep an address in the caller's transaction; the newest grant takes the place of the one before.

        Args:
            user: as the platform calls her.
            grant: what she did: `MESSAGE` or `CLICK`; None for what allows nothing.
        """
        row = session.get(Address, conversation)
        if row is None:
            row = Address(conversation=conversation, channel=channel)
            session.add(row)
        if self._opened(row.sealed, conversation) is None:
            row.sealed = self._fernet.encrypt("\0".join((conversation, user)).encode())
        if grant is not None:
            row.kind, row.granted_at, row.remaining = grant, self._clock(), self._grants[grant][0]

    def user(self, conversation: str) -> str | None:
        """As the platform calls her; None for one who does not follow, or is not known."""
        with self._database.transaction() as session:
            row = session.get(Address, conversation)
            sealed = row.sealed if row is not None else None
        return self._opened(sealed, conversation)

    def _opened(self, sealed: bytes | None, conversation: str) -> str | None:
        """The address; None where there is none for this conversation."""
        if not sealed:
            return None
        try:
            owner, user = self._fernet.decrypt(sealed).decode().split("\0", 1)
        except InvalidToken:
            return None     # sealed with a key that was replaced since; her next message brings the address again
        return user if owner == conversation else None

    def unfollow(self, conversation: str) -> None:
        """She does not want more: the address is gone, the row stays, so that nothing else is tried."""
        self._set(Address.conversation == conversation, sealed=None, remaining=0, kind=None, granted_at=None)

    def spend(self, conversation: str) -> bool:
        """Take one message from what is allowed; False where nothing is left or the time is over. Of two who spend the last one gets it."""
        now = self._clock()
        with self._database.transaction() as session:
            row = session.get(Address, conversation)
            if row is None or row.kind is None or row.granted_at is None or row.granted_at + self._grants[row.kind][1] <= now:
                return False
            spent = update(Address).where(Address.conversation == conversation, Address.remaining > 0, Address.granted_at == row.granted_at)
            done = changed(session, spent.values(remaining=Address.remaining - 1))
            session.commit()
            return bool(done)

    def left(self, conversation: str) -> int:
        """How many messages are allowed just now; none is taken."""
        with self._database.transaction() as session:
            row = session.get(Address, conversation)
            open_ = row is not None and row.kind is not None and row.granted_at is not None and row.granted_at + self._grants[row.kind][1] > self._clock()
            return int(row.remaining) if row is not None and open_ else 0

    def exhaust(self, conversation: str) -> None:
        """The platform says that nothing is left."""
        self._set(Address.conversation == conversation, remaining=0)

    def _set(self, which: Any, **values: Any) -> None:
        with self._database.transaction() as session:
            changed(session, update(Address).where(which).values(**values))
            session.commit()

    # --- subscription messages

    def consent(self, conversation: str, template: str, change: int) -> None:
        """She agreed to one more message of a template (1), one was used up (-1), or she withdrew (0)."""
        with self._database.transaction() as session:
            self.consent_in(session, conversation, template, change)
            session.commit()

    def consent_in(self, session: Any, conversation: str, template: str, change: int) -> None:
        """The same in the caller's transaction."""
        row = session.get(SubscriptionConsent, (conversation, template))
        if row is None:
            row = SubscriptionConsent(conversation=conversation, template=template, remaining=0)
            session.add(row)
        row.remaining = max(0, row.remaining + change) if change else 0

    def consents(self, conversation: str, template: str) -> int:
        """How many messages of a template she has agreed to."""
        with self._database.transaction() as session:
            row = session.get(SubscriptionConsent, (conversation, template))
            return 0 if row is None else int(row.remaining)
