"""What several tests need: a fresh database of either kind, and a process's parts made for the test."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["RASA_TELEMETRY_ENABLED"] = "false"

POSTGRES = {"host": "127.0.0.1", "port": 5432, "user": "postgres", "connect_timeout": 2}


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A new, empty PostgreSQL database, dropped afterwards."""
    import psycopg2

    try:
        connection = psycopg2.connect(dbname="postgres", **POSTGRES)
    except psycopg2.OperationalError:
        pytest.skip("no PostgreSQL at 127.0.0.1:5432 for user postgres")
    connection.autocommit = True
    name = f"ivf_guide_test_{secrets.token_hex(6)}"
    connection.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    yield f"postgresql://postgres@127.0.0.1:5432/{name}"
    connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once of each kind."""
    return f"sqlite:///{tmp_path / 'guide.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def database(url: str) -> Iterator[object]:
    """A migrated database."""
    from bot.store.database import Database, engine, migrate

    migrate(url)
    made = Database(engine(url))
    yield made
    made.engine.dispose()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The composition root on a fresh SQLite database; library and vectors are the project's."""
    from bot import bootstrap
    from bot.store.database import migrate

    for name in ("DATABASE_URL", "CLINIC_NOW", "SECRET_KEY", "VAULT_KEY", "ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IVF_GUIDE_VAR", str(tmp_path))
    own = (bootstrap.settings, bootstrap.clock, bootstrap.database, bootstrap.tracker_database, bootstrap.vault, bootstrap.hospital, bootstrap.conversations,
           bootstrap.addresses, bootstrap.scenes, bootstrap.wechat_api)
    for part in own:
        part.cache_clear()
    migrate(bootstrap.settings().database_url)
    yield tmp_path
    bootstrap.database().engine.dispose()
    for part in own:
        part.cache_clear()
