"""The self-built app: its callback, late answers, and what the desk sends by it, against the platform over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic
from sqlalchemy import select, update

from bot import bootstrap
from bot.channels.plain_answers import words
from bot.channels.wecom_app import WecomAppChannel
from bot.channels.wecom_bot_answers import BotAnswers
from bot.desk.outbox import Worker
from bot.desk.wecom import GROUP, MEMBER, MemberNotices, StaffAlerts, Webhooks
from bot.guard import Alarm
from bot.store.addresses import Addresses
from bot.store.outbox import channel_of, queue
from bot.store.tables import Outbox, utcnow
from bot.store.wechat_tables import Delivery
from bot.wechat.api import Api, wecom
from bot.wechat.tokens import InProcess
from bot.wecom.settings import AppSettings, BotSettings, WecomSettings
from tests.bot.wecom.conftest import SECRET, VAULT, Agent, Server, until
from tests.platform.wecom import WeCom

WARD = "6f1c2f6e-0000-4000-8000-1234567890ab"


def api_of(platform: WeCom, **more: Any) -> Api:
    return wecom(platform.url, platform.corpid, more.pop("secret", platform.secret), InProcess(), back_off=(0.0, 0.0, 0.0), **more)


@pytest.fixture
async def app(home: Path, monkeypatch: pytest.MonkeyPatch, platform: WeCom, agent: Agent) -> AsyncIterator[WecomAppChannel]:
    """The app's channel on a server; `platform.callback` is its address."""
    monkeypatch.setattr(Sanic, "test_mode", True)
    bootstrap.embedder().vector("你好")
    server = Server(f"app_{home.name}", agent)
    own = AppSettings(platform.corpid, platform.agent, platform.secret, platform.token, (platform.aes_key,), alert_to="nurse.lin|nurse.wu")
    answers = BotAnswers(server.turns, SECRET, VAULT, BotSettings(), 5.0, "wecom")
    channel = WecomAppChannel(answers, api_of(platform), WecomSettings(app=own, api=platform.url, wait=0.5), own)
    platform.callback = await server.start(channel) + "/webhooks/wecom/callback"
    yield channel
    await channel._api.close()
    await server.stop()


async def says(platform: WeCom, user: str, text: str) -> tuple[int, str | None]:
    return await asyncio.to_thread(platform.to_app, platform.callback, user, "text", Content=text)


def rows() -> list[Delivery]:
    with bootstrap.database().transaction() as session:
        found = list(session.execute(select(Delivery).order_by(Delivery.id)).scalars())
        session.expunge_all()
        return found


def overdue() -> None:
    """As if all that is waited for were over."""
    with bootstrap.database().transaction() as session:
        session.execute(update(Delivery).values(due_at=utcnow() - timedelta(seconds=1)))
        session.commit()


async def test_the_address_is_verified(app: WecomAppChannel, platform: WeCom) -> None:
    assert await asyncio.to_thread(platform.verify_app, platform.callback) == (200, b"1616140317555161061")


async def test_a_member_asks_and_reads_the_answer_at_once(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    assert await says(platform, "nurse.lin", "在哪看报告") == (200, "re: 在哪看报告")
    assert agent.seen[0].metadata["chat_type"] == "private" and "nurse" not in agent.seen[0].sender_id


async def test_a_late_or_long_answer_is_sent_by_the_app_when_it_is_there(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds = 1.0
    assert await says(platform, "nurse.lin", "在哪看报告") == (200, None)
    await until(lambda: [x.state for x in rows()] == ["sent"])
    assert platform.sent[0]["text"]["content"] == f"{words('wechat_late', question='在哪看报告')}\n\nre: 在哪看报告"
    agent.seconds, agent.text = 0.0, "句子。" * 500
    assert await says(platform, "nurse.lin", "还有呢") == (200, None)
    await until(lambda: [x.state for x in rows()] == ["sent", "sent"])
    assert len(platform.sent) >= 3 and {x["touser"] for x in platform.sent} == {"nurse.lin"} and {x["agentid"] for x in platform.sent} == {platform.agent}
    assert "".join(x["text"]["content"] for x in platform.sent).count("句子。") == 500


async def test_an_answer_whose_outcome_is_unknown_is_delivered_once(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds, platform.lost["/cgi-bin/message/send"] = 1.0, 1
    await says(platform, "nurse.lin", "在哪看报告")
    await until(lambda: [x.error for x in rows()] == ["unknown"])
    overdue()
    await app.look()
    assert len(platform.sent) == 1 and platform.calls["/cgi-bin/message/send"] == 2 and [x.state for x in rows()] == ["sent"]


async def test_what_a_process_left_is_sent_by_another(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds = 30.0
    assert await says(platform, "nurse.lin", "在哪看报告") == (200, None)
    for task in app._tasks:         # the process is gone
        task.cancel()
    agent.seconds = 0.0
    overdue()
    await app.look()
    await until(lambda: [x.state for x in rows()] == ["sent"])
    assert len(platform.sent) == 1


async def test_what_a_process_was_sending_when_it_died_is_sent_again_and_delivered_once(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds = 1.0
    await says(platform, "nurse.lin", "在哪看报告")
    await until(lambda: [x.state for x in rows()] == ["sent"])
    with bootstrap.database().transaction() as session:
        session.execute(update(Delivery).values(state="sending"))       # it died before it could note that it was sent
        session.commit()
    for state in ("answered", "sent"):
        overdue()
        await app.look()
        assert [x.state for x in rows()] == [state]
    assert platform.calls["/cgi-bin/message/send"] == 2 and len(platform.sent) == 1


async def app_pushed(platform: WeCom, fields: dict[str, str], gives_up: float | None = None) -> tuple[int, str | None]:
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(platform.app_push(platform.callback, fields, gives_up), platform.loop))


async def test_a_duplicate_of_what_was_read_is_not_answered_again(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    for fields in (platform.app_fields("nurse.lin", "text", Content="在哪看报告"), platform.app_fields("nurse.lin", "image", PicUrl="http://example.invalid/p")):
        found = [await app_pushed(platform, fields) for _ in range(3)]
        assert found[0][1] and found[1:] == [(200, None)] * 2
    assert len(agent.seen) == 1 and platform.sent == []


async def test_a_duplicate_of_what_was_sent_late_is_not_answered_again(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds, fields = 1.0, platform.app_fields("nurse.lin", "text", Content="在哪看报告")
    assert [await app_pushed(platform, fields) for _ in range(2)] == [(200, None)] * 2      # the second while it is being made
    await until(lambda: [x.state for x in rows()] == ["sent"])
    assert await app_pushed(platform, fields) == (200, None) and len(platform.sent) == 1 and len(agent.seen) == 1


async def test_when_the_platform_hangs_up_the_answer_is_sent_when_it_is_there(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    agent.seconds, fields = 0.4, platform.app_fields("nurse.lin", "text", Content="在哪看报告")
    assert await app_pushed(platform, fields, 0.1) == (0, None)
    assert await app_pushed(platform, fields) == (200, None)        # its retry
    await until(lambda: [x.state for x in rows()] == ["sent"])
    assert len(platform.sent) == 1 and len(agent.seen) == 1


async def test_a_push_that_was_given_up_and_comes_behind_its_retry_is_answered_once(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    """The retry went to another process, which was faster: of two pushes that wait nobody knows which one the platform reads."""
    agent.seconds, fields = 0.3, platform.app_fields("nurse.lin", "text", Content="在哪看报告")
    retry = asyncio.ensure_future(app_pushed(platform, fields))
    await until(lambda: agent.seen)
    assert await app_pushed(platform, fields, 0.02) in ((0, None), (200, None)) and await retry == (200, None)
    await until(lambda: [x.state for x in rows()] == ["sent"])
    assert len(platform.sent) == 1 and len(agent.seen) == 1


async def test_a_retry_gets_the_answer_that_did_not_arrive(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    fields = platform.app_fields("nurse.lin", "text", Content="在哪看报告")
    await app_pushed(platform, fields)
    await until(lambda: [x.state for x in rows()] == ["sent"])
    with bootstrap.database().transaction() as session:
        session.execute(update(Delivery).values(state="passing", due_at=utcnow() + timedelta(seconds=25)))     # its process died before it was written
        session.commit()
    assert await app_pushed(platform, fields) == (200, "re: 在哪看报告") and len(agent.seen) == 1


async def test_events_and_foreign_apps(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    assert await asyncio.to_thread(platform.to_app, platform.callback, "u", "event", Event="subscribe") == (200, words("wecom_welcome"))
    for event in ("enter_agent", "LOCATION", "template_card_event", "something_new"):
        assert await asyncio.to_thread(platform.to_app, platform.callback, "u", "event", Event=event) == (200, None)
    assert await asyncio.to_thread(platform.to_app, platform.callback, "u", "text", Content="x", AgentID="1") == (403, None)
    assert (await asyncio.to_thread(platform.to_app, platform.callback, "u", "image", PicUrl="http://example.invalid/p"))[1] == words("wechat_image")
    assert agent.seen == []


async def test_staff_take_an_emergency_by_its_number(app: WecomAppChannel, platform: WeCom) -> None:
    kept, now = bootstrap.conversations(), bootstrap.clock().now()
    kept.alert("somebody", Alarm("pain", "pain", True), now)
    (one,) = kept.emergencies(now)
    assert (await says(platform, "stranger", f"接手 {one.id}"))[1] != words("alert_taken", number=one.id)
    assert await says(platform, "nurse.lin", f"接手 {one.id}") == (200, words("alert_taken", number=one.id))
    assert await says(platform, "nurse.wu", f"take #{one.id}") == (200, words("alert_not_taken", number=one.id))
    assert kept.emergencies(now)[0].taken_by == "nurse.lin"


async def test_who_waits_for_something_is_reached_by_the_app(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:
    await says(platform, "patient.0042", "在哪看报告")
    key = agent.seen[0].sender_id
    with bootstrap.database().transaction() as session:
        assert channel_of(session, key) == MEMBER
        queue(session, MEMBER, key, {"text": "有号了", "buttons": [{"id": "x", "title": "确认"}]})
        session.commit()
    worker = Worker(bootstrap.database(), {MEMBER: MemberNotices(api_of(platform), platform.agent, Addresses(bootstrap.database(), VAULT))})
    assert await asyncio.to_thread(worker.work) == 1
    assert [(x["touser"], x["text"]["content"]) for x in platform.sent] == [("patient.0042", "有号了\n\n1. 确认")]


@pytest.fixture
def alerts(home: Path, platform: WeCom) -> Iterator[Worker]:
    """A desk with the app and a webhook for alerts."""
    staff = StaffAlerts(api_of(platform), platform.agent, "nurse.lin|nurse.wu", "ward", lambda key, **values: words(key, "zh", **values))
    yield Worker(bootstrap.database(), {"desk": staff, GROUP: Webhooks(platform.url, {"ward": WARD})})


def outbox() -> list[Outbox]:
    with bootstrap.database().transaction() as session:
        found = list(session.execute(select(Outbox).order_by(Outbox.id)).scalars())
        session.expunge_all()
        return found


def test_an_emergency_reaches_staff_without_anything_of_the_patient(alerts: Worker, platform: WeCom) -> None:
    now = bootstrap.clock().now()
    bootstrap.conversations().alert("a-patients-key", Alarm("pain", "肚子疼得直不起腰", True), now)
    alerts.work()
    alerts.work()
    number = bootstrap.conversations().emergencies(now)[0].id
    text = words("alert_emergency", number=number, sign=words("alert_sign_pain"), at=f"{now:%H:%M}")
    assert [(x["touser"], x["text"]["content"]) for x in platform.sent] == [("nurse.lin|nurse.wu", text)]
    assert [x["text"]["content"] for x in platform.posts[WARD]] == [text]
    assert "a-patients-key" not in json.dumps(platform.sent) + json.dumps(platform.posts) and "直不起腰" not in text


@pytest.mark.parametrize("what", ["scam", "unknown", "wecom_bot"])
def test_other_alerts(alerts: Worker, platform: WeCom, what: str) -> None:
    with bootstrap.database().transaction() as session:
        queue(session, "desk", "k", {"what": what, "delivery": 7, "at": "2026-11-22T10:05:00+08:00"})
        queue(session, "desk", "k", {"what": "something else", "at": "2026-11-22T10:05:00+08:00"})
        session.commit()
    assert alerts.work() == 2
    assert [x["text"]["content"] for x in platform.sent] == [words(f"alert_{what}", at="10:05", number=7)]


def test_every_group_of_signs_has_a_name_for_staff() -> None:
    from bot.guard import GROUPS

    for group in GROUPS:
        assert words(f"alert_sign_{group}") and words(f"alert_sign_{group}", "en")


def test_an_alert_that_does_not_arrive_is_tried_again_and_delivered_once(alerts: Worker, platform: WeCom) -> None:
    bootstrap.conversations().alert("k", Alarm("pain", "pain", True), bootstrap.clock().now())
    platform.lost["/cgi-bin/message/send"] = 1
    alerts.work()
    platform.errors["/cgi-bin/message/send"].append(60020)
    for minutes in (5, 10, 11):
        alerts.work(utcnow() + timedelta(minutes=minutes))
    assert len(platform.sent) == 1 and len(platform.posts[WARD]) == 1
    assert [(x.delivered_at is not None, x.attempts) for x in outbox() if x.channel == "desk"] == [(True, 2)]


def test_without_wecom_alerts_stand_in_the_log(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    bootstrap.conversations().alert("k", Alarm("pain", "pain", True), bootstrap.clock().now())
    worker = Worker(bootstrap.database(), {"desk": StaffAlerts(None, 0, "", None, lambda key, **values: words(key, "zh", **values))})
    assert worker.work() == 1 and "ALERT" in caplog.text and "signs=pain" in caplog.text


def test_a_webhook_gets_twenty_a_minute(home: Path, platform: WeCom) -> None:
    worker = Worker(bootstrap.database(), {GROUP: Webhooks(platform.url, {"ward": WARD})})
    with bootstrap.database().transaction() as session:
        for number in range(25):
            queue(session, GROUP, "", {"webhook": "ward", "text": f"{number}" + "长" * 3000})
        queue(session, GROUP, "", {"webhook": "gone", "text": "x"})
        session.commit()
    assert [worker.work(), worker.work()] == [20, 0] and len(platform.posts[WARD]) == 20
    platform._minute.clear()
    with bootstrap.database().transaction() as session:     # as if a minute had passed
        session.execute(update(Outbox).values(delivered_at=utcnow() - timedelta(seconds=61)).where(Outbox.delivered_at.isnot(None)))
        session.commit()
    worker = Worker(bootstrap.database(), {GROUP: Webhooks(platform.url, {"ward": WARD})})
    assert worker.work(utcnow() + timedelta(seconds=61)) == 5 and len(platform.posts[WARD]) == 25
    assert [x.gave_up_at is not None for x in outbox()][-1]


def test_no_key_of_a_webhook_is_logged(home: Path, platform: WeCom, caplog: pytest.LogCaptureFixture) -> None:
    platform.errors["/cgi-bin/webhook/send"].extend([93000, 45009])
    worker = Worker(bootstrap.database(), {GROUP: Webhooks(platform.url, {"ward": WARD})})
    with bootstrap.database().transaction() as session:
        queue(session, GROUP, "", {"webhook": "ward", "text": "a"})
        queue(session, GROUP, "", {"webhook": "ward", "text": "b"})
        session.commit()
    with caplog.at_level("DEBUG"):
        worker.work()
    assert WARD not in caplog.text and [x.error for x in outbox()] != [None, None]
