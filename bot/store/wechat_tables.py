"""Tables of the messaging platforms: what came in and was answered, how a patient is reached, what she agreed to, codes to scan.

Times are UTC without a zone. An openid stands here encrypted only (`Address.sealed`), a message only as it was masked.
"""
# mypy: allow-subclassing-any

from __future__ import annotations

from sqlalchemy import JSON, Column, DateTime, Index, Integer, LargeBinary, String, Text, UniqueConstraint

from bot.store.tables import Base, utcnow


class Delivery(Base):
    """One message of a patient's as the platform delivered it, claimed before work; and its answer, kept before it is sent.

    `state`: `claimed` (being answered), `answered` (not sent yet), `passing` (given back to the platform's own request), `sent`, `waiting` (kept
    until she asks for it), `unknown` (nobody knows whether it arrived), `failed` (it did not).
    """

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("dedup", name="uq_delivery_dedup"), Index("ix_delivery_due", "state", "due_at"))
    id = Column(Integer, primary_key=True, autoincrement=True)
    channel = Column(String(20), nullable=False)
    dedup = Column(String(64), nullable=False)          # keyed hash of what tells messages apart
    conversation = Column(String(64), nullable=False, index=True)
    asked = Column(JSON, nullable=False)                # the masked message, to answer it anew after a process died
    answer = Column(JSON)
    question = Column(Text)                             # by which a late answer names its question
    state = Column(String(10), nullable=False)
    deliveries = Column(Integer, nullable=False, default=1)
    attempts = Column(Integer, nullable=False, default=0)
    owner = Column(String(80))
    due_at = Column(DateTime)                           # when somebody else takes it up
    error = Column(String(60))
    seen_at = Column(DateTime)                          # staff have looked at an unknown or failed one
    sent_at = Column(DateTime)
    created_at = Column(DateTime, default=utcnow, nullable=False, index=True)


class Address(Base):
    """How a patient of a messaging platform is reached, and how many messages she may be sent just now."""

    __tablename__ = "address"
    conversation = Column(String(64), primary_key=True)
    channel = Column(String(20), nullable=False)
    sealed = Column(LargeBinary)                        # empty: she does not follow the account any more
    kind = Column(String(10))                           # of the newest grant: message, click
    granted_at = Column(DateTime)
    remaining = Column(Integer, nullable=False, default=0)
    updated_at = Column(DateTime, default=utcnow, onupdate=utcnow, nullable=False)


class SubscriptionConsent(Base):
    """How many subscription messages of a template a patient has agreed to."""

    __tablename__ = "subscription_consent"
    conversation = Column(String(64), primary_key=True)
    template = Column(String(64), primary_key=True)
    remaining = Column(Integer, nullable=False, default=0)
    updated_at = Column(DateTime, default=utcnow, onupdate=utcnow, nullable=False)


class Scene(Base):
    """A code to scan, good for one scan. Only a hash of it is kept."""

    __tablename__ = "scene"
    nonce = Column(String(64), primary_key=True)
    purpose = Column(String(20), nullable=False)
    until = Column(DateTime, nullable=False)
    used_at = Column(DateTime)
    created_at = Column(DateTime, default=utcnow, nullable=False)
