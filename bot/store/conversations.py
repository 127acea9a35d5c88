"""What a turn reads and leaves behind, in one transaction each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from bot.clock import ZONE, at_home
from bot.dialogue.model import Episode, Missed, Outcome, Profile, State, Turn
from bot.guard import Alarm
from bot.store import audit, grants
from bot.store.database import Database, changed
from bot.store.outbox import DESK as DESK
from bot.store.outbox import queue
from bot.store.tables import Consent, Cooldown, Dialogue, EndedGrant, Unanswered
from bot.store.tables import Episode as EpisodeRow
from bot.store.tables import Profile as ProfileRow

_TIMES = ("tone_since", "asked_stage_at", "asked_region_at", "welcomed_at", "noticed_at")
_PLAIN = ("stage", "region", "language", "tone")
WARNED = "scam"
AT_ONCE = 500                               # keys in one statement
COOL_DOWN = timedelta(minutes=30)           # between two public warnings in one group


class Conversations:
    """Profiles, open requests and emergencies, by conversation key.

    Args:
        lasts: how long an emergency lasts unless it is ended.
        self_harm_lasts: the same after words of self-harm, where only staff end it.
    """

    def __init__(
        self, database: Database, lasts: timedelta = timedelta(hours=6), self_harm_lasts: timedelta = timedelta(hours=24)
    ) -> None:
        self._database = database
        self._lasts, self._self_harm_lasts = lasts, self_harm_lasts

    def load(self, key: str) -> tuple[Profile, State]:
        """Profile and state of a conversation; empty ones for a new one."""
        with self._database.transaction() as session:
            row, open_ = session.get(ProfileRow, key), session.get(Dialogue, key)
            return _profile(row), State.from_json(open_.state if open_ is not None else {})

    def agreed(self, key: str) -> frozenset[str]:
        """The purposes for which a patient has agreed that something of hers is kept."""
        with self._database.transaction() as session:
            return frozenset(session.execute(select(Consent.purpose).where(Consent.conversation == key)).scalars())

    def ended(self, key: str) -> bool:
        """Whether what a patient had allowed this family member has ended with her erasure, and that was not told yet."""
        with self._database.transaction() as session:
            return session.get(EndedGrant, key) is not None

    def who_agreed(self, purpose: str, keys: Iterable[str]) -> set[str]:
        """Those of some conversations in which that was agreed to."""
        asked = sorted(set(keys))
        with self._database.transaction() as session:
            parts = (asked[start:start + AT_ONCE] for start in range(0, len(asked), AT_ONCE))
            return {found for part in parts for found in session.execute(
                select(Consent.conversation).where(Consent.purpose == purpose, Consent.conversation.in_(part))).scalars()}

    def save(self, key: str, turn: Turn, made: Outcome, group: str | None = None) -> None:
        """Keep what a turn changed; nothing where the patient wants to be forgotten: she is erased when the turn is over (`bot.store.personal`).

        Args:
            group: key of the group in which it was said.
        """
        if made.forget:
            return
        with self._database.transaction() as session:
            if made.profile != turn.profile:
                session.merge(ProfileRow(conversation=key, **_columns(made.profile)))
            keep_state(session, key, turn.state, made.state)
            session.add_all(_missed(key, turn, made.missed))
            session.add_all(audit.shown(key, turn, made))
            if made.consent is not None:
                session.merge(Consent(conversation=key, purpose=made.consent, given_at=_kept(turn.now), words_version=turn.library.version))
            if made.withdrawn is not None:
                session.execute(delete(Consent).where(Consent.conversation == key, Consent.purpose == made.withdrawn))
            if made.told_ended:
                grants.told(session, key)
            if made.alarm is not None:
                self._alert(session, key, made.alarm, turn.now)
            if made.examined:
                _end(session, key, "patient", turn.now)
            if made.warned is not None and group is not None:
                _warned(session, group, made.warned, turn)
            session.commit()

    def alert(self, key: str, alarm: Alarm, now: datetime) -> None:
        """Open an episode and alert staff outside a turn: one that could not do it itself."""
        with self._database.transaction() as session:
            self._alert(session, key, alarm, now)
            session.commit()

    def was_shown(self, key: str, said: audit.Said) -> None:
        """A line of the audit outside a turn: a safety text that went out without one."""
        with self._database.transaction() as session:
            session.add(said.row(key))
            session.commit()

    def _alert(self, session: Any, key: str, alarm: Alarm, now: datetime) -> None:
        """One open episode for each group of signs; staff are alerted when it opens, and again when its sign comes anew after ten minutes."""
        moment = _kept(now)
        lasts = self._self_harm_lasts if alarm.group == "self_harm" else self._lasts
        row = session.execute(_open(key, now).where(EpisodeRow.group == alarm.group)).scalars().first()
        if row is None:
            row = EpisodeRow(conversation=key, group=alarm.group, sign=alarm.sign, opened_at=moment)
            session.add(row)
        row.until = _kept(now + lasts)
        session.flush()
        payload = {"what": "emergency", "episode": row.id, "signs": alarm.group, "at": now.isoformat(timespec="seconds")}
        queue(session, DESK, key, payload, dedup=f"emergency:{row.id}:{now:%Y%m%d%H%M}"[:-1])

    def episode(self, key: str, now: datetime) -> Episode | None:
        """The emergency of a conversation that is not over; one of self-harm before any other."""
        with self._database.transaction() as session:
            rows = session.execute(_open(key, now).order_by(EpisodeRow.id.desc())).scalars().all()
            row = next((x for x in rows if x.group == "self_harm"), rows[0] if rows else None)
            return None if row is None else Episode(row.group, at_home(row.opened_at), at_home(row.until), row.taken_by is not None)

    def emergencies(self, now: datetime) -> list[EpisodeRow]:
        """All emergencies that are not over, the latest first, for staff."""
        with self._database.transaction() as session:
            found = list(session.execute(_open(None, now).order_by(EpisodeRow.id.desc())).scalars())
            session.expunge_all()
            return found

    def take_emergency(self, episode: int, name: str, now: datetime) -> bool:
        """A nurse takes an alert; False where there is no such emergency or it was taken."""
        return self._staff(episode, EpisodeRow.taken_by.is_(None), taken_by=name, taken_at=_kept(now))

    def end_emergency(self, episode: int, now: datetime) -> bool:
        """Staff end an emergency; False where there is no such emergency or it is over."""
        return self._staff(episode, EpisodeRow.ended_at.is_(None), ended_by="staff", ended_at=_kept(now))

    def _staff(self, episode: int, still: Any, **values: Any) -> bool:
        with self._database.transaction() as session:
            done = session.execute(update(EpisodeRow).where(EpisodeRow.id == episode, still).values(**values)).rowcount
            session.commit()
            return bool(done)

    def warned_lately(self, group: str, now: datetime) -> bool:
        """Whether a group was warned of touts within the cool-down."""
        with self._database.transaction() as session:
            row = session.get(Cooldown, (group, WARNED))
            return row is not None and row.until > _kept(now)

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


def stored(session: Any, key: str) -> State:
    """The open requests of a conversation as they stand now; nobody else changes them until the transaction ends."""
    changed(session, update(Dialogue).where(Dialogue.conversation == key).values(conversation=key))      # SQLite knows no SELECT FOR UPDATE
    row = session.execute(select(Dialogue.state).where(Dialogue.conversation == key)).scalar()
    return State.from_json(row or {})


def keep_state(session: Any, key: str, read: State, made: State) -> None:
    """Keep what a turn made of the open requests; a slot released for her while it ran is not overwritten.

    Args:
        read: the state that the turn began with.
        made: the one it ended with.
    """
    now = stored(session, key)
    if now != read and made.booking == read.booking:
        made = replace(made, booking=now.booking)
        if made.waiting is None and now.waiting == "booking" and not made.paused:
            made = replace(made, waiting=now.waiting, offers=now.offers)
    session.merge(Dialogue(conversation=key, state=made.to_json()))


def _profile(row: Any) -> Profile:
    if row is None:
        return Profile()
    values: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    values.update({name: None if (moment := getattr(row, name)) is None else at_home(moment) for name in _TIMES})
    return Profile(**values)


def _columns(profile: Profile) -> dict[str, Any]:
    times = {name: _kept(getattr(profile, name)) for name in _TIMES}
    return {**{name: getattr(profile, name) for name in _PLAIN}, **times}


def _kept(moment: datetime | None) -> datetime | None:
    """The centre's own time without a zone: these columns are compared with the clock only."""
    return None if moment is None else moment.astimezone(ZONE).replace(tzinfo=None)


def _open(key: str | None, now: datetime) -> Any:
    """The emergencies that are not over, of one conversation or of all."""
    rows = select(EpisodeRow).where(EpisodeRow.ended_at.is_(None), EpisodeRow.opened_at <= _kept(now), EpisodeRow.until > _kept(now))
    return rows if key is None else rows.where(EpisodeRow.conversation == key)


def _end(session: Any, key: str, by: str, now: datetime) -> None:
    """End the emergencies of a conversation, but for self-harm, which only staff end."""
    ended = update(EpisodeRow).where(EpisodeRow.conversation == key, EpisodeRow.ended_at.is_(None), EpisodeRow.group != "self_harm")
    changed(session, ended.values(ended_at=_kept(now), ended_by=by))


def _warned(session: Any, group: str, kind: str, turn: Turn) -> None:
    """Start the cool-down with the first warning; every offer is a line for staff."""
    if not turn.quiet:
        session.merge(Cooldown(key=group, what=WARNED, until=_kept(turn.now + COOL_DOWN)))
    queue(session, DESK, group, {"what": "scam", "offer": kind, "at": turn.now.isoformat(timespec="seconds")})


def _missed(key: str, turn: Turn, missed: Iterable[Missed]) -> list[Unanswered]:
    return [
        Unanswered(conversation=key, text=x.text, language=turn.language, stage=turn.profile.stage, region=turn.profile.region,
                   reason=x.reason, candidates=list(x.candidates), chosen=x.chosen)
        for x in missed
    ]
