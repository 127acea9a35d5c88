"""Bindings for a FHIR server: who may be bound is asked of `Patient`; who is bound, and for what, is ours."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from bot.clock import at_home
from bot.hospital import fhir_mirror as mirror
from bot.hospital.codes import find_code, keyed_hash
from bot.hospital.fhir_base import FhirPart
from bot.hospital.fhir_client import Resource, escaped
from bot.hospital.fhir_mapping import RemotePatient, patient_of
from bot.hospital.model import Binding, Challenge, IdentityClaim
from bot.hospital.sql_base import kept_time
from bot.hospital.tables import AttemptsRow, CodeRow

LONGEST_NUMBER = 40
FEW = 5         # more patients under one number are nobody


class FhirCards(FhirPart):
    """Looks patients up before the SQL cards decide. Codes and numbers go in the body of a search, never in its address."""

    async def bind_by_code(self, conversation: str, code: str, now: datetime) -> Binding:
        """See the port. Codes of the hospital are identifiers of its patients, those for family are ours."""
        plain = find_code(code)
        if plain is not None and await self._ask(self._unknown, conversation, plain, now):
            with self._client.within():
                found = await self._patients([(self._profile.code_system, plain)])
            for one in found:
                if plain in one.codes and len(found) == 1:
                    await self._ask(self._keep_code, one, plain, now)
        return await super().bind_by_code(conversation, code, now)

    def _unknown(self, conversation: str, code: str, now: datetime) -> bool:
        """Whether the server is to be asked for a code: it is not in our tables, and the conversation is not locked."""
        with self._reading() as session:
            return session.get(CodeRow, keyed_hash(self._secret, "code", code)) is None and not self._locked(session, conversation, now)

    @staticmethod
    def _locked(session: Any, conversation: str, now: datetime) -> bool:
        row = session.get(AttemptsRow, conversation)
        return row is not None and row.locked_until is not None and row.locked_until > kept_time(now)

    def _keep_code(self, patient: RemotePatient, code: str, now: datetime) -> None:
        until = patient.codes[code]
        if until is not None and until.astimezone(timezone.utc) <= now.astimezone(timezone.utc):
            return      # out of date: told like one that is nobody's
        with self._writing("fhir") as session:
            mirror.put_patient(session, patient, self._secret)
            mirror.put_code(session, patient, code, None if until is None else at_home(until), self._secret)

    async def claim_identity(self, conversation: str, claim: IdentityClaim, now: datetime) -> Challenge:
        """See the port."""
        number = claim.number.strip()
        if 0 < len(number) <= LONGEST_NUMBER and number.isprintable() and not await self._ask(self._is_locked, conversation, now):
            with self._client.within():
                found = await self._patients([(x, number) for x in (*self._profile.id_systems, *self._profile.card_systems)])
            await self._ask(self._keep_fitting, found, claim, number)
        return await super().claim_identity(conversation, claim, now)

    def _is_locked(self, conversation: str, now: datetime) -> bool:
        with self._reading() as session:
            return self._locked(session, conversation, now)

    def _keep_fitting(self, found: list[RemotePatient], claim: IdentityClaim, number: str) -> None:
        """Keep the one patient whom a claim fits; of a wrong claim nothing is kept."""
        def same(kind: str, one: str, other: str) -> bool:
            return bool(one) and keyed_hash(self._secret, kind, one) == keyed_hash(self._secret, kind, other)

        fitting = []
        for one in found:
            numbers = [x for x in (*one.id_numbers, *one.cards) if same("id", x, number)]
            names = tuple(x for x in one.names if same("name", x, claim.name))
            phones = [x for x in one.phones if same("phone", x, claim.phone)]
            if numbers and names and phones:
                fitting.append((RemotePatient(**{**vars(one), "names": names}), numbers[0], phones[0]))
        if len(fitting) == 1:
            with self._writing("fhir") as session:
                mirror.put_patient(session, fitting[0][0], self._secret, *fitting[0][1:])

    async def _patients(self, identifiers: list[tuple[str, str]]) -> list[RemotePatient]:
        """The active patients with one of some identifiers; none where there are many: no server may answer with everybody."""
        wanted = ",".join(f"{escaped(system)}|{escaped(value)}" for system, value in identifiers)
        found = await self._client.search("Patient", [("identifier", wanted), ("_elements", "id,active,identifier,name,telecom")], private=True)
        active: list[Resource] = [x for x in found.resources if x.get("active") is not False]
        return [patient_of(x, self._profile) for x in active] if len(active) <= FEW else []

    async def unbind(self, conversation: str, binding_id: str, now: datetime) -> None:
        """See the port."""
        await super().unbind(conversation, binding_id, now)
        await self._ask(self._tidy)

    async def revoke(self, conversation: str, binding_id: str, now: datetime) -> None:
        """See the port."""
        await super().revoke(conversation, binding_id, now)
        await self._ask(self._tidy)

    async def forget(self, conversation: str) -> int:
        """See the port. Slots that were held are given back on the server by the desk's next pass."""
        ended = await super().forget(conversation)
        await self._ask(self._tidy)
        return ended

    def _tidy(self) -> None:
        with self._writing("fhir") as session:
            mirror.drop_strangers(session)
