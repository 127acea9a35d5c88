"""Putting a message into the outbox; `bot.desk.outbox` delivers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from bot.store.tables import Outbox
from bot.store.wechat_tables import Address

WEB = "web"
DESK = "desk"                               # the channel that staff read


def channel_of(session: Any, conversation: str) -> str:
    """The channel by which a patient is reached: the platform she wrote on, else the chat page."""
    row = session.get(Address, conversation)
    return WEB if row is None else str(row.channel)


def queue(session: Any, channel: str, conversation: str, payload: Mapping[str, Any], dedup: str | None = None) -> bool:
    """Put a message into the outbox, in the caller's transaction.

    Args:
        dedup: a second message with the same key is not queued.

    Returns:
        Whether it was queued.
    """
    if dedup is not None and session.execute(select(Outbox.id).where(Outbox.dedup == dedup)).first():
        return False
    session.add(Outbox(channel=channel, conversation=conversation, payload=dict(payload), dedup=dedup))
    return True
