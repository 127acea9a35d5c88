"""A WeCom AI bot in callback mode: `/webhooks/wecom-bot/callback`.

A turn that is done in time is answered in the platform's own request; else the platform asks for the stream until it is. What nobody asked for any more
is posted once to the message's `response_url`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.background import repeatedly, while_serving
from bot.channels.plain_answers import words
from bot.channels.wecom_bot_answers import BotAnswers, Said
from bot.channels.wecom_http import Refusals, query, verification
from bot.store.deliveries import ANSWERED, CLAIMED, FAILED, SENT, UNKNOWN, Claim
from bot.wechat.crypto import Denied
from bot.wecom.bot_messages import BotPush, markdown, read, stream, welcome
from bot.wecom.callbacks import TYPE, Callback
from bot.wecom.settings import API, BotSettings, WecomSettings

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0          # between two looks for what a process left
POST_SECONDS = 5.0
NOTE_SECONDS = 0.4          # for noting that an answer is given back, before it is


class WecomBotChannel(InputChannel):
    """The AI bot's callback."""

    def __init__(self, answers: BotAnswers, settings: WecomSettings, bot: BotSettings) -> None:
        self._answers, self._settings, self._bot = answers, settings, bot
        self._callback = Callback(bot.token, "", bot.keys, settings.stale)
        self._refusals = Refusals(self.name())

    @classmethod
    def name(cls) -> str:
        """Its path below `/webhooks/`."""
        return "wecom-bot"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes."""
        routes = Blueprint("wecom_bot_channel")
        routes.add_route(verification(self._callback, self._refusals), "/callback", methods=["GET"], name="verify")

        @routes.post("/callback")
        async def receive(request: Request) -> HTTPResponse:
            return await self.receive(request)

        return routes

    def follow(self, app: Sanic) -> None:
        """Look, as long as the server runs, for what a process left behind."""
        while_serving(app, lambda: repeatedly(self.look, LOOK_SECONDS))

    async def receive(self, request: Request) -> HTTPResponse:
        """One push."""
        given = query(request)
        try:
            fields, key = self._callback.open(given, request.body)
            push = read(fields, self._bot.id)
        except Denied as denied:
            return self._refusals.refused(denied.reason)
        try:
            made = await self._answer(push)
        except Exception:  # noqa: BLE001  a member must not read that the bot is out of order; the platform would ask again
            logger.exception("a push could not be answered")
            made = None if push.kind == "event" else stream("failed", words("failed"), finish=True)
        if made is None:
            return response.raw(b"", content_type=TYPE)
        return response.raw(self._callback.reply_json(made, given["nonce"], key), content_type=TYPE)

    async def _answer(self, push: BotPush) -> dict[str, Any] | None:
        if push.kind == "event":
            if push.event == "feedback_event":
                await self._answers.feedback(push)
            return welcome(words("wecom_welcome")) if push.event == "enter_chat" else None
        if push.kind == "stream":
            content, finish = await self._answers.so_far(push.stream)
            return stream(push.stream or "unknown", content, finish)
        return await self._message(push)

    async def _message(self, push: BotPush) -> dict[str, Any] | None:
        taken = await self._answers.take(push, {"response_url": push.response_url})
        if taken.work is None:
            content, finish = await self._answers.so_far(taken.stream)
            return stream(taken.stream, content, finish, first=True)
        done, _ = await asyncio.wait({taken.work}, timeout=self._settings.wait)
        if not done:
            return stream(taken.stream, words("wecom_wait"), finish=False, first=True)
        made = taken.work.result()
        if not made.text:       # a group's message that is nobody's question to the bot
            await self._settled(taken.delivery)
            return None
        if taken.delivery is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(asyncio.to_thread(self._answers.deliveries.passing, taken.delivery), NOTE_SECONDS)
        return stream(taken.stream or "once", made.text, finish=True, first=True)

    async def _settled(self, delivery: int | None) -> None:
        if delivery is not None:
            await asyncio.to_thread(self._answers.deliveries.sent, delivery)

    # --- late answers

    async def look(self) -> None:
        """Take up what a process left: begun and not answered, answered and not asked for."""
        for claim in await asyncio.to_thread(self._answers.deliveries.due):
            if claim.state == CLAIMED:
                self._answers.again(claim)
            elif claim.state == ANSWERED:
                await self._late(claim)
            else:       # a process died while it posted
                await asyncio.to_thread(self._answers.unknown, claim.id, "process ended")
        await asyncio.to_thread(self._answers.deliveries.purge)

    async def _late(self, claim: Claim) -> None:
        """One call to the message's own address; whether it arrived, nobody asks twice."""
        url, text = str(self._answers.route(claim).get("response_url") or ""), self._answers.late(claim)
        deliveries = self._answers.deliveries
        if not text:
            await asyncio.to_thread(deliveries.sent, claim.id)
            return
        address = response_address(url, self._settings.api)
        if address is None:
            await asyncio.to_thread(deliveries.settle, claim.id, FAILED, "no address")
            return
        if not await asyncio.to_thread(deliveries.sending, claim.id):
            return
        state, error = await posted(address, markdown(text))
        if state == SENT:
            whole = Said.from_json(claim.answer or {"text": ""}).to_json()
            await asyncio.to_thread(deliveries.rest, claim.id, {**whole, "posted": True}, SENT)
        else:
            logger.warning("a late answer was not delivered: %s", error)
            if state == UNKNOWN:
                await asyncio.to_thread(self._answers.unknown, claim.id, str(error))
            else:
                await asyncio.to_thread(deliveries.settle, claim.id, state, error)


def response_address(url: str, api: str) -> str | None:
    """Where a late answer may be posted: the platform's own address and path, nothing else; at the address that stands in for it in a test.

    Args:
        url: as the push brought it.
        api: base address of the platform.
    """
    parts = urlsplit(url)
    try:
        usual = parts.scheme == "https" and parts.hostname == "qyapi.weixin.qq.com" and parts.port in (None, 443) and parts.username is None
    except ValueError:
        return None
    if not usual or not parts.path.startswith("/cgi-bin/") or "\\" in url:
        return None
    return f"{api}{parts.path}" + (f"?{parts.query}" if parts.query else "") if api != API else url


async def posted(url: str, body: Mapping[str, Any]) -> tuple[str, str | None]:
    """Post plain JSON once; what became of it, and why."""
    try:
        limits = aiohttp.ClientTimeout(total=POST_SECONDS)
        async with aiohttp.ClientSession(timeout=limits) as session, session.post(
            url, data=json.dumps(body, ensure_ascii=False).encode(), headers={"Content-Type": "application/json; charset=utf-8"}, allow_redirects=False,
        ) as answer:
            found = json.loads(await answer.read() or b"{}")
            code = int(found.get("errcode") or 0) if isinstance(found, dict) else -1
            if answer.status != 200:
                return UNKNOWN, f"status {answer.status}"
            return (SENT, None) if code == 0 else (FAILED, str(code))
    except aiohttp.ClientConnectorError:
        return FAILED, "unreachable"
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
        return UNKNOWN, type(error).__name__
