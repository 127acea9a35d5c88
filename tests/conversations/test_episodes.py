"""The hours after an emergency with the real bot: what is said to be kept is in the tables, and her rights hold."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from bot.store.tables import Episode, Unanswered
from tests.conftest import LiveBot, replies

PAIN, SELF_HARM = "取卵后肚子疼得直不起腰", "我不想活了"


class Patient:
    """Somebody in an emergency."""

    def __init__(self, bot: LiveBot, alarm: str) -> None:
        self._bot, self._name = bot, uuid.uuid4().hex
        self.text, self.buttons = "", []        # type: tuple[str, list[str]]
        self.kinds: list[str] = []
        self.types(alarm)
        assert self.kinds == ["emergency"]

    def types(self, text: str) -> Patient:
        """Send a text and take in the answer."""
        messages = self._bot.say(text, self._name)
        self.kinds = [x["kind"] for x in replies(messages)]
        self.text = "\n".join(x["text"] for x in messages if x.get("text"))
        self.buttons = [b["title"] for x in messages for b in x.get("buttons") or []]
        return self


def asked(bot: LiveBot, text: str) -> int:
    with bot.database.transaction() as session:
        return len(session.execute(select(Unanswered).where(Unanswered.text == text)).all())


@pytest.mark.parametrize("text", ["请让护士给我回电话", "please ask a nurse to call me back"])
def test_a_request_for_a_call_is_on_the_staffs_list(running_bot: LiveBot, text: str) -> None:
    before = asked(running_bot, text)
    assert Patient(running_bot, PAIN).types(text).kinds[0] == "handoff"
    assert asked(running_bot, text) == before + 1


@pytest.mark.parametrize("alarm", [PAIN, SELF_HARM])
def test_her_data_are_deleted_and_the_alert_stays(running_bot: LiveBot, alarm: str) -> None:
    patient = Patient(running_bot, alarm)
    assert patient.types("删除我的数据").buttons == ["确定删除", "先不删"] and "120" in patient.text
    patient.types("确定")
    assert "已经删除了" in patient.text and "120" in patient.text
    with running_bot.database.transaction() as session:
        assert session.execute(select(Episode).where(Episode.conversation == "", Episode.ended_at.is_(None))).first()


@pytest.mark.parametrize("text", ["我老公陪着我呢", "my husband is with me", "医生检查过了，没事，让我回家了", "我睡了", "I'll sleep now", "I'm on my way to the ER"])
def test_after_self_harm_what_she_tells_of_help_gets_a_warm_line(running_bot: LiveBot, text: str) -> None:
    patient = Patient(running_bot, SELF_HARM).types(text)
    assert patient.kinds == ["smalltalk"] and "12356" in patient.text


@pytest.mark.parametrize("text", ["护士知道了吗", "did the nurse see this"])
def test_nobody_is_said_to_have_seen_it_before_a_nurse_has_taken_it(running_bot: LiveBot, text: str) -> None:
    patient = Patient(running_bot, PAIN).types(text)
    assert "120" in patient.text and ("还没有护士接手" in patient.text or "no nurse has taken it yet" in patient.text)
