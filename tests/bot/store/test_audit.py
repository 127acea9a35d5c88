"""The audit names the safety text that was read and the version of its file; no word of the patient's."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.dialogue.model import Reply, State
from bot.guard import Alarm, LiveGuard
from bot.guard.live_touts import LiveTouts
from bot.knowledge.library import Library
from bot.store.conversations import Conversations
from bot.store.database import Database
from bot.store.tables import Shown
from tests.bot.store.test_conversations import KNOWLEDGE, emergencies, kept, made, turn  # noqa: F401

EMERGENCY = Reply("emergency", "去急诊", ("risk.emergency",))
PAIN = Alarm("pain", "scorer", True)
SURE = Alarm("pain", "belly-pain", True)


def rows(database: Database) -> list[tuple[str, ...]]:
    with database.transaction() as session:
        return [(x.entry, x.kind, x.language, x.version) for x in session.execute(select(Shown).order_by(Shown.id)).scalars()]


def of_texts() -> str:
    return f"{Library().version}+{emergencies().version}"


@pytest.mark.parametrize(("outcome", "entry", "kind"), [
    ({"replies": (EMERGENCY,), "alarm": PAIN}, "risk.emergency/pain", "emergency"),
    ({"replies": (EMERGENCY,), "alarm": Alarm("self_harm", "asked", True)}, "risk.emergency/self_harm", "emergency"),
    ({"replies": (EMERGENCY,)}, "risk.emergency/episode", "emergency"),
    ({"replies": (Reply("emergency_check", "吗"),), "state": State(alarm="self_harm")}, "risk.emergency/check/self_harm", "emergency_check"),
    ({"replies": (Reply("emergency_check", "吗"),), "state": State(alarm="fever")}, "risk.emergency/check/fever", "emergency_check"),
])
def test_each_safety_text_leaves_a_line(kept: Conversations, database: Database, outcome: dict[str, Any], entry: str, kind: str) -> None:  # noqa: F811
    kept.save("a", turn(), made(**outcome))
    assert rows(database) == [(entry, kind, "zh", of_texts())]


@pytest.mark.parametrize(("group", "entry"), [(False, "scam"), (True, "scam_group")])
def test_a_warning_leaves_a_line_with_the_version_of_the_rules(kept: Conversations, database: Database, group: bool, entry: str) -> None:  # noqa: F811
    replies = (Reply("scam_warning", "请当心", ("risk.scam-services",)),)
    kept.save("a", turn(group=group, offers_version="abc"), made(replies=replies))
    version = Library().version
    assert rows(database) == [(entry, "scam_warning", "zh", f"{version}+abc"), ("risk.scam-services", "scam_warning", "zh", version)]


def test_a_text_that_went_out_before_the_turn_is_noted_by_who_sent_it(kept: Conversations, database: Database) -> None:  # noqa: F811
    kept.save("a", turn(alarm=SURE), made(replies=(EMERGENCY,), alarm=SURE))
    assert rows(database) == []


def test_a_silent_reply_leaves_none(kept: Conversations, database: Database) -> None:  # noqa: F811
    kept.save("a", turn(group=True, quiet=True), made(replies=(Reply("silent", ""),)))
    assert rows(database) == []


def test_the_versions_follow_the_files(tmp_path: Path) -> None:
    for file in ("_scams.yml", "_emergency.yml", "_hospital.yml", "_notices.yml"):
        shutil.copy(KNOWLEDGE / file, tmp_path)
    texts = (tmp_path / "_emergency.yml").read_text(encoding="utf-8").partition("\nreplies:")[0] + "\n"      # their examples need signs
    (tmp_path / "_emergency.yml").write_text(texts, encoding="utf-8")
    (tmp_path / "_signs_zh.yml").write_text("complaints: {pain: [疼]}\n", encoding="utf-8")
    touts, guard = LiveTouts(tmp_path), LiveGuard(tmp_path)
    of_offers, of_texts = touts.version, guard.texts.version
    offers = (tmp_path / "_scams.yml").read_text(encoding="utf-8")
    (tmp_path / "_scams.yml").write_text("{", encoding="utf-8")
    assert touts.refresh() is False and touts.version == of_offers, "what is not taken over has no version"
    (tmp_path / "_scams.yml").write_text(offers + "# checked\n", encoding="utf-8")
    assert touts.refresh() is True and touts.version != of_offers
    (tmp_path / "_emergency.yml").write_text(texts.replace("请马上去医院急诊", "请立刻去医院急诊", 1), encoding="utf-8")
    assert guard.refresh() is True and guard.texts.version != of_texts
