"""The AI bot's long connection (developer.work.weixin.qq.com/document/path/101463): one WebSocket, frames with an id each, every frame of ours acknowledged.

The secret stands in the first frame only and in no log. Who is told that another client has subscribed never comes back by himself: two that did would
throw each other out for ever.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.errors import GuideError

logger = logging.getLogger(__name__)

SUBSCRIBE, PING = "aibot_subscribe", "ping"
MESSAGE, EVENT = "aibot_msg_callback", "aibot_event_callback"
RESPOND, WELCOME, SEND = "aibot_respond_msg", "aibot_respond_welcome_msg", "aibot_send_msg"
INVALID_REQUEST, EXPIRED = 846605, 846608       # not answerable that way, or not any more: the answer is pushed instead
BUSY = (-1, 45009)                              # a refused subscription that says nothing against the credentials
CREDENTIAL_TRIES = 5
FRAME_BYTES = 1024 * 1024
LOCKS = 2000

Handler = Callable[[str, str, Mapping[str, Any]], Awaitable[None]]


class Kicked(GuideError):
    """Another client has subscribed with the same bot."""


class WrongCredentials(GuideError):
    """The platform refuses the bot's id or secret."""


class NotConnected(GuideError):
    """Nothing was sent: there is no connection."""


@dataclass(frozen=True)
class Times:
    """Seconds.

    Attributes:
        ping: between two pings; two unanswered ones mean that the connection is dead.
        ack: for an acknowledgement.
        first, most: before connecting again; doubled each time.
    """

    ping: float = 30.0
    ack: float = 5.0
    first: float = 1.0
    most: float = 30.0


class LongConnection:
    """One bot's connection.

    Args:
        handle: called with command, request id and body for what comes in, each in a task of its own.
    """

    def __init__(self, url: str, bot: str, secret: str, handle: Handler, times: Times = Times()) -> None:
        self._url, self._bot, self._secret, self._handle, self._times = url, bot, secret, handle, times
        self._socket: aiohttp.ClientWebSocketResponse[bool] | None = None
        self._acks: dict[str, asyncio.Future[int]] = {}
        self._locks: OrderedDict[str, asyncio.Lock] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._kicked = False
        self.malformed = 0

    @property
    def connected(self) -> bool:
        """Whether frames can be sent."""
        return self._socket is not None and not self._socket.closed

    async def run(self) -> None:
        """Stay connected, for ever.

        Raises:
            Kicked, WrongCredentials: a person has to look after it.
        """
        pause, refused = self._times.first, 0
        self._kicked = False        # by a process of ours, at most, or nobody would have called this again
        async with aiohttp.ClientSession() as session:
            while True:
                try:
                    code = await self._once(session)
                except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
                    logger.warning("the bot's connection could not be made: %s", type(error).__name__)
                    code = None
                if self._kicked:
                    raise Kicked("another client has subscribed with this bot")
                if code == 0:
                    pause, refused = self._times.first, 0
                elif code is not None and code not in BUSY:
                    refused += 1
                    logger.error("the platform refuses the bot's subscription: error %d, try %d of %d", code, refused, CREDENTIAL_TRIES)
                    if refused >= CREDENTIAL_TRIES:
                        raise WrongCredentials(f"subscription refused, error {code}")
                await asyncio.sleep(pause * random.uniform(0.75, 1.25))     # also after a clean close
                pause = min(self._times.most, 2 * pause)

    async def send(self, command: str, req_id: str, body: Mapping[str, Any]) -> int | None:
        """One frame, when the one before it for the same request is acknowledged.

        Returns:
            The acknowledgement's error code, 0 for none; None where none came in time.

        Raises:
            NotConnected: nothing was sent.
        """
        lock = self._locks.setdefault(req_id, asyncio.Lock())
        self._locks.move_to_end(req_id)
        while len(self._locks) > LOCKS:
            self._locks.popitem(last=False)
        async with lock:
            return await self._sent({"cmd": command, "headers": {"req_id": req_id}, "body": dict(body)})

    async def push(self, chat: str, kind: int, body: Mapping[str, Any]) -> int | None:
        """A message outside a request, to a conversation in which somebody has written to the bot.

        Args:
            chat: the member, or the group.
            kind: 1 for a member, 2 for a group.
        """
        return await self.send(SEND, made_up(SEND), {"chatid": chat, "chat_type": kind, **body})

    async def _sent(self, frame: Mapping[str, Any]) -> int | None:
        socket, req_id = self._socket, frame["headers"]["req_id"]
        if socket is None or socket.closed:
            raise NotConnected("there is no connection")
        ack: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._acks[req_id] = ack
        try:
            await socket.send_str(json.dumps(frame, ensure_ascii=False))
            await asyncio.wait({ack}, timeout=self._times.ack)      # not `wait_for`: in Python 3.10 it swallows being cancelled as the answer comes
            return ack.result() if ack.done() else None
        except (ConnectionError, aiohttp.ClientError, RuntimeError):
            raise NotConnected("the connection broke") from None
        finally:
            self._acks.pop(req_id, None)

    async def _once(self, session: aiohttp.ClientSession) -> int | None:
        """One connection from its beginning to its end; what became of the subscription: 0 where it was good, None where nothing came."""
        async with session.ws_connect(self._url, heartbeat=None, autoping=True, max_msg_size=FRAME_BYTES) as socket:
            self._socket = socket
            reading = asyncio.ensure_future(self._read(socket))
            try:
                frame = {"cmd": SUBSCRIBE, "headers": {"req_id": made_up(SUBSCRIBE)}, "body": {"bot_id": self._bot, "secret": self._secret}}
                try:
                    code = await self._sent(frame)
                except NotConnected:
                    return None
                if code == 0:
                    logger.info("the bot's connection stands")
                    await self._alive(socket, reading)
                return code
            finally:
                self._socket = None
                for ack in self._acks.values():
                    if not ack.done():
                        ack.set_exception(NotConnected("the connection broke"))
                reading.cancel()
                await asyncio.wait({reading})       # its end stays its own; being cancelled meanwhile goes on
                if not reading.cancelled():
                    reading.exception()

    async def _alive(self, socket: aiohttp.ClientWebSocketResponse[bool], reading: asyncio.Future[None]) -> None:
        """Ping until the connection ends, or until two pings in a row were not answered."""
        unanswered = 0
        while not reading.done():
            await asyncio.wait({reading}, timeout=self._times.ping)
            if reading.done():
                return
            try:
                answered = await self._sent({"cmd": PING, "headers": {"req_id": made_up(PING)}}) is not None
            except NotConnected:
                return
            unanswered = 0 if answered else unanswered + 1
            if unanswered == 2:
                logger.warning("the bot's connection is dead")
                await socket.close()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            try:
                frame = json.loads(message.data, strict=False)      # control characters stand in some of the platform's frames
                self._took(frame, str(frame["headers"]["req_id"]))
            except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
                self.malformed += 1
                logger.warning("a frame that cannot be read, %d so far", self.malformed)
            if self._kicked:
                return

    def _took(self, frame: Mapping[str, Any], req_id: str) -> None:
        command = frame.get("cmd")
        if not command:
            ack = self._acks.get(req_id)
            if ack is not None and not ack.done():
                ack.set_result(int(frame.get("errcode") or 0))
            return
        body = frame["body"]
        if command == EVENT and str(body["event"]["eventtype"]).lower() == "disconnected_event":
            self._kicked = True
            return
        if command in (MESSAGE, EVENT):
            task = asyncio.ensure_future(self._handled(command, req_id, body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _handled(self, command: str, req_id: str, body: Mapping[str, Any]) -> None:
        try:
            await self._handle(command, req_id, body)
        except Exception:  # noqa: BLE001  one message that breaks must not end the connection
            logger.exception("a message could not be answered")


def made_up(command: str) -> str:
    """An id for a frame of ours."""
    return f"{command}_{int(time.time())}_{secrets.token_hex(6)}"
