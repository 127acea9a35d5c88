"""Rasa's SQL tracker store with connections that stay open, and fewer statements a turn.

As it comes, 3.6.21 opens the SQLite file anew for every statement group and closes it again, which copies the write-ahead log back each time; it writes
a new conversation twice, and counts the kept events before each save although it has just read them: a quarter of a turn's processor time.
"""

from __future__ import annotations

import json
from typing import Any

from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import func, or_, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import sessionmaker

from bot.store import database

KEPT = "_events_kept"       # on a tracker: how many of its events stand in the table


class ConversationTrackerStore(SQLTrackerStore):
    """Events in the table that Rasa's own store uses, so that either reads what the other wrote.

    Args:
        host: the database's URL.
    """

    engine: Engine

    def __init__(self, host: str, domain: Domain | None = None, event_broker: Any = None, **kwargs: Any) -> None:
        super().__init__(domain, host=host, event_broker=event_broker, **kwargs)
        self.engine.dispose()
        self.engine = database.engine(host)
        self.sessionmaker = sessionmaker(bind=self.engine)

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        event = self.SQLEvent
        wanted = select(event.data).where(event.sender_id == sender_id).order_by(event.id)
        if not fetch_events_from_all_sessions:
            started = select(func.max(event.timestamp)).where(event.sender_id == sender_id, event.type_name == "session_started").scalar_subquery()
            wanted = wanted.where(or_(event.timestamp >= started, started.is_(None)))
        with self.session_scope() as session:
            rows = session.execute(wanted).scalars().all()
        if not rows:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, [json.loads(row) for row in rows], self.domain.slots)
        if not fetch_events_from_all_sessions:
            setattr(tracker, KEPT, len(rows))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append what the tracker holds beyond what is kept."""
        kept = getattr(tracker, KEPT, None)
        if kept is None and len(tracker.events) <= 1:       # just created, and listening: written with its first turn, not before
            setattr(tracker, KEPT, 0)
            return
        if kept is None:        # made elsewhere: Rasa's own way counts in the table
            await super().save(tracker)
            return
        added = list(tracker.events)[kept:]
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, added, tracker.sender_id)
        rows = [self._row(tracker.sender_id, event) for event in added]
        with self.session_scope() as session:
            if rows:
                session.execute(self.SQLEvent.__table__.insert(), rows)
            session.commit()
        setattr(tracker, KEPT, kept + len(rows))

    @staticmethod
    def _row(sender: str, event: Any) -> dict[str, Any]:
        data = event.as_dict()
        return {
            "sender_id": sender, "type_name": event.type_name, "timestamp": data.get("timestamp"), "action_name": data.get("name"),
            "intent_name": (data.get("parse_data") or {}).get("intent", {}).get("name"), "data": json.dumps(data),
        }

