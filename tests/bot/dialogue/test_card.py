"""The card of key facts."""

from __future__ import annotations

import pytest

from bot.dialogue.card import FIELDS, MAX_CHARACTERS
from tests.bot.dialogue.chat import Chat, entries_of, kinds, text_of, titles, words


def started() -> Chat:
    chat = Chat()
    chat.say("这个药能停吗", "medical_advice")
    assert text_of(chat.tap(words("card_fill"))) == words("card_consent")
    return chat


def at_first_field() -> Chat:
    chat = started()
    chat.say("好的", "affirm")
    assert chat.state.card == {"step": "last_period"}
    return chat


def test_the_whole_card() -> None:
    chat = started()
    assert chat.state.card == {"step": "consent"}           # nothing is kept before she agreed
    assert text_of(chat.tap(words("card_yes"))) == words("card_last_period")
    assert text_of(chat.say("2月20号", "ask")) == words("card_medication")
    assert text_of(chat.say("黄体酮,一天两次", "medical_advice")) == words("card_cycles")
    assert text_of(chat.say("2", "choose")) == words("card_losses")
    made = chat.say("没有", "deny")
    card = "\n".join(words(f"card_name_{x}") + y for x, y in zip(FIELDS, ("2月20号", "黄体酮,一天两次", "2", "没有")))
    assert text_of(made) == f"{words('card_done')}\n\n{card}\n\n{words('card_use')}"
    assert kinds(made) == ["defer"] and titles(made) == []
    assert chat.state.waiting is None and "step" not in chat.state.card


def test_in_english() -> None:
    chat = Chat()
    chat.say("key facts card please", "key_facts")
    assert text_of(chat.say("yes", "affirm")) == words("card_last_period", "en")
    for answer in ("20 February", "progesterone twice a day", "two cycles so far", "none I know of"):
        made = chat.say(answer)
    assert "Last period: 20 February\nMedication: progesterone twice a day" in text_of(made)


@pytest.mark.parametrize("yes", ["好", "开始", "1", "yes"])
def test_ways_to_agree(yes: str) -> None:
    assert text_of(started().say(yes, "affirm", language="zh")) == words("card_last_period")


@pytest.mark.parametrize("no", ["不用了", "先不用", "2", "no thanks"])
def test_ways_to_decline(no: str) -> None:
    chat = started()
    assert text_of(chat.say(no, "deny", language="zh")) == words("card_stopped")
    assert chat.state.card == {} and chat.state.waiting is None


@pytest.mark.parametrize("typed", [True, False])
def test_a_field_can_be_skipped(typed: bool) -> None:
    chat = at_first_field()
    for _ in FIELDS:
        made = chat.say(words("card_skip"), "deny") if typed else chat.tap(words("card_skip"))
    assert text_of(made).count(words("card_empty")) == 4


@pytest.mark.parametrize("typed", [True, False])
def test_it_can_be_stopped_and_nothing_is_kept(typed: bool) -> None:
    chat = at_first_field()
    chat.say("2月20号")
    made = chat.say("不填了。", "deny") if typed else chat.tap(words("card_end"))
    assert text_of(made) == words("card_stopped") and chat.state.card == {}


def test_an_emergency_in_the_middle_comes_first() -> None:
    chat = at_first_field()
    made = chat.say("我现在大出血", "emergency", {"emergency": 0.9})
    assert kinds(made) == ["emergency"] and chat.state.waiting is None
    assert entries_of(chat.ask("services.booking")) == ("services.booking",)


@pytest.mark.parametrize(("intent", "kind"), [("handoff", "handoff"), ("scam", "scam_warning"), ("delete_data", "privacy")])
def test_what_else_leaves_the_card(intent: str, kind: str) -> None:
    assert kinds(at_first_field().say("另外一件很要紧的事情", intent)) == [kind]


def test_a_sure_question_in_the_middle_is_answered() -> None:
    assert entries_of(at_first_field().ask("howto.view-reports", "我的报告要去哪里看呀")) == ("howto.view-reports",)


def test_a_question_in_place_of_consent_is_answered() -> None:
    assert entries_of(started().ask("howto.view-reports", "报告在哪里看")) == ("howto.view-reports",)


def test_a_field_is_not_endless() -> None:
    chat = at_first_field()
    chat.say("长" * 900)
    assert len(chat.state.card["last_period"]) == MAX_CHARACTERS


def test_not_in_a_group() -> None:
    chat = Chat(group=True)
    assert titles(chat.say("这个药能停吗", "medical_advice")) == []
    assert text_of(chat.say("要点卡", "key_facts")) == words("private_only")
    assert chat.state.card == {}
