"""Engines and sessions. Only `bot/bootstrap.py` calls `engine`; everybody else is handed a `Database`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 5.0      # how long a writer waits for another before SQLite gives up
CLEANSE_SECONDS = 0.5   # how long that waits for readers of the log
CONNECT_SECONDS = 3     # how long a connection to PostgreSQL is waited for (libpq's `connect_timeout`; 2 is its least)


def bounded(url: str) -> str:
    """The URL with a limit on connecting, unless it has one: a server that accepts and never answers would be waited for without end."""
    made = make_url(url)
    if made.get_backend_name() != "postgresql" or "connect_timeout" in made.query:
        return url
    return str(made.update_query_dict({"connect_timeout": str(CONNECT_SECONDS)}).render_as_string(hide_password=False))


def engine(url: str) -> Engine:
    """An engine for the URL; SQLite gets write-ahead logging and a busy time-out, since several processes share the file.

    Its connections stay open, as PostgreSQL's do: SQLAlchemy 1.4 would open the file for every transaction, and closing the last one copies the log back.
    """
    if not url.startswith("sqlite"):
        return create_engine(bounded(url), pool_pre_ping=True, future=True)
    kept_open = None if ":memory:" in url or url == "sqlite://" else QueuePool
    made = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, poolclass=kept_open, future=True)
    event.listen(made, "connect", _prepare_sqlite)
    return made


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")       # what a patient wants deleted is overwritten, not only unlinked
    cursor.close()


def cleanse(engine_: Engine) -> bool:
    """Leave nothing that was deleted in SQLite's write-ahead log, where it would stand until enough else was written. PostgreSQL keeps its own house.

    Returns:
        Whether it is done; not while somebody reads from the log for longer than `CLEANSE_SECONDS`: the desk does it again each hour.
    """
    if engine_.dialect.name != "sqlite":
        return True
    with engine_.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={CLEANSE_SECONDS * 1000:.0f}")
        try:
            return not connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}")


class Database:
    """Transactions over one engine: rolled back unless committed."""

    def __init__(self, engine_: Engine) -> None:
        self.engine = engine_
        self._sessions = sessionmaker(bind=engine_, expire_on_commit=False, future=True)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session; what was done in it is lost unless the caller commits."""
        session = self._sessions()
        try:
            yield session
        finally:
            session.rollback()
            session.close()


def changed(session: Session, statement: Any) -> int:
    """Run an update or delete in the caller's transaction. Objects that the session has loaded before keep the values they had.

    Returns:
        How many rows it met.
    """
    return int(session.execute(statement, execution_options={"synchronize_session": False}).rowcount)


def migrate(url: str) -> None:
    """Bring the tables to the newest revision (Alembic)."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")
