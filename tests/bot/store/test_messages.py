"""The chat page's bubbles."""

from __future__ import annotations

import pytest

from bot.store.database import Database
from bot.store.messages import HISTORY, WebMessages


@pytest.fixture
def messages(database: Database) -> WebMessages:
    return WebMessages(database)


def test_bubbles_come_back_in_order_with_ids(messages: WebMessages) -> None:
    made = messages.add("a", ("patient", {"text": "你好"}), ("bot", {"text": "您好", "kind": "smalltalk"}))
    messages.add("b", ("patient", {"text": "别人"}))
    assert messages.after("a") == made
    assert [x["author"] for x in made] == ["patient", "bot"] and made[0]["id"] < made[1]["id"]
    assert made[0] == {"id": made[0]["id"], "author": "patient", "name": None, "buttons": [], "kind": "", "text": "你好"}
    assert messages.add("a") == []


def test_only_what_is_behind_an_id(messages: WebMessages) -> None:
    made = messages.add("a", *[("bot", {"text": str(n)}) for n in range(4)])
    assert [x["text"] for x in messages.after("a", made[1]["id"])] == ["2", "3"]
    assert messages.after("a", made[-1]["id"]) == []


def test_a_reload_shows_the_newest(messages: WebMessages) -> None:
    messages.add("a", *[("bot", {"text": str(n)}) for n in range(HISTORY + 5)])
    found = messages.after("a")
    assert len(found) == HISTORY and (found[0]["text"], found[-1]["text"]) == ("5", str(HISTORY + 4))


def test_a_retry_finds_what_it_led_to(messages: WebMessages) -> None:
    messages.add("a", ("patient", {"text": "早先", "client_id": "1"}), ("bot", {"text": "x"}))
    made = messages.add("a", ("patient", {"text": "问", "client_id": "2"}), ("bot", {"text": "答"}))
    assert messages.sent_as("a", "2") == made
    assert messages.sent_as("a", "3") is None
    assert messages.sent_as("b", "2") is None
