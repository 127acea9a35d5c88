"""Stage and city: noted when told, guided when new, corrected when wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.knowledge.model import LANGUAGES, STAGES, Language
from tests.bot.dialogue.chat import KNOWN, Chat, answer, entries_of, kinds, text_of, words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_told_is_noted_and_guided(stage: str, language: Language) -> None:
    chat = Chat()
    made = chat.say("…", "inform_stage", {f"inform_stage/{stage}": 0.9}, language=language)
    assert chat.profile.stage == stage
    assert made.replies[0].kind == "stage"
    assert made.replies[0].text == words("stage_noted", language, stage=words(f"stage_{stage}", language))
    assert entries_of(made) == (f"stage.{stage}",) and answer(f"stage.{stage}", language) in text_of(made)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_tapped_is_noted_and_the_waiting_answer_fitted(stage: str) -> None:
    chat = Chat()
    chat.ask("howto.consultation-reply-time", "多久回我")
    made = chat.tap(words(f"stage_{stage}"))
    assert entries_of(made) == ("howto.consultation-reply-time",)
    assert answer("howto.consultation-reply-time", stage=stage) in text_of(made)
    assert chat.profile.stage == stage and chat.state.question == "多久回我"


def test_a_stage_is_remembered() -> None:
    chat = Chat()
    chat.say("在促排", "inform_stage", {"inform_stage/ovulation-induction": 0.9})
    chat.wait(days=1)
    assert answer("howto.consultation-reply-time", stage="ovulation-induction") in text_of(chat.ask("howto.consultation-reply-time"))


def test_a_stage_told_again_is_not_guided_again() -> None:
    chat = Chat(profile=replace(KNOWN, stage="testing"))
    made = chat.say("还在检查", "inform_stage", {"inform_stage/testing": 0.9})
    assert kinds(made) == ["stage"] and text_of(made) == words("stage_known", stage=words("stage_testing"))


def test_a_stage_told_in_a_sentence_of_its_own_is_new_all_the_same() -> None:
    chat = Chat()
    made = chat.say(
        "我刚开始促排。谢谢", "inform_stage", {"inform_stage/ovulation-induction": 0.8},
        clauses={"我刚开始促排": {"inform_stage/ovulation-induction": 0.9}, "谢谢": {"thanks": 0.9}},
    )
    assert made.replies[0].text == words("stage_noted", stage=words("stage_ovulation-induction"))
    assert entries_of(made) == ("stage.ovulation-induction",)


def test_a_stage_that_stays_unclear_is_asked_for() -> None:
    made = Chat().say("我到下一步了", "inform_stage", {"inform_stage": 0.9})
    assert text_of(made) == words("ask_stage")


def test_a_question_beside_the_stage_is_answered_in_place_of_the_guide() -> None:
    chat = Chat()
    made = chat.say(
        "我在检查期。报告怎么还没出", "inform_stage", {"inform_stage/testing": 0.6},
        clauses={"我在检查期": {"inform_stage/testing": 0.9}, "报告怎么还没出": {"details.report-delay": 0.9}},
    )
    assert kinds(made)[0] == "stage" and chat.profile.stage == "testing"
    assert entries_of(made) == ("details.report-delay",)
    assert answer("details.report-delay", stage="testing") in text_of(made)


def test_a_stage_beside_a_question_is_remembered_and_fits_the_answer() -> None:
    chat = Chat()
    made = chat.say(
        "我在检查期。报告怎么还没出", "ask", {"details.report-delay": 0.6},
        clauses={"我在检查期": {"inform_stage/testing": 0.9}, "报告怎么还没出": {"details.report-delay": 0.9}},
    )
    assert chat.profile.stage == "testing"
    assert answer("details.report-delay", stage="testing") in text_of(made)
    assert words("ask_stage") not in text_of(made)


@pytest.mark.parametrize(("region", "entry"), [("北京", "region.beijing"), ("上海", "region.shanghai"), ("广东", "region.guangdong"), ("四川", "region.other")])
def test_a_region_told_is_noted_and_guided(region: str, entry: str) -> None:
    chat = Chat()
    made = chat.say(f"我在{region}", "inform_region", {"inform_region": 0.9})
    assert made.replies[0].text == words("region_noted") and entries_of(made) == (entry,)
    assert chat.profile.region is not None


def test_another_province_keeps_its_own_name() -> None:
    chat = Chat()
    chat.say("我在四川", "inform_region", {"inform_region": 0.9})
    assert chat.profile.region == "sichuan"


def test_elsewhere_is_an_answer_too() -> None:
    chat = Chat()
    chat.ask("channels.government", "政府的平台是哪个")
    made = chat.say("其他地方", "inform_region", {"inform_region": 0.9})
    assert chat.profile.region == "other" and entries_of(made) == ("channels.government",)


@pytest.mark.parametrize(
    ("text", "stage", "region"),
    [("不对,我已经移植后了", "post-transfer", "beijing"), ("错了,我在广东", "testing", "guangdong")],
)
def test_what_is_known_can_be_corrected(text: str, stage: str, region: str) -> None:
    chat = Chat(profile=replace(KNOWN, stage="testing", region="beijing"))
    chat.say(text, "correct_profile", {"correct_profile": 0.9})
    assert (chat.profile.stage, chat.profile.region) == (stage, region)


def test_a_correction_in_two_sentences_brings_the_new_guide() -> None:
    chat = Chat(profile=replace(KNOWN, stage="testing"))
    made = chat.say(
        "不对。我在建档", "correct_profile", {"correct_profile": 0.6},
        clauses={"不对": {"deny": 0.9}, "我在建档": {"inform_stage/record-establishment": 0.9}},
    )
    assert entries_of(made) == ("stage.record-establishment",) and chat.profile.stage == "record-establishment"


def test_a_correction_without_the_right_one_is_asked_for_it() -> None:
    chat = Chat(profile=replace(KNOWN, stage="testing"))
    assert text_of(chat.say("你记错了", "correct_profile", {"correct_profile": 0.9})) == words("ask_stage")
    assert entries_of(chat.tap(words("stage_post-transfer"))) == ("stage.post-transfer",)


def test_an_integration_sets_the_profile() -> None:
    chat = Chat()
    made = chat.say("/inform_profile", "inform_profile", given={"stage": "testing", "region": "shanghai"}, language="zh")
    assert kinds(made) == ["stage"] and (chat.profile.stage, chat.profile.region) == ("testing", "shanghai")
    chat.say("/inform_profile", "inform_profile", given={"stage": "no such stage"}, language="zh")
    assert chat.profile.stage == "testing"
