"""The AI bot's long connection against the platform over a real WebSocket: frames, pings, reconnects, kicks, one leader."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import bootstrap
from bot.channels import wecom_bot_socket
from bot.channels.turns import Turns
from bot.channels.wecom_bot_answers import BotAnswers
from bot.channels.wecom_bot_socket import WecomBotSocket
from bot.store.leases import Leases
from bot.store.tables import Outbox, utcnow
from bot.store.wechat_tables import Delivery
from bot.store.wecom_tables import Lease
from bot.wecom.limits import Limits
from bot.wecom.long_connection import LongConnection, Times
from bot.wecom.settings import BotSettings, WecomSettings
from tests.bot.wecom.conftest import SECRET, VAULT, Agent, until
from tests.platform.wecom import WeCom

QUICK = Times(ping=0.3, ack=0.4, first=0.05, most=0.2)
EMERGENCY = "取卵后第二天肚子疼得直不起腰"
Start = Callable[..., WecomBotSocket]


class App:
    """What turns need of a server."""

    def __init__(self, agent: Agent) -> None:
        self.ctx = type("Ctx", (), {"agent": agent})()


async def here(work: Awaitable[Any], platform: WeCom) -> Any:
    """Something in the platform's own thread."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, platform.loop))     # type: ignore[arg-type]


@pytest.fixture
async def start(home: Path, platform: WeCom, agent: Agent, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Starts processes of the bot that want the connection."""
    bootstrap.embedder().vector("你好")
    monkeypatch.setattr(wecom_bot_socket, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(wecom_bot_socket, "BETWEEN_FRAMES", 0.1)
    tasks: list[asyncio.Task[None]] = []

    def started(secret: str | None = None, name: str | None = None) -> WecomBotSocket:
        bot = BotSettings(id=platform.bot, name=name, secret=secret or platform.bot_secret, socket=platform.url.replace("http", "ws") + "/ws")
        answers = BotAnswers(Turns(App(agent), 5.0), SECRET, VAULT, bot, 5.0)
        made = WecomBotSocket(answers, WecomSettings(bot=bot, wait=0.4), bot, QUICK, renew=0.1)
        tasks.append(asyncio.ensure_future(made.run()))
        made.task = tasks[-1]       # type: ignore[attr-defined]
        return made

    yield started
    for task in tasks:
        task.cancel()
    assert not tasks or not (await asyncio.wait(tasks, timeout=20))[1], "a process that is ended goes on"


@pytest.fixture
async def bot(start: Start, platform: WeCom) -> WecomBotSocket:
    """One process, connected."""
    made = start()
    await until(lambda: platform.subscribed)
    return made


async def deliver(platform: WeCom, body: dict[str, Any], **more: Any) -> str:
    return await asyncio.to_thread(platform.deliver, body, **more)


def shown(platform: WeCom, req_id: str) -> list[tuple[str, bool]]:
    return [(x["body"]["stream"]["content"], x["body"]["stream"]["finish"]) for x in platform.answers(req_id) if "stream" in x["body"]]


def rows() -> list[Delivery]:
    with bootstrap.database().transaction() as session:
        found = list(session.execute(select(Delivery).order_by(Delivery.id)).scalars())
        session.expunge_all()
        return found


async def test_a_quick_answer_is_one_frame(bot: WecomBotSocket, platform: WeCom) -> None:
    req_id = await deliver(platform, platform.text("u1", "在哪看报告"))
    await until(lambda: [x.state for x in rows()] == ["sent"])
    assert shown(platform, req_id) == [("re: 在哪看报告", True)]


async def test_a_slow_one_grows_and_its_frames_wait_for_each_other(bot: WecomBotSocket, platform: WeCom, agent: Agent) -> None:
    agent.seconds = 1.0
    req_id = await deliver(platform, platform.text("u1", "@小助手 在哪看报告", "wrG1"))
    await until(lambda: [x.state for x in rows()] == ["sent"])
    assert shown(platform, req_id) == [(bootstrap.library().current.words("wecom_wait", "zh"), False), ("re: 在哪看报告", True)]
    ids = {x["body"]["stream"]["id"] for x in platform.answers(req_id)}
    assert len(ids) == 1 and agent.seen[0].metadata["chat_type"] == "group"


async def test_the_same_message_twice_is_answered_once(bot: WecomBotSocket, platform: WeCom, agent: Agent) -> None:
    body = platform.text("u1", "在哪看报告")
    first, second = await deliver(platform, body), await deliver(platform, body)
    await until(lambda: [x.state for x in rows()] == ["sent"])
    await asyncio.sleep(0.3)
    assert len(shown(platform, first) + shown(platform, second)) == 1 and len(agent.seen) == 1


async def test_an_emergency_is_answered_first(bot: WecomBotSocket, platform: WeCom) -> None:
    req_id = await deliver(platform, platform.text("u1", f"@小助手{EMERGENCY}", "wrG1"))
    await until(lambda: shown(platform, req_id))
    assert "120" in shown(platform, req_id)[0][0] and shown(platform, req_id)[0][1]


async def test_a_welcome_answers_enter_chat(bot: WecomBotSocket, platform: WeCom) -> None:
    req_id = await deliver(platform, platform.event("u1", "enter_chat"), command="aibot_event_callback")
    await until(lambda: platform.answers(req_id))
    (frame,) = platform.answers(req_id)
    assert frame["cmd"] == "aibot_respond_welcome_msg" and frame["body"]["msgtype"] == "text"


@pytest.mark.parametrize("code", [846605, 846608])
async def test_what_cannot_be_answered_any_more_is_pushed(bot: WecomBotSocket, platform: WeCom, code: int) -> None:
    platform.ack_errors.append(code)
    await deliver(platform, platform.text("u1", "@小助手 在哪看报告", "wrG1"))
    await until(lambda: [x.state for x in rows()] == ["sent"])
    assert platform.sent_by_bot() == [{"chatid": "wrG1", "chat_type": 2, "msgtype": "markdown", "markdown": {"content": "re: 在哪看报告"}}]


async def test_a_refused_answer_is_for_staff(bot: WecomBotSocket, platform: WeCom) -> None:
    platform.ack_errors.append(40058)
    await deliver(platform, platform.text("u1", "在哪看报告"))
    await until(lambda: [(x.state, x.error) for x in rows()] == [("failed", "40058")])


async def test_a_frame_without_acknowledgement_is_sent_once_more(bot: WecomBotSocket, platform: WeCom) -> None:
    platform.drop_acks = 1
    req_id = await deliver(platform, platform.text("u1", "在哪看报告"))
    await until(lambda: [x.state for x in rows()] == ["sent"])
    assert shown(platform, req_id) == [("re: 在哪看报告", True)] * 2      # the same stream: it shows once
    platform.drop_acks = 2
    await deliver(platform, platform.text("u1", "还有呢"))
    await until(lambda: [x.state for x in rows()] == ["sent", "unknown"])


@pytest.mark.parametrize("raw", ["", "{", "[]", '{"cmd": "aibot_msg_callback"}', '{"cmd": "aibot_msg_callback", "headers": {"req_id": "1"}, "body": 5}',
                                 '{"cmd": "aibot_new_thing", "headers": {"req_id": "1"}, "body": {}}', "\ud83d".encode("utf-8", "replace").decode()])
async def test_a_frame_that_cannot_be_read_ends_nothing(bot: WecomBotSocket, platform: WeCom, raw: str) -> None:
    await deliver(platform, {}, raw=raw)
    req_id = await deliver(platform, platform.text("u1", "在哪看报告"))
    await until(lambda: shown(platform, req_id))


async def test_control_characters_in_a_frame_are_read_over(bot: WecomBotSocket, platform: WeCom, agent: Agent) -> None:
    body = platform.text("u1", "在哪看报告X")
    raw = json.dumps({"cmd": "aibot_msg_callback", "headers": {"req_id": "r1"}, "body": body}, ensure_ascii=False).replace("X", "\x01\n")
    await deliver(platform, {}, raw=raw)
    await until(lambda: agent.seen)
    assert agent.texts[0].strip() == "在哪看报告"


@pytest.mark.parametrize("code", [1000, 1001, 1011])
async def test_after_any_close_it_comes_back(bot: WecomBotSocket, platform: WeCom, code: int) -> None:
    before = platform.calls["aibot_subscribe"]
    await here(platform.hang_up(code), platform)
    await until(lambda: platform.calls["aibot_subscribe"] > before and platform.subscribed)
    req_id = await deliver(platform, platform.text("u1", "在哪看报告"))
    await until(lambda: shown(platform, req_id))


async def test_two_unanswered_pings_end_a_dead_connection(bot: WecomBotSocket, platform: WeCom) -> None:
    await until(lambda: platform.calls["ping"] >= 2)
    before, platform.silent = platform.calls["aibot_subscribe"], True
    await until(lambda: platform.calls["aibot_subscribe"] > before)
    platform.silent = False
    await until(lambda: platform.subscribed)


async def test_who_is_kicked_stays_away_and_staff_know(bot: WecomBotSocket, platform: WeCom, start: Start) -> None:
    before = platform.calls["aibot_subscribe"]
    await here(platform.kick(), platform)
    await until(bot.task.done)      # type: ignore[attr-defined]
    with bootstrap.database().transaction() as session:
        assert [x.payload["state"] for x in session.execute(select(Outbox).where(Outbox.channel == "desk")).scalars()] == ["kicked"]
    await asyncio.sleep(1.5)
    assert platform.calls["aibot_subscribe"] == before
    start()         # a process that is started afterwards, when somebody has looked
    await until(lambda: platform.calls["aibot_subscribe"] > before)


async def test_wrong_credentials_are_tried_five_times_and_stand_in_no_log(
    start: Start, platform: WeCom, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        made = start(secret="wrong-and-hidden")
        await until(made.task.done)     # type: ignore[attr-defined]
    await asyncio.sleep(0.3)
    assert platform.calls["aibot_subscribe"] == 5
    assert "wrong-and-hidden" not in caplog.text
    assert "error 40001, try 5 of 5" in caplog.text


async def test_one_of_two_processes_leads_and_the_other_takes_over(start: Start, platform: WeCom) -> None:
    first = start()
    await until(lambda: platform.subscribed)
    start()
    await asyncio.sleep(1.0)
    assert platform.calls["aibot_subscribe"] == 1
    first.task.cancel()     # type: ignore[attr-defined]
    await until(lambda: platform.calls["aibot_subscribe"] == 2 and platform.subscribed)
    req_id = await deliver(platform, platform.text("u1", "在哪看报告"))
    await until(lambda: shown(platform, req_id))


async def test_who_gave_way_to_a_process_of_ours_leads_again_later(bot: WecomBotSocket, platform: WeCom) -> None:
    other = Leases(bootstrap.database())
    with bootstrap.database().transaction() as session:
        session.execute(Lease.__table__.update().values(owner=other.owner, until=utcnow() + timedelta(seconds=30)))
        session.commit()
    await here(platform.kick(), platform)
    await until(lambda: not bot._connection.connected)
    await asyncio.sleep(0.5)
    assert not bot.task.done() and platform.subscribed is None      # type: ignore[attr-defined]
    other.give_back("wecom-bot")
    await until(lambda: platform.subscribed)
    await asyncio.sleep(0.5)
    req_id = await deliver(platform, platform.text("u1", "在哪看报告"))
    await until(lambda: shown(platform, req_id))
    with bootstrap.database().transaction() as session:
        assert session.execute(select(Outbox).where(Outbox.channel == "desk")).first() is None


async def test_it_ends_at_whatever_moment_it_is_ended(platform: WeCom) -> None:
    async def nothing(_command: str, _req_id: str, _body: Any) -> None:
        return None

    socket = platform.url.replace("http", "ws") + "/ws"
    for number in range(60):
        task = asyncio.ensure_future(LongConnection(socket, platform.bot, platform.bot_secret, nothing, Times(ping=0.01, ack=0.4, first=0.01, most=0.02)).run())
        await asyncio.sleep(0.001 * number)
        task.cancel()
        assert (await asyncio.wait({task}, timeout=5))[0] and task.cancelled()


async def test_what_was_answered_while_nobody_was_connected_is_pushed(bot: WecomBotSocket, platform: WeCom, agent: Agent) -> None:
    agent.seconds = 1.0
    await deliver(platform, platform.text("u1", "在哪看报告"))
    await until(lambda: agent.seen)
    platform.silent = True      # acknowledges nothing any more, and takes nobody back
    await here(platform.hang_up(), platform)
    await until(lambda: [x.error for x in rows()] == ["not connected"])
    platform.silent = False
    await until(lambda: bot._connection.connected and platform.subscribed)
    with bootstrap.database().transaction() as session:
        session.execute(Delivery.__table__.update().values(due_at=utcnow()))
        session.commit()
    await bot.look()
    (late,) = platform.sent_by_bot()
    assert late["chatid"] == "u1" and late["chat_type"] == 1 and late["markdown"]["content"].endswith("re: 在哪看报告")


def test_limits_keep_a_few_for_emergencies() -> None:
    now = [0.0]
    limits = Limits(((60.0, 30), (3600.0, 1000)), 3, lambda: now[0])
    assert [limits.wait("g") for _ in range(28)] == [0.0] * 27 + [60.0]
    assert [limits.wait("g", urgent=True) for _ in range(4)] == [0.0] * 3 + [60.0] and limits.wait("other") == 0.0
    now[0] = 60.0
    assert limits.wait("g") == 0.0
    for minute in range(2, 40):
        now[0] = 60.0 * minute
        for _ in range(30):
            limits.wait("g", urgent=True)
    assert 0 < limits.wait("g", urgent=True) <= 3600


def test_a_lease_is_one_processes(database: Any) -> None:
    now = [utcnow()]
    mine, other = Leases(database, lambda: now[0]), Leases(database, lambda: now[0])
    assert mine.take("x", 10) and mine.take("x", 10) and not other.take("x", 10)
    mine.give_back("x")
    assert other.take("x", 10) and not mine.take("x", 10)
    before = now[0]
    now[0] += timedelta(seconds=11)
    assert mine.take("x", 10) and not other.take("x", 10)
    other.stop("x")
    assert mine.stopped("x", before) and not mine.stopped("x", now[0] + timedelta(seconds=1)) and not mine.stopped("y", before)
