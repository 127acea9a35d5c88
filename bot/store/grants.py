"""What a patient had allowed her family ends with her erasure: the bindings made with her codes, and the codes that wait to be used."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from bot.hospital.tables import BindingRow, CodeRow, OrderRow, ReportWatchRow, WatchRow
from bot.store import consents
from bot.store.database import changed
from bot.store.tables import EndedGrant, utcnow


def end(session: Any, conversation: str) -> int:
    """End all that the patient of a conversation had allowed, in the caller's transaction.

    Returns:
        How many bindings and codes that were.
    """
    codes = changed(session, delete(CodeRow).where(CodeRow.granted_by == conversation))     # first: one that is being used now becomes a binding
    return codes + end_bindings(session, BindingRow.granted_by == conversation)


def told(session: Any, conversation: str) -> None:
    """The family member has been told, in the caller's transaction."""
    changed(session, delete(EndedGrant).where(EndedGrant.conversation == conversation))


def end_bindings(session: Any, *which: Any) -> int:
    """End some bindings of family members and note for each that it is to be told; everything else of the member's stays.

    Args:
        which: conditions on `hospital_binding`.

    Returns:
        How many.
    """
    rows = session.execute(select(BindingRow).where(*which)).scalars().all()
    for row in rows:
        drop(session, row)
        session.merge(EndedGrant(conversation=row.conversation, at=utcnow()))
    session.flush()
    return len(rows)


def drop(session: Any, row: BindingRow) -> None:
    """End a binding with what waits under it, and the consents that were for no more than that, whoever ended it."""
    orders = select(OrderRow.id).where(OrderRow.patient_id == row.patient_id)
    changed(session, delete(WatchRow).where(WatchRow.conversation == row.conversation, WatchRow.patient_id == row.patient_id))
    changed(session, delete(ReportWatchRow).where(ReportWatchRow.conversation == row.conversation, ReportWatchRow.order_id.in_(orders)))
    session.delete(row)
    session.flush()
    consents.settle(session, row.conversation, (consents.BINDING, consents.WAITS))
