"""The vault: one value, once, for a short time, unreadable without the key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, update

from bot.desk.retention import Retention
from bot.privacy.vault import Vault
from bot.store.database import Database
from bot.store.tables import Vault as Row

NOW = datetime(2025, 11, 22, 2, 0)
ID = "110101199001011234"


@pytest.fixture
def vault(database: Database) -> Vault:
    return Vault(database, Fernet.generate_key())


def test_a_value_is_there_once(vault: Vault) -> None:
    vault.put("a", "id_card", ID)
    assert vault.take("b", "id_card") is None and vault.take("a", "phone") is None
    assert vault.take("a", "id_card") == ID
    assert vault.take("a", "id_card") is None


def test_the_newest_value_of_a_kind_counts(vault: Vault, database: Database) -> None:
    vault.put("a", "name", "张三")
    vault.put("a", "name", "李四")
    with database.transaction() as session:
        assert len(session.execute(select(Row.id)).all()) == 1
    assert vault.take("a", "name") == "李四"


def test_an_expired_value_is_not_given_and_not_left(vault: Vault, database: Database) -> None:
    vault.put("a", "phone", "13800138000", seconds=60, now=NOW)
    assert vault.take("a", "phone", now=NOW + timedelta(seconds=60)) is None
    with database.transaction() as session:
        assert session.execute(select(Row.id)).all() == []


def test_a_value_lasts_up_to_its_time(vault: Vault) -> None:
    vault.put("a", "phone", "13800138000", now=NOW)
    assert vault.take("a", "phone", now=NOW + timedelta(seconds=599)) == "13800138000"


def test_purge_removes_what_has_expired_only(vault: Vault) -> None:
    vault.put("a", "phone", "1", seconds=60, now=NOW)
    vault.put("b", "phone", "2", seconds=600, now=NOW)
    assert vault.purge(NOW + timedelta(seconds=61)) == 1
    assert vault.purge(NOW + timedelta(seconds=61)) == 0
    assert vault.take("b", "phone", now=NOW) == "2"


def test_the_desk_removes_what_has_expired_within_a_minute(vault: Vault, database: Database) -> None:
    vault.put("a", "phone", "1", seconds=60, now=NOW)
    retention = Retention(database, database, vault, 180)
    for second, left in ((0, 1), (59, 1), (120, 0)):
        retention.work(NOW + timedelta(seconds=second))
        with database.transaction() as session:
            assert len(session.execute(select(Row.id)).all()) == left


def test_forget_removes_one_conversation(vault: Vault) -> None:
    vault.put("a", "phone", "1")
    vault.put("a", "id_card", ID)
    vault.put("b", "phone", "2")
    assert vault.forget("a") == 2
    assert vault.take("a", "id_card") is None and vault.take("b", "phone") == "2"


def test_the_table_does_not_show_the_value(vault: Vault, database: Database) -> None:
    vault.put("a", "id_card", ID)
    with database.transaction() as session:
        stored = bytes(session.execute(select(Row.value)).scalar_one())
    assert ID.encode() not in stored and len(stored) > 50


def test_another_key_opens_nothing(database: Database) -> None:
    Vault(database, Fernet.generate_key()).put("a", "id_card", ID)
    assert Vault(database, Fernet.generate_key()).take("a", "id_card") is None


@pytest.mark.parametrize("moved", [{"conversation": "b"}, {"kind": "phone"}])
def test_a_row_moved_elsewhere_opens_nothing(vault: Vault, database: Database, moved: dict[str, str]) -> None:
    vault.put("a", "id_card", ID)
    with database.transaction() as session:
        session.execute(update(Row).values(**moved))
        session.commit()
    assert vault.take(moved.get("conversation", "a"), moved.get("kind", "id_card")) is None


def test_of_many_takers_one_gets_it(vault: Vault) -> None:
    vault.put("a", "id_card", ID)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: vault.take("a", "id_card"), range(8)))
    assert sorted(taken, key=str) == [ID] + [None] * 7


@pytest.mark.parametrize(("kind", "seconds"), [("openid", 600), ("phone", 0), ("phone", -1)])
def test_what_it_does_not_keep(vault: Vault, kind: str, seconds: int) -> None:
    with pytest.raises(ValueError, match="known kind"):
        vault.put("a", kind, "1", seconds)
