"""A database that does not answer is waited for within bounds."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from sqlalchemy.exc import OperationalError

from bot.__main__ import endpoints
from bot.settings import read
from bot.store.database import CONNECT_SECONDS, Database, bounded, engine


@pytest.fixture
def silent() -> Iterator[str]:
    """URL of a PostgreSQL that accepts connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"postgresql://postgres@127.0.0.1:{listening.getsockname()[1]}/ivf"


def test_our_own_tables_are_given_up(silent: str) -> None:
    with pytest.raises(OperationalError, match="timeout expired"), Database(engine(silent)).transaction() as session:
        session.execute("SELECT 1")


def test_rasas_store_is_made_all_the_same_so_that_the_bot_starts(silent: str) -> None:
    wanted = endpoints(replace(read({}), tracker_url=silent)).tracker_store
    made = TrackerStore.create(wanted)
    assert isinstance(made, SQLTrackerStore) and made.engine.url.query["connect_timeout"] == str(CONNECT_SECONDS)


@pytest.mark.parametrize(("url", "made"), [
    ("sqlite:////a/b.db", "sqlite:////a/b.db"),
    ("postgresql://u:p%40s@h:5433/d", f"postgresql://u:p%40s@h:5433/d?connect_timeout={CONNECT_SECONDS}"),
    ("postgresql+psycopg2://h/d?sslmode=require", f"postgresql+psycopg2://h/d?connect_timeout={CONNECT_SECONDS}&sslmode=require"),
    ("postgresql://h/d?connect_timeout=20", "postgresql://h/d?connect_timeout=20"),
])
def test_only_a_postgresql_without_a_limit_gets_one(url: str, made: str) -> None:
    assert bounded(url) == made
