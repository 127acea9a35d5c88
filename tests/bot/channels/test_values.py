"""Values that a binding waits for go from the message into the vault and from there to the hospital, and stand nowhere else."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from actions._turn import turn_of
from bot import bootstrap
from bot.channels.screening import Incoming, screened
from bot.channels.turns import keep_values, metadata
from bot.dialogue.conversation import respond
from bot.dialogue.model import Outcome
from bot.hospital.demo import generate
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.hospital.world import World
from bot.store.tables import Base, Consent, Vault
from bot.text.language import language
from bot.text.normalise import normalise

CLAIM = "我叫王小雨，身份证号999999199203070024，电话19900000001"
VALUES = ("王小雨", "999999199203070024", "19900000001")


@dataclass
class Chat:
    """What the channel and the action do with a message, without the model between them."""

    hospital: MemoryHospital
    sms: MemorySms

    def say(self, words: str, intent: str = "out_of_scope", group: str | None = None, tap: str | None = None) -> Outcome:
        message = asyncio.run(screened(Incoming("key", words, "web", tap=tap, group=group)))
        if message.values and group is None:
            keep_values(message)
        plain = normalise(message.text)
        guide: dict[str, Any] = {"text": plain, "language": language(plain), "labels": [], "clauses": [], "tap": tap,
                                 "version": bootstrap.library().current.version}
        turn, _ = turn_of("key", {"guide": guide, "intent": {"name": "tap" if tap else intent}, "metadata": metadata(message)})
        made = asyncio.run(respond(turn))
        bootstrap.conversations().save("key", turn, made)
        return made


@cache
def demonstration() -> World:
    """Around the time at which the first test asks for it."""
    return generate(bootstrap.clock().now())


@pytest.fixture
def chat(home: Path, monkeypatch: pytest.MonkeyPatch) -> Chat:
    sms = MemorySms()
    hospital = MemoryHospital(demonstration(), sms)
    monkeypatch.setattr(bootstrap, "hospital", lambda: hospital)
    return Chat(hospital, sms)


@pytest.mark.parametrize(("words", "settled"), [("有人发我：代孕包成功，加我微信，这是真的吗", True), ("代孕包成功，加我微信", False)])
def test_that_nothing_is_offered_reaches_the_turn(home: Path, words: str, settled: bool) -> None:
    message = asyncio.run(screened(Incoming("key", words, "web", group="group")))
    turn, _ = turn_of("key", {"guide": {"text": words, "labels": []}, "intent": {"name": "ask"}, "metadata": metadata(message)})
    assert turn.settled is settled and (turn.offer is None) is settled


def kept() -> list[str]:
    with bootstrap.database().transaction() as session:
        return list(session.execute(select(Vault.kind).order_by(Vault.kind)).scalars())


def everything() -> str:
    """All that stands in any table."""
    with bootstrap.database().transaction() as session:
        return "\n".join(str(tuple(row)) for table in Base.metadata.tables for row in session.execute(text(f'select * from "{table}"')))


def test_with_nothing_open_a_value_is_kept_nowhere(chat: Chat) -> None:
    chat.say(CLAIM)
    assert kept() == [] and not any(x in everything() for x in VALUES)


def test_the_way_of_three_values_to_the_hospital(chat: Chat) -> None:
    chat.say("我的AMH结果出来了吗", "report")
    made = chat.say("我叫王小雨，电话19900000001")
    assert made.replies[0].kind == "identity" and kept() == ["name", "phone"] and not any(x in everything() for x in VALUES)
    made = chat.say("身份证号999999199203070024")
    assert made.replies[0].status == "sent" and kept() == []
    (phone, code, _), = chat.sms.sent
    assert phone == VALUES[2]
    made = chat.say(code)
    assert [(x.kind, x.status) for x in made.replies] == [("identity", "bound"), ("report", "ready")]
    assert not any(x in everything() for x in VALUES)


@pytest.mark.parametrize("named", ["王小雨", "王小雨 身份证999999199203070024", "姓名：王小雨", "是王小雨", "王小雨，麻烦帮我查一下"])
def test_a_bare_name_that_was_asked_for_goes_the_same_way(chat: Chat, named: str) -> None:
    chat.say("我的AMH结果出来了吗", "report")
    chat.say("没有码", "deny")
    made = chat.say(named)
    assert made.replies[0].kind == "identity" and "name" in kept() and "王小雨" not in everything()
    made = chat.say("身份证号999999199203070024，电话19900000001")
    assert made.replies[0].status == "sent" and chat.sms.sent[0][0] == VALUES[2], "the hospital knows her by that name"
    assert kept() == [] and not any(x in everything() for x in VALUES)


def test_a_bare_name_that_nobody_asked_for_is_a_doctors(chat: Chat) -> None:
    assert asyncio.run(screened(Incoming("key", "王小雨", "web"))).text == "王小雨"


def test_the_name_of_a_doctor_of_ours_stays_and_a_patients_is_masked(chat: Chat) -> None:
    doctor, other = asyncio.run(chat.hospital.doctors())[0], "石静怡"
    for words in ("我上次看的是{}", "{}周五上午呢"):
        assert doctor.name in asyncio.run(screened(Incoming("key", words.format(doctor.name), "web"))).text
        assert other not in asyncio.run(screened(Incoming("key", words.format(other), "web"))).text
    assert asyncio.run(screened(Incoming("key", f"change to {doctor.english}", "web"))).text == f"change to {doctor.english}"
    assert asyncio.run(screened(Incoming("key", f"我叫{doctor.name}", "web"))).text == "我叫[姓名]"


def test_with_the_hospital_silent_a_name_is_masked(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    name = asyncio.run(chat.hospital.doctors())[0].name

    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(chat.hospital, "doctors", never)
    assert name not in asyncio.run(screened(Incoming("key", f"我上次看的是{name}", "web"))).text


@pytest.mark.parametrize("words", ["没有", "找不到单子", "取消", "为什么要这些", "王医生今天在吗", "解绑", "cancel", "what for", "转人工"])
def test_other_words_stay_when_a_name_was_asked_for(chat: Chat, words: str) -> None:
    chat.say("我的AMH结果出来了吗", "report")
    chat.say("没有码", "deny")
    assert asyncio.run(screened(Incoming("key", words, "web"))).text == words


def test_with_a_table_that_cannot_be_read_a_name_is_taken_for_not_asked(chat: Chat, home: Path) -> None:
    chat.say("我的AMH结果出来了吗", "report")
    bootstrap.database().engine.dispose()
    for file in home.glob("guide.db*"):
        file.unlink()
    assert asyncio.run(screened(Incoming("key", "王小雨", "web"))).text == "王小雨"


def test_an_emergency_asks_no_table(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "conversations", lambda: pytest.fail("an emergency waits for no table"))
    assert asyncio.run(screened(Incoming("key", "取卵后肚子疼得直不起腰，王小雨", "web"))).alarm is not None


def test_unbinding_the_last_one_ends_the_consent(chat: Chat) -> None:
    def consents() -> list[str]:
        with bootstrap.database().transaction() as session:
            return list(session.execute(select(Consent.purpose)).scalars())

    chat.say("我的AMH结果出来了吗", "report")
    chat.say("B7K2-M9QA")
    assert consents() == ["binding"]
    chat.say("解绑", "ask")
    chat.say("", tap=next(x["id"] for x in bootstrap.conversations().load("key")[1].offers if x["do"] == "binding_end"))
    assert consents() == []
    chat.say("我的AMH结果出来了吗", "report")
    assert consents() == []
    chat.say("B7K2-M9QA")
    assert consents() == ["binding"]


def test_a_code_alone_is_answered_in_the_language_of_the_conversation(chat: Chat) -> None:
    chat.say("我的AMH结果出来了吗", "report")
    made = chat.say("B7K2-M9QA")
    assert made.replies[0].text == bootstrap.library().current.words("binding_done", "zh", label="王**") and made.profile.language == "zh"


def test_what_is_said_in_a_group_goes_into_no_vault(chat: Chat) -> None:
    chat.say("我的AMH结果出来了吗", "report")
    chat.say(CLAIM, group="group")
    assert kept() == []
