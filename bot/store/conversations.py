"""What a turn reads and leaves behind, in one transaction each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from bot.clock import ZONE
from bot.dialogue.model import Missed, Outcome, Profile, State, Turn
from bot.store.database import Database
from bot.store.tables import Dialogue, Outbox, Unanswered, WebMessage
from bot.store.tables import Profile as ProfileRow

_TIMES = ("tone_since", "asked_stage_at", "asked_region_at", "welcomed_at", "noticed_at")
_PLAIN = ("stage", "region", "language", "tone")


class Conversations:
    """Profiles and open requests, by conversation key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, key: str) -> tuple[Profile, State]:
        """Profile and state of a conversation; empty ones for a new one."""
        with self._database.transaction() as session:
            row, open_ = session.get(ProfileRow, key), session.get(Dialogue, key)
            return _profile(row), State.from_json(open_.state if open_ is not None else {})

    def save(self, key: str, turn: Turn, made: Outcome) -> None:
        """Keep what a turn changed; where the patient wants to be forgotten, delete all of hers instead."""
        if made.forget:
            self.forget(key)
            return
        with self._database.transaction() as session:
            if made.profile != turn.profile:
                session.merge(ProfileRow(conversation=key, **_columns(made.profile)))
            session.merge(Dialogue(conversation=key, state=made.state.to_json()))
            session.add_all(_missed(key, turn, made.missed))
            session.commit()

    def note(self, key: str, text: str, reason: str) -> None:
        """Put a question on the staff's list outside a turn: one that failed."""
        with self._database.transaction() as session:
            session.add(Unanswered(conversation=key, text=text, reason=reason))
            session.commit()

    def unanswered(self, last: int) -> list[Unanswered]:
        """The newest open questions of the staff's list, the latest first."""
        with self._database.transaction() as session:
            rows = session.execute(select(Unanswered).where(Unanswered.done.is_(False)).order_by(Unanswered.id.desc()).limit(last))
            found = list(rows.scalars())
            session.expunge_all()       # they are read after the transaction
            return found

    def forget(self, key: str) -> None:
        """Delete everything kept of a conversation in our tables."""
        with self._database.transaction() as session:
            for table in (ProfileRow, Dialogue, Unanswered, Outbox, WebMessage):
                session.execute(delete(table).where(table.conversation == key))
            session.commit()


def _profile(row: Any) -> Profile:
    if row is None:
        return Profile()
    values: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    values.update({name: _home(getattr(row, name)) for name in _TIMES})
    return Profile(**values)


def _columns(profile: Profile) -> dict[str, Any]:
    times = {name: _kept(getattr(profile, name)) for name in _TIMES}
    return {**{name: getattr(profile, name) for name in _PLAIN}, **times}


def _home(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=ZONE)


def _kept(moment: datetime | None) -> datetime | None:
    """The centre's own time without a zone: these columns are compared with the clock only."""
    return None if moment is None else moment.astimezone(ZONE).replace(tzinfo=None)


def _missed(key: str, turn: Turn, missed: Iterable[Missed]) -> list[Unanswered]:
    return [
        Unanswered(conversation=key, text=x.text, language=turn.language, stage=turn.profile.stage, region=turn.profile.region,
                   reason=x.reason, candidates=list(x.candidates), chosen=x.chosen)
        for x in missed
    ]
