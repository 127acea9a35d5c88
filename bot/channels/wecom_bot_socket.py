"""A WeCom AI bot over its long connection: one of all bot processes holds it, the others wait.

A second subscription would throw the first one out, so a lease in the database decides who connects. Who is thrown out by a stranger tells staff and stays
away until the bot is started again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from sanic import Sanic

from bot import bootstrap
from bot.channels.background import repeatedly, while_serving
from bot.channels.plain_answers import words
from bot.channels.wecom_bot_answers import BotAnswers, Said, Taken
from bot.store.conversations import DESK
from bot.store.deliveries import ANSWERED, CLAIMED, FAILED, SENT, Claim
from bot.store.leases import Leases
from bot.store.outbox import queue
from bot.store.tables import utcnow
from bot.wechat.crypto import Denied
from bot.wecom.bot_messages import BotPush, markdown, read, stream, welcome
from bot.wecom.limits import Limits
from bot.wecom.long_connection import (
    EVENT,
    EXPIRED,
    INVALID_REQUEST,
    RESPOND,
    WELCOME,
    Kicked,
    LongConnection,
    NotConnected,
    Times,
    WrongCredentials,
)
from bot.wecom.settings import BotSettings, WecomSettings

logger = logging.getLogger(__name__)

LEASE = "wecom-bot"
USUAL = Times()
LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
LOOK_SECONDS = 5.0
BETWEEN_FRAMES = 1.0        # of one stream: whether each counts as a message is not documented
AGAIN_SECONDS = 10.0        # for an answer that could not be sent because there was no connection
BUSY = 45009
BUSY_SECONDS = 20.0
TRIES = 6
MARK_SECONDS, URGENT_MARK_SECONDS = 5.0, 0.4     # for marking an answer as being sent


class WecomBotSocket:
    """The bot's connection, its lease and its answers.

    Args:
        times, renew: shorter in tests.
    """

    def __init__(self, answers: BotAnswers, settings: WecomSettings, bot: BotSettings, times: Times = USUAL, renew: float = RENEW_SECONDS) -> None:
        assert bot.id is not None
        self._answers, self._settings, self._bot, self._id, self._renew = answers, settings, bot, bot.id, renew
        self._connection = LongConnection(bot.socket, bot.id, bot.secret, self._came, times)
        self._leases, self._since = Leases(bootstrap.database()), utcnow()
        self._limits = Limits()
        self._shown: OrderedDict[str, float] = OrderedDict()
        self.refused = 0

    def follow(self, app: Sanic) -> None:
        """Run as long as the server does."""
        while_serving(app, self.run, "after_server_start")

    async def run(self) -> None:
        """Hold the connection while the lease is ours; wait for it while it is another's."""
        while True:
            try:
                if await asyncio.to_thread(self._leases.stopped, LEASE, self._since):
                    logger.warning("the bot's connection was given up; start the bot again when nobody else uses its id")
                    return
                if await asyncio.to_thread(self._leases.take, LEASE, LEASE_SECONDS) and not await self._lead():
                    return
            except asyncio.CancelledError:
                with contextlib.suppress(Exception):
                    self._leases.give_back(LEASE)
                raise
            except Exception:  # noqa: BLE001  a database that is away for a moment must not end this
                logger.exception("the lease of the bot's connection could not be looked up")
            await asyncio.sleep(self._renew)

    async def _lead(self) -> bool:
        """Be connected until the lease is another's; False where the connection is given up."""
        connected, beside = asyncio.ensure_future(self._connection.run()), asyncio.ensure_future(repeatedly(self.look, LOOK_SECONDS))
        try:
            while True:
                await asyncio.wait({connected}, timeout=self._renew)
                if connected.done():
                    connected.result()
                if not await self._still_ours():
                    return True
        except (Kicked, WrongCredentials) as error:
            return not await self._given_up(error)
        finally:
            for task in (connected, beside):
                task.cancel()
            await asyncio.gather(connected, beside, return_exceptions=True)

    async def _still_ours(self) -> bool:
        """Whether the lease could be renewed. With the database away nobody else can take it either."""
        try:
            return await asyncio.to_thread(self._leases.take, LEASE, LEASE_SECONDS)
        except Exception:  # noqa: BLE001  whatever the database does, the connection that stands is kept
            logger.exception("the lease of the bot's connection could not be renewed")
            return True

    async def _given_up(self, error: Exception) -> bool:
        """Tell staff, and let no process of ours connect again; unless it was one of ours that took over."""
        if isinstance(error, Kicked) and not await self._still_ours():
            return False
        what = "kicked" if isinstance(error, Kicked) else "refused"
        logger.error("ALERT  the AI bot's connection is given up: %s", what)
        await asyncio.to_thread(self._leases.stop, LEASE)
        await asyncio.to_thread(self._alert, what)
        return True

    @staticmethod
    def _alert(what: str) -> None:
        now = bootstrap.clock().now()
        with bootstrap.database().transaction() as session:
            payload = {"what": "wecom_bot", "state": what, "at": now.isoformat(timespec="seconds")}
            queue(session, DESK, "", payload, dedup=f"wecom_bot:{what}:{now:%Y%m%d%H%M}")
            session.commit()

    # --- what comes in

    async def _came(self, command: str, req_id: str, body: Mapping[str, Any]) -> None:
        try:
            push = read(body, self._id)
        except Denied as error:
            self.refused += 1
            logger.warning("wecom-bot: refused (%s), %d so far", error.reason, self.refused)
            return
        if command == EVENT or push.kind == "event":
            await self._event(push, req_id)
        else:
            await self._message(push, req_id)

    async def _event(self, push: BotPush, req_id: str) -> None:
        if push.event == "enter_chat":
            self._limits.wait(_chat(push), urgent=True)
            code = await self._connection.send(WELCOME, req_id, welcome(words("wecom_welcome")))
            if code:
                logger.warning("a welcome was refused: error %d", code)
        elif push.event == "feedback_event":
            await self._answers.feedback(push)

    async def _message(self, push: BotPush, req_id: str) -> None:
        taken = await self._answers.take(push, {"chat": _chat(push), "kind": 2 if push.group else 1})
        if taken.work is None or not taken.mine:
            return
        done, _ = await asyncio.wait({taken.work}, timeout=self._settings.wait)
        shown = not done and await self._placeholder(req_id, taken, _chat(push))
        made = await taken.work
        if made.text:
            await self._deliver(taken, made, push, req_id, shown)
        elif taken.delivery is not None:
            await asyncio.to_thread(self._answers.deliveries.sent, taken.delivery)

    async def _placeholder(self, req_id: str, taken: Taken, chat: str) -> bool:
        if self._limits.wait(chat) > 0:
            return False
        try:
            code = await self._connection.send(RESPOND, req_id, stream(_stream(taken), words("wecom_wait"), finish=False, first=True))
        except NotConnected:
            return False
        self._shown[req_id] = time.monotonic()
        while len(self._shown) > 1000:
            self._shown.popitem(last=False)
        return code == 0

    async def _deliver(self, taken: Taken, made: Said, push: BotPush, req_id: str, shown: bool) -> None:
        """The whole answer in its stream; where that is not possible any more, as a message by itself."""
        deliveries = self._answers.deliveries
        if not await self._mine(taken.delivery, made.urgent):
            return
        since = time.monotonic() - self._shown.pop(req_id, 0.0)
        if shown and since < BETWEEN_FRAMES:
            await asyncio.sleep(BETWEEN_FRAMES - since)
        frame = stream(_stream(taken), made.text, finish=True, first=not shown)
        try:
            code = await self._responded(req_id, frame, _chat(push), made.urgent)
            if code in (INVALID_REQUEST, EXPIRED):
                code = await self._pushed(_chat(push), 2 if push.group else 1, made.text, made.urgent)
        except NotConnected:
            if taken.delivery is not None:
                await asyncio.to_thread(deliveries.later, taken.delivery, AGAIN_SECONDS, "not connected")
            return
        await self._settle(taken.delivery, code)

    async def _mine(self, delivery: int | None, urgent: bool) -> bool:
        """Whether this process may send; an emergency does not depend on a database."""
        if delivery is None:
            return True
        try:
            return await asyncio.wait_for(asyncio.to_thread(self._answers.deliveries.sending, delivery), URGENT_MARK_SECONDS if urgent else MARK_SECONDS) or urgent
        except Exception:  # noqa: BLE001  whatever the database does, she gets her answer
            logger.exception("an answer could not be marked as being sent")
            return True

    async def _responded(self, req_id: str, frame: Mapping[str, Any], chat: str, urgent: bool) -> int | None:
        """A stream's last frame. It carries the whole text: sent once more where no acknowledgement came, it shows nothing twice."""
        code: int | None = None
        for tried in range(TRIES):
            await self._allowed(chat, urgent)
            code = await self._connection.send(RESPOND, req_id, frame)
            if code == BUSY:
                await asyncio.sleep(BUSY_SECONDS)
            elif code is not None or tried:
                return code
        return code

    async def _pushed(self, chat: str, kind: int, text: str, urgent: bool) -> int | None:
        """A message by itself; one whose outcome is unknown is not repeated, unless it is an emergency."""
        code: int | None = None
        for _ in range(2):
            await self._allowed(chat, urgent)
            code = await self._connection.push(chat, kind, markdown(text))
            if code is not None or not urgent:
                return code
        return code

    async def _allowed(self, chat: str, urgent: bool) -> None:
        while (seconds := self._limits.wait(chat, urgent)) > 0:
            await asyncio.sleep(seconds)

    async def _settle(self, delivery: int | None, code: int | None) -> None:
        if code:
            logger.warning("an answer was refused: error %d", code)
        if delivery is None:
            return
        try:
            if code == 0:
                await asyncio.to_thread(self._answers.deliveries.sent, delivery)
            elif code is None:
                await asyncio.to_thread(self._answers.unknown, delivery, "no acknowledgement")
            else:
                await asyncio.to_thread(self._answers.deliveries.settle, delivery, FAILED, str(code))
        except Exception:  # noqa: BLE001  the answer has gone out; its row is looked at again when it is due
            logger.exception("what became of an answer could not be kept")

    # --- what was left

    async def look(self) -> None:
        """Take up what a process left: begun and not answered, answered and not sent."""
        if not self._connection.connected:
            return
        for claim in await asyncio.to_thread(self._answers.deliveries.due):
            if claim.state == CLAIMED:
                work = self._answers.again(claim).work
                if work is not None:
                    await work
                found = await asyncio.to_thread(self._answers.deliveries.look, claim.id)
                claim = found or claim
            if claim.state == ANSWERED:
                await self._late(claim)
            elif claim.state != CLAIMED:
                await asyncio.to_thread(self._answers.unknown, claim.id, "process ended")
        await asyncio.to_thread(self._answers.deliveries.purge)

    async def _late(self, claim: Claim) -> None:
        route, text = self._answers.route(claim), self._answers.late(claim)
        if not text or not route.get("chat"):
            await asyncio.to_thread(self._answers.deliveries.settle, claim.id, SENT if not text else FAILED, None if not text else "no address")
            return
        if not await asyncio.to_thread(self._answers.deliveries.sending, claim.id):
            return
        try:
            code = await self._pushed(str(route["chat"]), int(route["kind"]), text, Said.from_json(claim.answer or {"text": ""}).urgent)
        except NotConnected:
            await asyncio.to_thread(self._answers.deliveries.later, claim.id, AGAIN_SECONDS, "not connected")
            return
        await self._settle(claim.id, code)


def _chat(push: BotPush) -> str:
    return push.group or push.user


def _stream(taken: Taken) -> str:
    return taken.stream or f"once-{id(taken):x}"
