"""The chat page's bubbles: kept, listed, followed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.store.database import Database
from bot.store.tables import WebMessage

HISTORY = 200       # bubbles that a reload shows


class WebMessages:
    """Bubbles of the chat page, by conversation key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, conversation: str, *bubbles: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """Keep bubbles (author and payload each) and return them with their ids."""
        with self._database.transaction() as session:
            rows = [WebMessage(conversation=conversation, author=author, payload=payload) for author, payload in bubbles]
            session.add_all(rows)
            session.commit()
            return [bubble(row) for row in rows]

    def after(self, conversation: str, last: int = 0) -> list[dict[str, Any]]:
        """The bubbles behind an id, oldest first, at most the last `HISTORY`."""
        with self._database.transaction() as session:
            rows = session.execute(
                select(WebMessage).where(WebMessage.conversation == conversation, WebMessage.id > last)
                .order_by(WebMessage.id.desc()).limit(HISTORY)
            ).scalars()
            return [bubble(row) for row in rows][::-1]

    def sent_as(self, conversation: str, client_id: str) -> list[dict[str, Any]] | None:
        """What a retried message had led to: its bubble and those behind it; None if it never arrived."""
        recent = self.after(conversation)
        for place, one in enumerate(recent):
            if one.get("client_id") == client_id:
                return recent[place:]
        return None


def bubble(row: WebMessage) -> dict[str, Any]:
    """A row as the page reads it."""
    return {"id": row.id, "author": row.author, "name": None, "buttons": [], "kind": "", **row.payload}
