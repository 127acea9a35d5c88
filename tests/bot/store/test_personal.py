"""Erasure, export and retention go over one declared list, which has every table with a person's key."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import Integer, select
from sqlalchemy.exc import IntegrityError

from bot.clock import ZONE
from bot.guard import Alarm
from bot.hospital import tables  # noqa: F401  its tables belong to the same list
from bot.store import personal, tracker_events
from bot.store.conversations import Conversations
from bot.store.database import Database, engine
from bot.store.tables import Base, Episode, Erasure, Outbox

NOW = datetime(2026, 11, 22, 2, 0)      # UTC


def value_for(column: Any, key: str, at: datetime, number: int) -> Any:
    """A value of the column's type that no other row has."""
    if column.name in personal.KEYS:
        return key
    kind = column.type.python_type
    return {int: number, str: f"{key}-{number}"[: getattr(column.type, "length", None) or 99], datetime: at, bool: False, dict: {}, bytes: b"x",
            float: 0.0}.get(kind, at.date() if kind.__name__ == "date" else None)


def fill(database: Database, key: str, at: datetime, number: int) -> None:
    """One row of hers in every table of the list, and those that it refers to."""
    with database.transaction() as session:
        done: set[str] = set()

        def put(table: Any) -> int:
            if table.name in done:
                return number
            done.add(table.name)
            row = {}
            for column in table.columns:
                for foreign in column.foreign_keys:
                    put(foreign.column.table)
                if column.primary_key and isinstance(column.type, Integer):
                    row[column.name] = number
                elif not column.nullable or column.name in personal.KEYS or isinstance(column.type, type(Erasure.at.type)):
                    row[column.name] = number if column.foreign_keys and isinstance(column.type, Integer) else value_for(column, key, at, number)
            for column in table.columns:
                for foreign in column.foreign_keys:
                    if column.name in row and not isinstance(column.type, Integer):
                        row[column.name] = value_for(foreign.column, key, at, number)
            session.execute(table.insert().values(**row))
            return number

        for store in personal.STORES:
            put(Base.metadata.tables[store.table])
        session.commit()


def hers(database: Database, key: str) -> set[str]:
    with database.transaction() as session:
        return {x.table for x in personal.STORES
                if session.execute(select(Base.metadata.tables[x.table]).where(Base.metadata.tables[x.table].c[x.key] == key)).first()}


EVERYWHERE = {x.table for x in personal.STORES}


def test_every_table_with_a_persons_key_is_on_the_list() -> None:
    assert personal.personal_tables(Base.metadata.tables.values()) == EVERYWHERE


def test_erasure_leaves_nothing_of_hers_and_all_of_others(database: Database, tmp_path: Path) -> None:
    fill(database, "she", NOW, 1)
    fill(database, "another", NOW, 2)
    assert hers(database, "she") == hers(database, "another") == EVERYWHERE
    touched = personal.erase(database, "she", tmp_path / "erasures.log", NOW)
    assert hers(database, "she") == set() and hers(database, "another") == EVERYWHERE and set(touched.values()) == {1}
    with database.transaction() as session:
        assert [x.subject for x in session.execute(select(Erasure)).scalars()] == [personal.subject("she")]
    assert "she" not in (tmp_path / "erasures.log").read_text()


def test_what_was_erased_is_in_no_file_any_more(tmp_path: Path) -> None:
    made = Database(engine(f"sqlite:///{tmp_path / 'guide.db'}"))
    Base.metadata.create_all(made.engine)
    Conversations(made).note("she", "我只告诉你一个人的话", "failed")
    assert "我只告诉你一个人的话".encode() in contents(tmp_path)
    personal.erase(made, "she")
    assert "我只告诉你一个人的话".encode() not in contents(tmp_path)


def contents(folder: Path) -> bytes:
    return b"".join(x.read_bytes() for x in sorted(folder.iterdir()))


def test_what_is_the_centres_stays_without_her_key(database: Database) -> None:
    fill(database, "she", NOW, 1)
    personal.erase(database, "she")
    with database.transaction() as session:
        for name in ("hospital_appointment", "shown"):
            assert session.execute(select(Base.metadata.tables[name])).first() is not None


def test_an_emergency_stays_on_the_staffs_list_and_its_alert_is_delivered_without_her_key(database: Database) -> None:
    kept, now = Conversations(database), datetime(2026, 11, 22, 10, 0, tzinfo=ZONE)
    for key in ("hers", "another"):
        kept.alert(key, Alarm("self_harm", "suicide-direct", True), now)
    kept.alert("hers", Alarm("pain", "belly-pain", True), now)
    ended = next(x.id for x in kept.emergencies(now) if x.group == "pain")
    assert kept.end_emergency(ended, now)
    personal.erase(database, "hers")
    assert [(x.conversation, x.group, x.sign, x.taken_by) for x in kept.emergencies(now)] == [
        ("another", "self_harm", "suicide-direct", None), ("", "self_harm", "suicide-direct", None)]
    assert kept.episode("hers", now) is None
    with database.transaction() as session:
        assert session.get(Episode, ended) is None
        waiting = session.execute(select(Outbox).where(Outbox.conversation == "")).scalars().all()
        assert [set(x.payload) for x in waiting] == [{"what", "episode", "signs", "at"}] * 2
        assert not session.execute(select(Outbox).where(Outbox.conversation == "hers")).all()
    assert personal.expire(database, 30, NOW + timedelta(days=60))["episode"] == 2


def test_a_delivered_alert_and_what_was_meant_for_her_go_with_her(database: Database) -> None:
    with database.transaction() as session:
        session.add(Outbox(channel="desk", conversation="hers", payload={}, delivered_at=NOW))
        session.add(Outbox(channel="web", conversation="hers", payload={"text": "words"}))
        session.commit()
    personal.erase(database, "hers")
    with database.transaction() as session:
        assert session.execute(select(Outbox)).all() == []


def test_after_a_backup_was_restored_the_erasures_since_are_applied_again(database: Database, tmp_path: Path) -> None:
    log = tmp_path / "erasures.log"
    log.write_text(json.dumps({"subject": personal.subject("she"), "at": (NOW + timedelta(days=1)).isoformat()}) + "\n")
    fill(database, "she", NOW, 1)
    fill(database, "another", NOW, 2)
    assert personal.reapply(database, log) == len(EVERYWHERE)
    assert hers(database, "she") == set() and hers(database, "another") == EVERYWHERE


def test_what_she_wrote_after_her_erasure_stays(database: Database, tmp_path: Path) -> None:
    log = tmp_path / "erasures.log"
    log.write_text(json.dumps({"subject": personal.subject("she"), "at": (NOW - timedelta(days=1)).isoformat()}) + "\n")
    fill(database, "she", NOW, 1)
    personal.reapply(database, log)
    assert hers(database, "she") == EVERYWHERE


@pytest.mark.parametrize("announced", [False, True])
def test_an_erasure_that_listeners_must_hear_of_waits_with_the_key_they_know(database: Database, tmp_path: Path, announced: bool) -> None:
    fill(database, "she", NOW, 1)
    personal.erase(database, "she", tmp_path / "erasures.log", NOW, announced)
    personal.erase(database, "she", tmp_path / "erasures.log", NOW + timedelta(days=1), announced)
    waiting = personal.unannounced(database)
    assert [(x.conversation, x.at) for x in waiting] == [("she", NOW + timedelta(days=1))] * announced, "the later one takes the place of the first"
    for one in waiting:
        personal.was_announced(database, one.id)
    assert hers(database, "she") == set()


def test_an_erasure_that_cannot_be_kept_is_announced_to_nobody(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(database, "she", NOW, 1)
    kept = EVERYWHERE - {"erasure_notice"}
    personal.was_announced(database, personal.unannounced(database)[0].id)
    monkeypatch.setattr(personal, "subject", lambda key: None)        # the line of the list cannot be written
    with pytest.raises(IntegrityError):
        personal.erase(database, "she", announced=True)
    assert hers(database, "she") == kept and personal.unannounced(database) == []


async def test_after_a_backup_was_restored_rasas_events_are_removed_again_and_listeners_told(database: Database, tmp_path: Path) -> None:
    log, file = tmp_path / "erasures.log", tmp_path / "conversations.db"
    personal.erase(database, "she", log, NOW)
    store, at = SQLTrackerStore(Domain.empty(), db=str(file)), NOW.replace(tzinfo=timezone.utc).timestamp()
    for key in ("she", "another"):
        said = [UserUttered("删除我的数据", timestamp=at - 0.1), UserUttered("还在吗", timestamp=at + 0.1)]
        await store.save(DialogueStateTracker.from_events(key, said))
    tracker = Database(engine(f"sqlite:///{file}"))
    assert personal.reapply(database, log, tracker, announced=True) == 1
    assert [x["text"] for x in tracker_events.said(tracker, "she")] == ["还在吗"] and len(tracker_events.said(tracker, "another")) == 2
    assert [(x.conversation, x.at) for x in personal.unannounced(database)] == [("she", NOW)]


def test_without_a_list_of_erasures_nothing_is_touched(database: Database, tmp_path: Path) -> None:
    assert personal.reapply(database, tmp_path / "none.log") == 0


def test_an_export_has_all_that_is_hers_and_no_key(database: Database) -> None:
    fill(database, "she", NOW, 1)
    found = personal.export(database, "she")
    assert set(found) == {x.table for x in personal.STORES if x.told}
    assert all("conversation" not in row for rows in found.values() for row in rows) and json.dumps(found)


async def test_an_export_tells_what_was_said_where_only_rasa_keeps_it(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "conversations.db"
    store = SQLTrackerStore(Domain.empty(), db=str(file))
    said = [UserUttered("我叫[姓名]", timestamp=1795658400.0), SlotSet("stage", "testing"), BotUttered("您好", timestamp=1795658401.0)]
    await store.save(DialogueStateTracker.from_events("she", said))
    await store.save(DialogueStateTracker.from_events("another", [UserUttered("要空腹吗")]))
    tracker = Database(engine(f"sqlite:///{file}"))
    assert personal.export(database, "she", tracker) == {"said": [
        {"author": "patient", "text": "我叫[姓名]", "at": "2026-11-26T10:00:00+08:00"}, {"author": "bot", "text": "您好", "at": "2026-11-26T10:00:01+08:00"},
    ]}
    assert personal.export(database, "she", Database(engine(f"sqlite:///{tmp_path / 'none.db'}"))) == {}


@pytest.mark.parametrize(("days", "gone"), [(29, True), (31, False)])
def test_retention_removes_what_has_not_changed_for_the_days_set(database: Database, days: int, gone: bool) -> None:
    fill(database, "she", NOW - timedelta(days=30), 1)
    personal.expire(database, days, NOW)
    lasting = {x.table for x in personal.STORES if x.lasts}
    assert hers(database, "she") == (lasting if gone else EVERYWHERE)
