"""How far tests are, from `ServiceRequest`, `DiagnosticReport` and `Specimen`. No result is asked for."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime

from bot.hospital import fhir_mirror as mirror
from bot.hospital.errors import NonsenseReply
from bot.hospital.fhir_base import FhirPart
from bot.hospital.fhir_client import Found
from bot.hospital.fhir_mapping import orders_of, reference, short_id, text
from bot.hospital.model import Orders, ReportHit, Turnaround
from bot.hospital.sql_loading import put_orders
from bot.hospital.sql_reports import readable_patient
from bot.hospital.tables import OrderRow
from bot.hospital.world import OrderRecord

logger = logging.getLogger(__name__)

REQUEST = "id,meta,status,intent,code,subject,authoredOn,specimen,performer,extension"
REPORT = "id,meta,status,code,subject,basedOn,issued,specimen,extension"     # neither result nor conclusion, nor anything attached
SPECIMEN = "id,meta,subject,request,receivedTime,collection"
AT_ONCE = 5


class FhirReports(FhirPart):
    """Reads orders."""

    async def orders(self, conversation: str, tests: Sequence[str], now: datetime, patient_id: str | None = None) -> Orders:
        """See the port."""
        patient = await self._ask(self._allowed, conversation, patient_id)
        with self._client.within():
            await self._read_orders(patient)
        return await super().orders(conversation, tests, now, patient)

    def _allowed(self, conversation: str, patient_id: str | None) -> str:
        with self._reading() as session:
            return readable_patient(session, conversation, patient_id)

    async def turnaround(self, test: str) -> Turnaround | None:
        """See the port: the profile says it, FHIR has no such thing."""
        return self._profile.turnarounds.get(test)

    async def ready(self, now: datetime, limit: int = 1000) -> tuple[ReportHit, ...]:
        """See the port; each watched patient is looked at again after some time."""
        async with self._client.own_connection():
            with self._client.within(30.0, anew=True):
                await self._look_again()
        return await super().ready(now, limit)

    async def _look_again(self) -> None:
        at, due = time.monotonic(), []
        for patient in await self._ask(self._watched):
            if at - self._looked.get(patient, -self._ready_every) >= self._ready_every:
                due.append(patient)
        few = asyncio.Semaphore(AT_ONCE)

        async def look(patient: str) -> None:
            async with few:
                await self._read_orders(patient)
            self._looked[patient] = at

        done = await asyncio.gather(*map(look, due), return_exceptions=True)
        failed = [x for x in done if isinstance(x, BaseException)]
        if failed and len(failed) == len(due):
            raise failed[0]
        if failed:
            logger.warning("FHIR: the reports of %d patients could not be read", len(failed))

    def _watched(self) -> list[str]:
        with self._reading() as session:
            return mirror.watched_patients(session)

    async def _read_orders(self, patient: str) -> None:
        """Bring a patient's orders in our tables up to date."""
        whose = ("subject", f"Patient/{patient}")
        requests, reports, specimens = await asyncio.gather(
            self._client.search("ServiceRequest", [whose, ("_elements", REQUEST)]),
            self._client.search("DiagnosticReport", [whose, ("_elements", REPORT)]),
            self._client.search("Specimen", [whose, ("_elements", SPECIMEN)]),
        )
        for found in (requests, reports, specimens):
            _hers(found, patient)
        orders, left_out = orders_of(patient, requests.resources, reports.resources, specimens.resources, self._profile)
        if left_out:
            logger.warning("FHIR: %d orders are left out: no test that the profile knows, no day, or no status", left_out)
        seen = {short_id(text(x.get("id"))) for x in requests.resources}
        await self._ask(self._put_orders, patient, orders, seen)

    def _put_orders(self, patient: str, orders: Sequence[OrderRecord], seen: set[str]) -> None:
        with self._writing(f"fhir orders {patient}") as session:
            kept = {x.number for x in orders}
            mirror.drop_orders(session, (OrderRow.patient_id == patient) & OrderRow.number.not_in(kept & seen))
            put_orders(session, orders)
            mirror.put_tests(session, self._profile)


def _hers(found: Found, patient: str) -> None:
    """Refuse an answer with anything of another patient: a server that passes over a parameter it does not know would tell everybody's."""
    if any(reference(x.get("subject")) != f"Patient/{patient}" for x in found.resources):
        raise NonsenseReply("FHIR: an answer with another patient's orders")
