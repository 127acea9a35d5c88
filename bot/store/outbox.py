"""Putting a message into the outbox; `bot.desk.outbox` delivers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from bot.store.tables import Outbox


def queue(session: Any, channel: str, conversation: str, payload: Mapping[str, Any], dedup: str | None = None) -> None:
    """Put a message into the outbox, in the caller's transaction.

    Args:
        dedup: a second message with the same key is not queued.
    """
    if dedup is not None and session.execute(select(Outbox.id).where(Outbox.dedup == dedup)).first():
        return
    session.add(Outbox(channel=channel, conversation=conversation, payload=dict(payload), dedup=dedup))
