"""An account without service messages: whatever can be said in the platform's own request is said, with hanging tables, and after an erasure."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from sqlalchemy import select, update

from bot import bootstrap
from bot.channels import wechat_flow, wechat_passive
from bot.channels.plain_answers import Answer
from bot.channels.wechat_passive import Confirmations
from bot.store import deliveries, personal
from bot.store.tables import Erasure, Unanswered, utcnow
from bot.store.wechat_tables import Address, Delivery
from tests.bot.channels.test_wechat import SEND, Chat, rows, until

MAYBE = "打了黄体酮好像过敏了"         # may tell of an emergency, for somebody to ask
DELETED = {"text": "已经删除了", "custom": {"reply": {"kind": "privacy", "language": "zh", "status": "deleted"}}}


@pytest.fixture
async def passive(opened: Callable[..., Any]) -> Chat:
    chat: Chat = await opened(WECHAT_SERVICE="off", WECHAT_WAIT="1")
    chat.platform.verified = False
    return chat


@asynccontextmanager
async def hanging() -> AsyncIterator[None]:
    """Somebody holds the database: whoever writes waits."""
    path = Path(bootstrap.settings().database_url.removeprefix("sqlite:///"))
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


def words(key: str, language: str = "zh") -> str:
    return bootstrap.library().current.words(key, "en" if language == "en" else "zh")


# --- the tables hang

@pytest.mark.parametrize(("text", "language"), [("医保能报销吗", "zh"), ("is it covered by insurance?", "en")])
async def test_with_hanging_tables_she_reads_the_telephones_at_once_and_the_answer_later(passive: Chat, text: str, language: str) -> None:
    who = passive.platform.follower()
    passive.agent.held = True
    async with hanging():
        made = await passive.say(who, text)
        assert (made.statuses, made.seen) == ((200,), words("failed", language)) and "120" in made.seen and "010-5555-0101" in made.seen
    passive.agent.held = False
    assert passive.platform.calls == {} and len([x for x in who.reads if x == words("failed", language)]) == 1


async def test_an_answer_that_is_there_before_the_tables_is_given(passive: Chat) -> None:
    async with hanging():
        assert (await passive.say(passive.platform.follower(), "医保能报销吗")).seen == "re: 医保能报销吗"


async def test_tables_that_hang_behind_the_claim_keep_the_answer_for_her_next_message(passive: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "ASK", timedelta(seconds=0.1))
    who, flow = passive.platform.follower(), passive.channel._flow
    real, free = flow._deliveries.passing, asyncio.Event()

    def slow(*arguments: Any) -> bool:
        while not free.is_set():
            asyncio.run(asyncio.sleep(0.02))
        return real(*arguments)

    monkeypatch.setattr(flow._deliveries, "passing", slow)
    assert (await passive.say(who, "医保能报销吗")).seen == words("failed")
    free.set()
    await until(lambda: rows()[0].state == "waiting")
    assert (await passive.say(who, "几点上班")).seen == "您刚才问的“医保能报销吗”：\n\nre: 医保能报销吗\n\nre: 几点上班"


async def test_what_may_be_an_emergency_gets_its_text_where_nobody_can_ask_her(passive: Chat) -> None:
    from bot.channels.screening import judge

    seen = judge(MAYBE).alarm
    assert seen is not None and not seen.certain
    passive.agent.held = True
    async with hanging():
        made = await passive.say(passive.platform.follower(), MAYBE)
    passive.agent.held = False
    assert made.seen == bootstrap.guard().texts.text(seen.group, "zh", bootstrap.library().current)


async def test_the_welcome_and_what_to_do_with_a_picture_need_no_tables(passive: Chat) -> None:
    passive.agent.held = True
    async with hanging():
        welcome, picture, left = await asyncio.gather(
            passive.event(passive.platform.follower(), "subscribe", EventKey=""), passive.message(passive.platform.follower(), "image", MediaId="m"),
            passive.event(passive.platform.follower(), "LOCATION"))
    passive.agent.held = False
    assert (welcome.seen, picture.seen, left.raw) == (words("welcome_numbers"), words("wechat_image"), b"success")


async def test_what_breaks_unforeseen_is_an_apology_too(passive: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_conversation: str) -> list[Any]:
        raise OSError("away")

    monkeypatch.setattr(passive.channel._flow._deliveries, "waiting", broken)
    assert (await passive.say(passive.platform.follower(), "医保能报销吗")).seen == words("failed")


async def test_with_service_messages_the_answer_follows_by_one(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many messages are allowed cannot be counted then, and that she wrote could not be noted: it is tried all the same."""
    monkeypatch.setattr(wechat_flow, "CLAIM_SECONDS", 1.0)
    chat.channel._flow._settings = chat.channel._flow._settings.__class__(**{**vars(chat.channel._flow._settings), "wait": 0.5})
    who = chat.platform.follower()
    chat.agent.held = True
    async with hanging():
        assert (await chat.say(who, "医保能报销吗")).raw == b"success"
        chat.agent.held = False
        await until(lambda: who.reads)
    assert who.reads == ["re: 医保能报销吗"]


# --- she was forgotten, and the confirmation came late

def forgets(chat: Chat) -> None:
    """The turn for "确定删除" erases her, and takes long."""

    async def erasing(message: UserMessage) -> None:
        if message.text != "确定删除":
            await answered(message)
            return
        while chat.agent.held:
            await asyncio.sleep(0.02)
        await asyncio.to_thread(personal.erase, bootstrap.database(), message.sender_id)
        await message.output_channel.send_response(message.sender_id, DELETED)

    answered = chat.agent.handle_message
    chat.agent.handle_message = erasing     # type: ignore[method-assign]


def kept_of_her() -> list[Any]:
    with bootstrap.database().transaction() as session:
        return [x for table in (Delivery, Address, Unanswered) for x in session.execute(select(table)).scalars()]


async def erased_late(chat: Chat, who: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.channels import turns

    async def nothing_more(*_arguments: Any) -> None:
        """What Rasa keeps is another test's."""

    monkeypatch.setattr(turns.Turns, "_erase", nothing_more)
    forgets(chat)
    await chat.say(who, "你好呀")
    chat.slow()
    await chat.say(who, "确定删除")
    chat.fast()
    await until(lambda: not kept_of_her())


async def test_one_asks_for_the_confirmation_and_it_is_in_no_table(passive: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    who = passive.platform.follower()
    await erased_late(passive, who, monkeypatch)
    assert who.reads[-1] == words("wechat_wait")
    await until(lambda: passive.channel._flow._confirmations._kept)
    assert kept_of_her() == []
    assert (await passive.say(who, "1")).seen == "已经删除了"
    await until(lambda: not passive.channel._flow._confirmations._kept)
    assert "已经删除了" not in str([(x.asked, x.answer) for x in rows()])


async def test_any_other_message_brings_it_too_and_only_once(passive: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    who = passive.platform.follower()
    await erased_late(passive, who, monkeypatch)
    await until(lambda: passive.channel._flow._confirmations._kept)
    assert (await passive.say(who, "几点上班")).seen == "已经删除了\n\nre: 几点上班"
    await until(lambda: not passive.channel._flow._confirmations._kept)
    assert (await passive.say(who, "在哪里")).seen == "re: 在哪里"


async def test_it_stands_above_a_wait_as_well(passive: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    who = passive.platform.follower()
    await erased_late(passive, who, monkeypatch)
    await until(lambda: passive.channel._flow._confirmations._kept)
    passive.slow()
    assert (await passive.say(who, "几点上班")).seen == f"已经删除了\n\n{words('wechat_wait')}"
    passive.fast()
    await until(lambda: rows()[-1].state == "waiting")
    await until(lambda: not passive.channel._flow._confirmations._kept)
    assert (await passive.say(who, "1")).seen == "您刚才问的“几点上班”：\n\nre: 几点上班"


async def test_another_process_knows_of_it_by_the_line_of_the_erasure(passive: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the same one, started anew: nothing is in its memory."""
    who = passive.platform.follower()
    await erased_late(passive, who, monkeypatch)
    await until(lambda: passive.channel._flow._confirmations._kept)
    passive.channel._flow._confirmations = Confirmations()
    assert (await passive.say(who, "1")).seen == f"{words('deleted')}\n{words('deleted', 'en')}"
    with bootstrap.database().transaction() as session:
        session.execute(update(Erasure).values(at=utcnow() - wechat_passive.LATELY))
        session.commit()
    assert (await passive.say(who, "1")).seen == "re: 1"


async def test_where_a_service_message_is_refused_it_comes_with_her_next(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    who = chat.platform.follower()
    chat.platform.errors[SEND].append(45015)
    await erased_late(chat, who, monkeypatch)
    await until(lambda: chat.platform.calls[SEND] == 1 and chat.channel._flow._confirmations._kept)
    assert (await chat.say(who, "几点上班")).seen == "已经删除了\n\nre: 几点上班"


async def test_where_it_can_be_sent_it_is_sent_and_not_kept(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    who = chat.platform.follower()
    await erased_late(chat, who, monkeypatch)
    await until(lambda: who.reads[-1:] == ["已经删除了"])
    assert not chat.channel._flow._confirmations._kept and (await chat.say(who, "几点上班")).seen == "re: 几点上班"


def test_what_waits_in_memory_has_a_limit_and_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wechat_passive, "REMEMBERED", 3)
    kept = Confirmations()
    for n in range(5):
        kept.keep(str(n), Answer("已经删除了"))
    assert [kept.of(str(n)) is None for n in range(5)] == [True, True, False, False, False]
    monkeypatch.setattr(wechat_passive, "KEPT_SECONDS", -1.0)
    assert kept.of("4") is None
