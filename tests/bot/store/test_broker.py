"""What listeners of a real RabbitMQ get: masked words, and the wish to be forgotten with nothing but the key."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aio_pika
import pytest
import pytest_asyncio
from rasa.core.brokers.broker import EventBroker
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import bootstrap
from bot.__main__ import event_broker
from bot.channels.screening import Incoming, screened
from bot.channels.turns import Turns
from tests.bot.channels.test_turns import Locks

URL = os.environ.get("EVENT_BROKER_URL") or "amqp://guest:guest@127.0.0.1:5672/"
SAID = "我叫司马测试，身份证号990101199001019876，电话13800009876，我家住朝阳区样例路98号76楼303室"
VALUES = ("司马测试", "990101199001019876", "13800009876", "样例路98号")
WAIT_SECONDS = 10


class Listener:
    """A queue of the test's own, behind an exchange of its own."""

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    async def next(self) -> tuple[dict[str, Any], aio_pika.abc.AbstractIncomingMessage]:
        """The next event, as a consumer reads it."""
        for _ in range(WAIT_SECONDS * 20):
            got = await self._queue.get(fail=False, no_ack=True)
            if got is not None:
                return json.loads(got.body), got
            await asyncio.sleep(0.05)
        raise AssertionError("no event came")


@pytest_asyncio.fixture
async def house(home: Path) -> AsyncIterator[tuple[Turns, Listener]]:
    """Turns whose tracker store publishes as the bot's does, and who listens. The turn itself is said by the test."""
    try:
        connection = await asyncio.wait_for(aio_pika.connect(URL), 3)
    except (OSError, aio_pika.exceptions.AMQPError, asyncio.TimeoutError):
        pytest.skip("no RabbitMQ at EVENT_BROKER_URL, nor at 127.0.0.1:5672 for guest")
    name = f"ivf_guide_test_{secrets.token_hex(6)}"
    config = event_broker(URL, name)
    config.kwargs["exchange_name"] = name
    agent = SimpleNamespace(lock_store=Locks())
    turns = Turns(SimpleNamespace(ctx=SimpleNamespace(agent=agent)), 10)
    broker = await turns.loop.run(EventBroker.create(config))
    store = SQLTrackerStore(Domain.empty(), db=str(home / "conversations.db"), event_broker=broker)
    agent.tracker_store, agent.handle_message = store, lambda message: _keeps(store, message)
    channel = await connection.channel()
    try:
        yield turns, Listener(await channel.get_queue(name))
    finally:
        await turns.loop.run(broker.close())
        await channel.queue_delete(name)
        await channel.exchange_delete(name)
        await connection.close()


async def _keeps(store: SQLTrackerStore, message: UserMessage) -> None:
    """What Rasa does with a message, and the action's answer to the wish to be forgotten."""
    said = UserUttered(message.text, {"name": "delete_data"}, input_channel=message.input_channel, metadata=message.metadata)
    await store.save(DialogueStateTracker.from_events(message.sender_id, [said]))
    status = "deleted" if message.text == "确定删除" else None
    await message.output_channel.send_response(message.sender_id, {"text": "x", "custom": {"reply": {"kind": "privacy", "status": status}}})


async def test_listeners_hear_masked_words_and_then_of_the_erasure_with_nothing_but_the_key(house: tuple[Turns, Listener]) -> None:
    turns, listener = house
    await turns.run(await screened(Incoming("her-key", SAID, "web")))
    event, message = await listener.next()
    assert (event["sender_id"], event["event"]) == ("her-key", "user") and "[姓名]" in event["text"]
    assert not any(x in json.dumps(event, ensure_ascii=False) for x in VALUES) and not message.headers
    await turns.run(await screened(Incoming("her-key", "确定删除", "web")))
    event, message = await listener.next()
    assert event == {"sender_id": "her-key", "event": "erasure"} and not message.headers
    with bootstrap.tracker_database().transaction() as session:
        assert session.execute("SELECT count(*) FROM events").scalar() == 0


@pytest.mark.parametrize(("url", "address", "parts"), [
    ("amqp://guest:guest@127.0.0.1:5672/", "amqp://127.0.0.1:5672/", ("guest", "guest", 5672)),
    ("amqps://bot:p%40ss@broker/clinic?heartbeat=9", "amqps://broker/clinic?heartbeat=9", ("bot", "p%40ss", 5671)),
    ("amqp://broker", "amqp://broker", ("guest", "guest", 5672)),
])
def test_the_password_is_not_in_the_address_which_rasa_logs(url: str, address: str, parts: tuple[str, str, int]) -> None:
    made = event_broker(url)
    assert (made.url, made.kwargs["username"], made.kwargs["password"], made.kwargs["port"]) == (address, *parts)
