"""A hospital behind a FHIR R4 server (`docs/hospital.md`): schedules, appointments and reports are its, cards, watches and holds are ours."""

from __future__ import annotations

from bot.hospital.fhir_bookings import FhirBookings
from bot.hospital.fhir_cards import FhirCards
from bot.hospital.fhir_client import FhirClient
from bot.hospital.fhir_profile import DEFAULT, load
from bot.hospital.fhir_reports import FhirReports
from bot.hospital.fhir_schedules import FhirSchedules
from bot.hospital.fhir_settings import FhirSettings
from bot.hospital.fhir_token import Credentials
from bot.hospital.ports import Sms
from bot.store.database import Database


class FhirHospital(FhirSchedules, FhirBookings, FhirCards, FhirReports):
    """All parts; see `FhirPart` for the arguments."""


def connected(settings: FhirSettings, database: Database, secret: bytes, sms: Sms) -> FhirHospital:
    """The hospital that the settings name. It books for bound patients only: the hospital has to know whose an appointment is.

    Raises:
        SettingsError: the profile is wrong; the message names the key.
    """
    return FhirHospital(database, secret, sms, client_of(settings), load(settings.profile or DEFAULT))


def client_of(settings: FhirSettings) -> FhirClient:
    """A client of the server that the settings name."""
    known = Credentials(settings.token_url, settings.client_id, settings.secret, settings.scope) if settings.token_url else None
    return FhirClient(settings.base, known)
