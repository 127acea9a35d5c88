"""What listeners of a real RabbitMQ get: masked words, and the wish to be forgotten with nothing but the key, whenever the broker was away."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aio_pika
import pytest
import pytest_asyncio
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from yarl import URL as Address

from bot import bootstrap
from bot.__main__ import agent as made_agent
from bot.channels.screening import Incoming, screened
from bot.channels.turns import Turns
from bot.rasa_parts import event_broker
from bot.rasa_parts.event_broker import GuideEvents
from bot.rasa_parts.tracker_store import ConversationTrackerStore
from bot.store import personal
from tests.bot.channels.test_turns import Locks
from tests.bot.store.line import Line
from tests.conftest import free_port

URL = os.environ.get("EVENT_BROKER_URL") or "amqp://guest:guest@127.0.0.1:5672/"
SAID = "我叫司马测试，身份证号990101199001019876，电话13800009876，我家住朝阳区样例路98号76楼303室"
VALUES = ("司马测试", "990101199001019876", "13800009876", "样例路98号")
WAIT_SECONDS = 20
DAYS = 30


@dataclass
class House:
    """Turns whose tracker store publishes as the bot's does, through a line that can be cut, and who listens.

    Attributes:
        name: of the queue and the exchange, the test's own.
    """

    folder: Path
    line: Line
    connection: Any
    name: str = field(default_factory=lambda: f"ivf_guide_test_{secrets.token_hex(6)}")
    brokers: list[tuple[Turns, GuideEvents]] = field(default_factory=list)

    async def starts(self) -> Turns:
        """A bot process begins; the turn itself is said by the test."""
        agent = SimpleNamespace(lock_store=Locks())
        turns = Turns(SimpleNamespace(ctx=SimpleNamespace(agent=agent)), 10)
        url = str(Address(URL).with_host("127.0.0.1").with_port(self.line.port))
        broker = await turns.loop.run(_made(url, self.name))
        store = ConversationTrackerStore(f"sqlite:///{self.folder / 'conversations.db'}", Domain.empty(), broker)
        agent.tracker_store, agent.handle_message = store, lambda message: _keeps(store, message)
        self.brokers.append((turns, broker))
        return turns

    async def ends(self) -> None:
        """It ends, with all that it had only in mind."""
        turns, broker = self.brokers.pop()
        await turns.loop.run(broker.close())

    async def next(self) -> tuple[dict[str, Any], Any]:
        """The next event, as a consumer reads it."""
        for _ in range(WAIT_SECONDS * 20):
            got = await self._got()
            if got is not None:
                return json.loads(got.body), got
            await asyncio.sleep(0.05)
        raise AssertionError("no event came")

    async def empty(self) -> bool:
        """Whether nothing more is in the queue."""
        return await self._got() is None

    async def _got(self) -> Any:
        channel = await self.connection.channel()
        try:
            return await (await channel.get_queue(self.name)).get(fail=False, no_ack=True)
        except aio_pika.exceptions.ChannelClosed:       # the queue is not there yet
            return None
        finally:
            await channel.close()


async def _made(url: str, name: str) -> GuideEvents:
    return GuideEvents(url, bootstrap.database(), timedelta(days=DAYS), name)


async def _keeps(store: ConversationTrackerStore, message: UserMessage) -> None:
    """What Rasa does with a message, and the action's answer to the wish to be forgotten."""
    said = UserUttered(message.text, {"name": "delete_data"}, input_channel=message.input_channel, metadata=message.metadata)
    tracker = await store.get_or_create_tracker(message.sender_id, append_action_listen=False)
    tracker.update(said)
    await store.save(tracker)
    status = "deleted" if message.text == "确定删除" else None
    await message.output_channel.send_response(message.sender_id, {"text": "x", "custom": {"reply": {"kind": "privacy", "status": status}}})


async def say(turns: Turns, text: str) -> None:
    """She writes to that bot, which answers whatever the broker does."""
    made = await asyncio.wait_for(turns.run(await screened(Incoming("her-key", text, "web"))), WAIT_SECONDS)
    assert [x["custom"]["reply"]["kind"] for x in made if "custom" in x] == ["privacy"]


@pytest_asyncio.fixture
async def house(home: Path) -> AsyncIterator[House]:
    """RabbitMQ at the end of a line that is cut."""
    try:
        connection = await asyncio.wait_for(aio_pika.connect(URL), 3)
    except (OSError, aio_pika.exceptions.AMQPError, asyncio.TimeoutError):
        pytest.skip("no RabbitMQ at EVENT_BROKER_URL, nor at 127.0.0.1:5672 for guest")
    at = Address(URL)
    async with connection:
        made = House(home, Line(at.host or "127.0.0.1", at.port or 5672, free_port()), connection)
        try:
            yield made
        finally:
            while made.brokers:
                await made.ends()
            await made.line.cut()
            channel = await connection.channel()
            await channel.queue_delete(made.name)
            await channel.exchange_delete(made.name)


def waiting() -> list[str]:
    """Whose erasure the broker has not got."""
    return [x.conversation for x in personal.unannounced(bootstrap.database())]


async def announced() -> None:
    """Wait until the broker has confirmed what waited."""
    for _ in range(WAIT_SECONDS * 20):
        if not waiting():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("an erasure waits for ever")


async def test_listeners_hear_masked_words_and_then_of_the_erasure_with_nothing_but_the_key(house: House) -> None:
    await house.line.mend()
    turns = await house.starts()
    await say(turns, SAID)
    event, message = await house.next()
    assert (event["sender_id"], event["event"]) == ("her-key", "user") and "[姓名]" in event["text"]
    assert not any(x in json.dumps(event, ensure_ascii=False) for x in VALUES) and not message.headers
    await say(turns, "确定删除")
    before, (event, message) = event, await house.next()
    if event["event"] == "user":        # her last words, where they were out before she was forgotten
        before, (event, message) = event, await house.next()
    assert before["timestamp"] < event["timestamp"], "what she said before it is older than the erasure"
    assert {k: event[k] for k in ("sender_id", "event", "id")} == {"sender_id": "her-key", "event": "erasure", "id": message.message_id}
    assert set(event) == {"sender_id", "event", "id", "timestamp"} and not message.headers
    await announced()
    with bootstrap.tracker_database().transaction() as session:
        assert session.execute("SELECT count(*) FROM events").scalar() == 0


async def test_a_message_that_nobody_takes_ends_with_what_is_kept_of_her(house: House) -> None:
    await house.line.mend()
    turns = await house.starts()
    await say(turns, "要空腹吗")
    told = [await house.next()]
    await say(turns, "确定删除")
    while told[-1][0]["event"] != "erasure":
        told.append(await house.next())
    assert {message.expiration for _, message in told} == {DAYS * 86400}


async def test_with_the_broker_down_at_the_start_a_bot_starts_and_answers_and_tells_it_later(house: House) -> None:
    turns = await house.starts()
    texts = [f"第{n}句" for n in range(250)]
    for text in texts[:3]:
        await say(turns, text)
    for text in texts[3:]:
        await turns.loop.run(_publishes(house.brokers[0][1], text))
    await house.line.mend()
    assert [(await house.next())[0]["text"] for _ in texts] == texts, "in the order in which they were said"


async def _publishes(broker: GuideEvents, text: str) -> None:
    broker.publish({"sender_id": "another", "text": text})


async def test_rasas_agent_is_there_without_its_broker(house: House) -> None:
    settings = replace(bootstrap.settings(), broker_url=f"amqp://guest:guest@127.0.0.1:{house.line.port}/")
    turns = Turns(SimpleNamespace(ctx=SimpleNamespace()), 10)
    made = await asyncio.wait_for(turns.loop.run(made_agent(None, settings)), WAIT_SECONDS)
    assert isinstance(made.tracker_store.event_broker, GuideEvents) and not made.tracker_store.event_broker.is_ready()
    await turns.loop.run(made.tracker_store.event_broker.close())


async def test_an_erasure_outlives_the_process_and_is_told_by_the_next_one(house: House) -> None:
    turns = await house.starts()
    await say(turns, "要空腹吗")
    await say(turns, "确定删除")
    assert waiting() == ["her-key"]
    await house.ends()
    await house.line.mend()
    await house.starts()
    event, _ = await house.next()
    assert (event["event"], event["sender_id"]) == ("erasure", "her-key")
    await announced()
    assert await house.empty(), "once, and nothing of what she said before"


async def test_what_she_said_before_it_and_nobody_has_heard_is_never_told(house: House) -> None:
    turns = await house.starts()
    for text in ("要空腹吗", "确定删除", "还在吗"):
        await say(turns, text)
    await house.line.mend()
    told = [(await house.next())[0] for _ in range(2)]
    assert {(x["event"], x.get("text")) for x in told} == {("user", "还在吗"), ("erasure", None)} and await house.empty()


@pytest.mark.parametrize("silent", [False, True])
async def test_a_broker_that_goes_away_or_falls_silent_holds_up_no_erasure(house: House, monkeypatch: pytest.MonkeyPatch, silent: bool) -> None:
    monkeypatch.setattr(event_broker, "STEP_SECONDS", 1.0)
    await house.line.mend()
    turns = await house.starts()
    await say(turns, "要空腹吗")
    await house.next()
    await house.line.cut()
    house.line.silent = silent
    if silent:
        await house.line.mend()
    await say(turns, "确定删除")
    assert waiting() == ["her-key"]
    await house.line.cut()
    house.line.silent = False
    await house.line.mend()
    assert (await house.next())[0]["event"] == "erasure"
    await announced()


async def test_a_second_wish_to_be_forgotten_takes_the_place_of_the_first(house: House) -> None:
    turns = await house.starts()
    for _ in range(2):
        await say(turns, "确定删除")
    assert waiting() == ["her-key"]


@pytest.mark.parametrize("kind", ["queue", "exchange"])
async def test_a_queue_or_exchange_with_other_arguments_is_used_as_it_is(house: House, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    channel = await house.connection.channel()
    if kind == "queue":
        await channel.declare_queue(house.name, durable=True, arguments={"x-max-length": 1000, "x-message-ttl": 3_600_000})
    else:
        await channel.declare_exchange(house.name, aio_pika.ExchangeType.TOPIC, durable=False)
    await house.line.mend()
    with caplog.at_level(logging.WARNING, event_broker.__name__):
        turns = await house.starts()
        await say(turns, "要空腹吗")
        assert (await house.next())[0]["text"] == "要空腹吗"
    assert f"{kind} {house.name} is there with other arguments" in caplog.text


async def test_what_waits_in_memory_has_a_limit(house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(event_broker, "HELD", 5)
    turns = await house.starts()
    with caplog.at_level(logging.ERROR, event_broker.__name__):
        for n in range(8):
            await turns.loop.run(_publishes(house.brokers[0][1], str(n)))
    await house.line.mend()
    assert [(await house.next())[0]["text"] for _ in range(5)] == ["3", "4", "5", "6", "7"]
    assert "events lost" in caplog.text


async def test_the_address_with_its_password_is_in_no_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        turns = Turns(SimpleNamespace(ctx=SimpleNamespace()), 10)
        broker = await turns.loop.run(_made(f"amqp://bot:geheim@127.0.0.1:{house.line.port}/", house.name))
        await house.line.mend()
        for _ in range(WAIT_SECONDS * 20):
            if "Authentication" in caplog.text:
                break
            await asyncio.sleep(0.05)
        await turns.loop.run(broker.close())
    assert "Authentication" in caplog.text and "geheim" not in caplog.text
