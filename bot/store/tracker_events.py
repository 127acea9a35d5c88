"""Rasa's own record of conversations: one table of events, from which one conversation or everything old can be removed."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import inspect, text

from bot.clock import ZONE
from bot.store.database import Database

#: Rasa's table (`SQLTrackerStore.SQLEvent`): `sender_id` is our conversation key, `timestamp` seconds since 1970.
TABLE = "events"
WHO = {"user": "patient", "bot": "bot"}      # events in which something was said


def forget(session: Any, key: str, before: datetime | None = None) -> int:
    """Remove a conversation's events in the caller's transaction; returns how many.

    Args:
        before: those older than a moment (UTC without a zone) only.
    """
    older = "" if before is None else " AND timestamp < :before"
    given = {"key": key, **({} if before is None else {"before": _seconds(before)})}
    return int(session.execute(text(f"DELETE FROM {TABLE} WHERE sender_id = :key{older}"), given).rowcount)


def keys(session: Any) -> list[str]:
    """The conversations that have events."""
    return list(session.execute(text(f"SELECT DISTINCT sender_id FROM {TABLE}")).scalars())


def there(database: Database) -> bool:
    """Whether Rasa has made its table: it does so with the first conversation."""
    return bool(inspect(database.engine).has_table(TABLE))


def expire(session: Any, before: datetime) -> int:
    """Remove events older than a moment (UTC without a zone) in the caller's transaction; returns how many."""
    return int(session.execute(text(f"DELETE FROM {TABLE} WHERE timestamp < :before"), {"before": _seconds(before)}).rowcount)


def _seconds(utc: datetime) -> float:
    return utc.replace(tzinfo=timezone.utc).timestamp()


def said(database: Database, key: str) -> list[dict[str, str]]:
    """What was said in a conversation, masked as it is kept, oldest first: `author`, `text` and the centre's time (`at`).

    Everything else in the table is the machine's: which action ran, what a slot was set to.
    """
    if not there(database):
        return []
    with database.transaction() as session:
        rows = session.execute(text(f"SELECT type_name, timestamp, data FROM {TABLE} WHERE sender_id = :key ORDER BY id"), {"key": key}).all()
    found = [(WHO[kind], at, json.loads(data).get("text")) for kind, at, data in rows if kind in WHO]
    return [{"author": who, "text": words, "at": datetime.fromtimestamp(at, ZONE).isoformat(timespec="seconds")} for who, at, words in found if words]
