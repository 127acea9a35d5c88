"""A hospital behind a FHIR R4 server (`docs/hospital.md`): schedules, appointments and reports are its, cards, watches and holds are ours."""

from __future__ import annotations

from bot.hospital.fhir_bookings import FhirBookings
from bot.hospital.fhir_cards import FhirCards
from bot.hospital.fhir_reports import FhirReports
from bot.hospital.fhir_schedules import FhirSchedules


class FhirHospital(FhirSchedules, FhirBookings, FhirCards, FhirReports):
    """All parts; see `FhirPart` for the arguments."""
