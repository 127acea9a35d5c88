"""The bot with `HOSPITAL=fhir`: what it is made of, and what the doctor says of the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import bootstrap, doctor, launch, training
from bot.errors import SettingsError
from bot.hospital.fhir import FhirHospital
from bot.hospital.fhir_check import check_server
from bot.hospital.fhir_settings import FhirSettings
from bot.hospital.model import SlotQuery
from bot.hospital.sql import SqlHospital
from bot.hospital.tables import SlotRow
from tests.bot.hospital.fhir_server.running import CLIENT, SECRET, FhirServer
from tests.bot.hospital.fhir_server.world import resources_of
from tests.contract.conftest import NOW, PROFILE, fhir_server, world

__all__ = ["fhir_server"]       # a fixture


@pytest.fixture
def fhir(home: Path, fhir_server: FhirServer, monkeypatch: pytest.MonkeyPatch) -> FhirServer:      # noqa: F811  pytest's way of asking for a fixture
    """The composition root with a server that has a small hospital."""
    fhir_server.fill(resources_of(world(), PROFILE))
    values = {"HOSPITAL": "fhir", "FHIR_BASE_URL": fhir_server.base, "FHIR_TOKEN_URL": fhir_server.token_url, "FHIR_CLIENT_ID": CLIENT, "FHIR_CLIENT_SECRET": SECRET}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    for part in (bootstrap.settings, bootstrap.hospital):
        part.cache_clear()
    return fhir_server


async def test_the_bot_asks_the_server(fhir: FhirServer) -> None:
    hospital = bootstrap.hospital()
    assert isinstance(hospital, FhirHospital)
    assert len((await hospital.free(SlotQuery(limit=50), NOW)).slots) == 11
    assert "GET /Schedule?" in " ".join(fhir.asked())
    await hospital.close()


def test_no_demonstration_is_mixed_with_the_hospitals_own_data(fhir: FhirServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "stale", lambda *_: False)       # no training here
    launch.prepare(bootstrap.settings())
    with bootstrap.database().transaction() as session:
        assert session.query(SlotRow).count() == 0


def test_without_a_word_the_hospital_is_kept_in_sql(home: Path) -> None:
    assert type(bootstrap.hospital()) is SqlHospital


def test_a_half_set_server_starts_nothing(fhir: FhirServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as change:
        change.delenv("FHIR_CLIENT_SECRET")
        bootstrap.settings.cache_clear()
        with pytest.raises(SettingsError, match="FHIR_CLIENT_SECRET"):
            bootstrap.hospital()


def test_the_doctor_looks_at_the_server(fhir: FhirServer) -> None:
    found = {x.words: (x.fine, x.blocks) for x in doctor._hospital(bootstrap.settings())}
    assert found == {
        "FHIR: the connection is encrypted": (True, True), "FHIR: with OAuth2 client credentials": (True, True),
        "FHIR_PROFILE has the names that come with the project": (False, True), "FHIR: the server answers, and gives access": (True, False),
        "FHIR: version 4.0.1": (True, False), "FHIR: resources that it does not offer: none": (True, False),
        "FHIR: slots and appointments have versions": (True, False), "FHIR: appointments can be created conditionally": (True, False),
        "FHIR: there are schedules": (True, False),
    }


def test_a_server_that_is_not_there_is_a_finding_and_stops_no_start(fhir: FhirServer) -> None:
    found = list(check_server(FhirSettings("http://127.0.0.1:9/fhir")))
    assert [fine for fine, _ in found] == [False] and "cannot be asked" in found[0][1]
    refused = list(check_server(FhirSettings(fhir.base, fhir.token_url, CLIENT, "wrong")))
    assert [fine for fine, _ in refused] == [False] and "401" in refused[0][1] and "wrong" not in refused[0][1]
