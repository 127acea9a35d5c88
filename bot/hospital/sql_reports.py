"""How far tests are, from SQL. No value of a test is in these tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from bot.hospital.errors import NotAllowed, NotBound
from bot.hospital.model import RECENT, Orders, ReportHit, TestOrder, Turnaround, expected_by
from bot.hospital.ports import Reports
from bot.hospital.rules import order_state
from bot.hospital.sql_base import SqlPart, home, home_of, kept_time, row_id
from bot.hospital.tables import BindingRow, OrderRow, ReportWatchRow, TestRow
from bot.store.database import changed


class SqlReports(SqlPart, Reports):
    """Reads orders and keeps who waits for them."""

    async def orders(self, conversation: str, tests: Sequence[str], now: datetime, patient_id: str | None = None) -> Orders:
        """See the port."""
        return await self._ask(self._orders, conversation, tuple(tests), now, patient_id)

    def _orders(self, conversation: str, tests: tuple[str, ...], now: datetime, patient_id: str | None) -> Orders:
        with self._reading() as session:
            patient = readable_patient(session, conversation, patient_id)
            usual = _usual(session)
            rows = session.execute(orders_of(patient, tests, now)).scalars().all()
            newest: dict[str, TestOrder] = {}
            for row in rows:
                newest.setdefault(row.test, order_of(row, usual, now))
            wanted = list(dict.fromkeys(tests)) or list(newest)
            return Orders(tuple(newest[x] for x in wanted if x in newest), now)

    async def turnaround(self, test: str) -> Turnaround | None:
        """See the port."""
        return (await self._ask(self._turnarounds)).get(test)

    def _turnarounds(self) -> dict[str, Turnaround]:
        with self._reading() as session:
            return _usual(session)

    async def watch_report(self, conversation: str, order_id: str, now: datetime) -> str:
        """See the port."""
        return await self._ask(self._watch_report, conversation, order_id, now)

    def _watch_report(self, conversation: str, order_id: str, now: datetime) -> str:
        with self._writing(f"{conversation}:{order_id}") as session:
            order = session.get(OrderRow, row_id(order_id))
            if order is None:
                raise NotBound("no such order of this conversation")
            readable_patient(session, conversation, order.patient_id)
            row = session.execute(
                select(ReportWatchRow).where(ReportWatchRow.conversation == conversation, ReportWatchRow.order_id == order.id)
            ).scalar()
            if row is None:
                row = ReportWatchRow(conversation=conversation, order_id=order.id, since=kept_time(now))
                session.add(row)
                session.flush()
            return str(row.id)

    async def ready(self, now: datetime, limit: int = 1000) -> tuple[ReportHit, ...]:
        """See the port."""
        return await self._ask(self._ready, now, limit)

    def _ready(self, now: datetime, limit: int) -> tuple[ReportHit, ...]:
        with self._reading() as session:
            usual = _usual(session)
            rows = session.execute(
                select(ReportWatchRow, OrderRow).join(OrderRow, OrderRow.id == ReportWatchRow.order_id)
                .where(OrderRow.visible_at <= kept_time(now), OrderRow.cancelled_at.is_(None)).order_by(ReportWatchRow.id).limit(limit)
            ).all()
            return tuple(ReportHit(str(watch.id), watch.conversation, order_of(order, usual, now)) for watch, order in rows)

    async def told_ready(self, watch_ids: Sequence[str]) -> None:
        """See the port."""
        await self._ask(self._told_ready, [row_id(x) for x in watch_ids])

    def _told_ready(self, ids: list[int]) -> None:
        with self._writing() as session:
            for start in range(0, len(ids), 500):
                changed(session, delete(ReportWatchRow).where(ReportWatchRow.id.in_(ids[start : start + 500])))


def orders_of(patient_id: str, tests: tuple[str, ...], now: datetime) -> Any:
    """The statement for a patient's orders, newest first."""
    made = select(OrderRow).where(OrderRow.patient_id == patient_id).order_by(OrderRow.ordered_at.desc(), OrderRow.id.desc())
    return made.where(OrderRow.test.in_(tests)) if tests else made.where(OrderRow.ordered_at >= kept_time(now - RECENT))


def readable_patient(session: Any, conversation: str, patient_id: str | None) -> str:
    """The patient whose reports a conversation may see: the one named, else its own, else the first it may.

    Raises:
        NotBound: it is bound to no patient, or not to this one.
        NotAllowed: no binding of these covers reports.
    """
    rows = session.execute(
        select(BindingRow).where(BindingRow.conversation == conversation).order_by(BindingRow.relation.desc(), BindingRow.id)
    ).scalars().all()
    fitting = [x for x in rows if patient_id in (None, x.patient_id)]
    if not fitting:
        raise NotBound("the conversation is not bound to this patient")
    allowed = [x for x in fitting if "reports" in x.scope]
    if not allowed:
        raise NotAllowed("the binding does not cover reports")
    return str(allowed[0].patient_id)


def _usual(session: Any) -> dict[str, Turnaround]:
    rows = session.execute(select(TestRow)).scalars()
    return {x.code: Turnaround(x.code, timedelta(hours=x.least_hours), timedelta(hours=x.most_hours)) for x in rows}


def order_of(row: OrderRow, usual: dict[str, Turnaround], now: datetime) -> TestOrder:
    """A row as it stands at a moment: what lies ahead of it has not happened."""
    ordered = home_of(row.ordered_at)
    collected, released, visible = (None if x is None or x > now else x for x in (home(row.collected_at), home(row.released_at), home(row.visible_at)))
    state, since = order_state(now, ordered=ordered, collected=collected, in_lab=home(row.in_lab_at), preliminary=home(row.preliminary_at),
                               released=released, visible=visible, cancelled=home(row.cancelled_at))
    expected = None if state in ("visible", "cancelled") else expected_by(collected, released, usual.get(row.test))
    return TestOrder(
        id=str(row.id), patient_id=row.patient_id, test=row.test, state=state, since=since, ordered_at=ordered, collected_at=collected,
        released_at=released, visible_at=visible, expected=expected, overdue=expected is not None and expected < now.date(), platform=row.platform,
    )
