"""What is kept of a conversation: loaded as it was saved, and gone when forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import ZONE
from bot.desk.outbox import queue
from bot.dialogue.model import Missed, Outcome, Profile, Reading, Reply, State, Turn
from bot.knowledge.library import Library
from bot.store.conversations import Conversations
from bot.store.database import Database
from bot.store.messages import WebMessages
from bot.store.tables import Base, Unanswered
from bot.text.entities import find_entities

NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)


@pytest.fixture
def kept(database: Database) -> Conversations:
    return Conversations(database)


def turn(**changes: Any) -> Turn:
    text = "要空腹吗"
    fields = {"library": Library(), "text": text, "intent": "ask", "whole": Reading(text, ()), "clauses": (), "language": "zh",
              "entities": find_entities(text, NOW.date()), "profile": Profile(), "state": State(), "now": NOW, **changes}
    return Turn(**fields)


def made(**changes: Any) -> Outcome:
    return Outcome(**{"replies": (Reply("answer", "答"),), "profile": Profile(), "state": State(), **changes})


def test_a_new_conversation_is_empty(kept: Conversations) -> None:
    assert kept.load("a") == (Profile(), State())


def test_what_was_saved_is_loaded(kept: Conversations) -> None:
    profile = Profile(stage="testing", region="beijing", language="zh", tone="loss", tone_since=NOW, asked_stage_at=NOW,
                      asked_region_at=NOW, welcomed_at=NOW, noticed_at=NOW)
    state = State(offers=({"id": "x", "do": "entry", "value": "faq.a", "title": "题"},), waiting="choice", question="要空腹吗",
                  entries=("faq.a",), candidates=("faq.b",), denied=1, card={"step": "amh"})
    kept.save("a", turn(), made(profile=profile, state=state))
    assert kept.load("a") == (profile, state)
    assert kept.load("b") == (Profile(), State())


def test_a_time_of_another_zone_is_the_same_moment(kept: Conversations) -> None:
    utc = datetime.fromisoformat("2026-11-22T02:00:00+00:00")
    kept.save("a", turn(), made(profile=Profile(tone_since=utc)))
    assert kept.load("a")[0].tone_since == utc


def test_a_later_turn_replaces_profile_and_state(kept: Conversations) -> None:
    kept.save("a", turn(), made(profile=Profile(stage="testing"), state=State(waiting="stage", card={"x": "1"})))
    before, _ = kept.load("a")
    kept.save("a", turn(profile=before), made(profile=Profile(region="beijing")))
    assert kept.load("a") == (Profile(region="beijing"), State())


def test_questions_for_the_staff(kept: Conversations, database: Database) -> None:
    kept.save("a", turn(profile=Profile(stage="testing")), made(missed=(Missed("要空腹吗", "no_answer", ("faq.a",), "faq.b"),)))
    kept.note("a", "另一句", "failed")
    with database.transaction() as session:
        rows = session.execute(select(Unanswered).order_by(Unanswered.id)).scalars().all()
        assert [(x.text, x.reason, x.candidates, x.chosen, x.stage, x.language, x.done) for x in rows] == [
            ("要空腹吗", "no_answer", ["faq.a"], "faq.b", "testing", "zh", False), ("另一句", "failed", [], None, None, None, False)]


def rows_of(database: Database, key: str) -> dict[str, int]:
    with database.transaction() as session:
        return {name: len(session.execute(select(t).where(t.c.conversation == key)).all()) for name, t in Base.metadata.tables.items() if "conversation" in t.c}


def test_forgetting_deletes_all_of_hers_and_nothing_of_others(kept: Conversations, database: Database) -> None:
    for key in ("a", "b"):
        kept.save(key, turn(), made(profile=Profile(stage="testing"), missed=(Missed("x", "denied"),)))
        WebMessages(database).add(key, ("patient", {"text": "x"}))
        with database.transaction() as session:
            queue(session, "web", key, {"text": "x"})
            session.commit()
    kept.save("a", turn(), made(profile=Profile(stage="testing"), missed=(Missed("y", "denied"),), forget=True))
    assert set(rows_of(database, "a").values()) == {0}
    assert {name for name, count in rows_of(database, "b").items() if count} == {"profile", "dialogue", "unanswered", "web_message", "outbox"}
    assert kept.load("a") == (Profile(), State())


def test_a_transaction_without_commit_is_lost(kept: Conversations, database: Database) -> None:
    with database.transaction() as session:
        session.add(Unanswered(conversation="a", text="x", reason="failed"))
        session.flush()
    assert rows_of(database, "a")["unanswered"] == 0


def test_the_staffs_list_is_read_newest_first_after_its_transaction(kept: Conversations) -> None:
    kept.note("a", "first", "failed")
    kept.note("b", "second", "failed")
    assert [row.text for row in kept.unanswered(5)] == ["second", "first"]
    assert [row.text for row in kept.unanswered(1)] == ["second"]
