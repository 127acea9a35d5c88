"""Bindings in SQL: who proved what, how often it was tried, and who may act for whom."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, delete, or_, select, update

from bot.hospital.codes import find_code, keyed_hash, new_code, short_code
from bot.hospital.errors import LockedOut, MalformedCode, NotBound, WrongCode
from bot.hospital.model import (
    CODE_LIFE,
    FAMILY_CODE_LIFE,
    LOCK,
    WRONG_CODES,
    Binding,
    Challenge,
    FamilyCode,
    IdentityClaim,
    Scope,
)
from bot.hospital.ports import Cards
from bot.hospital.rules import scopes
from bot.hospital.sql_base import SqlPart, home_of, kept_time, row_id
from bot.hospital.tables import (
    AppointmentRow,
    AttemptsRow,
    BindingRow,
    ChallengeRow,
    CodeRow,
    HoldRow,
    PatientRow,
    ReportWatchRow,
    SlotRow,
    WatchRow,
)
from bot.store import grants
from bot.store.database import changed


class SqlCards(SqlPart, Cards):
    """Binds conversations to patients."""

    async def bindings(self, conversation: str) -> tuple[Binding, ...]:
        """See the port."""
        return await self._ask(self._bindings, conversation)

    def _bindings(self, conversation: str) -> tuple[Binding, ...]:
        with self._reading() as session:
            return _found(session, BindingRow.conversation == conversation)

    async def bind_by_code(self, conversation: str, code: str, now: datetime) -> Binding:
        """See the port."""
        plain = find_code(code)
        if plain is None:
            raise MalformedCode("not of the form of a binding code")
        made = await self._ask(self._bind_by_code, conversation, plain, now)
        return _or_raise(made)

    def _bind_by_code(self, conversation: str, code: str, now: datetime) -> Binding | Exception:
        """The binding, or the error to be raised once the attempt is counted and committed."""
        with self._writing(conversation) as session:
            attempts = _attempts(session, conversation, now)
            if attempts.locked_until is not None:
                return LockedOut(home_of(attempts.locked_until))
            row = session.execute(select(CodeRow).where(CodeRow.code == keyed_hash(self._secret, "code", code)).with_for_update()).scalar()
            usable = row is not None and (row.until is None or row.until > kept_time(now)) and not (row.once and row.used_at is not None)
            if not usable:
                return _wrong(attempts, now)
            row.used_at = kept_time(now)
            return _bind(session, conversation, row.patient_id, row.relation, row.scope, "code", now, row.granted_by)

    async def claim_identity(self, conversation: str, claim: IdentityClaim, now: datetime) -> Challenge:
        """See the port."""
        code = short_code()
        made = await self._ask(self._claim, conversation, claim, code, now)
        if isinstance(made, Exception):
            raise made
        challenge, matched = made
        if matched:
            await self._sms.send_code(claim.phone, code, conversation)
        return challenge

    def _claim(self, conversation: str, claim: IdentityClaim, code: str, now: datetime) -> tuple[Challenge, bool] | LockedOut:
        with self._writing(conversation) as session:
            attempts = _attempts(session, conversation, now)
            if attempts.locked_until is not None:
                return LockedOut(home_of(attempts.locked_until))
            attempts.claims += 1
            if attempts.claims > WRONG_CODES:
                attempts.locked_until = kept_time(now + LOCK)
                return LockedOut(now + LOCK)
            patient = self._patient(session, claim)
            row = ChallengeRow(id=secrets.token_urlsafe(16), conversation=conversation, patient_id=patient, until=kept_time(now + CODE_LIFE),
                               code=None if patient is None else keyed_hash(self._secret, "sms", code))
            session.add(row)
            return Challenge(row.id, home_of(row.until)), patient is not None

    def _patient(self, session: Any, claim: IdentityClaim) -> str | None:
        """The one patient whom all three parts of a claim fit."""
        number = or_(PatientRow.id_number == keyed_hash(self._secret, "id", claim.number), PatientRow.card_number == keyed_hash(self._secret, "card", claim.number))
        found = session.execute(
            select(PatientRow.id).where(number, PatientRow.name == keyed_hash(self._secret, "name", claim.name),
                                        PatientRow.phone == keyed_hash(self._secret, "phone", claim.phone))
        ).scalars().all()
        return found[0] if len(found) == 1 else None

    async def prove_identity(self, conversation: str, challenge_id: str, code: str, now: datetime) -> Binding:
        """See the port."""
        return _or_raise(await self._ask(self._prove, conversation, challenge_id, code, now))

    def _prove(self, conversation: str, challenge_id: str, code: str, now: datetime) -> Binding | Exception:
        with self._writing(conversation) as session:
            attempts = _attempts(session, conversation, now)
            if attempts.locked_until is not None:
                return LockedOut(home_of(attempts.locked_until))
            row = session.get(ChallengeRow, challenge_id)
            right = (
                row is not None and row.conversation == conversation and row.patient_id is not None and row.used_at is None
                and row.until > kept_time(now) and secrets.compare_digest(row.code, keyed_hash(self._secret, "sms", code))
            )
            if not right:
                return _wrong(attempts, now)
            row.used_at = kept_time(now)
            return _bind(session, conversation, row.patient_id, "self", ["booking", "reports"], "identity", now)

    async def unbind(self, conversation: str, binding_id: str, now: datetime) -> None:
        """See the port."""
        await self._ask(self._end, BindingRow.conversation == conversation, binding_id)

    def _end(self, whose: Any, binding_id: str) -> None:
        with self._writing() as session:
            row = session.execute(select(BindingRow).where(BindingRow.id == row_id(binding_id), whose)).scalar()
            if row is not None:
                grants.drop(session, row)

    async def invite_family(self, conversation: str, scope: Sequence[Scope], now: datetime) -> FamilyCode:
        """See the port."""
        return await self._ask(self._invite, conversation, scopes(scope), now)

    def _invite(self, conversation: str, scope: tuple[Scope, ...], now: datetime) -> FamilyCode:
        with self._writing() as session:
            code, until = new_code(), now + FAMILY_CODE_LIFE
            session.add(CodeRow(code=keyed_hash(self._secret, "code", code), patient_id=_own(session, conversation), relation="family", scope=list(scope),
                                until=kept_time(until), once=True, granted_by=conversation, granted_at=kept_time(now)))
            return FamilyCode(code, scope, until)

    async def family(self, conversation: str) -> tuple[Binding, ...]:
        """See the port."""
        return await self._ask(self._family, conversation)

    def _family(self, conversation: str) -> tuple[Binding, ...]:
        with self._reading() as session:
            return _found(session, and_(BindingRow.patient_id == _own(session, conversation), BindingRow.relation == "family"))

    async def revoke(self, conversation: str, binding_id: str, now: datetime) -> None:
        """See the port."""
        await self._ask(self._revoke, conversation, binding_id)

    def _revoke(self, conversation: str, binding_id: str) -> None:
        with self._reading() as session:
            patient = _own(session, conversation)
        self._end(and_(BindingRow.patient_id == patient, BindingRow.relation == "family"), binding_id)

    async def forget(self, conversation: str) -> int:
        """See the port."""
        return await self._ask(self._forget, conversation)

    def _forget(self, conversation: str) -> int:
        with self._writing(conversation) as session:
            ended = grants.end(session, conversation)
            for binding in session.execute(select(BindingRow).where(BindingRow.conversation == conversation)).scalars().all():
                grants.drop(session, binding)
            changed(session, update(SlotRow).where(SlotRow.held_for == conversation).values(held_until=None, held_by=None, held_for=None))
            hers = update(AppointmentRow).where(AppointmentRow.conversation == conversation)
            changed(session, hers.where(AppointmentRow.patient_id.is_(None)).values(guard=None))     # it names the conversation
            changed(session, hers.values(conversation=None))
            for table in (HoldRow, WatchRow, ReportWatchRow, ChallengeRow):
                changed(session, delete(table).where(table.conversation == conversation))
            return ended


def _or_raise(made: Binding | Exception) -> Binding:
    if isinstance(made, Exception):
        raise made
    return made


def _attempts(session: Any, conversation: str, now: datetime) -> AttemptsRow:
    """The counters of a conversation; a day after the first of them, or after the lock, they begin anew."""
    row: AttemptsRow | None = session.get(AttemptsRow, conversation)
    at = kept_time(now)
    if row is None:
        row = AttemptsRow(conversation=conversation, wrong=0, claims=0, since=at)
        session.add(row)
    elif (row.locked_until or row.since + LOCK) <= at:
        row.wrong, row.claims, row.since, row.locked_until = 0, 0, at, None
    return row


def _wrong(attempts: AttemptsRow, now: datetime) -> Exception:
    attempts.wrong += 1
    if attempts.wrong >= WRONG_CODES:
        attempts.locked_until = kept_time(now + LOCK)
        return LockedOut(now + LOCK)
    return WrongCode(WRONG_CODES - attempts.wrong)


def _bind(
    session: Any, conversation: str, patient_id: str, relation: str, scope: list[str], how: Literal["code", "identity"], now: datetime,
    granted_by: str | None = None,
) -> Binding:
    """A new binding, or the standing one, widened: whoever proves to be the patient herself is no longer only family."""
    changed(session, update(AttemptsRow).where(AttemptsRow.conversation == conversation).values(wrong=0, claims=0))
    row = session.execute(
        select(BindingRow).where(BindingRow.conversation == conversation, BindingRow.patient_id == patient_id)
    ).scalar()
    if row is None:
        row = BindingRow(conversation=conversation, patient_id=patient_id, relation=relation, scope=scope, how=how, since=kept_time(now),
                         granted_by=granted_by)
        session.add(row)
    elif row.relation != "self":
        row.relation, row.scope, row.how, row.since, row.granted_by = relation, scope, how, kept_time(now), granted_by
    session.flush()
    return _found(session, BindingRow.id == row.id)[0]


def _found(session: Any, which: Any) -> tuple[Binding, ...]:
    rows = session.execute(
        select(BindingRow, PatientRow).join(PatientRow, PatientRow.id == BindingRow.patient_id).where(which)
        .order_by(BindingRow.relation.desc(), BindingRow.id)      # "self" before "family"
    ).all()
    return tuple(
        Binding(str(b.id), b.conversation, b.patient_id, "self" if b.relation == "self" else "family", scopes(b.scope),
                "identity" if b.how == "identity" else "code", home_of(b.since), p.label, tuple(p.linked))
        for b, p in rows
    )


def _own(session: Any, conversation: str) -> str:
    """The patient of a conversation's own binding."""
    found: str | None = session.execute(
        select(BindingRow.patient_id).where(BindingRow.conversation == conversation, BindingRow.relation == "self").order_by(BindingRow.id)
    ).scalars().first()
    if found is None:
        raise NotBound("no binding of her own")
    return found
