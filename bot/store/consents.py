"""A consent ends with what it was for: with the last binding, with the last wish that waited, with the card.

No proof that there was one is kept beyond that: a line that says who once agreed to what is itself something of hers, kept for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import and_, delete, not_, or_, select, true

from bot.hospital.tables import BindingRow, ReportWatchRow, WatchRow
from bot.store.database import changed
from bot.store.tables import Consent, Dialogue

BINDING, WAITS, CARD = "binding", "reminder", "card"
#: Purposes that end by themselves. A reminder of appointments is agreed to for all that come, and ends when she says so.
ENDING = (BINDING, WAITS, CARD)
#: What the open requests of a conversation still keep under a consent.
UNDER_WAY: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    BINDING: lambda state: bool(state.get("binding")),
    WAITS: lambda _state: False,
    CARD: lambda state: (state.get("card") or {}).get("step", "facts" if state.get("card") else "consent") != "consent",
}


def settle(session: Any, conversation: str | None = None, purposes: Iterable[str] = ENDING) -> int:
    """Remove consents under which nothing is kept any more, in the caller's transaction.

    Args:
        conversation: whose; None for everybody's.
        purposes: of those that our own tables know about.

    Returns:
        How many ended.
    """
    nothing_in_tables = {BINDING: not_(_has(BindingRow)), WAITS: and_(not_(_has(WatchRow)), not_(_has(ReportWatchRow))), CARD: true()}
    over = or_(*(and_(Consent.purpose == x, nothing_in_tables[x]) for x in purposes))
    rows = select(Consent, Dialogue.state).outerjoin(Dialogue, Dialogue.conversation == Consent.conversation).where(over)
    if conversation is not None:
        rows = rows.where(Consent.conversation == conversation)
    ended = [x for x, state in session.execute(rows).all() if not UNDER_WAY[x.purpose](state or {})]
    return sum(changed(session, _same(x)) for x in ended)


def _has(table: Any) -> Any:
    return select(table.id).where(table.conversation == Consent.conversation).exists()


def _same(one: Consent) -> Any:
    """The statement that removes a consent unless it was given anew meanwhile."""
    return delete(Consent).where(Consent.conversation == one.conversation, Consent.purpose == one.purpose, Consent.given_at == one.given_at)
