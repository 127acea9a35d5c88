"""Our tracker store keeps what Rasa's keeps, and either goes on where the other stopped."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import text

from bot.__main__ import tracker_store
from bot.rasa_parts.tracker_store import ConversationTrackerStore

DOMAIN = Domain.from_dict({"intents": ["ask"], "slots": {"stage": {"type": "text", "mappings": [{"type": "custom"}]}}, "actions": ["action_answer"]})
WHO = "k1"


class Listener:
    """What a broker is handed."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def publish(self, event: dict[str, Any]) -> None:
        self.events.append(event)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'conversations.db'}"


def ours(url: str, listener: Listener | None = None) -> ConversationTrackerStore:
    return ConversationTrackerStore(url, DOMAIN, listener)


def turn(tracker: DialogueStateTracker, said: str) -> None:
    for event in (UserUttered(said, {"name": "ask", "confidence": 0.9}), ActionExecuted("action_answer"), SlotSet("stage", said), BotUttered(f"re {said}"),
                  ActionExecuted("action_listen")):
        tracker.update(event)


def rows(store: SQLTrackerStore) -> list[tuple[str, str | None, str | None]]:
    with store.session_scope() as session:
        return [tuple(x) for x in session.execute(text("SELECT type_name, intent_name, action_name FROM events ORDER BY id"))]


def test_the_server_gets_our_store(url: str) -> None:
    made = TrackerStore.create(tracker_store(url), DOMAIN)
    assert isinstance(made, ConversationTrackerStore)


def test_the_same_rows_as_rasas_own(url: str, tmp_path: Path) -> None:
    rasas = SQLTrackerStore(DOMAIN, db=str(tmp_path / "other.db"))
    for store in (ours(url), rasas):
        for said in ("early", "late"):
            tracker = asyncio.run(store.get_or_create_tracker(WHO))
            turn(tracker, said)
            asyncio.run(store.save(tracker))
    assert rows(ours(url)) == rows(rasas) and len(rows(rasas)) == 11


def test_each_reads_and_continues_what_the_other_wrote(url: str, tmp_path: Path) -> None:
    both = (ours(url), SQLTrackerStore(DOMAIN, db=str(tmp_path / "conversations.db")))
    for n in range(4):
        store = both[n % 2]
        tracker = asyncio.run(store.get_or_create_tracker(WHO))
        turn(tracker, f"t{n}")
        asyncio.run(store.save(tracker))
    for store in both:
        tracker = asyncio.run(store.retrieve(WHO))
        assert tracker is not None and tracker.get_slot("stage") == "t3"
        assert [e.text for e in tracker.events if isinstance(e, UserUttered)] == ["t0", "t1", "t2", "t3"]


def test_a_new_conversation_is_written_with_its_first_turn(url: str) -> None:
    store = ours(url)
    tracker = asyncio.run(store.get_or_create_tracker(WHO))
    assert rows(store) == []
    turn(tracker, "hello")
    asyncio.run(store.save(tracker))
    asyncio.run(store.save(tracker))        # a second time with nothing new
    assert len(rows(store)) == 6


def test_a_session_that_begins_again_is_read_from_its_start_and_whole_on_demand(url: str) -> None:
    store = ours(url)
    tracker = asyncio.run(store.get_or_create_tracker(WHO))
    turn(tracker, "old")
    asyncio.run(store.save(tracker))
    tracker = asyncio.run(store.get_or_create_tracker(WHO))
    tracker.update(ActionExecuted("action_session_start"))
    tracker.update(SessionStarted())
    tracker.update(ActionExecuted("action_listen"))
    asyncio.run(store.save(tracker))        # Rasa saves in the middle of the turn here
    turn(tracker, "new")
    asyncio.run(store.save(tracker))
    lately, whole = asyncio.run(store.retrieve(WHO)), asyncio.run(store.retrieve_full_tracker(WHO))
    assert lately is not None and whole is not None
    assert [e.text for e in lately.events if isinstance(e, UserUttered)] == ["new"]
    assert [e.text for e in whole.events if isinstance(e, UserUttered)] == ["old", "new"]
    assert len(rows(store)) == 14


def test_a_listener_is_told_each_event_once(url: str) -> None:
    listener = Listener()
    for said in ("one", "two"):
        store = ours(url, listener)
        tracker = asyncio.run(store.get_or_create_tracker(WHO))
        turn(tracker, said)
        asyncio.run(store.save(tracker))
    assert [e["event"] for e in listener.events] == [json.loads(x)["event"] for x in kept(ours(url))]
    assert {e["sender_id"] for e in listener.events} == {WHO}


def kept(store: SQLTrackerStore) -> list[str]:
    with store.session_scope() as session:
        return list(session.execute(text("SELECT data FROM events ORDER BY id")).scalars())


def test_the_file_stays_open_between_turns(url: str) -> None:
    store = ours(url)
    for n in range(3):
        tracker = asyncio.run(store.get_or_create_tracker(f"k{n}"))
        turn(tracker, "x")
        asyncio.run(store.save(tracker))
    assert store.engine.pool.checkedin() == 1 and store.engine.pool.checkedout() == 0
