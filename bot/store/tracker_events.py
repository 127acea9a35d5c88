"""Rasa's own record of conversations: one table of events, from which one conversation or everything old can be removed."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import text

#: Rasa's table (`SQLTrackerStore.SQLEvent`): `sender_id` is our conversation key, `timestamp` seconds since 1970.
TABLE = "events"


def forget(session: Any, key: str) -> int:
    """Remove a conversation's events in the caller's transaction; returns how many."""
    return int(session.execute(text(f"DELETE FROM {TABLE} WHERE sender_id = :key"), {"key": key}).rowcount)


def expire(session: Any, before: datetime) -> int:
    """Remove events older than a moment (UTC without a zone) in the caller's transaction; returns how many."""
    seconds = before.replace(tzinfo=timezone.utc).timestamp()
    return int(session.execute(text(f"DELETE FROM {TABLE} WHERE timestamp < :before"), {"before": seconds}).rowcount)
