"""Fragments and "it", given the answer before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bot.dialogue.chat import KNOWN, Chat, entries_of


@pytest.mark.parametrize(
    ("text", "entry"),
    [("那上海呢", "region.shanghai"), ("and in Shanghai?", "region.shanghai"), ("what about Guangdong?", "region.guangdong"), ("那四川呢", "region.other")],
)
def test_a_fragment_asks_for_another_region(text: str, entry: str) -> None:
    chat = Chat()
    chat.ask("region.beijing", "北京用什么")
    assert entries_of(chat.say(text, labels={"channels.government": 0.4})) == (entry,)


def test_a_region_in_a_fragment_after_another_topic() -> None:
    chat = Chat()
    chat.ask("channels.overview", "用什么")
    assert entries_of(chat.say("那上海呢")) == ("region.shanghai",)


def test_a_fragment_asks_for_another_stage() -> None:
    chat = Chat()
    chat.ask("stage.testing", "检查期做什么")
    assert entries_of(chat.say("那促排呢")) == ("stage.ovulation-induction",)


@pytest.mark.parametrize("text", ["在它里面能看报告吗", "can I see my labs in it too?"])
def test_it_after_a_region_s_answer(text: str) -> None:
    chat = Chat()
    chat.ask("region.beijing", "北京用什么")
    assert entries_of(chat.say(text, labels={"howto.view-reports": 0.6})) == ("region.beijing",)


def test_it_beside_a_named_platform_points_elsewhere() -> None:
    chat = Chat()
    chat.ask("region.beijing", "北京用什么")
    assert entries_of(chat.say("好大夫上面也能看报告吗", labels={"howto.view-reports": 0.9})) == ("howto.view-reports",)


def test_a_sure_question_about_something_else_is_no_follow_up() -> None:
    chat = Chat()
    chat.ask("region.beijing", "北京用什么")
    assert entries_of(chat.say("上海的报告怎么查", labels={"howto.view-reports": 0.9})) == ("howto.view-reports",)


def test_a_fragment_without_an_answer_before_stands_for_itself() -> None:
    assert entries_of(Chat().say("那上海呢", labels={"channels.government": 0.9})) == ("channels.government",)


def test_an_entry_of_another_stage_gives_its_score_to_her_own() -> None:
    chat = Chat()
    chat.say("我现在是移植后", intent="inform_stage", labels={"inform_stage/post-transfer": 0.9})
    made = chat.say("现在有事该找谁", labels={"ask/stage.ovulation-induction": 0.5, "ask/services.cycle-contact": 0.2})
    assert entries_of(made)[0] == "stage.post-transfer"


def test_a_stage_that_the_message_names_is_meant() -> None:
    chat = Chat()
    chat.say("我现在是移植后", intent="inform_stage", labels={"inform_stage/post-transfer": 0.9})
    made = chat.say("促排的时候有事该找谁", labels={"ask/stage.ovulation-induction": 0.6})
    assert entries_of(made)[0] == "stage.ovulation-induction"


@pytest.mark.parametrize(("text", "entry"), [("我在成都看病，用哪个平台好", "region.other"), ("in Shenzhen, which app is right for me", "region.guangdong")])
def test_the_region_a_message_names_gathers_what_was_read_as_other_regions(text: str, entry: str) -> None:
    made = Chat().say(text, labels={"region.shanghai": 0.35, "region.beijing": 0.35, "services.booking": 0.1})
    assert entries_of(made) == (entry,)


@pytest.mark.parametrize("text", ["我们这边都怎么挂号", "当地人一般从哪儿挂", "how do the locals book", "which apps are used around here"])
def test_here_is_her_region_s_guide_before_the_general_answer(text: str) -> None:
    chat = Chat(profile=replace(KNOWN, region="shanghai"))
    assert entries_of(chat.say(text, labels={"services.booking": 0.9})) == ("region.shanghai", "services.booking")


@pytest.mark.parametrize("text", ["怎么挂号", "how do I book with Jingyitong around here"])
def test_without_here_or_with_a_platform_s_name_the_general_answer_stands_alone(text: str) -> None:
    chat = Chat(profile=replace(KNOWN, region="shanghai"))
    assert entries_of(chat.say(text, labels={"services.booking": 0.9})) == ("services.booking",)


def test_a_guide_that_alone_could_be_offered_is_given() -> None:
    made = Chat().say("我们两口子在东莞上班", labels={"region.guangdong": 0.35})
    assert entries_of(made) == ("region.guangdong",)
