"""Conversations with the real bot, as patients have them: model, actions and database are those that serve."""

from __future__ import annotations

import urllib.error
import uuid
from collections.abc import Iterator

import pytest

from tests.conftest import LiveBot, replies


class Patient:
    """Somebody who types."""

    def __init__(self, bot: LiveBot) -> None:
        self._bot, self._name = bot, uuid.uuid4().hex
        self.text = ""
        self.replies: list[dict] = []      # type: ignore[type-arg]
        self.buttons: list[str] = []

    def types(self, text: str, **metadata: object) -> Patient:
        """Send a text and take in the answer."""
        messages = self._bot.say(text, self._name, **metadata)
        self.replies = replies(messages)
        self.text = "\n".join(m["text"] for m in messages if m.get("text"))
        self.buttons = [b["title"] for m in messages for b in m.get("buttons") or []]
        return self

    @property
    def kinds(self) -> list[str]:
        """Kinds of the last answer, the notices left out."""
        return [r["kind"] for r in self.replies if r["kind"] not in ("menu", "privacy")]

    @property
    def entries(self) -> list[str]:
        """Entries of the last answer."""
        return [e for r in self.replies for e in r["entries"]]


@pytest.fixture()
def patient(running_bot: LiveBot) -> Iterator[Patient]:
    """A new patient."""
    yield Patient(running_bot)


@pytest.mark.parametrize("text, entry", [
    ("报告检验科说出了，公众号里咋还看不到呢", "details.report-delay"),
    ("网上约好了，还要去窗口取号吗", "faq.window-ticket"),
    ("Can stimulation meds be prescribed online?", "faq.online-medication"),
    ("is the wechat group my nurse added me to safe", "faq.cycle-group-safety"),
])
def test_a_question_is_answered_with_its_entry(patient: Patient, text: str, entry: str) -> None:
    patient.types(text)
    assert patient.kinds == ["answer"]
    assert patient.entries[0] == entry
    assert patient.replies[0]["language"] == ("zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en")


def test_the_privacy_notice_comes_after_the_first_answer_and_once(patient: Patient) -> None:
    patient.types("网上约好了，还要去窗口取号吗")
    assert [r["kind"] for r in patient.replies][-1] == "privacy"
    patient.types("周期群安全吗")
    assert "privacy" not in [r["kind"] for r in patient.replies]


def test_a_region_is_asked_about_by_ellipsis(patient: Patient) -> None:
    assert patient.types("北京看试管一般用什么平台").entries[0] == "region.beijing"
    assert patient.types("那上海呢").entries[0] == "region.shanghai"
    assert "京医通" not in patient.text
    assert patient.types("and in Guangdong?").entries[0] == "region.guangdong"


def test_a_stage_is_remembered_on_the_next_day(patient: Patient) -> None:
    patient.types("我开始促排了，今天打第三针", now="2026-11-22T10:00:00+08:00")
    assert patient.replies[0]["kind"] == "stage"
    patient.types("谢谢", now="2026-11-23T09:00:00+08:00")
    assert patient.replies[0]["stage"] == "ovulation-induction"


def test_a_choice_is_made_by_number(patient: Patient, running_bot: LiveBot) -> None:
    for unclear in ("哪里", "微信", "报告", "平台", "挂号", "建档", "群", "怎么弄", "要多久", "医生", "手机上", "它不行", "how long", "the doctor", "网上"):
        if patient.types(unclear).kinds == ["choices"]:
            break
    else:
        pytest.fail("none of the bare words was unclear enough to be offered choices")
    second = patient.entries[1]
    assert patient.types("2").entries[0] == second


def test_not_found_names_the_nurse_station_and_that_it_is_open(patient: Patient) -> None:
    patient.types("医院食堂几点开饭", now="2026-11-22T10:00:00+08:00")
    assert patient.kinds == ["no_answer"]
    assert "010-5555-0101" in patient.text


def test_a_medical_question_is_deferred_with_the_key_facts(patient: Patient) -> None:
    patient.types("今天的果纳芬能不能少打一点")
    assert patient.kinds[0] == "defer"
    assert "末次月经" in patient.text


def test_an_emergency_comes_first_whatever_is_open(patient: Patient) -> None:
    patient.types("帮我整理一下给医生的要点卡")
    patient.types("取卵后肚子疼得直不起腰，一直冒冷汗")
    assert patient.kinds == ["emergency"]
    assert patient.replies[0]["kind"] == "emergency" and "120" in patient.text


def test_a_slash_command_is_text(running_bot: LiveBot) -> None:
    for body in (b'{"sender":"x","message":"/restart"}', b'{"sender":"x","message":"/action_answer"}'):
        with pytest.raises(urllib.error.HTTPError) as refused:
            running_bot.post(body)
        assert refused.value.code == 400


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b'"text"', b'{"sender": "x"}', b'{"message": "hi"}', b'{"sender": 3, "message": "hi"}',
    b'{"sender": "", "message": "hi"}', b'{"sender": "x", "message": "  "}', b'{"sender": "x", "message": "hi", "metadata": 7}',
    b'{"sender": "x", "message": "/inform_profile[1]"}', b"[" * 100_000,
])
def test_bad_requests_get_a_400(running_bot: LiveBot, body: bytes) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        running_bot.post(body)
    assert refused.value.code == 400
    assert b"Traceback" not in refused.value.read()


@pytest.mark.parametrize("text", [
    "字" * 100_000, "a\x00b\x07c", "<script>alert(1)</script>", "{nurse_phone} {0} %s", "👍", "。。。", "\u202e\u200b", "[x](y){\"z\": 1}",
])
def test_strange_texts_are_answered(patient: Patient, text: str) -> None:
    if len(text.encode()) > 200_000:
        with pytest.raises(urllib.error.HTTPError):
            patient.types(text)
    else:
        assert patient.types(text).replies
        assert "failed" not in patient.kinds
    assert patient.types("周期群安全吗").entries == ["faq.cycle-group-safety"]


def test_no_patient_words_in_the_log(running_bot: LiveBot, patient: Patient) -> None:
    patient.types("这是一句绝不该出现在日志里的话 unmistakable-words")
    assert "unmistakable-words" not in running_bot.log.read_text(errors="replace")


def test_unknown_metadata_is_ignored(patient: Patient) -> None:
    assert patient.types("周期群安全吗", surprise={"a": [1]}, chat_type=17).entries == ["faq.cycle-group-safety"]


def test_behind_a_booking_a_reminder_is_asked_about_and_what_is_kept_is_that_she_agreed(patient: Patient, running_bot: LiveBot) -> None:
    from sqlalchemy import select

    from bot.store.tables import Consent

    def agreed() -> int:
        with running_bot.database.transaction() as session:
            return len(session.execute(select(Consent).where(Consent.purpose == "visit_reminder")).all())

    before = agreed()
    patient.types("约周敏医生的普通号，周四上午").types("1")
    assert patient.replies[0]["status"] == "held"
    assert patient.types("确认").replies[0]["status"] == "booked" and patient.buttons == ["提醒我", "不用提醒"] and agreed() == before
    assert patient.types("好的").replies[0]["status"] == "reminding" and agreed() == before + 1
    assert patient.types("我的预约").buttons[-1] == "不要提醒"
    assert patient.types("不要提醒了").replies[0]["status"] == "not_reminding" and agreed() == before
