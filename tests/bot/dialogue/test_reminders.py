"""Whether she wants to be reminded is asked behind a booking; what is kept is that she agreed, until she says no."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time

import pytest

from bot.dialogue.model import Outcome
from bot.dialogue.reminders import PURPOSE
from bot.hospital.model import Person
from tests.bot.dialogue.chat import kinds, library, text_of, titles, words
from tests.bot.dialogue.test_booking import NOW, Patient, booking, hospital

YES_NO = [words("remind_yes"), words("remind_no")]


@pytest.fixture
def patient() -> Patient:
    return Patient(now=NOW, hospital=hospital())


def books(patient: Patient, wish: str = "周医生 普通号 周四上午") -> Outcome:
    patient.book(wish)
    patient.say("1", "choose")
    return patient.say("确认", "affirm")


def test_behind_a_booking_she_is_asked_and_nothing_is_kept_yet(patient: Patient) -> None:
    made = books(patient)
    assert booking(made).status == "booked" and text_of(made).endswith(words("remind_ask")) and titles(made) == YES_NO
    assert patient.agreed == frozenset() and patient.state.waiting == "reminder"


@pytest.mark.parametrize("yes", ["好的", "要", "1", "提醒我", "嗯嗯，谢谢", "前一天提醒我", "yes please"])
def test_yes_is_a_consent_of_its_own(patient: Patient, yes: str) -> None:
    books(patient)
    made = patient.say(yes, "affirm")
    language = "en" if yes.isascii() and yes.isalpha() or " " in yes else "zh"
    assert text_of(made) == words("remind_on", language, time="17:00") and patient.agreed == {PURPOSE} and patient.state.waiting is None


@pytest.mark.parametrize("no", ["不用了", "不要", "2", "不用提醒", "别提醒我", "no"])
def test_no_keeps_nothing(patient: Patient, no: str) -> None:
    books(patient)
    made = patient.say(no, "deny", language="zh")
    assert text_of(made) == words("remind_off") and patient.agreed == frozenset()


@pytest.mark.parametrize(("text", "intent", "labels"), [
    ("网上约好了还要取号吗", "ask", {"faq.window-ticket": 0.9}), ("谢谢", "thanks", {"thanks": 0.9}), ("知道了", "acknowledge", {"acknowledge": 0.9}),
    ("确认", "affirm", {"affirm": 0.9}), ("confirm", "affirm", {"affirm": 0.9})])
def test_anything_else_is_answered_and_is_no_consent(patient: Patient, text: str, intent: str, labels: dict[str, float]) -> None:
    """A "confirm" sent twice was meant for the appointment."""
    books(patient)
    made = patient.say(text, intent, labels)
    assert patient.agreed == frozenset() and words("remind_on", time="17:00") not in text_of(made)
    assert patient.say("好的", "affirm", {"affirm": 0.9}).consent is None, "the question is over"


def test_who_agreed_once_is_not_asked_again_and_told_so(patient: Patient) -> None:
    books(patient)
    patient.tap(words("remind_yes"))
    made = books(patient, "周医生 普通号 周五上午")
    assert titles(made) == [] and text_of(made).endswith(words("remind_stands")) and patient.agreed == {PURPOSE}


@pytest.mark.parametrize("text", [
    "不要提醒", "不用再提醒我了", "取消预约提醒", "把提醒关了", "以后别提醒了。", "不想收到提醒了", "no reminders", "Stop reminding me", "please turn off reminders"])
@pytest.mark.parametrize("meanwhile", [False, True])
def test_she_ends_them_whenever_she_says_so(patient: Patient, text: str, meanwhile: bool) -> None:
    books(patient)
    patient.tap(words("remind_yes"))
    if meanwhile:
        patient.book("吴医生 专家号 周三")       # a booking that is open is not what she takes back
    made = patient.say(text, "deny")
    assert made.replies[0].status == "not_reminding" and patient.agreed == frozenset()
    assert bool(patient.state.booking) is meanwhile


@pytest.mark.parametrize("text", ["前一天提醒我", "可以提前一天提醒我吗？", "打开提醒", "remind me the day before", "turn on reminders"])
def test_she_gets_them_whenever_she_says_so(patient: Patient, text: str) -> None:
    assert patient.say(text, "ask").replies[0].status == "reminding" and patient.agreed == {PURPOSE}


@pytest.mark.parametrize("text", ["医生提醒我不要吃辣", "护士没有提醒我前一天要空腹", "报告出来提醒我", "remind me what to bring", "取消预约"])
def test_other_reminders_are_another_matter(patient: Patient, text: str) -> None:
    made = patient.say(text, "ask", {"faq.window-ticket": 0.9})
    assert kinds(made)[0] == "answer" and made.consent is None and made.withdrawn is None


def test_below_her_appointments_they_can_be_switched_on_and_off(patient: Patient) -> None:
    books(patient)
    for title, agreed in (("remind_start", {PURPOSE}), ("remind_stop", set())):
        assert titles(patient.say("我的预约", "booking_change", {"booking_change": 0.9}))[-1] == words(title)
        patient.tap(words(title))
        assert patient.agreed == agreed


def test_too_late_for_a_reminder_nobody_is_asked(patient: Patient) -> None:
    patient.wait(hours=7)           # 17:00
    assert words("remind_ask") in text_of(books(patient, "周医生 普通号 周二"))
    made = books(patient, "周医生 普通号 明天")
    assert booking(made).status == "booked" and words("remind_ask") not in text_of(made) and titles(made) == []


def test_a_centre_that_sends_none_does_not_ask_and_who_had_agreed_can_still_say_no(patient: Patient) -> None:
    patient.served = replace(library(), hospital=replace(library().hospital, reminder=None))
    made = books(patient)
    assert booking(made).status == "booked" and words("remind_ask") not in text_of(made)
    assert patient.say("前一天提醒我", "ask", {"faq.window-ticket": 0.9}).consent is None
    patient.agreed = frozenset({PURPOSE})
    assert patient.say("不要提醒", "deny").withdrawn == PURPOSE


def test_asked_before_the_centre_switched_them_off(patient: Patient) -> None:
    books(patient)
    patient.served = replace(library(), hospital=replace(library().hospital, reminder=None))
    assert patient.tap(words("remind_yes")).consent is None


def test_the_time_is_the_staffs(patient: Patient) -> None:
    patient.served = replace(library(), hospital=replace(library().hospital, reminder=time(9, 5)))
    books(patient)
    assert "9:05" in text_of(patient.tap(words("remind_yes")))


def test_after_moving_an_appointment_too(patient: Patient) -> None:
    books(patient)
    patient.say("我约的号想改", "booking_change", {"booking_change": 0.9})
    patient.tap(next(x["title"] for x in patient.state.offers if x["do"] == "appointment_move"))
    patient.say("2", "choose")
    assert text_of(patient.say("确认", "affirm")).endswith(words("remind_ask"))
    assert len(asyncio.run(patient.hospital.appointments(Person(""), NOW))) == 1


def test_in_a_group_nothing_of_it(patient: Patient) -> None:
    patient.group = True
    assert patient.say("前一天提醒我", "ask", {"faq.window-ticket": 0.9}).consent is None


def test_in_english(patient: Patient) -> None:
    patient.book("book a regular visit with Dr Zhou on Thursday morning")
    patient.say("1", "choose", language="en")
    made = patient.say("yes", "affirm")
    assert text_of(made).endswith(words("remind_ask", "en")) and titles(made) == [words("remind_yes", "en"), words("remind_no", "en")]
    assert text_of(patient.say("yes", "affirm")) == words("remind_on", "en", time="17:00")


def test_what_is_kept_of_it_is_told_when_she_asks(patient: Patient) -> None:
    line = f"{words('export_reminder')}{words('export_agreed')}"
    assert line not in text_of(patient.say("导出我的数据", "export_data"))
    books(patient)
    patient.tap(words("remind_yes"))
    assert line in text_of(patient.say("导出我的数据", "export_data"))
    patient.say("删除我的数据", "delete_data")
    assert patient.tap(words("delete_yes")).forget and patient.agreed == frozenset()
