"""The application's tables (SQLAlchemy 1.4). A person appears in them only as a conversation key, never as an openid or a name.

Times are UTC without a zone, as SQLite keeps them.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import declarative_base

Base: Any = declarative_base()


def utcnow() -> datetime:
    """The system's time for bookkeeping columns; what patients read comes from the centre's clock."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


class Profile(Base):
    """What a patient told us about herself and we remember across sessions."""

    __tablename__ = "profile"
    conversation = Column(String(64), primary_key=True)
    stage = Column(String(40))
    region = Column(String(40))
    language = Column(String(2))
    tone = Column(String(20))               # "loss" while cheerful prompts are out of place
    tone_since = Column(DateTime)
    asked_stage_at = Column(DateTime)       # we ask once, not at every answer
    asked_region_at = Column(DateTime)
    welcomed_at = Column(DateTime)
    noticed_at = Column(DateTime)           # privacy notice shown
    updated_at = Column(DateTime, default=utcnow, onupdate=utcnow, nullable=False)


class Dialogue(Base):
    """What is open between the bot and a patient: choices on offer, the last answer, a card being filled in."""

    __tablename__ = "dialogue"
    conversation = Column(String(64), primary_key=True)
    state = Column(JSON, nullable=False, default=dict)
    updated_at = Column(DateTime, default=utcnow, onupdate=utcnow, nullable=False)


class Unanswered(Base):
    """A question the staff should look at: not answered, answered from a choice, or refused by the patient."""

    __tablename__ = "unanswered"
    id = Column(Integer, primary_key=True, autoincrement=True)
    conversation = Column(String(64), nullable=False, index=True)
    text = Column(Text, nullable=False)
    language = Column(String(2))
    stage = Column(String(40))
    region = Column(String(40))
    reason = Column(String(20), nullable=False)     # no_answer, none_fitted, chosen, denied, handoff, failed
    candidates = Column(JSON, nullable=False, default=list)
    chosen = Column(String(80))
    done = Column(Boolean, nullable=False, default=False)
    created_at = Column(DateTime, default=utcnow, nullable=False, index=True)


class Outbox(Base):
    """A message to deliver outside a turn. Written in the same transaction as its cause, sent by the desk's worker."""

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("dedup", name="uq_outbox_dedup"),)
    id = Column(Integer, primary_key=True, autoincrement=True)
    channel = Column(String(20), nullable=False)
    conversation = Column(String(64), nullable=False, index=True)
    payload = Column(JSON, nullable=False)
    dedup = Column(String(120))
    due_at = Column(DateTime, default=utcnow, nullable=False, index=True)
    attempts = Column(Integer, nullable=False, default=0)
    claimed_by = Column(String(60))
    claimed_until = Column(DateTime)
    delivered_at = Column(DateTime)
    gave_up_at = Column(DateTime)
    error = Column(String(200))
    created_at = Column(DateTime, default=utcnow, nullable=False)


class WebMessage(Base):
    """One bubble of the chat page, kept so that a reload and a pushed message show the same conversation."""

    __tablename__ = "web_message"
    __table_args__ = {"sqlite_autoincrement": True}     # an id once seen by a page is never given again
    id = Column(Integer, primary_key=True, autoincrement=True)
    conversation = Column(String(64), nullable=False, index=True)
    author = Column(String(8), nullable=False)      # patient or bot
    payload = Column(JSON, nullable=False)
    created_at = Column(DateTime, default=utcnow, nullable=False)
