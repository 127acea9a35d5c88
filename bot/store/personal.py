"""Where something of a person is kept, declared once: erasure, export and retention go over this list, and a test fails when a table with
a person's key is not on it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import and_, delete, or_, select

from bot.clock import ZONE
from bot.hospital import tables as hospital  # noqa: F401  its tables belong to the same list
from bot.store import (
    grants,
    tracker_events,
    wechat_tables,  # noqa: F401  as do the platforms'
    wecom_tables,  # noqa: F401  and the leases and notices to groups
)
from bot.store.database import Database, cleanse
from bot.store.outbox import DESK
from bot.store.tables import Base, Erasure, ErasureNotice

ERASURES = "erasures.log"           # in the data folder: outlives a database that is set back to a backup

NOBODY = ""                         # in place of a key, where the column has to have one
#: Names of columns that hold the key of a conversation.
KEYS = ("conversation", "held_for", "granted_by")


@dataclass(frozen=True)
class Store:
    """One table in which a person's key stands.

    Attributes:
        table: its name.
        key: the column with the conversation key.
        how: rows are deleted, or the key in them is emptied where the row is the centre's (an appointment, a line of the audit). What she had
            allowed somebody else is ended, with what waits under it, and he is told (`bot.store.grants`).
        time: column by which a row's age is known.
        local: whether that column is in the centre's own time; else it is UTC.
        told: whether an export shows it.
        also: columns emptied with the key, which name the person as well.
        locked: column with a moment until which the row stays even when she is forgotten: forgetting does not open a lock.
        alerts: whether rows of an emergency that staff have not settled stay when she is forgotten, with the key blank (`_unsettled`).
        lasts: kept until it ends by itself, however old: a consent, a binding, a wish that waits.
    """

    table: str
    key: str = "conversation"
    how: Literal["deleted", "emptied", "ended"] = "deleted"
    time: str = "created_at"
    local: bool = False
    told: bool = True
    lasts: bool = False
    also: tuple[str, ...] = ()
    locked: str | None = None
    alerts: bool = False

    @property
    def grants(self) -> bool:
        """Whether these rows are what she had allowed her family."""
        return self.key == "granted_by"


STORES: tuple[Store, ...] = (
    Store("profile", time="updated_at"),
    Store("dialogue", time="updated_at"),
    Store("unanswered"),
    Store("outbox", told=False, alerts=True),
    Store("web_message"),
    Store("episode", time="opened_at", local=True, alerts=True),
    Store("shown", how="emptied", time="at"),
    Store("vault", time="until", told=False),
    Store("consent", time="given_at", local=True, lasts=True),
    Store("delivery"),
    Store("erasure_notice", time="at", told=False),       # until the broker has it; written again by an erasure
    Store("address", time="updated_at", told=False, lasts=True),        # encrypted; without it a report she waits for cannot be announced
    Store("subscription_consent", time="updated_at", lasts=True),
    Store("hospital_hold", time="until", local=True, told=False),
    Store("hospital_appointment", how="emptied", time="booked_at", local=True, lasts=True, also=("guard",)),
    Store("hospital_slot", key="held_for", how="emptied", time="held_until", local=True, told=False, lasts=True, also=("held_by", "held_until")),
    Store("hospital_watch", time="since", local=True, lasts=True),
    Store("hospital_challenge", time="until", local=True, told=False),
    Store("hospital_attempts", time="since", local=True, told=False, locked="locked_until"),
    Store("hospital_binding", time="since", local=True, lasts=True),
    Store("hospital_code", key="granted_by", time="granted_at", local=True, told=False),
    Store("hospital_binding", key="granted_by", how="ended", time="since", local=True, told=False, lasts=True),      # her family's
    Store("ended_grant", time="at", told=False),
    Store("hospital_report_watch", time="since", local=True, lasts=True),
)


def subject(key: str) -> str:
    """What the list of erasures keeps of a conversation: a hash of its key, which is a keyed hash already."""
    return hashlib.sha256(key.encode()).hexdigest()


def erase(
    database: Database, key: str, log: Path | None = None, now: datetime | None = None, announced: bool = False, ended: int = 0
) -> dict[str, int]:
    """Delete or empty everything of a conversation, and leave one line without anything of the person.

    Args:
        log: file that gets the same line: a database that is set back to a backup forgets its own.
        announced: listeners of the event broker are to hear of it; what they know her by is kept until the broker has the message.
        ended: how much of what she had allowed her family the hospital has ended before; the line tells the number with what ends here.

    Returns:
        Rows touched, by table.
    """
    at = now or _utc()
    with database.transaction() as session:
        touched: Counter[str] = Counter()
        for store in STORES:
            rows = _remove(session, store, key)
            touched[store.table] += rows
            ended += rows if store.grants else 0
        session.add(Erasure(subject=subject(key), at=at, ended=ended))
        if announced:
            session.add(_notice(key, at))
        session.commit()
    cleanse(database.engine)
    if log is not None:
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"subject": subject(key), "at": at.isoformat()}) + "\n")
            file.flush()
            os.fsync(file.fileno())
    return dict(touched)


def reapply(database: Database, log: Path, tracker: Database | None = None, announced: bool = False) -> int:
    """After a backup was restored: remove again what was erased since, and nothing that a patient wrote after her erasure.

    Args:
        tracker: where Rasa's events are, which are set back as well.
        announced: tell listeners of the event broker again: a notice that waited for the broker is lost with the state it stood in.

    Returns:
        Rows touched.
    """
    erased: dict[str, datetime] = {}
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        one = json.loads(line)
        erased[one["subject"]] = max(datetime.fromisoformat(one["at"]), erased.get(one["subject"], datetime.min))
    touched, found = _reapply_events(tracker, erased) if tracker is not None else (0, set())
    ended: Counter[str] = Counter()
    with database.transaction() as session:
        for store in STORES:
            column = Base.metadata.tables[store.table].c[store.key]
            for key in session.execute(select(column).where(column.isnot(None)).distinct()).scalars().all():
                if subject(key) in erased:
                    rows = _remove(session, store, key, before=erased[subject(key)])
                    touched += rows
                    ended[subject(key)] += rows if store.grants else 0
                    found.add(key)
        session.add_all(_notice(x, erased[subject(x)]) for x in sorted(found) if announced)
        known = set(session.execute(select(Erasure.subject)).scalars())
        session.add_all(Erasure(subject=x, at=at, ended=ended[x]) for x, at in erased.items() if x not in known)
        session.commit()
    for each in (database, *((tracker,) if tracker is not None else ())):
        cleanse(each.engine)
    return touched


def _reapply_events(tracker: Database, erased: Mapping[str, datetime]) -> tuple[int, set[str]]:
    """The same in Rasa's table: events removed, and the conversations that had any."""
    if not tracker_events.there(tracker):
        return 0, set()
    with tracker.transaction() as session:
        found = {x for x in tracker_events.keys(session) if subject(x) in erased}
        touched = sum(tracker_events.forget(session, x, erased[subject(x)]) for x in found)
        session.commit()
    return touched, found


def _notice(key: str, at: datetime) -> ErasureNotice:
    return ErasureNotice(id=secrets.token_hex(16), conversation=key, at=at)


def unannounced(database: Database) -> list[ErasureNotice]:
    """Erasures that the event broker has not got yet, oldest first."""
    with database.transaction() as session:
        rows = list(session.execute(select(ErasureNotice).order_by(ErasureNotice.at, ErasureNotice.id)).scalars())
        session.expunge_all()       # they are read after the transaction
        return rows


def was_announced(database: Database, notice: str) -> None:
    """The broker has this one: nothing of hers is needed any more."""
    with database.transaction() as session:
        session.execute(delete(ErasureNotice).where(ErasureNotice.id == notice))
        session.commit()


def export(database: Database, key: str, tracker: Database | None = None) -> dict[str, list[dict[str, Any]]]:
    """All that is kept of a conversation, by table, as JSON: the right to one's own data.

    Args:
        tracker: where Rasa's events are; what was said is told from them as `said`.
    """
    with database.transaction() as session:
        found: dict[str, list[dict[str, Any]]] = {}
        for store in (x for x in STORES if x.told):
            table = Base.metadata.tables[store.table]
            rows = session.execute(select(table).where(table.c[store.key] == key)).mappings().all()
            if rows:
                found[store.table] = [{k: _plain(v) for k, v in row.items() if k not in KEYS} for row in rows]
    words = tracker_events.said(tracker, key) if tracker is not None else []
    return {**({"said": list(words)} if words else {}), **found}


def expire(database: Database, days: int, now: datetime | None = None) -> dict[str, int]:
    """Retention: remove what has not changed for so many days.

    Returns:
        Rows touched, by table.
    """
    limit = (now or _utc()) - timedelta(days=days)
    with database.transaction() as session:
        touched = {store.table: _remove(session, store, None, before=limit) for store in STORES if not store.lasts}
        session.commit()
    return touched


def _remove(session: Any, store: Store, key: str | None, before: datetime | None = None) -> int:
    """Delete or empty rows: of one conversation or of all, of any age or older than a moment (UTC)."""
    table = Base.metadata.tables[store.table]
    rows: list[Any] = [table.c[store.key] == key if key is not None else table.c[store.key].isnot(None)]
    if before is not None:
        rows.append(table.c[store.time] < (at_the_centre(before) if store.local else before))
    if store.locked is not None:
        until = table.c[store.locked]
        rows.append(or_(until.is_(None), until <= at_the_centre(_utc())))
    if store.alerts and key is not None:
        session.execute(table.update().where(*rows, _unsettled(table)).values({store.key: NOBODY}))     # no row of hers any more
    if store.how == "ended":
        return grants.end_bindings(session, *rows)
    emptied = dict.fromkeys((store.key, *store.also))
    done = table.delete().where(*rows) if store.how == "deleted" else table.update().where(*rows).values(emptied)
    return int(session.execute(done).rowcount)


def _unsettled(table: Any) -> Any:
    """What staff must go on seeing, though its patient wants to be forgotten: emergencies not ended, and alerts not delivered. Neither has a word of hers."""
    if table.name == "episode":
        return table.c.ended_at.is_(None)
    return and_(table.c.channel == DESK, table.c.delivered_at.is_(None), table.c.gave_up_at.is_(None))


def personal_tables(tables: Iterable[Any]) -> set[str]:
    """The tables that hold a person's key, by the names of their columns."""
    return {table.name for table in tables if any(x in table.c for x in KEYS)}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _utc() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def at_the_centre(utc: datetime) -> datetime:
    """A moment of UTC as the centre's own time, both without a zone."""
    return utc.replace(tzinfo=timezone.utc).astimezone(ZONE).replace(tzinfo=None)
