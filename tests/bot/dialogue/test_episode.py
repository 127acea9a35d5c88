"""Emergencies: the alarm and its text, the question where it is unclear, and the hours after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue.conversation import TOPICS
from bot.dialogue.episode import alarm as alarm_in
from bot.dialogue.model import Episode, Outcome, Profile
from bot.guard import GROUPS, Alarm
from bot.knowledge.model import LANGUAGES, STAGES, Language
from tests.bot.dialogue.chat import NOW, Chat, emergencies, entries_of, kinds, library, reading, text_of, titles, turn, words

BLEEDING = Alarm("bleeding", "bleeding-heavy", True)
UNCLEAR = Alarm("pain", "belly-pain-with", False)
SELF_HARM = Alarm("self_harm", "suicide-direct", True)
BOOKING = {"booking": 0.9}


def text(group: str, language: Language = "zh") -> str:
    return emergencies().text(group, language, library())


def line(key: str, language: Language = "zh") -> str:
    return emergencies().words(key, language, library())


def in_emergency(alarm: Alarm = BLEEDING, chat: Chat | None = None) -> Chat:
    chat = chat or Chat()
    chat.say("……", alarm=alarm)
    return chat


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", GROUPS)
def test_each_group_of_signs_has_its_text_and_nothing_stands_beside_it(group: str, language: Language) -> None:
    made = Chat(profile=Profile()).say("…", labels={"howto.view-reports": 0.9}, alarm=Alarm(group, "x", True), language=language)
    assert kinds(made) == ["emergency"] and text_of(made) == text(group, language)
    assert made.replies[0].entries == ("risk.emergency",) and titles(made) == [] and made.missed == ()
    assert made.alarm is not None and made.alarm.group == group


def test_the_rule_and_the_scorer_each_see_what_the_other_misses() -> None:
    assert Chat().say("…", "ask", {"emergency/fever": 0.9}).alarm == Alarm("fever", "scorer", True)
    assert Chat().say("…", "ask", {"howto.view-reports": 0.9}, alarm=BLEEDING).alarm == BLEEDING


def test_the_scorer_sees_an_emergency_in_one_of_several_sentences() -> None:
    made = Chat().say("报告去哪看?血止不住了", labels={"howto.view-reports": 0.9},
                      clauses={"报告去哪看?": {"howto.view-reports": 0.9}, "血止不住了": {"emergency/bleeding": 0.9}})
    assert kinds(made) == ["emergency"] and text_of(made) == text("bleeding")


def test_what_neither_is_sure_of_is_asked_with_the_line_shown_meanwhile() -> None:
    for made in (Chat().say("…", "ask", {"emergency/pain": 0.4}), Chat().say("…", alarm=UNCLEAR)):
        assert kinds(made) == ["emergency_check"] and made.alarm is None
        assert text_of(made) == f"{line('check_question')}\n\n{line('check_meanwhile')}" and "120" in text_of(made)
        assert titles(made) == [line("check_yes"), line("check_no")]


def test_the_scorer_sees_an_emergency_behind_the_answer_to_a_question() -> None:
    behind = reading("那个量换了好多次都不够用", {"emergency/bleeding": 0.6})
    said = turn("上海，那个量换了好多次都不够用", labels={"services.report-inquiry": 0.7, "emergency/bleeding": 0.2})
    assert alarm_in(said) is None
    assert alarm_in(replace(said, behind=behind)) == Alarm("bleeding", "scorer", True)
    assert alarm_in(replace(said, behind=behind, dismissed=True)) is None


def test_both_being_half_sure_is_an_alarm() -> None:
    assert kinds(Chat().say("…", "emergency", {"emergency/pain": 0.7}, alarm=UNCLEAR)) == ["emergency"]


def test_unclear_words_of_self_harm_are_asked_about_otherwise() -> None:
    made = Chat().say("…", alarm=Alarm("self_harm", "x", False))
    assert text_of(made) == f"{line('check_self_harm_question')}\n\n{line('check_self_harm_meanwhile')}"


def test_a_question_in_between_is_answered_and_then_it_is_asked_again_once() -> None:
    chat = Chat()
    chat.say("…", alarm=UNCLEAR)
    made = chat.say("报告在哪看", labels={"howto.view-reports": 0.9})
    assert kinds(made) == ["answer", "emergency_check"] and entries_of(made) == ("howto.view-reports",)
    assert titles(made) == [line("check_yes"), line("check_no")]
    again = chat.say("怎么挂号", labels={"howto.hospital-account": 0.9})
    assert "emergency_check" not in kinds(again)


def test_the_question_asked_again_is_answered_like_the_first() -> None:
    for answer, kind in (("是的", "emergency"), ("2", "smalltalk"), ("不是", "smalltalk")):
        chat = Chat()
        chat.say("…", alarm=UNCLEAR)
        chat.say("报告在哪看", labels={"howto.view-reports": 0.9})
        assert kinds(chat.say(answer)) == [kind]


def test_what_opens_a_question_of_its_own_is_led_by_the_emergency_line() -> None:
    chat = Chat()
    chat.say("…", alarm=UNCLEAR)
    made = chat.say("删除我的数据", "delete_data")
    assert kinds(made) == ["privacy"] and text_of(made).startswith(line("check_meanwhile"))
    assert chat.state.waiting == "delete"


@pytest.mark.parametrize("answer", ["tap", "1", "是", "是的"])
def test_yes_to_the_question_is_the_alarm(answer: str) -> None:
    chat = Chat()
    chat.say("…", alarm=UNCLEAR)
    made = chat.tap(line("check_yes")) if answer == "tap" else chat.say(answer, "affirm")
    assert kinds(made) == ["emergency"] and text_of(made) == text("pain") and made.alarm is not None


@pytest.mark.parametrize("answer", ["tap", "2", "不是", "没有"])
def test_no_to_the_question_is_none(answer: str) -> None:
    chat = Chat()
    chat.say("…", alarm=UNCLEAR)
    made = chat.tap(line("check_no")) if answer == "tap" else chat.say(answer, "deny")
    assert text_of(made) == line("check_calm") and made.alarm is None and chat.episode is None


def test_an_emergency_closes_what_was_open_for_taps() -> None:
    chat = Chat()
    chat.say("报告", labels={"howto.view-reports": 0.3, "services.report-inquiry": 0.2})
    in_emergency(chat=chat)
    assert chat.state.offers == () and chat.state.waiting is None


@pytest.mark.parametrize("intent", ["booking", "booking_change", "report"])
def test_booking_and_reports_wait(intent: str) -> None:
    made = in_emergency().say("先把号挂了吧", intent, {intent: 0.9})
    assert kinds(made) == ["emergency"] and text_of(made) == line("episode_again")


@pytest.mark.parametrize("said", ["应该没事吧，先不去了", "its probably nothing"])
def test_playing_it_down_does_not_end_it(said: str) -> None:
    made = in_emergency().say(said, "acknowledge", language="en" if said.isascii() else "zh")
    assert kinds(made) == ["emergency"] and "120" in text_of(made)


def test_another_question_is_answered_in_one_text_under_the_line() -> None:
    made = in_emergency().ask("faq.window-ticket", "要取纸质号吗")
    assert kinds(made) == ["answer"] and entries_of(made) == ("faq.window-ticket",)
    assert text_of(made).startswith(line("episode_under")) and titles(made) == []


@pytest.mark.parametrize(("said", "language"), [("老公开车送我去医院，在路上了", "zh"), ("已经打了120", "zh"), ("ambulance is called, on my way", "en")])
def test_who_is_on_her_way_is_supported_and_asked_nothing(said: str, language: Language) -> None:
    chat = in_emergency()
    made = chat.say(said, "acknowledge", language=language)
    assert kinds(made) == ["smalltalk"] and text_of(made) == line("episode_on_the_way", language) and chat.episode is not None


@pytest.mark.parametrize(("said", "language"), [("医生检查过了，没事，让我回家了", "zh"), ("they examined me, all fine", "en")])
def test_who_was_examined_and_is_well_ends_it(said: str, language: Language) -> None:
    chat = in_emergency()
    made = chat.say(said, "acknowledge", language=language)
    assert made.examined and text_of(made) == line("episode_over", language) and chat.episode is None


def test_the_scorer_does_not_reopen_it_for_being_told_that_all_is_well() -> None:
    made = in_emergency().say("医生检查过了，没事，让我回家了", "emergency", {"emergency/bleeding": 0.7})
    assert made.examined and made.alarm is None


def test_it_ends_by_time_and_what_was_under_way_is_offered_again() -> None:
    chat = filling_a_card()
    in_emergency(chat=chat)
    chat.wait(hours=7)
    made = chat.ask("faq.window-ticket", "要取纸质号吗")
    assert "answer" in kinds(made) and text_of(made).endswith(line("episode_resume"))
    assert words("card_last_period") in text_of(chat.tap(line("episode_resume_yes")))


def test_it_is_offered_once_and_may_be_dropped() -> None:
    chat = in_emergency(chat=filling_a_card())
    made = chat.say("医生检查过了，没事，让我回家了")
    assert titles(made) == [line("episode_resume_yes"), line("episode_resume_no")]
    chat.tap(line("episode_resume_no"))
    assert chat.state.card.get("step") is None
    assert line("episode_resume") not in text_of(chat.ask("faq.window-ticket"))


def filling_a_card() -> Chat:
    chat = Chat()
    chat.say("要点卡", "key_facts")
    chat.tap(words("card_yes"))
    return chat


def test_self_harm_is_ended_by_nothing_she_says() -> None:
    chat = in_emergency(SELF_HARM)
    for said, intent, kind in (("帮我约个号", "booking", "emergency"), ("嗯", "affirm", "emergency"), ("谢谢", "thanks", "smalltalk"), ("讲个笑话", "out_of_scope", "smalltalk")):
        made = chat.say(said, intent)
        assert kinds(made) == [kind] and text_of(made) == line("episode_self_harm_again") and not made.examined
    assert text_of(chat.ask("faq.window-ticket")).startswith(line("episode_self_harm_under"))


@pytest.mark.parametrize(("said", "intent", "key"), [
    ("医生检查过了，没事", "inform_stage", "seen"), ("我老公陪着我呢", "clinic_question", "company"), ("我睡了", "medical_advice", "rest"), ("我在去医院的路上", "ask", "on_the_way"),
    ("they examined me, all fine", "inform_stage", "seen"), ("my husband is with me", "handoff", "company"), ("I'll sleep now", "mention", "rest"),
    ("I'm on my way to the ER", "booking", "on_the_way"),
])
def test_after_self_harm_each_thing_she_tells_of_help_has_its_own_warm_line(said: str, intent: str, key: str) -> None:
    chat = in_emergency(SELF_HARM)
    made = chat.say(said, intent, {intent: 0.95})
    assert kinds(made) == ["smalltalk"] and text_of(made) == line(f"episode_self_harm_{key}", "en" if said.isascii() else "zh")
    assert chat.episode is not None and not made.missed


@pytest.mark.parametrize(("said", "key"), [("我老公陪着我呢", "first"), ("my mum is here with me", "first"), ("我先睡了", "again"), ("good night", "again")])
def test_in_other_emergencies_company_and_rest_get_the_line(said: str, key: str) -> None:
    made = in_emergency().say(said, "goodbye", {"goodbye": 0.95})
    assert text_of(made) == line(f"episode_{key}", "en" if said.isascii() else "zh")


@pytest.mark.parametrize("said", ["老公陪着我，请导出我的数据", "我先睡了"])
def test_her_rights_come_before_what_she_says_of_company_and_rest(said: str) -> None:
    assert in_emergency(SELF_HARM).say(said, "export_data").replies[0].status == "export"


@pytest.mark.parametrize("said", ["没人陪我", "my husband is not with me", "老公的报告在哪看", "can my husband come with me"])
def test_who_is_alone_or_asks_about_her_family_is_not_told_that_she_has_company(said: str) -> None:
    assert line("episode_self_harm_company", "en" if said.isascii() else "zh") not in text_of(in_emergency(SELF_HARM).say(said, "thanks"))


def test_the_notice_waits_until_the_hours_after_self_harm_are_over() -> None:
    chat = in_emergency(SELF_HARM, Chat(profile=Profile()))
    assert kinds(chat.say("谢谢", "thanks")) == ["smalltalk"] and kinds(chat.ask("faq.window-ticket")) == ["answer"]
    chat.wait(hours=25)
    assert kinds(chat.ask("faq.window-ticket"))[-1] == "privacy" and chat.profile.noticed_at is not None


@pytest.mark.parametrize("answer", ["tap", "1", "Yes, I am", "yes", "I am"])
def test_yes_to_a_question_asked_within_an_episode_is_the_alarm_too(answer: str) -> None:
    chat = in_emergency(Alarm("pain", "belly-pain", True))
    chat.say("what is the point of anything", alarm=Alarm("self_harm", "x", False))
    yes = line("check_self_harm_yes", "en")
    made = chat.tap(yes, "en") if answer == "tap" else chat.say(answer, "affirm", language="en")
    assert kinds(made) == ["emergency"] and text_of(made) == text("self_harm", "en")
    assert made.alarm is not None and made.alarm.group == "self_harm" and chat.episode is not None and chat.episode.group == "self_harm"


def test_yes_is_heard_behind_another_answer_as_well_and_no_is_answered_under_the_line() -> None:
    chat = in_emergency()
    chat.say("…", alarm=Alarm("self_harm", "x", False))
    chat.ask("faq.window-ticket")
    assert text_of(chat.say("有", "affirm")) == text("self_harm")
    chat = in_emergency()
    chat.say("…", alarm=Alarm("self_harm", "x", False))
    made = chat.say(line("check_self_harm_no"), "deny")
    assert text_of(made) == f"{line('episode_first')}\n\n{line('check_self_harm_calm')}" and made.alarm is None and chat.state.waiting is None


@pytest.mark.parametrize(("said", "intent", "reason"), [("请让护士给我回电话", "handoff", "handoff"), ("停车场在哪", "clinic_question", "no_answer"), ("你答得不对", "annoyed", "denied")])
@pytest.mark.parametrize("alarm", [BLEEDING, SELF_HARM])
def test_a_request_that_is_said_to_be_kept_reaches_the_staff(said: str, intent: str, reason: str, alarm: Alarm) -> None:
    chat = in_emergency(alarm)
    made = chat.say(said, intent, {intent: 0.95})
    if intent == "annoyed" and alarm is SELF_HARM:
        assert text_of(made) == line("episode_self_harm_again")         # nothing is said to be kept
        return
    assert [x.reason for x in made.missed] == [reason] and made.missed[0].text == said
    kind = "under" if intent == "clinic_question" else "first"
    assert text_of(made).startswith(line(f"episode_self_harm_{kind}" if alarm is SELF_HARM else f"episode_{kind}"))


def test_stage_and_region_told_in_an_episode_are_noted_and_the_next_question_about_them_is_not_used_up() -> None:
    for alarm in (BLEEDING, SELF_HARM):
        chat = in_emergency(alarm)
        made = chat.say("我现在移植后", "inform_stage", {"inform_stage/post-transfer": 0.95})
        assert kinds(made) == ["stage"] and chat.profile.stage == "post-transfer" and "120" in text_of(made)
        made = chat.say("我在上海", "inform_region", {"inform_region": 0.95})
        assert kinds(made) == ["stage"] and chat.profile.region == "shanghai" and chat.profile.asked_region_at is None
        assert words("stage_post-transfer") in text_of(chat.say("导出我的数据", "export_data"))
        assert chat.say("", "inform_profile", given={"stage": "testing"}).profile.stage == "testing"


@pytest.mark.parametrize(("kind", "share", "key"), [
    ("on_the_way", 0.4, "episode_on_the_way"), ("company", 0.4, "episode_first"), ("playing_down", 0.4, "episode_again"), ("rest", 0.4, "episode_again"),
    ("examined", 0.6, "episode_over"),
])
def test_the_scorer_hears_what_she_says_of_help_in_words_that_staff_did_not_list(kind: str, share: float, key: str) -> None:
    said = "急诊的医生看完了" if kind == "examined" else "那个就那样了"
    made = in_emergency().say(said, "out_of_scope", {f"episode/{kind}": share, "out_of_scope": 0.3})
    assert text_of(made).startswith(line(key))
    weak = in_emergency().say("那个就那样了", "thanks", {f"episode/{kind}": 0.3, "thanks": 0.6})
    assert text_of(weak).startswith(line("episode_first")) and words("thanks") in text_of(weak)


@pytest.mark.parametrize("said", ["医生说没事了吗", "医生说没事，血还在流", "血止住了 没事了", "all good now no need doctor", "检查完了 医生让住院观察",
                                  "they say all ok but they keep me overnight", "我闺蜜去检查了没事", "在家量了血压 没事", "检查了 没事 除了肚子里有积液"])
def test_the_scorer_ends_nothing_where_she_asks_or_complains(said: str) -> None:
    made = in_emergency().say(said, "ask", {"episode/examined": 0.9})
    assert made.examined is False and line("episode_over") not in text_of(made)


def test_the_scorer_s_examined_outweighs_words_of_playing_it_down() -> None:
    said = "医生看完了，没那么夸张"
    assert emergencies().episode_reply(said) == "playing_down"
    assert in_emergency().say(said, "ask", {"episode/examined": 0.6}).examined is True
    assert in_emergency().say(said, "ask", {"episode/examined": 0.5}).examined is False


def test_after_self_harm_being_examined_ends_nothing_by_the_scorer_either() -> None:
    made = in_emergency(SELF_HARM).say("急诊的医生看完了", "ask", {"episode/examined": 0.9})
    assert made.examined is False and text_of(made) == line("episode_self_harm_again")


@pytest.mark.parametrize(("intent", "share", "said", "again"), [
    ("mention", 0.9, "群里说都这样的", True), ("out_of_scope", 0.5, "等我把这锅汤炖完", True), ("clinic_question", 0.5, "去一次又要花钱", True),
    ("inform_stage", 0.5, "去了也是让我回来躺着", True), ("inform_stage", 0.9, "我现在移植后", False), ("clinic_question", 0.5, "停车多少钱", False),
    ("medical_advice", 0.9, "我想停药", False),
])
def test_what_asks_nothing_and_surely_tells_nothing_plays_it_down(intent: str, share: float, said: str, again: bool) -> None:
    label = "inform_stage/post-transfer" if intent == "inform_stage" else intent
    made = in_emergency().say(said, intent, {label: share, "thanks": 0.05})
    assert (text_of(made) == line("episode_again")) is again


@pytest.mark.parametrize(("said", "kind"), [("nobody is with me", "company"), ("我这就去江边", "on_the_way"), ("睡过去就好了", "rest")])
def test_after_self_harm_the_scorer_s_word_on_help_is_not_believed(said: str, kind: str) -> None:
    made = in_emergency(SELF_HARM).say(said, "out_of_scope", {f"episode/{kind}": 0.95})
    assert text_of(made) == line("episode_self_harm_again", "en" if said.isascii() else "zh")


@pytest.mark.parametrize("said", ["对啊很厉害", "更严重了", "现在很难受", "yes its bad", "it is happening now"])
def test_how_bad_it_is_answers_whether_it_is_an_emergency(said: str) -> None:
    chat = Chat()
    chat.say("…", alarm=UNCLEAR)
    assert kinds(chat.say(said, "praise", {"praise": 0.9})) == ["emergency"]
    again = in_emergency().say(said, "praise", {"praise": 0.9})
    assert text_of(again) == line("episode_again", "en" if said.isascii() else "zh")


@pytest.mark.parametrize("said", ["算了先不删", "不删了", "别删", "no dont delete", "keep it please"])
@pytest.mark.parametrize("alarm", [None, BLEEDING])
def test_who_refuses_the_deletion_in_more_words_than_no_loses_nothing(said: str, alarm: Alarm | None) -> None:
    chat = Chat() if alarm is None else in_emergency(alarm)
    chat.say("删除我的数据", "delete_data", {"delete_data": 0.9})
    assert text_of(chat.say(said, "delete_data", {"delete_data": 0.9})).endswith(words("kept", "en" if said.isascii() else "zh"))
    assert chat.say("好的", "affirm", {"affirm": 0.9}).forget is False


@pytest.mark.parametrize("said", ["on my way to work", "在去上班的路上"])
def test_where_the_staff_s_words_speak_against_it_the_scorer_is_not_believed(said: str) -> None:
    made = in_emergency().say(said, "thanks", {"episode/on_the_way": 0.9, "thanks": 0.1})
    assert words("thanks", "en" if said.isascii() else "zh") in text_of(made)


def test_whether_she_will_lose_it_is_no_loss() -> None:
    made = in_emergency().say("will i lose the baby", "loss", {"loss": 0.9})
    assert kinds(made) == ["defer"] and text_of(made).startswith(line("episode_under", "en"))


def test_who_asks_for_a_person_reads_whether_a_nurse_knows_of_it() -> None:
    for intent in ("handoff", "bot_challenge"):
        made = in_emergency().say("能让护士给我打个电话吗", intent, {intent: 0.9})
        assert text_of(made).startswith(f"{line('episode_first')}\n\n{line('episode_not_taken')}")


def test_an_offer_by_somebody_with_an_open_episode_is_reported_and_cooled_down() -> None:
    chat = in_emergency(chat=Chat(group=True))
    made = chat.say("包成功，加我", "scam", {"scam": 0.95}, offer="surrogacy", mentioned=False)
    assert kinds(made) == ["scam_warning"] and made.warned == "surrogacy"
    chat.quiet = True
    made = chat.say("包成功，加我", "scam", {"scam": 0.95}, offer="surrogacy", mentioned=False)
    assert kinds(made) == ["silent"] and text_of(made) == "" and made.warned == "surrogacy"


@pytest.mark.parametrize("alarm", [BLEEDING, SELF_HARM])
@pytest.mark.parametrize("answer", ["tap", "确定", "确定删除", "好的", "1"])
def test_her_data_can_be_deleted_in_an_episode(alarm: Alarm, answer: str) -> None:
    first = line("episode_self_harm_first" if alarm is SELF_HARM else "episode_first")
    chat = in_emergency(alarm)
    made = chat.say("删除我的数据", "delete_data")
    assert kinds(made) == ["privacy"] and text_of(made) == f"{first}\n\n{words('delete_ask')}" and titles(made) == [words("delete_yes"), words("delete_no")]
    made = chat.tap(words("delete_yes")) if answer == "tap" else chat.say(answer, "delete_data" if "删除" in answer else "affirm")
    assert made.forget and made.replies[0].status == "deleted" and text_of(made) == f"{first}\n\n{words('deleted')}"


@pytest.mark.parametrize(("alarm", "answer"), [(x, y) for x in (BLEEDING, SELF_HARM) for y in ("tap", "确定", "确定删除")] + [(BLEEDING, "是的")])
def test_an_alarm_between_question_and_yes_leaves_the_yes_its_meaning(alarm: Alarm, answer: str) -> None:
    chat = Chat()
    chat.say("删除我的数据", "delete_data")
    assert titles(chat.say("……", alarm=alarm)) == []
    made = chat.tap(words("delete_yes")) if answer == "tap" else chat.say(answer, "delete_data" if "删除" in answer else "affirm")
    assert made.forget


@pytest.mark.parametrize("said", ["是", "是的", "对", "yes"])
def test_yes_said_to_the_words_about_self_harm_deletes_nothing(said: str) -> None:
    chat = Chat()
    chat.say("删除我的数据", "delete_data")
    chat.say("……", alarm=SELF_HARM)
    assert not chat.say(said, "affirm").forget


@pytest.mark.parametrize("said", ["好的", "嗯", "知道了", "1", "我这就去急诊"])
def test_all_right_said_to_the_alarm_deletes_nothing(said: str) -> None:
    chat = Chat()
    chat.say("删除我的数据", "delete_data")
    chat.say("……", alarm=BLEEDING)
    assert not chat.say(said, "affirm").forget


@pytest.mark.parametrize("answer", ["先不删", "不用了", "tap"])
def test_and_they_can_be_kept(answer: str) -> None:
    chat = in_emergency()
    chat.say("删除我的数据", "delete_data")
    made = chat.tap(words("delete_no")) if answer == "tap" else chat.say(answer, "deny")
    assert text_of(made) == f"{line('episode_first')}\n\n{words('kept')}" and not made.forget and chat.state.offers == ()


@pytest.mark.parametrize("alarm", [BLEEDING, SELF_HARM])
def test_her_data_can_be_asked_for_in_an_episode(alarm: Alarm) -> None:
    made = in_emergency(alarm).say("导出我的数据", "export_data")
    assert kinds(made) == ["privacy"] and made.replies[0].status == "export"
    assert text_of(made).startswith(line("episode_self_harm_first" if alarm is SELF_HARM else "episode_first"))


@pytest.mark.parametrize("intent", sorted(set(TOPICS) - {"tap", "emergency", "harmless"}))
@pytest.mark.parametrize("alarm", [BLEEDING, SELF_HARM])
def test_whatever_she_says_the_line_stands_above_the_answer(intent: str, alarm: Alarm) -> None:
    made = in_emergency(alarm).say("这是什么", intent, {intent: 0.95})
    phone = library().hospital.name("crisis_line" if alarm is SELF_HARM else "emergency_phone", "zh")
    assert phone in text_of(made).split("\n\n")[0]
    assert titles(made) == ([words("delete_yes"), words("delete_no")] if intent == "delete_data" else [])


@pytest.mark.parametrize("said", ["护士知道了吗", "有人看到我的消息吗", "有人在吗", "有人在？", "did the nurse see this", "is anyone reading this?"])
@pytest.mark.parametrize("group", ["bleeding", "self_harm"])
@pytest.mark.parametrize("taken", [True, False])
def test_who_asks_whether_it_was_read_is_told_whether_a_nurse_has_taken_it(said: str, group: str, taken: bool) -> None:
    language: Language = "en" if said.isascii() else "zh"
    chat = Chat()
    chat.episode = Episode(group, NOW, NOW.replace(hour=15), taken)
    made = chat.say(said, "acknowledge")
    seen = "episode_taken_self_harm" if group == "self_harm" else "episode_taken"
    assert text_of(made).split("\n\n")[0] == line(seen if taken else "episode_not_taken", language) and "120" in text_of(made)


def test_whether_the_nurses_know_something_else_is_another_question() -> None:
    assert entries_of(in_emergency().ask("faq.window-ticket", "护士知道纸质号在哪取吗")) == ("faq.window-ticket",)


def test_nothing_is_said_to_be_below_where_nothing_can_be_tapped() -> None:
    for intent in ("greet", "menu", "correct_profile", "inform_region"):
        assert text_of(in_emergency().say("你好", intent, {"howto.view-reports": 0.3, "services.report-inquiry": 0.2})) == line("episode_again")


def test_reminders_are_switched_off_in_an_episode_too() -> None:
    made = in_emergency(chat=Chat(agreed=frozenset(("visit_reminder",)))).say("不要提醒了", "acknowledge")
    assert made.withdrawn == "visit_reminder" and text_of(made) == f"{line('episode_first')}\n\n{words('remind_off')}"


def test_grief_is_told_and_no_question() -> None:
    assert text_of(in_emergency(SELF_HARM).say("没成功，我好难受", "loss", {"loss": 0.9})).startswith(f"{line('episode_self_harm_first')}\n\n")


def test_in_place_of_an_empty_answer_to_masked_data_the_line_comes_again() -> None:
    made = in_emergency().say("[phone]", "out_of_scope", masked=("phone",))
    assert kinds(made) == ["emergency", "privacy"]


def test_that_somebody_has_seen_it_is_said_only_when_a_nurse_has_taken_it() -> None:
    def again(taken: bool) -> Outcome:
        chat = Chat()
        chat.episode = Episode("bleeding", NOW, NOW.replace(hour=15), taken)
        return chat.say("挂号", "booking", BOOKING)

    assert line("episode_taken") in text_of(again(True)) and line("episode_taken") not in text_of(again(False))


def test_in_a_group_an_alarm_of_the_rules_is_answered_unasked_and_a_doubt_of_the_scorer_is_not() -> None:
    assert kinds(Chat(group=True).say("…", alarm=BLEEDING, mentioned=False)) == ["emergency"]
    assert kinds(Chat(group=True).say("…", alarm=UNCLEAR, mentioned=False)) == ["emergency_check"]
    assert kinds(Chat(group=True).say("…", "emergency", {"emergency/pain": 0.9}, mentioned=False)) == ["emergency"]
    assert kinds(Chat(group=True).say("…", "emergency", {"emergency/pain": 0.4}, mentioned=False)) == ["emergency_check"]


@pytest.mark.parametrize("stage", STAGES)
def test_no_notice_of_any_kind_stands_behind_an_emergency(stage: str) -> None:
    assert kinds(Chat(profile=Profile(stage=stage)).say("…", alarm=BLEEDING)) == ["emergency"]


def test_a_doubt_of_the_scorer_alone_asks_nothing_while_an_emergency_lasts() -> None:
    made = in_emergency().say("已经打了120", "emergency", {"emergency/self_harm": 0.45})
    assert text_of(made) == line("episode_on_the_way")


@pytest.mark.parametrize(("said", "alarm", "again"), [
    ("I don't want to go to the ER", BLEEDING, "episode_again"), ("不想去急诊", BLEEDING, "episode_again"),
    ("没事的，不用去急诊", BLEEDING, "episode_again"), ("没事的 不用去急诊", SELF_HARM, "episode_self_harm_again"),
])
def test_playing_it_down_opens_no_emergency_of_another_group(said: str, alarm: Alarm, again: str) -> None:
    other = "pain" if alarm is SELF_HARM else "self_harm"
    made = in_emergency(alarm).say(said, "emergency", {f"emergency/{other}": 0.7})
    assert text_of(made) == line(again, "en" if said.isascii() else "zh") and made.alarm is None


@pytest.mark.parametrize(("said", "share"), [
    ("算了，活着没意思", 0.55), ("算了，没人懂我", 0.55), ("算了 没人懂我", 0.55), ("没事，我走了你们就轻松了", 0.55), ("whatever, nobody cares if I live", 0.55),
    ("it's fine. I said my goodbyes", 0.55), ("I don't want to go on", 0.55), ("I don't want to go to the ER", 0.85), ("不想去急诊", 0.85),
])
def test_words_of_despair_and_what_the_scorer_is_sure_of_are_never_played_down(said: str, share: float) -> None:
    made = in_emergency().say(said, "emergency", {"emergency/self_harm": share})
    assert made.alarm == Alarm("self_harm", "scorer", True) and text_of(made) == text("self_harm", "en" if said.isascii() else "zh")


def test_a_sentence_of_which_the_scorer_is_sure_is_not_played_down() -> None:
    made = in_emergency().say("没事。不用去急诊", "ask", {"emergency/self_harm": 0.6}, clauses={"没事": {}, "不用去急诊": {"emergency/self_harm": 0.85}})
    assert made.alarm is not None and made.alarm.group == "self_harm"


def test_the_word_of_the_rules_is_not_played_down() -> None:
    assert in_emergency().say("不想去急诊", "ask", alarm=SELF_HARM).alarm == SELF_HARM
    doubt = Alarm("self_harm", "despair", False)
    assert text_of(in_emergency().say("不想去急诊", "ask", alarm=doubt)).startswith(line("check_self_harm_question"))


def test_of_the_same_group_the_alarm_comes_again_and_outside_an_episode_playing_it_down_excuses_nothing() -> None:
    assert in_emergency().say("不想去急诊", "emergency", {"emergency/bleeding": 0.7}).alarm == Alarm("bleeding", "scorer", True)
    assert Chat().say("不想去急诊", "emergency", {"emergency/self_harm": 0.7}).alarm == Alarm("self_harm", "scorer", True)


def test_where_the_rules_dismiss_every_complaint_the_scorer_has_to_be_surer() -> None:
    def said(share: float, dismissed: bool) -> list[str]:
        return kinds(Chat().say("没有出血，问下几点开门", "emergency", {"emergency/bleeding": share, "details.service-hours": 1 - share}, dismissed=dismissed))

    assert said(0.6, False)[0] == "emergency" and said(0.4, False)[0] == "emergency_check"
    assert "emergency" not in said(0.6, True)[0] and said(0.9, True)[0] == "emergency"


def test_what_is_no_emergency_after_all_is_read_as_the_next_likely_topic() -> None:
    made = Chat().say("…", "emergency", {"booking": 0.7, "emergency/pain": 0.25})
    assert kinds(made)[0] == "booking"
