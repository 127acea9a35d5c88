"""What a patient had allowed her family ends with her erasure; what is the family member's own stays, and the end is told once."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import select

from bot.hospital.errors import NotBound, WrongCode
from bot.hospital.memory import MemorySms
from bot.hospital.model import Person, SlotQuery
from bot.hospital.sql import SqlHospital
from bot.hospital.sql_loading import load
from bot.hospital.tables import CodeRow, ReportWatchRow, WatchRow
from bot.store import personal
from bot.store.conversations import Conversations
from bot.store.database import MIGRATIONS, Database, engine, migrate
from bot.store.tables import Base, EndedGrant, Erasure
from tests.bot.dialogue.chat import Chat, kinds, text_of, words
from tests.bot.dialogue.chat import turn as turn_of
from tests.contract.conftest import CODE, NOW, OTHER_CODE, SECRET, world

ERASED = (NOW + timedelta(minutes=1)).astimezone(timezone.utc).replace(tzinfo=None)


@pytest.fixture
def hospital(database: Database) -> SqlHospital:
    load(database, world(), SECRET)
    return SqlHospital(database, SECRET, MemorySms())


@pytest.fixture
def unused(hospital: SqlHospital) -> str:
    """She let her husband in, who waits for a slot and a report of hers and has a card of his own; and gave her aunt a code that is not used yet."""
    async def bind() -> str:
        await hospital.bind_by_code("she", CODE, NOW)
        code, other = [(await hospital.invite_family("she", ("booking", "reports"), NOW)).code for _ in range(2)]
        own, hers = await hospital.bind_by_code("husband", OTHER_CODE, NOW), await hospital.bind_by_code("husband", code, NOW)
        await hospital.watch(SlotQuery(("record",)), Person("husband", own.patient_id), NOW)
        await hospital.watch(SlotQuery(("cycle",)), Person("husband", hers.patient_id), NOW)
        order = (await hospital.orders("husband", ("hcg",), NOW, hers.patient_id)).orders[0]
        await hospital.watch_report("husband", order.id, NOW)
        return other

    return asyncio.run(bind())


def lines(database: Database) -> list[tuple[str, int]]:
    with database.transaction() as session:
        return [(x.subject, x.ended) for x in session.execute(select(Erasure)).scalars()]


def left(database: Database) -> dict[str, int]:
    """Rows of what she had allowed and what waited under it."""
    with database.transaction() as session:
        count = {x: len(session.execute(select(x).where(x.conversation == "husband")).scalars().all()) for x in (WatchRow, ReportWatchRow)}
        codes = len(session.execute(select(CodeRow).where(CodeRow.granted_by == "she")).scalars().all())
        return {"slots": count[WatchRow], "reports": count[ReportWatchRow], "codes": codes}


def assert_ended(database: Database, hospital: SqlHospital, unused: str) -> None:
    assert [x.patient_id for x in asyncio.run(hospital.bindings("husband"))] == ["p2"], "his own card stays"
    assert left(database) == {"slots": 1, "reports": 0, "codes": 0}, "so does what he waits for under it"
    with pytest.raises(NotBound):
        asyncio.run(hospital.orders("husband", ("hcg",), NOW, "p1"))
    with pytest.raises(WrongCode):
        asyncio.run(hospital.bind_by_code("aunt", unused, NOW))
    assert lines(database) == [(personal.subject("she"), 3)], "a binding, the code it was made with, and one that waited"
    assert Conversations(database).ended("husband") and not Conversations(database).ended("aunt")


def test_her_erasure_ends_what_she_had_allowed_and_nothing_that_is_his(database: Database, hospital: SqlHospital, unused: str) -> None:
    ended = asyncio.run(hospital.forget("she"))
    personal.erase(database, "she", ended=ended)
    assert_ended(database, hospital, unused)


def test_without_a_word_from_the_hospital_the_list_of_stores_ends_it_too(database: Database, hospital: SqlHospital, unused: str) -> None:
    personal.erase(database, "she")
    assert_ended(database, hospital, unused)


def test_it_ends_again_when_a_backup_brings_it_back(database: Database, hospital: SqlHospital, unused: str, tmp_path: Path) -> None:
    log = tmp_path / "erasures.log"
    log.write_text(json.dumps({"subject": personal.subject("she"), "at": ERASED.isoformat()}) + "\n")
    personal.reapply(database, log)
    assert_ended(database, hospital, unused)


def test_what_she_allowed_after_her_erasure_stays(database: Database, hospital: SqlHospital, unused: str, tmp_path: Path) -> None:
    log = tmp_path / "erasures.log"
    log.write_text(json.dumps({"subject": personal.subject("she"), "at": (ERASED - timedelta(hours=1)).isoformat()}) + "\n")
    personal.reapply(database, log)
    assert left(database) == {"slots": 2, "reports": 1, "codes": 2} and not Conversations(database).ended("husband")
    assert asyncio.run(hospital.bind_by_code("aunt", unused, NOW)).relation == "family"


def test_a_family_members_erasure_ends_nothing_of_the_patients(database: Database, hospital: SqlHospital, unused: str) -> None:
    assert asyncio.run(hospital.forget("husband")) == 0
    personal.erase(database, "husband")
    assert [x.patient_id for x in asyncio.run(hospital.bindings("she"))] == ["p1"] and lines(database) == [(personal.subject("husband"), 0)]
    assert asyncio.run(hospital.bind_by_code("aunt", unused, NOW)).relation == "family"


def test_who_proved_to_be_the_patient_meanwhile_is_not_family_any_more(database: Database, hospital: SqlHospital) -> None:
    async def bind() -> None:
        await hospital.bind_by_code("she", CODE, NOW)
        await hospital.bind_by_code("her tablet", (await hospital.invite_family("she", ("reports",), NOW)).code, NOW)
        with database.transaction() as session:
            session.execute(CodeRow.__table__.update().where(CodeRow.relation == "self").values(used_at=None))
            session.commit()
        await hospital.bind_by_code("her tablet", CODE, NOW)
        await hospital.forget("she")

    asyncio.run(bind())
    assert [x.relation for x in asyncio.run(hospital.bindings("her tablet"))] == ["self"]


def test_of_the_patient_nothing_is_kept_with_what_is_to_be_told(database: Database, hospital: SqlHospital, unused: str) -> None:
    asyncio.run(hospital.forget("she"))
    with database.transaction() as session:
        assert [x.conversation for x in session.execute(select(EndedGrant)).scalars()] == ["husband"]
    assert {x.name for x in Base.metadata.tables["ended_grant"].columns} == {"conversation", "at"}


def test_it_is_told_once(database: Database, hospital: SqlHospital, unused: str) -> None:
    asyncio.run(hospital.forget("she"))
    kept, chat = Conversations(database), Chat(conversation="husband", ended=True)
    made = chat.ask("howto.view-reports")
    assert made.told_ended and text_of(made).endswith(words("family_ended"))
    kept.save("husband", turn_of("怎么弄呀"), made)
    assert not kept.ended("husband")


def test_an_export_names_nobody_elses_conversation(database: Database, unused: str) -> None:
    assert "she" not in json.dumps(personal.export(database, "husband"))
    assert "husband" not in json.dumps(personal.export(database, "she"))


def test_what_was_allowed_before_it_was_written_down_by_whom_is_found(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "0007")
    made, until = engine(url), datetime(2026, 11, 23, 10)
    bindings = [("she", "p1", "self"), ("her tablet", "p1", "self"), ("husband", "p1", "family"), ("another", "p2", "family")]
    with made.begin() as connection:
        for patient in ("p1", "p2"):
            connection.execute(sa.text("INSERT INTO hospital_patient (id, label, name, phone, linked) VALUES (:id, '王**', 'x', 'x', '[]')"), {"id": patient})
        for who, patient, relation in bindings:
            connection.execute(sa.text("INSERT INTO hospital_binding (conversation, patient_id, relation, scope, how, since)"
                                       " VALUES (:who, :patient, :relation, '[]', 'code', :at)"),
                               {"who": who, "patient": patient, "relation": relation, "at": str(until)})
        connection.execute(sa.text("INSERT INTO hospital_code (code, patient_id, relation, scope, until, once) VALUES ('f', 'p1', 'family', '[]', :at, 1),"
                                   " ('h', 'p1', 'self', '[]', NULL, 1)"), {"at": f"{until}.000000"})
    migrate(url)
    with made.begin() as connection:
        granted = connection.execute(sa.text("SELECT conversation, granted_by FROM hospital_binding WHERE granted_by IS NOT NULL")).fetchall()
        codes = connection.execute(select(CodeRow.code, CodeRow.granted_by, CodeRow.granted_at).order_by(CodeRow.code)).fetchall()
    made.dispose()
    assert [tuple(x) for x in granted] == [("husband", "she")]
    assert [tuple(x) for x in codes] == [("f", "she", until - timedelta(days=1)), ("h", None, None)]


def test_an_emergency_is_not_followed_by_it(database: Database) -> None:
    chat = Chat(conversation="husband", ended=True)
    made = chat.say("…", "emergency", {"emergency/pain": 1.0})
    assert kinds(made) == ["emergency"] and not made.told_ended
    assert not chat.say("怎么弄呀", labels={"howto.view-reports": 0.9}).told_ended, "nor what is said while it is not over"
