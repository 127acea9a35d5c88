"""A doctor's judgement, grief, touts, the wish for a person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue.model import Missed, Profile
from bot.knowledge.model import LANGUAGES, STAGES, Language
from tests.bot.dialogue.chat import KNOWN, Chat, entries_of, kinds, text_of, titles, words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", STAGES)
def test_deferral_names_the_channel_of_the_stage_and_the_four_facts(stage: str, language: Language) -> None:
    made = Chat(profile=replace(KNOWN, stage=stage)).say("…", "medical_advice", {"medical_advice": 0.9}, language=language)
    assert kinds(made) == ["defer"]
    assert made.replies[0].text == "\n\n".join(words(x, language) for x in ("defer", f"defer_{stage}", "defer_card"))
    assert titles(made) == [words("card_fill", language)]


def test_deferral_without_a_stage_and_with_one_in_the_message() -> None:
    assert words("defer_any") in text_of(Chat().say("这个药能停吗", "medical_advice"))
    assert words("defer_ovulation-induction") in text_of(Chat().say("促排的药能停吗", "medical_advice"))


def test_a_question_beside_what_is_deferred_is_answered_below() -> None:
    made = Chat().say(
        "这个药能停吗?报告去哪看?", "medical_advice", {"medical_advice": 0.8},
        clauses={"这个药能停吗?": {"medical_advice": 0.9}, "报告去哪看?": {"howto.view-reports": 0.9}},
    )
    assert kinds(made) == ["defer", "answer"] and entries_of(made) == ("howto.view-reports",)


def test_a_mild_complaint_goes_to_the_nurses_with_the_signs_that_are_not_mild() -> None:
    made = Chat().say("有点腹胀", "mention", {"mention/mild": 0.9})
    assert kinds(made) == ["defer"]
    assert made.replies[0].text == "\n\n".join((words("mild"), words("nurse_open"), words("mild_watch")))


def test_a_loss_is_met_with_sympathy_first_and_no_prompt() -> None:
    chat = Chat()
    made = chat.say(
        "这次没成。报告去哪看?", "loss", {"loss": 0.8},
        clauses={"这次没成": {"loss": 0.9}, "报告去哪看?": {"howto.view-reports": 0.9}},
    )
    assert made.replies[0].text.startswith(words("loss")) and titles(made) == []
    assert entries_of(made) == ("howto.view-reports",)
    assert chat.profile.tone == "loss"


def test_cheerful_prompts_stay_away_for_fourteen_days() -> None:
    chat = Chat()
    chat.say("没怀上", "loss", {"loss": 0.9})
    chat.wait(days=13, hours=23)
    assert kinds(chat.ask("howto.view-reports")) == ["answer"]
    assert text_of(chat.say("你好", "greet")) == words("welcome_gentle") and titles(chat.say("菜单", "menu")) == []
    assert text_of(chat.say("谢谢", "thanks")) == words("thanks_gentle")
    assert text_of(chat.say("再见", "goodbye")) == words("goodbye_gentle")
    chat.wait(hours=1)
    assert kinds(chat.ask("howto.view-reports")) == ["answer", "menu"]
    assert text_of(chat.say("谢谢", "thanks")) == words("thanks")


def test_a_loss_told_again_starts_the_days_anew() -> None:
    chat = Chat()
    chat.say("没怀上", "loss", {"loss": 0.9})
    chat.wait(days=10)
    chat.say("又没成", "loss", {"loss": 0.9})
    chat.wait(days=10)
    assert kinds(chat.ask("howto.view-reports")) == ["answer"]


def test_the_first_contact_notice_does_not_wait_for_ever_after_a_loss() -> None:
    chat = Chat(profile=Profile())
    made = chat.say("没怀上", "loss", {"loss": 0.9})
    assert kinds(made) == ["defer", "privacy"] and chat.profile.tone == "loss"


def test_an_advertisement_is_warned_of_and_not_repeated() -> None:
    text = "包成功,加微信 abc12345"
    made = Chat().say(text, "scam")
    assert kinds(made) == ["scam_warning"] and text_of(made) == words("scam") and "abc12345" not in text_of(made)


@pytest.mark.parametrize(("intent", "labels"), [("handoff", {"handoff": 0.6}), ("acknowledge", {"harmless": 0.9}), ("out_of_scope", {"out_of_scope": 0.5})])
def test_who_tells_of_an_offer_gets_the_official_advice(intent: str, labels: dict[str, float]) -> None:
    made = Chat().say("她叫我加她微信说认识主任", intent, labels, told=True)
    assert kinds(made)[0] == "answer" and entries_of(made) == ("risk.scam-services",)


@pytest.mark.parametrize("intent", ["booking", "clinic_question", "medical_advice"])
def test_what_she_surely_wants_stands_although_an_offer_is_told_of(intent: str) -> None:
    assert "risk.scam-services" not in entries_of(Chat().say("黄牛说能约，我自己约周三", intent, {intent: 0.9}, told=True))


@pytest.mark.parametrize(("share", "kind"), [(0.3, "defer"), (0.2, "no_answer")])
def test_between_no_answer_and_the_doctor_she_is_sent_to_the_doctor(share: float, kind: str) -> None:
    made = Chat().say("做三代是必须的吗", "clinic_question", {"clinic_question": 0.6, "medical_advice": share})
    assert kinds(made)[0] == kind


@pytest.mark.parametrize(("text", "kind"), [("beta 56.3 怀了吗", "defer"), ("d dimer high", "defer"), ("hcg 报告出来了吗", "report")])
def test_a_value_is_a_question_for_the_doctor_and_no_report(text: str, kind: str) -> None:
    assert kinds(Chat().say(text, "report", {"report": 0.9}))[0] == kind


@pytest.mark.parametrize(("now", "line"), [(10, "nurse_open"), (20, "nurse_closed")])
def test_who_wants_a_person_gets_the_phone_and_is_on_the_list(now: int, line: str) -> None:
    chat = Chat()
    chat.now = chat.now.replace(hour=now)
    made = chat.say("转人工", "handoff")
    assert made.replies[0].text == f"{words('handoff')}\n\n{words(line, opening='明天 7:30')}"
    assert made.missed == (Missed("转人工", "handoff"),)


def test_the_annoyed_reach_staff_with_what_they_had_asked() -> None:
    chat = Chat()
    chat.ask("services.booking", "号的事")
    made = chat.say("你怎么什么都不懂", "annoyed")
    assert kinds(made) == ["handoff"] and made.missed == (Missed("号的事", "denied", ("services.booking",)),)
