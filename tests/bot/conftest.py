"""What several tests need: a fresh database of either kind, and a process's parts made for the test."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

os.environ["RASA_TELEMETRY_ENABLED"] = "false"

POSTGRES = {"host": "127.0.0.1", "port": 5432, "user": "postgres", "connect_timeout": 2}


class Migrated:
    """One PostgreSQL database with our tables, made once: before each test it is emptied and named anew, so that whoever still writes to
    the one before finds none.
    """

    def __init__(self) -> None:
        from bot.store.database import migrate

        self._name = _name()
        self._server = _connected("postgres")
        self._do(f"CREATE DATABASE {self._name} TEMPLATE template0 ENCODING 'UTF8'")
        self._do(f"ALTER DATABASE {self._name} SET synchronous_commit = off")     # nobody pulls this server's plug
        migrate(self.url)
        with self._inside() as inside:
            self._tables = _tables(inside)

    @property
    def url(self) -> str:
        """Where it is now."""
        return f"postgresql://postgres@127.0.0.1:5432/{self._name}"

    def anew(self) -> str:
        """Empty, with ids from 1 on, under a name nobody knows; its URL."""
        before, self._name = self._name, _name()
        self._do("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", before)
        self._do(f"ALTER DATABASE {before} RENAME TO {self._name}")
        with self._inside() as inside:
            added = [f'DROP TABLE "{x}" CASCADE' for x in _tables(inside) - self._tables]
            emptied = [f'DELETE FROM "{x}"' for x in sorted(self._tables - {"alembic_version"})]
            first = "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences"
            inside.cursor().execute("; ".join(("BEGIN", "SET LOCAL session_replication_role = replica", *added, *emptied, first, "COMMIT")))
        return self.url

    def close(self) -> None:
        """Drop it."""
        self._do(f"DROP DATABASE {self._name} WITH (FORCE)")
        self._server.close()

    def _do(self, command: str, *values: str) -> None:
        self._server.cursor().execute(command, values or None)

    @contextmanager
    def _inside(self) -> Iterator[Any]:
        made = _connected(self._name)
        try:
            yield made
        finally:
            made.close()


def _name() -> str:
    return f"ivf_guide_test_{secrets.token_hex(6)}"


def _connected(name: str) -> Any:
    """To a database on the server for tests; skips where there is none."""
    import psycopg2

    try:
        made = psycopg2.connect(dbname=name, **POSTGRES)
    except psycopg2.OperationalError:
        pytest.skip("no PostgreSQL at 127.0.0.1:5432 for user postgres")
    made.autocommit = True
    return made


def _tables(inside: Any) -> set[str]:
    cursor = inside.cursor()
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {x for (x,) in cursor.fetchall()}


@pytest.fixture(scope="session")
def migrated_postgres() -> Iterator[Migrated]:
    """Our tables in PostgreSQL, for the whole session."""
    made = Migrated()
    yield made
    made.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our tables in an SQLite file, to be copied."""
    from bot.store.database import migrate

    made = tmp_path_factory.mktemp("migrated") / "guide.db"
    migrate(f"sqlite:///{made}")
    with sqlite3.connect(made) as connection:       # all of it into the one file
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database with our tables and nothing in them, once of each kind."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("migrated_postgres").anew())
    made = tmp_path / "guide.db"
    shutil.copyfile(request.getfixturevalue("migrated_sqlite"), made)
    return f"sqlite:///{made}"


@pytest.fixture
def database(url: str) -> Iterator[object]:
    """The same, opened."""
    from bot.store.database import Database, engine

    made = Database(engine(url))
    yield made
    made.engine.dispose()


@pytest.fixture
def home(tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The composition root on a fresh SQLite database; library and vectors are the project's."""
    from bot import bootstrap

    for name in ("DATABASE_URL", "CLINIC_NOW", "SECRET_KEY", "VAULT_KEY", "ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IVF_GUIDE_VAR", str(tmp_path))
    own = (bootstrap.settings, bootstrap.clock, bootstrap.database, bootstrap.tracker_database, bootstrap.vault, bootstrap.hospital, bootstrap.conversations,
           bootstrap.addresses, bootstrap.scenes, bootstrap.wechat_api)
    for part in own:
        part.cache_clear()
    shutil.copyfile(migrated_sqlite, tmp_path / "guide.db")
    yield tmp_path
    bootstrap.database().engine.dispose()
    for part in own:
        part.cache_clear()
