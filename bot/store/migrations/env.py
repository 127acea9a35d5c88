"""Alembic's entry: runs the revisions on the database whose URL the caller hands over."""

from alembic import context

from bot.store.database import engine
from bot.store.tables import Base


def run() -> None:
    """Apply the revisions in one transaction; SQLite needs batch mode to alter tables."""
    with engine(context.config.attributes["url"]).connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()


run()
