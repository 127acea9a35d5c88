"""The application's tables (SQLAlchemy 1.4). A person appears in them only as a conversation key, never as an openid or a name.

Times are UTC without a zone, as SQLite keeps them.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import JSON, Boolean, Column, DateTime, Integer, LargeBinary, String, Text, UniqueConstraint
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


class Episode(Base):
    """An emergency of one conversation, from the alarm until it is over. Its times are the centre's, as those of the profile."""

    __tablename__ = "episode"
    id = Column(Integer, primary_key=True, autoincrement=True)
    conversation = Column(String(64), nullable=False, index=True)
    group = Column("signs", String(20), nullable=False)     # the group of signs, which decides about the text; `group` is a word of SQL
    sign = Column(String(60))
    opened_at = Column(DateTime, nullable=False)
    until = Column(DateTime, nullable=False)
    ended_at = Column(DateTime)
    ended_by = Column(String(20))           # patient, staff; empty when it ended by time
    taken_by = Column(String(60))           # the nurse who has taken the alert
    taken_at = Column(DateTime)


class Shown(Base):
    """The audit: which entry, in which version, was shown when. Never a word of the patient's."""

    __tablename__ = "shown"
    id = Column(Integer, primary_key=True, autoincrement=True)
    conversation = Column(String(64), index=True)       # emptied when she is erased: the line about the entry stays
    entry = Column(String(80), nullable=False, index=True)
    kind = Column(String(20), nullable=False)
    language = Column(String(2), nullable=False)
    version = Column(String(64), nullable=False)
    at = Column(DateTime, default=utcnow, nullable=False, index=True)


class Vault(Base):
    """A value a form needs for some minutes, encrypted (`bot.privacy.vault`)."""

    __tablename__ = "vault"
    id = Column(Integer, primary_key=True, autoincrement=True)
    conversation = Column(String(64), nullable=False, index=True)
    kind = Column(String(20), nullable=False)
    value = Column(LargeBinary, nullable=False)
    until = Column(DateTime, nullable=False, index=True)


class Consent(Base):
    """What a patient has agreed to keep, by purpose; gone with what it was for (`bot.store.consents`), when she says so, or is erased."""

    __tablename__ = "consent"
    conversation = Column(String(64), primary_key=True)
    purpose = Column(String(20), primary_key=True)      # card, binding, reminder (a wish that waits), visit_reminder
    given_at = Column(DateTime, nullable=False)
    words_version = Column(String(64), nullable=False)  # of the words she agreed to


class Erasure(Base):
    """One line for each erasure, without anything of the person: applied again after a backup was restored."""

    __tablename__ = "erasure"
    id = Column(Integer, primary_key=True, autoincrement=True)
    subject = Column(String(64), nullable=False, index=True)    # SHA-256 of the conversation key
    at = Column(DateTime, default=utcnow, nullable=False)
    ended = Column(Integer, nullable=False, default=0, server_default="0")      # of what she had allowed her family: bindings and codes


class ErasureNotice(Base):
    """An erasure that listeners of the event broker are still to hear of; gone when the broker has it."""

    __tablename__ = "erasure_notice"
    id = Column(String(32), primary_key=True)       # of the message: a listener that gets it twice knows
    conversation = Column(String(64), nullable=False, index=True)
    at = Column(DateTime, default=utcnow, nullable=False)


class EndedGrant(Base):
    """A family member whose binding ended because the patient was erased, until that was told once. Whose binding it was is not kept."""

    __tablename__ = "ended_grant"
    conversation = Column(String(64), primary_key=True)
    at = Column(DateTime, default=utcnow, nullable=False)


class Cooldown(Base):
    """What is not to be said again too soon, by an opaque key: one public warning in a group, not one after every advertisement."""

    __tablename__ = "cooldown"
    key = Column(String(64), primary_key=True)
    what = Column(String(20), primary_key=True)
    until = Column(DateTime, nullable=False)
