"""Departments, doctors and free slots of a FHIR server: read into our tables at each question, then answered from them."""

from __future__ import annotations

from datetime import datetime

from bot.hospital import fhir_mirror as mirror
from bot.hospital.fhir_base import FhirPart
from bot.hospital.model import Alternatives, Availability, Department, Doctor, Session, SlotQuery


class FhirSchedules(FhirPart):
    """Reads `Schedule`, `PractitionerRole`, `Practitioner`, `Location` and `Slot`."""

    async def departments(self) -> tuple[Department, ...]:
        """See the port: those that have a doctor."""
        with self._client.within():
            return mirror.departments_of(await self._doctors_now(), self._profile)

    async def doctors(self) -> tuple[Doctor, ...]:
        """See the port."""
        with self._client.within():
            return tuple(sorted((await self._doctors_now()).doctors.values(), key=lambda x: (x.department, x.id)))

    async def free(self, query: SlotQuery, now: datetime) -> Availability:
        """See the port."""
        with self._client.within():
            await self._refresh(now)
        return await super().free(query, now)

    async def sessions(self, query: SlotQuery, now: datetime) -> tuple[Session, ...]:
        """See the port."""
        with self._client.within():
            await self._refresh(now)
        return await super().sessions(query, now)

    async def alternatives(self, query: SlotQuery, now: datetime) -> Alternatives:
        """See the port."""
        with self._client.within():
            await self._refresh(now)
        return await super().alternatives(query, now)
