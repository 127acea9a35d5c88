"""Conversation events for listeners behind RabbitMQ: what is said, and who has been forgotten since.

Rasa's own publisher waits up to 100 s for a broker when the bot starts, drops what is published before it is connected, and keeps the rest in
memory without a limit and without an order. Here one task connects and publishes, whenever the broker is there; no turn waits for it.
Erasures come from our tables, where they were written with the erasure itself, and leave them when the broker has confirmed the message.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta, timezone
from typing import Any

import aio_pika
from aio_pika.exceptions import ChannelPreconditionFailed
from rasa.core.brokers.broker import EventBroker

from bot.store import personal
from bot.store.database import Database
from bot.store.tables import ErasureNotice

logger = logging.getLogger(__name__)

NAME = "ivf_guide_events"       # of the queue and of the exchange before it
HELD = 10_000                   # events kept for a broker that is away, about a thousand turns; then the oldest are lost to its listeners
BATCH = 100
STEP_SECONDS = 10.0             # for the broker's answer to anything
PAUSE_SECONDS = (0.5, 30.0)     # between two tries to connect: the first, and the longest
LOOK_SECONDS = 30.0             # between two looks for erasures that another process left behind
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=3650)        # that a message lives: our retention's period, RabbitMQ's limit

Event = dict[str, Any]


class GuideEvents(EventBroker):
    """Publishes to a durable queue behind a durable fan-out exchange of the same name; made and used in the loop of the turns.

    Args:
        url: `amqp://user:password@host:port/vhost`, or `amqps`; never logged.
        database: where erasures wait.
        lives: after this time a message that nobody has taken is dropped by RabbitMQ.
        name: of queue and exchange.
    """

    def __init__(self, url: str, database: Database, lives: timedelta, name: str = NAME) -> None:
        self._url, self._database, self._name = url, database, name
        self._lives = max(SHORTEST, min(lives, LONGEST))
        self._held: deque[Event] = deque()
        self._flying: list[Event] = []
        self._wake = asyncio.Event()
        self._next_look = 0.0       # for erasures, by the loop's clock
        self._lost = 0
        self._connected = self._closed = False
        self._task = asyncio.get_running_loop().create_task(self._work())

    # --- called by turns, which wait for nothing

    def publish(self, event: Event) -> None:
        """Give out an event as soon as the broker takes it. One that waits when this process ends is lost to listeners: the record is Rasa's table."""
        self._held.append(event)
        while len(self._held) > HELD:
            self._held.popleft()
            self._lost += 1
            if self._lost % HELD == 1:
                logger.error("event broker: %d events lost to its listeners, the broker is away for too long", self._lost)
        self._wake.set()

    def forgotten(self, conversation: str) -> None:
        """An erasure stands in the tables: what waits of hers is dropped, and the erasure goes out."""
        self._held = deque(x for x in self._held if x.get("sender_id") != conversation)
        self._flying = [x for x in self._flying if x.get("sender_id") != conversation]
        self._next_look = 0.0
        self._wake.set()

    def is_ready(self) -> bool:
        """Whether the broker is connected."""
        return self._connected

    async def close(self) -> None:
        """Publish no more."""
        self._closed = True
        self._wake.set()
        self._task.cancel()     # which `wait_for` may swallow on Python 3.10, where what it waits for is there at the same moment
        await asyncio.wait({self._task}, timeout=2 * STEP_SECONDS)

    # --- the one task that talks to the broker

    async def _work(self) -> None:
        pause, longest = PAUSE_SECONDS
        told = ""
        while not self._closed:
            try:
                async with _connection(self._url) as connection:
                    exchange = await self._declared(connection)
                    logger.info("event broker: connected")
                    pause, told, self._connected, self._next_look = PAUSE_SECONDS[0], "", True, 0.0
                    connection.close_callbacks.add(lambda *_: self._wake.set())
                    await self._deliver(connection, exchange)
            except Exception as error:  # noqa: BLE001  whatever is wrong with the broker, the bot goes on and it is tried again
                if (name := type(error).__name__) != told:
                    logger.warning("event broker: not reached, tried again until it is there: %s", name)
                    told = name
            finally:
                self._connected = False
                self._held.extendleft(reversed(self._flying))
                self._flying = []
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    async def _declared(self, connection: Any) -> Any:
        """The exchange, with the queue behind it. One that is there with other arguments is used as it is."""
        async def as_it_should_be(channel: Any) -> Any:
            return await channel.declare_exchange(self._name, aio_pika.ExchangeType.FANOUT, durable=True)

        async def queue(channel: Any) -> Any:
            return await channel.declare_queue(self._name, durable=True)

        exchange = await _or_as_it_is(connection, as_it_should_be, lambda x: x.get_exchange(self._name), f"exchange {self._name}")
        behind = await _or_as_it_is(connection, queue, lambda x: x.get_queue(self._name), f"queue {self._name}")
        await behind.bind(exchange, "")
        return exchange

    async def _deliver(self, connection: Any, exchange: Any) -> None:
        """Publish what there is, in order, whenever there is something; ends when the connection does."""
        clock = asyncio.get_running_loop().time
        while not (self._closed or connection.is_closed):
            self._wake.clear()
            while self._held and not self._closed:
                self._flying = [self._held.popleft() for _ in range(min(BATCH, len(self._held)))]
                await asyncio.gather(*[self._send(exchange, x) for x in self._flying])
                self._flying = []
            if clock() >= self._next_look:
                self._next_look = clock() + LOOK_SECONDS
                await self._announce(exchange)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)

    async def _announce(self, exchange: Any) -> None:
        """Erasures that wait; each leaves the table when the broker has it. With the tables away they are looked for again later."""
        for one in await self._in_tables(personal.unannounced) or ():
            await self._send(exchange, erasure(one), one.id)
            await self._in_tables(personal.was_announced, one.id)

    async def _in_tables(self, work: Callable[..., Any], *given: Any) -> Any:
        try:
            return await asyncio.to_thread(work, self._database, *given)
        except Exception:  # noqa: BLE001  events go on without it
            logger.exception("event broker: erasures cannot be read")
            return None

    async def _send(self, exchange: Any, event: Mapping[str, Any], name: str | None = None) -> None:
        """One message, confirmed by the broker once it is in the queue and on its disk."""
        message = aio_pika.Message(json.dumps(event).encode(), message_id=name, content_type="application/json",
                                   delivery_mode=aio_pika.DeliveryMode.PERSISTENT, expiration=self._lives)
        await asyncio.wait_for(exchange.publish(message, ""), STEP_SECONDS)


def erasure(notice: ErasureNotice) -> Event:
    """What listeners are told: drop everything under this key with a `timestamp` up to this one, whenever it arrives."""
    return {"sender_id": notice.conversation, "event": "erasure", "timestamp": notice.at.replace(tzinfo=timezone.utc).timestamp(), "id": notice.id}


@contextlib.asynccontextmanager
async def _connection(url: str) -> AsyncIterator[Any]:
    """A connection that neither its beginning nor its end waits for ever."""
    made = await asyncio.wait_for(aio_pika.connect(url), STEP_SECONDS)
    try:
        yield made
    finally:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(made.close(), STEP_SECONDS)


async def _or_as_it_is(connection: Any, wanted: Any, existing: Any, what: str) -> Any:
    """Declared as we would have it, or else what is there: RabbitMQ refuses other arguments and closes the channel."""
    try:
        return await asyncio.wait_for(wanted(await connection.channel(on_return_raises=True)), STEP_SECONDS)
    except ChannelPreconditionFailed:
        logger.warning("event broker: %s is there with other arguments and is used as it is", what)
        return await asyncio.wait_for(existing(await connection.channel(on_return_raises=True)), STEP_SECONDS)
