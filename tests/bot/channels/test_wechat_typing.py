"""While an answer is late she is shown that it is being written: a sign that counts as nothing, delays nothing and may fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot import bootstrap
from bot.channels import service_messages
from tests.bot.channels.test_wechat import SEND, Chat, rows, until
from tests.platform.official_account import Follower

TYPING = "/cgi-bin/message/custom/typing"


async def late(chat: Chat, who: Follower, text: str = "医保能报销吗", shown: bool = True) -> None:
    """A message that is answered late; the answer comes when the sign has been shown, or for a while was not."""
    chat.slow()
    asked, read = chat.platform.calls[TYPING], len(who.reads)
    await chat.say(who, text)
    if shown:
        await until(lambda: chat.platform.calls[TYPING] > asked)
    else:
        await asyncio.sleep(0.5)
    chat.fast()
    await until(lambda: len(who.reads) > read)


async def test_a_late_answer_is_announced_and_the_sign_is_no_message(chat: Chat) -> None:
    who = chat.platform.follower()
    await late(chat, who)
    assert who.signs == [0] and chat.platform.calls[SEND] == 1
    await until(lambda: rows()[0].state == "sent")
    assert bootstrap.addresses().left(chat.agent.seen[0].sender_id) == 4, "one of five, for the answer"


async def test_a_quick_answer_needs_none(chat: Chat) -> None:
    who = chat.platform.follower()
    await chat.say(who, "医保能报销吗")
    await asyncio.sleep(0.3)
    assert who.signs == [] and chat.platform.calls[TYPING] == 0


async def test_it_is_not_repeated_while_it_lasts(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    who = chat.platform.follower()
    await late(chat, who)
    await late(chat, who, "几点上班", shown=False)
    assert chat.platform.calls[TYPING] == 1
    monkeypatch.setattr(service_messages, "TYPING_SECONDS", 0.0)
    await late(chat, who, "在哪里挂号")
    assert who.signs == [0, 2]


async def test_the_last_messages_are_kept_for_the_answers(chat: Chat) -> None:
    """Whether the platform counts a sign is not known: it is shown only where the answer goes out even so."""
    who = chat.platform.follower()
    await chat.say(who, "先记住我")
    key = chat.agent.seen[0].sender_id
    chat.slow()
    await chat.say(who, "医保能报销吗")
    await until(lambda: who.signs)
    assert [bootstrap.addresses().spend(key) for _ in range(3)] == [True] * 3 and bootstrap.addresses().left(key) == 2
    chat.channel._flow._service._shown.clear()
    await chat.channel._flow._service.show_typing(key, who.openid)
    assert chat.platform.calls[TYPING] == 1
    chat.fast()


@pytest.mark.parametrize("code", [45080, 45081, 45015, 45047, 45009, 40003])
async def test_what_goes_wrong_with_it_changes_nothing(chat: Chat, code: int, caplog: pytest.LogCaptureFixture) -> None:
    who = chat.platform.follower()
    chat.platform.errors[TYPING].append(code)
    await late(chat, who)
    assert who.reads == ["您刚才问的“医保能报销吗”：\n\nre: 医保能报销吗"] and chat.platform.calls[SEND] == 1
    await until(lambda: rows()[0].state == "sent")
    assert chat.channel._flow._service.typing and bootstrap.addresses().left(chat.agent.seen[0].sender_id) == 4


async def test_an_account_without_the_right_to_it_is_not_asked_again(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_messages, "TYPING_SECONDS", 0.0)
    who = chat.platform.follower()
    chat.platform.errors[TYPING].append(48001)
    await late(chat, who)
    await until(lambda: not chat.channel._flow._service.typing)
    await late(chat, who, "几点上班", shown=False)
    assert chat.platform.calls[TYPING] == 1 and len(who.reads) == 2 and chat.channel._flow._service is not None


async def test_an_answer_does_not_wait_for_it(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform does not answer the call: the answer goes out all the same, and the call is given up."""
    ended = []

    async def hangs(conversation: str, user: str) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(conversation)

    who = chat.platform.follower()
    monkeypatch.setattr(chat.channel._flow._service, "show_typing", hangs)
    await late(chat, who, shown=False)
    await until(lambda: rows()[0].state == "sent")
    assert ended == [chat.agent.seen[0].sender_id]


@pytest.mark.parametrize("settings", [{"WECHAT_TYPING": "off"}, {"WECHAT_SERVICE": "off"}])
async def test_off_by_the_setting_and_without_service_messages(opened: Callable[..., Any], settings: dict[str, str]) -> None:
    chat: Chat = await opened(**settings)
    who = chat.platform.follower()
    chat.slow()
    await chat.say(who, "医保能报销吗")
    await asyncio.sleep(0.3)
    chat.fast()
    await until(lambda: rows()[0].state in ("sent", "waiting"))
    assert chat.platform.calls[TYPING] == 0
