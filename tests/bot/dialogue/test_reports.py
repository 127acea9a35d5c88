"""Is my report ready: the state of each test as a dated sentence, after binding, never in a group, never as a value."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue import report_words
from bot.dialogue.model import Outcome, Reply
from bot.dialogue.reports import UNSEEN, URGENT
from bot.guard import Alarm
from bot.hospital.codes import find_code
from bot.hospital.demo import TURNAROUNDS
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.hospital.model import ORDER_STATES
from bot.hospital.world import OrderRecord
from bot.knowledge.model import LANGUAGES
from bot.text.terms import find_terms
from tests.bot.dialogue.chat import Chat, answer, entries_of, kinds, library, reply_of, text_of, titles, words
from tests.bot.dialogue.patients import EVERY_STATE, FIRST, MAN, NOW, Patient, demonstration


def report(made: Outcome) -> Reply:
    return reply_of(made, "report")


def asked_for(made: Outcome) -> list[str]:
    return list((report(made).query or {})["tests"])


# --- nobody is bound

def test_without_a_hospital_only_the_way_to_see_it_oneself_is_told() -> None:
    made = Chat().say("我的AMH结果出来了吗", "report", {"report": 0.9})
    assert report(made).status == "not_bound" and report(made).query == {"tests": ["amh"]} and report(made).text == words("report_not_bound")
    assert entries_of(made) == ("howto.view-reports",) and "identity" not in kinds(made)


def test_an_unbound_patient_is_told_how_to_see_it_and_then_asked_for_a_code() -> None:
    made = Patient().report("我的AMH和染色体出来了吗")
    assert kinds(made) == ["report", "answer", "identity"]
    assert report(made).status == "not_bound" and asked_for(made) == ["amh", "chromosome"]
    assert answer("howto.view-reports") in text_of(made)
    asks = reply_of(made, "identity")
    assert asks.text == words("binding_code") and asks.status == "asked"
    assert titles(made) == [words("binding_no_code"), words("binding_leave")]


def test_the_entry_that_was_asked_beside_stands_in_place_of_the_general_way() -> None:
    made = Patient().say("报告还没出来吗 手机上没有", "report", {"report": 0.6, "details.report-delay": 0.3})
    assert entries_of(made) == ("details.report-delay",)


def test_in_a_group_nothing_of_it_is_said_not_even_of_a_bound_patient() -> None:
    patient = Patient().bound()
    patient.group = True
    made = patient.report("我的AMH结果出来了吗", )
    assert kinds(made) == ["report"] and text_of(made) == words("report_group") and report(made).status == "private_only"
    assert asked_for(made) == ["amh"] and titles(made) == []


# --- bound: each state

STATES = [("hsg", "输卵管造影", "ordered"), ("thyroid", "甲功", "collected"), ("amh", "AMH", "in_lab"), ("cd138", "CD138", "preliminary"),
          ("tct", "TCT", "released"), ("infectious", "传染病", "syncing"), ("bloodroutine", "血常规", "ready"), ("ddimer", "D-二聚体", "cancelled"),
          ("ferritin", "铁蛋白", "not_found")]


@pytest.mark.parametrize(("code", "asked", "status"), STATES)
def test_each_state_is_told_as_a_dated_sentence(code: str, asked: str, status: str) -> None:
    made = Patient().bound(EVERY_STATE).report(f"我的{asked}出来了吗")
    assert report(made).status == status and asked_for(made) == [code]
    assert words(f"test_{code}") in report(made).text and "李*" in report(made).text and "10:00" in report(made).text
    assert ("月" in report(made).text) == (status != "not_found")


def test_every_state_of_the_port_has_a_sentence_in_both_languages() -> None:
    for state in (*ORDER_STATES, "not_found"):
        assert set(library().shell[f"report_{report_words.STATUS.get(state, state)}"]) == set(LANGUAGES)


def test_every_test_and_platform_of_the_lists_has_a_name() -> None:
    assert {x.test for x in TURNAROUNDS} <= {x[5:] for x in library().shell if x.startswith("test_")}
    assert find_terms("AMH", "test")        # the same codes as are read from messages


def test_ready_says_since_when_and_where() -> None:
    made = Patient().bound().report("AMH出来没")
    assert report(made).status == "ready" and words("report_where") in report(made).text and words("report_watch") not in titles(made)


def test_what_is_not_ready_says_by_when_it_usually_is() -> None:
    made = Patient().bound(EVERY_STATE).report("AMH出来没")
    # taken 19 November, at most seven days in the laboratory and one until it shows
    assert words("report_expected", day="11月27日（周五）") in report(made).text
    made = Patient().bound(EVERY_STATE).report("is my AMH back")
    assert words("report_expected", "en", day="Friday 27 November") in report(made).text and "李*" in report(made).text


def test_what_is_late_is_told_as_late_with_the_nurse_station() -> None:
    made = Patient().bound(MAN).report("精子DNA碎片率出了吗")
    assert report(made).status == "in_lab" and words("report_overdue", day="11月19日（周四）") in report(made).text
    assert words("nurse_open") in report(made).text


def test_several_tests_stand_in_one_answer_with_the_least_advanced_as_its_status() -> None:
    made = Patient().bound().report("AMH、HCG和染色体出来了吗")
    assert report(made).status == "in_lab" and asked_for(made) == ["amh", "hcg", "chromosome"]
    assert [x[:2] for x in report(made).text.split("\n") if x[:1].isdigit()] == ["1.", "2.", "3."]
    made = Patient().bound().report("AMH和HCG出来了吗")
    assert report(made).status == "ready"
    made = Patient().bound().report("AMH和铁蛋白出来了吗")
    assert report(made).status == "mixed" and words("report_not_found", tests="铁蛋白") in report(made).text


def test_with_no_test_named_it_is_the_newest_of_each() -> None:
    made = Patient().bound(EVERY_STATE).report("我的报告出来了吗")
    assert asked_for(made) == [] and all(words(f"test_{code}") in report(made).text for code, _, status in STATES if status != "not_found")


def test_a_patient_without_tests_is_told_so() -> None:
    world = replace(demonstration(), orders=())
    made = Patient(hospital=MemoryHospital(world, MemorySms())).bound().report("我的报告出来了吗")
    assert report(made).status == "not_found" and words("report_none") in report(made).text


def test_a_cut_down_question_behind_it_asks_for_another_test() -> None:
    patient = Patient().bound()
    patient.report("AMH出来了吗")
    made = patient.say("那染色体呢", "ask", {"services.report-inquiry": 0.2})
    assert report(made).status == "in_lab" and asked_for(made) == ["chromosome"]


def test_no_value_can_be_asked_for() -> None:
    made = Patient().bound().report("我的AMH是多少 正常吗")
    assert report(made).status == "ready" and not [x for x in titles(made) if x.startswith("AMH")]


def test_a_side_question_in_the_same_message_is_answered_too() -> None:
    made = Patient().bound().say("AMH出来了吗?要取纸质号吗?", "report", {"report": 0.9},
                                 clauses={"AMH出来了吗?": {"report": 0.9}, "要取纸质号吗?": {"faq.window-ticket": 0.95}})
    assert kinds(made) == ["report", "answer"] and entries_of(made) == ("faq.window-ticket",)
    made = Patient().say("AMH出来了吗?要取纸质号吗?", "report", {"report": 0.9},
                         clauses={"AMH出来了吗?": {"report": 0.9}, "要取纸质号吗?": {"faq.window-ticket": 0.95}})
    assert kinds(made) == ["report", "answer", "identity"] and titles(made) == [words("binding_no_code"), words("binding_leave")]


# --- I can't see it

@pytest.mark.parametrize("text", ["我的AMH看不到啊", "AMH查不到", "手机上没显示AMH", "AMH报告怎么不显示", "i can't see my AMH report", "AMH does not show up", "找不到AMH报告"])
def test_not_seeing_it_is_understood(text: str) -> None:
    assert UNSEEN.search(text)


@pytest.mark.parametrize("text", ["AMH出来了吗", "在哪里看AMH报告", "is my AMH ready", "AMH看得到了吗"])
def test_other_questions_are_not_taken_for_it(text: str) -> None:
    assert not UNSEEN.search(text)


def test_only_the_id_is_bound() -> None:
    made = Patient().bound(EVERY_STATE).report("血常规怎么看不到")
    assert words("report_only_id") in report(made).text and entries_of(made) == ("details.bind-medical-card",)
    assert words("report_should_show") not in report(made).text


def with_orders(*orders: OrderRecord, linked: tuple[str, ...] = ("card", "id")) -> Patient:
    world = demonstration()
    patients = tuple(replace(x, linked=linked) if x.id == "p-1001" else x for x in world.patients)
    return Patient(hospital=MemoryHospital(replace(world, patients=patients, orders=orders), MemorySms())).bound()


def amh(**steps: object) -> OrderRecord:
    return OrderRecord("n", "p-1001", "amh", NOW - timedelta(days=9), NOW - timedelta(days=8), NOW - timedelta(days=7), **steps)  # type: ignore[arg-type]


DONE = {"released": NOW - timedelta(days=2), "visible": NOW - timedelta(days=1)}


def test_the_card_is_not_bound_at_all() -> None:
    made = with_orders(amh(**DONE), linked=()).report("AMH查不到")
    assert words("report_no_card") in report(made).text and entries_of(made) == ("details.bind-medical-card",)


def test_it_shows_on_another_platform() -> None:
    made = with_orders(amh(**DONE, platform="suishenban")).report("AMH查不到")
    where = words("report_where_platform", platform=words("platform_suishenban"))
    assert words("report_elsewhere", test="AMH", where=where) in report(made).text and words("report_should_show") not in report(made).text


def test_a_platform_that_nobody_named_is_told_as_the_hospital_writes_it() -> None:
    assert "某平台" in report(with_orders(amh(**DONE, platform="某平台")).report("AMH查不到")).text


def test_it_is_not_released_yet() -> None:
    made = with_orders(amh()).report("AMH查不到")
    assert report(made).status == "in_lab" and words("report_still_coming") in report(made).text


def test_it_is_still_syncing() -> None:
    made = with_orders(amh(released=NOW - timedelta(hours=5))).report("AMH查不到")
    assert report(made).status == "syncing" and "24" in report(made).text and words("report_still_coming") in report(made).text


def test_everything_is_right_and_it_should_show() -> None:
    made = with_orders(amh(**DONE)).report("AMH查不到")
    assert words("report_should_show") in report(made).text and words("nurse_open") in report(made).text


# --- urgent, watching, failing

@pytest.mark.parametrize("text", ["AMH急着用，出来了吗", "AMH今天能出吗", "is my AMH ready today, it's urgent"])
def test_urgent_comes_with_the_nurse_station_and_whether_it_is_open(text: str) -> None:
    assert URGENT.search(text)
    patient = Patient().bound(EVERY_STATE)
    language = "en" if text[0] == "i" else "zh"
    assert words("nurse_open", language) in report(patient.report(text)).text
    patient.wait(hours=12)
    later = report(patient.report(text)).text
    assert words("nurse_open", language) not in later and library().names[language]["emergency_phone"] in later


def test_not_urgent_and_not_late_is_told_without_it() -> None:
    assert words("nurse_open") not in report(Patient().bound().report("AMH出来了吗")).text


def test_she_can_be_told_when_it_is_ready() -> None:
    patient = Patient().bound(EVERY_STATE)
    assert words("report_watch") in titles(patient.report("传染病结果出来了吗"))
    made = patient.tap(words("report_watch"))
    assert report(made).status == "watching" and text_of(made) == words("report_watching") and made.consent == "reminder"
    hits = asyncio.run(patient.hospital.ready(NOW + timedelta(days=1)))
    assert hits == (), "released six hours ago; the hospital has not made it visible"
    assert list(patient.hospital._report_watches.values()) == [("she", "demo-16")]


def test_what_could_not_be_checked_is_never_told_as_not_ready() -> None:
    patient = Patient().bound()
    patient.hospital.down = True
    made = patient.report("AMH出来了吗")
    assert report(made).status == "unavailable" and words("report_unchecked") in text_of(made) and asked_for(made) == ["amh"]
    assert [x.reason for x in made.missed] == ["unavailable"]


def test_an_appointment_under_way_is_taken_up_again_behind_it() -> None:
    patient = Patient().bound()
    patient.say("周医生 普通号 周四上午", "booking", {"booking": 0.9})
    made = patient.report("AMH出来了吗")
    assert kinds(made) == ["report", "booking"] and report(made).status == "ready"
    assert kinds(patient.say("1", "choose")) == ["booking"]


def test_within_an_emergency_reports_wait() -> None:
    patient = Patient().bound()
    patient.say("肚子疼得直不起腰", alarm=Alarm("pain", "belly-pain-severe", True))
    assert kinds(patient.report("AMH出来了吗")) == ["emergency"]


def test_two_patients_in_one_chat_are_told_apart() -> None:
    mother = Patient().bound(EVERY_STATE)
    mother.tap(words("family_invite"))
    invited = text_of(mother.tap(words("scope_reports")))
    own = mother.family("he").bound(FIRST)
    own.report("AMH出来了吗")
    own.say(find_code(invited) or "", "out_of_scope")
    own.tap(words("binding_yes"))
    made = own.report("AMH出来了吗")
    assert report(made).status == "ready" and words("report_of", label="李*") in titles(made)
    made = own.tap(words("report_of", label="李*"))
    assert report(made).status == "in_lab" and "李*" in report(made).text and asked_for(made) == ["amh"]
