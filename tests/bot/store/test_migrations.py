"""The revisions make exactly the tables of `tables.py`, on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from bot.hospital import tables  # noqa: F401  the hospital's belong to the same database
from bot.store import wechat_tables, wecom_tables  # noqa: F401  and the platforms'
from bot.store.database import Database, migrate
from bot.store.tables import Base


def test_the_revisions_make_exactly_our_tables(database: Database) -> None:
    assert set(inspect(database.engine).get_table_names()) - {"sqlite_sequence"} == {*Base.metadata.tables, "alembic_version"}
    with database.engine.connect() as connection:
        # sqlite_sequence is SQLite's own, kept for ids that are never given again
        options = {"compare_type": True, "include_name": lambda name, kind, _: kind != "table" or name != "sqlite_sequence"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_columns_agree_in_type_and_null(database: Database) -> None:
    found = inspect(database.engine)
    for name, table in Base.metadata.tables.items():
        there = {x["name"]: (str(x["type"].compile(database.engine.dialect)), x["nullable"]) for x in found.get_columns(name)}
        ours = {x.name: (str(x.type.compile(database.engine.dialect)), x.nullable) for x in table.columns}
        if database.engine.dialect.name == "postgresql":
            ours = {k: (v[0].replace(" WITHOUT TIME ZONE", ""), v[1]) for k, v in ours.items()}
            there = {k: (v[0].replace(" WITHOUT TIME ZONE", ""), v[1]) for k, v in there.items()}
        assert there == ours


def test_migrating_again_changes_nothing(database: Database, url: str) -> None:
    migrate(url)
    assert set(inspect(database.engine).get_table_names()) - {"sqlite_sequence"} == {*Base.metadata.tables, "alembic_version"}
