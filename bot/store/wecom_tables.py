"""Tables of WeCom: which process does what only one may do, and what staff have announced to groups. No person stands in them.

Times are UTC without a zone.
"""
# mypy: allow-subclassing-any

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Text, UniqueConstraint

from bot.store.tables import Base, utcnow


class Lease(Base):
    """What only one process may do at a time, and which one does."""

    __tablename__ = "lease"
    name = Column(String(40), primary_key=True)
    owner = Column(String(80), nullable=False)
    until = Column(DateTime, nullable=False)
    stopped_at = Column(DateTime)           # since then nobody does it, until a process that was started later


class GroupNotice(Base):
    """Something staff wrote once for several groups."""

    __tablename__ = "group_notice"
    __table_args__ = (UniqueConstraint("digest", name="uq_group_notice_digest"),)
    id = Column(Integer, primary_key=True, autoincrement=True)
    digest = Column(String(64), nullable=False)         # of the whole notice: the same file is not sent twice
    title = Column(String(80), nullable=False)
    text = Column(Text, nullable=False)
    sender = Column(String(64))                         # the staff member who confirms it in her client
    task = Column(String(80))                           # the platform's id of the group-send task
    created_at = Column(DateTime, default=utcnow, nullable=False)


class GroupNoticeTarget(Base):
    """What became of a notice in one group.

    `status`: `new` (not handed over yet), `task` (waits for the staff member), `queued` (for the desk), `sent`, `left` (the group could not be reached),
    `unknown` (nobody knows), `failed`.
    """

    __tablename__ = "group_notice_target"
    __table_args__ = (UniqueConstraint("notice", "kind", "name", name="uq_group_notice_target"),)
    id = Column(Integer, primary_key=True, autoincrement=True)
    notice = Column(Integer, ForeignKey("group_notice.id"), nullable=False)
    kind = Column(String(10), nullable=False)           # group, webhook
    name = Column(String(80), nullable=False)
    status = Column(String(10), nullable=False)
    error = Column(String(60))
    updated_at = Column(DateTime, default=utcnow, onupdate=utcnow, nullable=False)
