"""A WeCom self-built app: `/webhooks/wecom/callback`. A member asks it alone, and staff take emergencies by it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import bootstrap
from bot.channels.background import repeatedly, while_serving
from bot.channels.plain_answers import words
from bot.channels.wecom_bot_answers import BotAnswers, Said, Taken
from bot.channels.wecom_http import Refusals, query, verification
from bot.channels.written import settled, used, write
from bot.store.deliveries import ANSWERED, CLAIMED, FAILED, PASSING, Claim
from bot.wechat.api import Api, ApiError, UnknownOutcome, Unreachable
from bot.wechat.crypto import Denied
from bot.wechat.cut import size
from bot.wechat.xml import Fields, text_of
from bot.wecom.app_messages import TEXT_BYTES, send_text
from bot.wecom.bot_messages import ID, BotPush
from bot.wecom.callbacks import Callback
from bot.wecom.settings import AppSettings, WecomSettings

logger = logging.getLogger(__name__)

LOOK_SECONDS = 3.0
AGAIN_SECONDS = 20.0
ARRIVE_SECONDS = 3.0            # from giving an answer back to knowing that it was written
AGAIN_LOOK_SECONDS = 0.1        # how often a retry looks whether it was
PASSING_SECONDS = 0.4           # for noting that an emergency's text is given back
TAKE = re.compile(r"\s*(?:接手|take)\s*#?(\d{1,9})\s*", re.IGNORECASE)
NOT_TEXT = {"image": "image", "voice": "voice", "video": "video", "file": "file", "location": "file", "link": "file"}


@dataclass(frozen=True)
class Back:
    """What the platform's request is answered with.

    Attributes:
        text: None for no passive answer.
        delivery: whose answer it is, and `number` which delivery of the message; None where nothing is kept.
    """

    text: str | None = None
    delivery: int | None = None
    number: int = 1


class WecomAppChannel(InputChannel):
    """The app's callback, and what is sent when an answer was late."""

    def __init__(self, answers: BotAnswers, api: Api, settings: WecomSettings, app: AppSettings) -> None:
        self._answers, self._api, self._settings, self._app = answers, api, settings, app
        self._callback = Callback(app.token, app.corpid, app.keys, settings.stale)
        self._refusals = Refusals("wecom app")
        self._tasks: set[asyncio.Future[Any]] = set()

    @classmethod
    def name(cls) -> str:
        """Its path below `/webhooks/`."""
        return "wecom"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes."""
        routes = Blueprint("wecom_app_channel")
        routes.add_route(verification(self._callback, self._refusals), "/callback", methods=["GET"], name="verify")

        @routes.post("/callback")
        async def receive(request: Request) -> None:
            await self.receive(request)

        return routes

    def follow(self, app: Sanic) -> None:
        """Send what was late, as long as the server runs."""
        while_serving(app, lambda: repeatedly(self.look, LOOK_SECONDS))

    async def receive(self, request: Request) -> None:
        """One push; an empty 200 is no passive answer."""
        try:
            fields, key = self._callback.open(query(request), request.body)
            user, agent = text_of(fields, "FromUserName"), text_of(fields, "AgentID")
            if not ID.fullmatch(user) or agent not in ("", str(self._app.agent)):
                raise Denied("message")
        except Denied as denied:
            await write(request, self._refusals.refused(denied.reason))
            return
        try:
            back = await self._answer(user, fields)
        except Exception:  # noqa: BLE001  the platform would push it again and again
            logger.exception("a push could not be answered")
            back = Back()
        try:
            await write(request, self._made(user, back, key))
        except BaseException:
            if back.delivery is not None:
                self._start(asyncio.to_thread(self._answers.deliveries.unwritten, back.delivery, back.number))
            raise
        if back.delivery is not None:
            self._start(settled(request, partial(self._arrived, back.delivery), *used(request)))

    def _made(self, user: str, back: Back, key: int) -> HTTPResponse:
        if not back.text:
            return response.raw(b"", content_type="text/plain")
        return response.raw(self._callback.reply_xml(user, self._app.corpid, back.text, key), content_type="text/xml; charset=utf-8")

    async def _arrived(self, delivery: int, certainly: bool) -> None:
        """A push that comes again after this is a duplicate, no retry. Where it is not certain the platform asks again, or has it."""
        if certainly:
            await asyncio.to_thread(self._answers.deliveries.sent, delivery)

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, user: str, fields: Fields) -> Back:
        kind = text_of(fields, "MsgType").lower()
        if kind == "event":
            return Back(words("wecom_welcome") if text_of(fields, "Event").lower() == "subscribe" else None)
        taking = TAKE.fullmatch(text_of(fields, "Content")) if kind == "text" else None
        if taking is not None and self._is_staff(user):
            done = await asyncio.to_thread(bootstrap.conversations().take_emergency, int(taking[1]), user, bootstrap.clock().now())
            return Back(words("alert_taken" if done else "alert_not_taken", number=taking[1]))
        if kind != "text" and kind not in NOT_TEXT:
            return Back()
        push = BotPush(_dedup(fields), f"app:{self._app.corpid}", user, None, NOT_TEXT.get(kind, kind), text_of(fields, "Content"))
        return await self._message(push)

    def _is_staff(self, user: str) -> bool:
        """Whether she is one of those who get the alerts."""
        return self._app.alert_to == "@all" or user in self._app.alert_to.split("|")

    async def _message(self, push: BotPush) -> Back:
        taking = asyncio.ensure_future(self._answers.take(push, {"user": push.user}))
        try:
            taken = await asyncio.shield(taking)
            if not taken.mine:
                return await self._again(taken)
            assert taken.work is not None
            done, _ = await asyncio.wait({taken.work}, timeout=self._settings.wait)
        except asyncio.CancelledError:      # the platform hung up: whether it asks again or not, the answer is sent when it is there
            self._start(self._hung_up(taking))
            raise
        if not done or size(taken.work.result().text) > TEXT_BYTES:     # late, or longer than a passive text may be: sent by the app
            self._start(self._send_when_done(taken))
            return Back()
        return await self._given(taken, taken.work.result())

    async def _again(self, taken: Taken) -> Back:
        """A retry gets the answer where nobody knows whether it arrived; one that is just being given back is given the time to: then this is no retry
        but a duplicate, and gets nothing. What is still being made is sent when it is there, except an emergency's text, which stands already."""
        stop, deliveries = time.monotonic() + ARRIVE_SECONDS, self._answers.deliveries
        assert taken.delivery is not None
        row = await asyncio.to_thread(deliveries.look, taken.delivery)
        while row is not None and row.state == PASSING and time.monotonic() < stop:
            await asyncio.sleep(AGAIN_LOOK_SECONDS)
            row = await asyncio.to_thread(deliveries.look, taken.delivery)
        if row is not None and row.state == CLAIMED and taken.work is not None:
            return Back(taken.work.result().text)
        if row is None or row.answer is None or row.state not in (ANSWERED, PASSING) or size(str(row.answer["text"])) > TEXT_BYTES:
            return Back()
        return await self._given(taken, Said.from_json(row.answer))

    async def _given(self, taken: Taken, made: Said) -> Back:
        """Give an answer back to the platform's request, if it is still this one's to give; of one who was forgotten there is no row."""
        if taken.delivery is None or not made.text:
            return Back(made.text)
        passing = asyncio.to_thread(self._answers.deliveries.passing, taken.delivery, taken.number)
        try:
            if not await asyncio.wait_for(passing, PASSING_SECONDS if made.urgent else None) \
                    and await asyncio.to_thread(self._answers.deliveries.look, taken.delivery) is not None:
                self._start(self._send_when_done(taken))        # a newer delivery came meanwhile: it was told nothing, or gives the answer
                return Back()
        except Exception:  # noqa: BLE001  whatever the database does, an emergency's text is given
            if not made.urgent:
                raise
        return Back(made.text, taken.delivery, taken.number)

    # --- late answers

    async def _hung_up(self, taking: Awaitable[Taken]) -> None:
        await self._send_when_done(await taking)

    async def _send_when_done(self, taken: Taken) -> None:
        """What fails here is taken up by `look`."""
        try:
            if taken.mine and taken.work is not None and taken.delivery is not None:
                await taken.work
                claim = await asyncio.to_thread(self._answers.deliveries.look, taken.delivery)
                if claim is not None and claim.state == ANSWERED:
                    await self._late(claim)
        except Exception:  # noqa: BLE001  the row stays as it is
            logger.exception("a late answer could not be sent at once")

    async def look(self) -> None:
        """Take up what a process left, and what was not given back in time."""
        deliveries = self._answers.deliveries
        for claim in await asyncio.to_thread(deliveries.due):
            if claim.state == CLAIMED:
                self._start(self._send_when_done(self._answers.again(claim)))
            elif claim.state == ANSWERED:
                await self._late(claim)
            else:       # a process died while it sent
                await self._once_more(claim, "process ended")
        await asyncio.to_thread(deliveries.purge)

    async def _late(self, claim: Claim) -> None:
        deliveries, text = self._answers.deliveries, self._answers.late(claim)
        user = str(self._answers.route(claim).get("user") or "")
        if not text or not user:
            await asyncio.to_thread(deliveries.settle, claim.id, FAILED, "no address")
            return
        if not await asyncio.to_thread(deliveries.sending, claim.id):
            return
        try:
            await send_text(self._api, self._app.agent, user, text)
            await asyncio.to_thread(deliveries.sent, claim.id)
        except Unreachable:
            await asyncio.to_thread(deliveries.later, claim.id, AGAIN_SECONDS, "unreachable")
        except UnknownOutcome:
            await self._once_more(claim, "unknown")
        except ApiError as error:
            await asyncio.to_thread(deliveries.settle, claim.id, FAILED, str(error.code))

    async def _once_more(self, claim: Claim, error: str) -> None:
        """Nobody knows whether it was sent; the same again within half an hour is delivered once."""
        if claim.attempts < 2:
            await asyncio.to_thread(self._answers.deliveries.later, claim.id, AGAIN_SECONDS, error)
        else:
            await asyncio.to_thread(self._answers.unknown, claim.id, error)


def _dedup(fields: Fields) -> str:
    """What tells this push from every other; a retry has the same."""
    told = text_of(fields, "MsgId")
    parts = [text_of(fields, x) for x in ("FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "Content")]
    return told or hashlib.sha256("\0".join(parts).encode()).hexdigest()
