"""Binding: by code, by name, number and telephone; wrong, locked, undone; family with a scope."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.dialogue import binding
from bot.dialogue.binding import MAYBE_CODE
from bot.dialogue.model import Outcome, Reply
from bot.guard import Alarm
from bot.hospital.codes import find_code, with_check
from bot.hospital.demo import WRONG_CODE
from bot.hospital.model import Binding
from tests.bot.dialogue.chat import Chat, answer, kinds, reply_of, text_of, titles, words
from tests.bot.dialogue.patients import EVERY_STATE, FIRST, MAN, NOW, Patient

CLAIM = {"name": "王小雨", "id_card": "999999199203070024", "phone": "19900000001"}
SENT = "我叫[姓名]，[身份证号]，[电话号码]"


def identity(made: Outcome) -> Reply:
    return reply_of(made, "identity")


def report(made: Outcome) -> Reply:
    return reply_of(made, "report")


def bindings(patient: Patient) -> tuple[Binding, ...]:
    return asyncio.run(patient.hospital.bindings(patient.conversation))


@pytest.fixture
def patient() -> Patient:
    """Asked for a code."""
    made = Patient()
    made.report("我的AMH结果出来了吗")
    return made


# --- by code

@pytest.mark.parametrize("typed", [FIRST, FIRST.lower().replace("-", ""), f"我的码是{FIRST}", f"{FIRST} 谢谢"])
def test_a_code_binds_and_it_goes_on_with_what_was_asked(patient: Patient, typed: str) -> None:
    made = patient.say(typed, "ask", {"faq.window-ticket": 0.3})
    assert kinds(made) == ["identity", "report"]
    assert identity(made).status == "bound" and identity(made).text == words("binding_done", label="王**") and made.consent == "binding"
    assert report(made).status == "ready" and report(made).query == {"tests": ["amh"]}
    assert not patient.state.binding and [x.patient_id for x in bindings(patient)] == ["p-1001"]
    assert report(patient.report("染色体呢")).status == "in_lab"


def test_what_was_asked_keeps_its_words() -> None:
    patient = Patient()
    patient.report("血常规看不到，急")
    made = patient.say(EVERY_STATE, "ask")
    assert words("report_only_id") in report(made).text and words("nurse_open") in report(made).text


@pytest.mark.parametrize("intent", ["scam", "out_of_scope", "choose", "affirm", "report", "booking"])
def test_a_code_binds_whatever_the_model_takes_it_for(patient: Patient, intent: str) -> None:
    assert identity(patient.say(FIRST, intent, {intent: 0.9})).status == "bound"


def test_a_code_is_answered_in_the_language_of_the_conversation() -> None:
    english = Patient()
    english.report("is my AMH back")
    made = english.say(FIRST, "out_of_scope")
    assert identity(made).text == words("binding_done", "en", label="王**") and words("report_read", "en", label="王**", time="10:00") in text_of(made)
    chinese = Patient()
    chinese.report("AMH出来没")
    assert identity(chinese.say(FIRST, "out_of_scope")).text == words("binding_done", label="王**")


def test_wrong_codes_are_counted_down_without_a_hint_and_then_locked(patient: Patient) -> None:
    other = with_check("C7K2M9Q")
    used = Patient(hospital=patient.hospital, conversation="another")
    for left, code in ((4, WRONG_CODE), (3, other), (2, WRONG_CODE), (1, other)):
        made = patient.say(code, "out_of_scope")
        assert identity(made).status == "wrong_code" and identity(made).text.startswith(words("binding_wrong", left=left))
        assert "王" not in text_of(made) and "李" not in text_of(made)
    made = patient.say(WRONG_CODE, "out_of_scope")
    assert identity(made).status == "locked" and words("binding_locked", until="明天 10:00") in text_of(made) and words("nurse_open") in text_of(made)
    patient.report("AMH出来了吗")
    assert identity(patient.say(FIRST, "out_of_scope")).status == "locked", "the right one, too"
    assert bindings(patient) == ()
    used.report("AMH出来了吗")
    assert identity(used.say(FIRST, "out_of_scope")).status == "bound", "another conversation is not locked"
    patient.wait(days=1, minutes=1)
    patient.report("AMH出来了吗")
    assert identity(patient.say(FIRST, "out_of_scope")).status == "bound"


@pytest.mark.parametrize("typed", ["B7K2-M9QB", "B7K2-M9Q", "B7K2M9QAA", "12345678", "b7k2 m9q1"])
def test_a_slip_of_the_finger_counts_nothing(patient: Patient, typed: str) -> None:
    made = patient.say(typed, "out_of_scope")
    assert identity(made).status == "malformed" and identity(made).text.startswith(words("binding_malformed"))
    assert identity(patient.say(WRONG_CODE, "out_of_scope")).text.startswith(words("binding_wrong", left=4))


@pytest.mark.parametrize("text", ["好的", "AMH", "ok", "hCG", "thanks", "我没有", "what is it"])
def test_words_are_no_attempts_at_a_code(text: str) -> None:
    assert not MAYBE_CODE.fullmatch(text)


def test_a_code_out_of_the_blue_is_asked_about_first() -> None:
    patient = Patient()
    made = patient.say(FIRST, "out_of_scope")
    assert identity(made).text == words("binding_agree") and made.consent is None and bindings(patient) == ()
    made = patient.tap(words("binding_yes"))
    assert kinds(made) == ["identity"] and identity(made).status == "bound" and made.consent == "binding"


@pytest.mark.parametrize("reply", ["好的", FIRST])
def test_it_is_also_agreed_to_in_words_or_by_sending_it_again(reply: str) -> None:
    patient = Patient()
    patient.say(f"这是我的码 {FIRST}", "out_of_scope")
    assert identity(patient.say(reply, "affirm")).status == "bound"


def test_a_code_in_a_group_binds_nothing() -> None:
    patient = Patient(group=True)
    assert "identity" not in kinds(patient.say(FIRST, "out_of_scope")) and bindings(patient) == ()


def test_without_a_hospital_a_code_is_a_message_like_another() -> None:
    assert "identity" not in kinds(Chat().say(FIRST, "out_of_scope"))


# --- by name, number and telephone

def test_no_code_name_number_and_telephone_then_the_code_from_the_sms(patient: Patient) -> None:
    made = patient.tap(words("binding_no_code"))
    assert identity(made).text == words("binding_claim") and made.consent == "binding" and patient.state.waiting == "binding"
    made = patient.send(SENT, **CLAIM)
    assert identity(made).status == "sent" and identity(made).text == words("binding_sms")
    assert kinds(made) == ["identity"], "what was asked for is not told off"
    assert "999999" not in str(patient.state.to_json()) and "王小雨" not in str(patient.state.to_json()) and patient.values == {}
    (phone, code, conversation), = patient.sms.sent
    assert (phone, conversation) == ("19900000001", "she")
    made = patient.say(f"验证码{code}", "out_of_scope")
    assert kinds(made) == ["identity", "report"] and identity(made).status == "bound" and report(made).status == "ready"
    assert [x.how for x in bindings(patient)] == ["identity"]


@pytest.mark.parametrize("text", ["没有码", "没有", "我找不到那个单子了", "i don't have one", "no code"])
def test_no_code_is_also_said(patient: Patient, text: str) -> None:
    assert words("binding_claim", "en" if text.isascii() else "zh") in identity(patient.say(text, "deny")).text


def test_the_three_may_be_sent_without_having_said_so_and_one_after_the_other(patient: Patient) -> None:
    made = patient.send("我叫[姓名]", name="王小雨")
    assert identity(made).text.startswith(words("binding_lacking", what="手机号、身份证号或者就诊卡号"))
    made = patient.send("[电话号码]", phone="19900000001")
    assert identity(made).text.startswith(words("binding_lacking", what="身份证号或者就诊卡号"))
    made = patient.send("就诊卡[医疗卡号]", medical_card="D20260001")
    assert identity(made).status == "sent" and len(patient.sms.sent) == 1


def test_a_card_number_that_the_masker_takes_for_a_passport_fits_as_well(patient: Patient) -> None:
    patient.send("[姓名] [护照号] [电话号码]", name="王小雨", passport="D20260001", phone="19900000001")
    assert len(patient.sms.sent) == 1


def test_a_wrong_claim_is_answered_like_a_right_one(patient: Patient) -> None:
    made = patient.send(SENT, **{**CLAIM, "name": "王小雪"})
    assert identity(made).text == words("binding_sms") and patient.sms.sent == []
    made = patient.say("123456", "out_of_scope")
    assert identity(made).status == "wrong_code" and identity(made).text.startswith(words("binding_wrong", left=4))


def test_a_wrong_code_from_the_sms_then_the_right_one(patient: Patient) -> None:
    patient.send(SENT, **CLAIM)
    code = patient.sms.sent[0][1]
    assert identity(patient.say(f"{(int(code) + 1) % 10**6:06d}", "out_of_scope")).status == "wrong_code"
    assert identity(patient.say(code, "out_of_scope")).status == "bound"


def test_values_that_are_gone_are_asked_for_again(patient: Patient) -> None:
    patient.send("我叫[姓名]，[身份证号]", name="王小雨", id_card="999999199203070024")
    patient.values.clear()
    made = patient.send("[电话号码]", phone="19900000001")
    assert identity(made).text.startswith(words("binding_expired")) and patient.sms.sent == []
    assert identity(patient.send(SENT, **CLAIM)).status == "sent"


def test_no_sms_came(patient: Patient) -> None:
    patient.send(SENT, **CLAIM)
    made = patient.say("没收到短信", "ask")
    assert words("binding_not_received") in text_of(made)
    assert identity(patient.tap(words("binding_anew"))).text == words("binding_claim")


def test_too_many_claims_lock(patient: Patient) -> None:
    statuses = [identity(patient.send(SENT, **{**CLAIM, "phone": f"1990000{n:04d}"})).status for n in range(6)]
    assert statuses == ["sent"] * 5 + ["locked"]


def test_personal_data_sent_unasked_are_still_told_off() -> None:
    made = Patient().say(SENT, "out_of_scope", masked=("name", "id_card", "phone"))
    assert kinds(made) == ["smalltalk", "privacy"]


# --- in between

def test_a_side_question_is_answered_and_the_code_asked_for_again(patient: Patient) -> None:
    made = patient.ask("faq.window-ticket", "约好了要不要拿纸的号")
    assert kinds(made) == ["answer", "identity"] and answer("faq.window-ticket") in text_of(made)
    assert identity(patient.say(FIRST, "out_of_scope")).status == "bound" and report(patient.last).status == "ready"  # type: ignore[arg-type]


def test_asking_for_a_report_again_asks_for_the_code_once(patient: Patient) -> None:
    made = patient.report("染色体呢")
    assert kinds(made) == ["report", "answer", "identity"] and titles(made)
    assert report(patient.say(FIRST, "out_of_scope")).query == {"tests": ["chromosome"]}


def test_an_appointment_in_between_and_the_code_after_it(patient: Patient) -> None:
    made = patient.say("周医生 普通号 周四上午", "booking", {"booking": 0.9})
    assert kinds(made) == ["booking"] and titles(made)
    assert identity(patient.say(FIRST, "out_of_scope")).status == "bound"


def test_an_emergency_comes_first_and_the_binding_is_offered_again_afterwards(patient: Patient) -> None:
    assert kinds(patient.say("肚子疼得直不起腰", alarm=Alarm("pain", "belly-pain-severe", True))) == ["emergency"]
    patient.wait(hours=7)
    made = patient.say("谢谢", "thanks")
    assert kinds(made) == ["smalltalk", "menu"]
    assert identity(patient.say("好的", "affirm")).text == words("binding_code")


@pytest.mark.parametrize("text", ["算了", "先不绑了", "不用了", "never mind"])
def test_she_leaves_it(patient: Patient, text: str) -> None:
    made = patient.say(text, "deny")
    assert identity(made).status == "left" and not patient.state.binding


def test_she_goes_on_with_it(patient: Patient) -> None:
    assert identity(patient.say("继续", "affirm")).text == words("binding_code")


def test_a_binding_of_long_ago_asks_for_nothing_any_more(patient: Patient) -> None:
    patient.wait(days=2)
    made = patient.say(FIRST, "out_of_scope")
    assert kinds(made) == ["identity"] and identity(made).status == "bound", "bound, but nobody asks for AMH any more"


def test_an_unreachable_hospital_counts_nothing_and_says_so(patient: Patient) -> None:
    patient.hospital.down = True
    made = patient.say(FIRST, "out_of_scope")
    assert identity(made).status == "unavailable" and identity(made).text.startswith(words("binding_unchecked"))
    assert identity(patient.send(SENT, **CLAIM)).status == "unavailable"
    patient.hospital.down = False
    assert identity(patient.say(FIRST, "out_of_scope")).status == "bound"


# --- undone

@pytest.mark.parametrize("text", ["解绑", "帮我解除绑定", "unbind please"])
def test_unbinding_in_words(text: str) -> None:
    patient = Patient().bound()
    language = "en" if text.isascii() else "zh"
    made = patient.say(text, "ask", {"howto.bind-patient": 0.8})
    assert identity(made).text == words("binding_which", language)
    assert identity(patient.tap(words("binding_undo", language, label="王**"))).status == "unbound"
    assert bindings(patient) == () and report(patient.report("AMH出来了吗")).status == "not_bound"


def test_consent_ends_with_the_last_binding_and_is_asked_for_again() -> None:
    patient = Patient().bound()
    patient.tap(words("family_invite"))
    husband = Patient(hospital=patient.hospital, conversation="he").bound(MAN)
    husband.say(code_of(patient.tap(words("scope_both"))), "out_of_scope")
    husband.tap(words("binding_yes"))
    own, hers = bindings(husband)
    husband.say("解绑", "ask")
    assert husband.tap(words("binding_undo", label=hers.label)).withdrawn is None, "one is left"
    husband.say("解绑", "ask")
    assert husband.tap(words("binding_undo", label=own.label)).withdrawn == "binding"
    made = husband.report("AMH出来了吗")
    assert identity(made).text == words("binding_code") and made.consent is None, "what is kept is said again before anything is"


def test_an_unbinding_that_fails_withdraws_nothing() -> None:
    patient = Patient().bound()
    patient.say("解绑", "ask")
    patient.hospital.down = True
    made = patient.tap(words("binding_undo", label="王**"))
    assert identity(made).status == "unavailable" and made.withdrawn is None


def test_what_was_sent_for_a_binding_is_dropped_with_it(patient: Patient) -> None:
    patient.send("我叫[姓名]，[电话号码]", name="王小雨", phone="19900000001")
    assert identity(patient.say("算了", "deny")).status == "left" and patient.values == {}


def test_unbinding_with_nothing_bound() -> None:
    assert text_of(Patient().say("解绑", "ask")) == words("binding_none")


def test_a_long_question_about_unbinding_is_a_question() -> None:
    made = Patient().bound().ask("howto.bind-patient", "我想问一下公众号里面绑定的就诊卡换了新卡以后要怎么解绑旧的那一张")
    assert "answer" in kinds(made)


def test_what_was_not_undone_is_not_told_as_undone() -> None:
    patient = Patient().bound()
    patient.hospital.down = True
    made = patient.tap(words("binding_undo", label="王**"))
    assert identity(made).status == "unavailable" and len(asyncio.run(super(type(patient.hospital), patient.hospital).bindings("she"))) == 1


# --- family

def code_of(made: Outcome) -> str:
    return find_code(text_of(made)) or ""


@pytest.mark.parametrize(("scope", "status"), [("scope_reports", "in_lab"), ("scope_both", "in_lab"), ("scope_booking", "not_allowed")])
def test_a_family_member_does_what_the_patient_agreed_to_and_nothing_else(scope: str, status: str) -> None:
    patient = Patient().bound(EVERY_STATE)
    assert titles(patient.tap(words("family_invite"))) == [words(x) for x in ("scope_reports", "scope_booking", "scope_both")]
    made = patient.tap(words(scope))
    assert identity(made).status == "invited" and code_of(made) and "明天 10:00" in text_of(made)
    assert code_of(made) not in str(patient.state.to_json())
    husband = patient.family("he")
    husband.report("AMH出来了吗")
    made = husband.say(code_of(made), "out_of_scope")
    assert identity(made).status == "bound" and "李*" in identity(made).text and words("family_invite") not in titles(made)
    assert report(made).status == status and (status != "not_allowed" or words("report_not_allowed") in text_of(made))


def test_a_family_code_counts_once_and_for_a_day() -> None:
    patient = Patient().bound()
    patient.tap(words("family_invite"))
    code = code_of(patient.tap(words("scope_both")))
    husband, stranger = patient.family("he"), patient.family("stranger")
    for one, status in ((husband, "bound"), (stranger, "wrong_code")):
        one.report("AMH出来了吗")
        assert identity(one.say(code, "out_of_scope")).status == status
    patient.say("解绑", "ask")
    patient.tap(words("family_invite"))
    late = code_of(patient.tap(words("scope_both")))
    stranger.wait(days=1, hours=1)
    stranger.report("AMH出来了吗")
    assert identity(stranger.say(late, "out_of_scope")).status == "wrong_code"


def test_the_patient_sees_who_is_in_and_takes_it_back() -> None:
    patient = Patient().bound()
    patient.tap(words("family_invite"))
    husband = patient.family("he")
    husband.report("AMH出来了吗")
    husband.say(code_of(patient.tap(words("scope_reports"))), "out_of_scope")
    patient.say("解绑", "ask")
    made = patient.tap(words("family_invite"))
    back = words("family_revoke", day="11月22日（周日）", scope=words("scope_reports"))
    assert back in titles(made)
    assert identity(patient.tap(back)).status == "revoked" and bindings(husband) == ()
    assert report(husband.report("AMH出来了吗")).status == "not_bound"


def test_family_cannot_let_others_in() -> None:
    patient = Patient().bound()
    patient.tap(words("family_invite"))
    husband = patient.family("he").bound(code_of(patient.tap(words("scope_both"))))
    assert words("family_invite") not in titles(husband.report("AMH出来了吗"))


def test_an_old_button_of_a_binding_that_is_undone_lets_nobody_in() -> None:
    patient = Patient().bound()
    asyncio.run(patient.hospital.unbind("she", bindings(patient)[0].id, NOW))
    assert identity(patient.tap(words("family_invite"))).text == words("family_own_only")


def test_the_open_state_of_an_older_version_is_read() -> None:
    patient = Patient()
    patient.state = type(patient.state)(waiting=binding.WAITS, binding={"step": "code", "at": (NOW - timedelta(hours=1)).isoformat()})
    assert identity(patient.say(FIRST, "out_of_scope")).status == "bound"
