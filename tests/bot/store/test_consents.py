"""A consent ends with what it was for, whoever ends it and however, and never before."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.desk.__main__ import kept_here
from bot.desk.retention import Retention
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.hospital.model import Person, SlotQuery
from bot.hospital.sql import SqlHospital
from bot.hospital.sql_loading import load
from bot.privacy.vault import Vault
from bot.store import consents
from bot.store.database import Database
from bot.store.tables import Consent, Dialogue
from tests.contract.conftest import CODE, NOW, OTHER_CODE, SECRET, world

GIVEN = datetime(2026, 11, 22, 10)


def agree(database: Database, who: str, *purposes: str, **state: Any) -> None:
    """What she agreed to, and what is open with her."""
    with database.transaction() as session:
        for purpose in purposes:
            session.merge(Consent(conversation=who, purpose=purpose, given_at=GIVEN, words_version="1"))
        session.merge(Dialogue(conversation=who, state=state))
        session.commit()


def agreed(database: Database, who: str) -> list[str]:
    with database.transaction() as session:
        return list(session.execute(select(Consent.purpose).where(Consent.conversation == who).order_by(Consent.purpose)).scalars())


@pytest.fixture
def hospital(database: Database) -> SqlHospital:
    load(database, world(), SECRET)
    return SqlHospital(database, SECRET, MemorySms())


@pytest.fixture
def family(database: Database, hospital: SqlHospital) -> str:
    """Her husband is bound with her consent and his own, and waits for a slot and for a report; the id of his binding."""
    async def bind() -> str:
        await hospital.bind_by_code("she", CODE, NOW)
        code = (await hospital.invite_family("she", ("booking", "reports"), NOW)).code
        his = await hospital.bind_by_code("husband", code, NOW)
        await hospital.watch(SlotQuery(("cycle",)), Person("husband", his.patient_id), NOW)
        waiting = next(x for x in (await hospital.orders("husband", ("hcg",), NOW)).orders)
        await hospital.watch_report("husband", waiting.id, NOW)
        return his.id

    for who in ("she", "husband"):
        agree(database, who, "binding", "reminder", "visit_reminder")
    return asyncio.run(bind())


def test_a_relatives_consents_end_when_the_patient_takes_the_binding_back(database: Database, hospital: SqlHospital, family: str) -> None:
    asyncio.run(hospital.revoke("she", family, NOW))
    assert agreed(database, "husband") == ["visit_reminder"], "which is for all that he books, and ends when he says so"
    assert "binding" in agreed(database, "she")


def test_a_relatives_consents_end_when_he_does(database: Database, hospital: SqlHospital, family: str) -> None:
    asyncio.run(hospital.unbind("husband", family, NOW))
    assert agreed(database, "husband") == ["visit_reminder"]


def test_with_another_binding_or_another_wish_they_stay(database: Database, hospital: SqlHospital, family: str) -> None:
    async def more() -> None:
        his = await hospital.bind_by_code("husband", OTHER_CODE, NOW)
        await hospital.watch(SlotQuery(("record",)), Person("husband", his.patient_id), NOW)
        await hospital.revoke("she", family, NOW)

    asyncio.run(more())
    assert agreed(database, "husband") == ["binding", "reminder", "visit_reminder"]


def test_a_consent_to_a_binding_that_has_just_begun_outlives_the_end_of_another(database: Database, hospital: SqlHospital, family: str) -> None:
    agree(database, "husband", binding={"step": "claim", "have": ["name"], "at": NOW.isoformat()})
    asyncio.run(hospital.revoke("she", family, NOW))
    assert agreed(database, "husband") == ["binding", "visit_reminder"]


@pytest.fixture
def hour(database: Database) -> Retention:
    """What the desk does every hour."""
    return Retention(database, database, Vault(database, Fernet.generate_key()), 180)


def test_what_was_told_or_waited_for_in_vain_needs_no_consent_any_more(database: Database, hospital: SqlHospital, family: str, hour: Retention) -> None:
    hour.work(GIVEN)
    assert "reminder" in agreed(database, "husband")

    async def over() -> None:
        for one in await hospital.watching("husband", NOW):
            await hospital.unwatch(one.id, "husband")
        for hit in await hospital.ready(NOW):
            await hospital.told_ready([hit.watch_id])

    asyncio.run(over())
    hour.work(GIVEN + timedelta(hours=1))
    assert agreed(database, "husband") == ["binding", "visit_reminder"]
    assert agreed(database, "she") == ["binding", "visit_reminder"], "she has nothing that waits"


@pytest.mark.parametrize(("purpose", "state", "stays"), [
    ("card", {"card": {"step": "medication", "last_period": "10月1日"}}, True),
    ("card", {"card": {"step": "last_period"}}, True),
    ("card", {"card": {"last_period": "10月1日", "medication": "", "cycles": "", "losses": ""}}, True),
    ("card", {"card": {}}, False),
    ("card", {"card": {"step": "consent"}}, False),
    ("card", {}, False),
    ("binding", {"binding": {"step": "claim", "have": ["name"]}}, True),
    ("binding", {"binding": {}, "waiting": None}, False),
    ("reminder", {"booking": {"step": "slots"}}, False),
    ("visit_reminder", {}, True),
])
def test_a_consent_lasts_as_long_as_something_is_kept_under_it(database: Database, hour: Retention, purpose: str, state: Any, stays: bool) -> None:
    agree(database, "she", purpose, **state)
    hour.work(GIVEN)
    assert agreed(database, "she") == [purpose] * stays


def test_a_consent_without_a_dialogue_is_over(database: Database, hour: Retention) -> None:
    with database.transaction() as session:
        session.add(Consent(conversation="she", purpose="card", given_at=GIVEN, words_version="1"))
        session.commit()
    hour.work(GIVEN)
    assert agreed(database, "she") == []


def test_what_a_hospital_keeps_itself_is_its_own_to_end(database: Database, hospital: SqlHospital) -> None:
    assert set(kept_here(hospital)) == set(consents.ENDING)
    elsewhere = tuple(kept_here(MemoryHospital(world(), MemorySms())))
    agree(database, "she", "binding", "reminder", "card")
    Retention(database, database, Vault(database, Fernet.generate_key()), 180, elsewhere).work(GIVEN)
    assert agreed(database, "she") == ["binding", "reminder"]
