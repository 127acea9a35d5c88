"""What `ivf-guide doctor` says of a FHIR server: whether it answers, and whether it can do what bookings need."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from bot.hospital.errors import HospitalError
from bot.hospital.fhir import client_of
from bot.hospital.fhir_client import FhirClient, Resource
from bot.hospital.fhir_mapping import items, text
from bot.hospital.fhir_settings import FhirSettings

KINDS = ("Schedule", "PractitionerRole", "Practitioner", "Location", "Slot", "Appointment", "Patient", "ServiceRequest", "DiagnosticReport", "Specimen")
SECONDS = 10.0


def check_server(settings: FhirSettings) -> Iterator[tuple[bool, str]]:
    """Ask a server once; each finding is whether it is fine and a sentence."""
    try:
        told, known = asyncio.run(_ask(client_of(settings)))
    except HospitalError as error:
        yield False, f"the server cannot be asked ({error})"
        return
    yield True, "the server answers, and gives access"
    version = text(told.get("fhirVersion"))
    yield version.startswith("4."), f"version {version or 'unknown'}{'' if version.startswith('4.') else '; R4 (4.0.1) is needed'}"
    resources = {text(x.get("type")): x for rest in items(told.get("rest")) for x in items(rest.get("resource"))}
    missing = [x for x in KINDS if x not in resources]
    yield not missing, f"resources that it does not offer: {', '.join(missing) or 'none'}"
    yield from _can(resources)
    yield bool(known), "there are schedules" if known else "there is no schedule that it lets us see"


def _can(resources: dict[str, Any]) -> Iterator[tuple[bool, str]]:
    versions = all(resources.get(x, {}).get("versioning") in ("versioned", "versioned-update") for x in ("Slot", "Appointment"))
    yield versions, f"slots and appointments {'have' if versions else 'have no'} versions{'' if versions else ': nothing can be booked safely (docs/hospital.md)'}"
    once = resources.get("Appointment", {}).get("conditionalCreate") is True
    yield once, "appointments can be created conditionally" if once else "no conditional create of appointments: repeats are found by a search instead"


async def _ask(client: FhirClient) -> tuple[Resource, int]:
    async with client.own_connection():
        with client.within(SECONDS, anew=True):
            return await client.capabilities(), len((await client.search("Schedule", [("_elements", "id,active")])).resources)
