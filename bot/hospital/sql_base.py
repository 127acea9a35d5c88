"""What the parts of the SQL hospital share: transactions, times, and database errors turned into the hospital's."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.clock import ZONE, at_home
from bot.hospital.errors import HospitalUnavailable, NonsenseReply, NotAllowed, NotBound
from bot.hospital.model import Doctor, Person, Scope, Slot
from bot.hospital.ports import Sms
from bot.hospital.rules import visit_type
from bot.hospital.tables import BindingRow, DoctorRow
from bot.store.database import Database

Result = TypeVar("Result")
DOCTORS_SECONDS = 5.0


class SqlPart:
    """A database and the ways to use it.

    Args:
        database: migrated.
        secret: key of the hashes in which names, numbers and codes are kept.
        sms: how codes get to telephones.
        needs_card: whether only bound patients may book.
    """

    def __init__(self, database: Database, secret: bytes, sms: Sms, needs_card: bool = False) -> None:
        self._database, self._secret, self._sms, self._needs_card = database, secret, sms, needs_card
        self._sqlite = database.engine.dialect.name == "sqlite"
        self._known: tuple[float, dict[str, Doctor]] | None = None
        self._writer = threading.Lock()     # SQLite has one writer: waiting here is fair, its own waiting is not

    async def _ask(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Run blocking work in a thread. A database that fails is a hospital that cannot be reached; its message stays out, it names values."""
        try:
            return await asyncio.to_thread(work, *arguments)
        except (DBAPIError, PoolTimeout, InvalidRequestError) as error:
            raise HospitalUnavailable(f"the hospital's database failed: {type(error).__name__}") from None

    def _doctors_by_id(self, session: Any) -> dict[str, Doctor]:
        """All doctors, as they were at most `DOCTORS_SECONDS` ago: they change with the staff, not with the turns."""
        known, now = self._known, time.monotonic()
        if known is None or now - known[0] > DOCTORS_SECONDS:
            known = self._known = (now, doctors_by_id(session))
        return known[1]

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        with self._database.transaction() as session:
            yield session

    @contextmanager
    def _writing(self, *names: str) -> Iterator[Any]:
        """A transaction that is committed unless an exception leaves it.

        Args:
            names: what must not be changed by two at once: on PostgreSQL locked by name, on SQLite the whole database is.
        """
        if self._sqlite:
            with self._writer, self._database.transaction() as session:
                session.connection().exec_driver_sql("BEGIN IMMEDIATE")
                yield session
                session.commit()
            return
        with self._database.transaction() as session:
            for name in sorted(names):
                session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
            yield session
            session.commit()


def kept_time(moment: datetime) -> datetime:
    """The centre's own time without a zone, as the tables keep it."""
    return moment.astimezone(ZONE).replace(tzinfo=None)


def home(moment: Any) -> datetime | None:
    """A time of a table with its zone.

    Raises:
        NonsenseReply: something that is no time.
    """
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        raise NonsenseReply(f"a {type(moment).__name__} where a time should be")
    return at_home(moment)


def home_of(moment: Any) -> datetime:
    """As `home`, where a time must stand."""
    made = home(moment)
    if made is None:
        raise NonsenseReply("no time where one must be")
    return made


def doctor_of(row: DoctorRow) -> Doctor:
    """A row as a value.

    Raises:
        NonsenseReply: a visit type that is none.
    """
    kinds = [visit_type(str(x)) for x in row.visit_types]
    if None in kinds:
        raise NonsenseReply(f"doctor {row.id}: unknown visit type")
    return Doctor(
        id=row.id, name=row.name, surname=row.surname, given=row.given, pinyin=row.pinyin, english=row.english, title_zh=row.title_zh,
        title_en=row.title_en, department=row.department_id, visit_types=tuple(x for x in kinds if x is not None),
    )


def doctors_by_id(session: Any) -> dict[str, Doctor]:
    """All doctors, the hospital's order."""
    return {x.id: doctor_of(x) for x in session.execute(select(DoctorRow).order_by(DoctorRow.department_id, DoctorRow.id)).scalars()}


def slot_of(row: Any, doctors: dict[str, Doctor]) -> Slot:
    """A row of the slots as a value.

    Raises:
        NonsenseReply: a doctor or visit type that does not exist, or an end before the start.
    """
    kind, doctor = visit_type(str(row.visit_type)), doctors.get(row.doctor_id)
    if kind is None or doctor is None:
        raise NonsenseReply(f"slot {row.id}: unknown doctor or visit type")
    starts, ends = home_of(row.starts_at), home_of(row.ends_at)
    if ends <= starts:
        raise NonsenseReply(f"slot {row.id}: ends before it starts")
    return Slot(str(row.id), doctor, kind, starts, ends, row.place_zh or "", row.place_en or "")


def row_id(text: str) -> int:
    """The number behind an id of ours; 0, which is nobody's, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def may_act(session: Any, person: Person, scope: Scope) -> None:
    """Whether the conversation may act for the patient, where one is named.

    Raises:
        NotBound: it is not bound to that patient.
        NotAllowed: the binding does not cover `scope`.
    """
    if person.patient_id is None:
        return
    found = session.execute(
        select(BindingRow.scope).where(BindingRow.conversation == person.conversation, BindingRow.patient_id == person.patient_id)
    ).scalar()
    if found is None:
        raise NotBound("not bound to this patient")
    if scope not in found:
        raise NotAllowed(f"the binding does not cover {scope}")
