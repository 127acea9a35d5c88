"""What is kept of a conversation: loaded as it was saved, and gone when forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import ZONE
from bot.dialogue.model import Missed, Outcome, Profile, Reading, Reply, State, Turn
from bot.guard import Alarm, EmergencyTexts, load
from bot.knowledge.library import Library
from bot.store.conversations import Conversations
from bot.store.database import Database
from bot.store.tables import Consent, Outbox, Shown, Unanswered
from bot.text.entities import find_entities

KNOWLEDGE = Path(__file__).resolve().parents[3] / "knowledge"
NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)


@pytest.fixture
def kept(database: Database) -> Conversations:
    return Conversations(database)


@cache
def emergencies() -> EmergencyTexts:
    """The staff's texts, read once."""
    return load(KNOWLEDGE)[1]


def turn(**changes: Any) -> Turn:
    text = "要空腹吗"
    fields = {"library": Library(), "emergencies": emergencies(), "text": text, "intent": "ask", "whole": Reading(text, ()), "clauses": (), "language": "zh",
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


def test_a_transaction_without_commit_is_lost(kept: Conversations, database: Database) -> None:
    with database.transaction() as session:
        session.add(Unanswered(conversation="a", text="x", reason="failed"))
        session.flush()
    assert kept.unanswered(9) == []


def test_the_staffs_list_is_read_newest_first_after_its_transaction(kept: Conversations) -> None:
    kept.note("a", "first", "failed")
    kept.note("b", "second", "failed")
    assert [row.text for row in kept.unanswered(5)] == ["second", "first"]
    assert [row.text for row in kept.unanswered(1)] == ["second"]


ALARM = Alarm("bleeding", "bleeding-heavy", True)


def alerts(database: Database) -> list[dict[str, Any]]:
    with database.transaction() as session:
        return [x.payload for x in session.execute(select(Outbox).where(Outbox.channel == "desk")).scalars()]


def test_an_emergency_opens_an_episode_and_alerts_staff_once(kept: Conversations, database: Database) -> None:
    kept.save("a", turn(), made(alarm=ALARM))
    kept.save("a", turn(now=NOW + timedelta(minutes=2)), made(alarm=ALARM))
    found = kept.episode("a", NOW + timedelta(minutes=3))
    assert found is not None and found.group == "bleeding" and not found.taken
    assert found.until == NOW + timedelta(hours=6, minutes=2)
    assert [(x["what"], x["signs"]) for x in alerts(database)] == [("emergency", "bleeding")]
    assert kept.episode("b", NOW) is None and kept.episode("a", NOW + timedelta(hours=7)) is None


def test_an_alert_outside_a_turn_is_the_same(kept: Conversations, database: Database) -> None:
    kept.alert("a", ALARM, NOW)
    assert kept.episode("a", NOW + timedelta(hours=1)) is not None and len(alerts(database)) == 1


def test_her_word_ends_an_episode_but_for_self_harm_which_staff_end(kept: Conversations) -> None:
    kept.save("a", turn(), made(alarm=ALARM))
    kept.save("a", turn(), made(alarm=Alarm("self_harm", "suicide-direct", True)))
    kept.save("a", turn(now=NOW + timedelta(hours=1)), made(examined=True))
    left = kept.emergencies(NOW + timedelta(hours=23))
    assert [x.group for x in left] == ["self_harm"]
    assert kept.take_emergency(left[0].id, "Li", NOW) and not kept.take_emergency(left[0].id, "Wang", NOW)
    assert kept.episode("a", NOW + timedelta(hours=1)).taken
    assert kept.end_emergency(left[0].id, NOW + timedelta(hours=2)) and kept.episode("a", NOW + timedelta(hours=2)) is None


def test_a_group_is_warned_once_in_a_while_and_staff_hear_of_every_offer(kept: Conversations, database: Database) -> None:
    assert not kept.warned_lately("g", NOW)
    kept.save("a", turn(), made(warned="drugs"), "g")
    assert kept.warned_lately("g", NOW + timedelta(minutes=5)) and not kept.warned_lately("other", NOW)
    kept.save("b", turn(now=NOW + timedelta(minutes=5), quiet=True), made(warned="surrogacy"), "g")
    assert not kept.warned_lately("g", NOW + timedelta(minutes=31))
    assert [x["offer"] for x in alerts(database)] == ["drugs", "surrogacy"]


def test_the_audit_has_entry_and_version_and_no_word_of_hers(kept: Conversations, database: Database) -> None:
    replies = (Reply("answer", "答", ("faq.a", "faq.b")), Reply("choices", "?", ("faq.c",)))
    kept.save("a", turn(), made(replies=replies))
    with database.transaction() as session:
        rows = [(x.entry, x.kind, x.language, x.version) for x in session.execute(select(Shown)).scalars()]
    assert rows == [("faq.a", "answer", "zh", Library().version), ("faq.b", "answer", "zh", Library().version)]


def test_consent_is_kept_with_the_version_of_the_words(kept: Conversations, database: Database) -> None:
    kept.save("a", turn(), made(consent="card"))
    kept.save("a", turn(), made(consent="card"))
    with database.transaction() as session:
        assert [(x.purpose, x.words_version) for x in session.execute(select(Consent)).scalars()] == [("card", Library().version)]
