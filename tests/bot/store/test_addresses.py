"""How patients of the messaging platforms are reached: sealed, and under the key of today."""

from __future__ import annotations

from cryptography.fernet import Fernet
from sqlalchemy import update

from bot.store.addresses import MESSAGE, Addresses
from bot.store.database import Database
from bot.store.wechat_tables import Address


def wrote(addresses: Addresses, database: Database, conversation: str, user: str) -> None:
    """She did something."""
    with database.transaction() as session:
        addresses.remember(session, conversation, "wechat", user, MESSAGE)
        session.commit()


def test_after_a_change_of_the_key_her_next_message_brings_the_address_again(database: Database) -> None:
    wrote(Addresses(database, Fernet.generate_key()), database, "she", "openid-1")
    new = Addresses(database, Fernet.generate_key())
    assert new.user("she") is None
    wrote(new, database, "she", "openid-1")
    assert new.user("she") == "openid-1"


def test_a_row_moved_to_another_conversation_opens_nothing(database: Database) -> None:
    addresses = Addresses(database, Fernet.generate_key())
    wrote(addresses, database, "she", "openid-1")
    with database.transaction() as session:
        session.execute(update(Address).values(conversation="another"))
        session.commit()
    assert addresses.user("another") is None
