"""The WeChat Official Account: `/webhooks/wechat/callback`. Here is HTTP only; what is answered, and how, `wechat_flow` decides."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.wechat_flow import CHANNEL, PATIENCE_SECONDS, Back, Flow
from bot.channels.written import settled, used, write
from bot.wechat.crypto import Denied
from bot.wechat.official_account import SUCCESS, Callback, Push

logger = logging.getLogger(__name__)

PLAIN = "text/plain; charset=utf-8"
TOLD_SECONDS = 10.0         # between two log lines about requests refused for the same reason


class WeChatChannel(InputChannel):
    """Verifies, opens and answers what the platform sends."""

    def __init__(self, callback: Callback, flow: Flow) -> None:
        self._callback, self._flow = callback, flow
        self.refused: Counter[str] = Counter()
        self._told: dict[str, float] = {}
        self._reaping: asyncio.Future[None] | None = None

    @classmethod
    def name(cls) -> str:
        """Its path below `/webhooks/`."""
        return CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes."""
        routes = Blueprint("wechat_channel")

        @routes.get("/callback")
        async def verify(request: Request) -> HTTPResponse:
            return self.verify(request)

        @routes.post("/callback")
        async def receive(request: Request) -> None:
            await self.receive(request)

        return routes

    def start(self, app: Sanic) -> None:
        """Take up what other processes left, as long as the server runs."""

        async def reaping(_app: Sanic, _loop: Any) -> None:
            self._reaping = asyncio.ensure_future(self._flow.reap())

        app.register_listener(reaping, "before_server_start")

    def verify(self, request: Request) -> HTTPResponse:
        """The platform tries the address."""
        try:
            return HTTPResponse(self._callback.verify(_query(request)), content_type=PLAIN)
        except Denied as error:
            return self._deny(error.reason)

    async def receive(self, request: Request) -> None:
        """A push. What goes wrong behind its signature is answered with `success`: the patient would read any other answer as a failure."""
        arrived = time.monotonic()
        try:
            push = self._callback.open(_query(request), request.body)
        except Denied as error:
            await write(request, self._deny(error.reason))
            return
        except Exception as error:  # noqa: BLE001  not verified, and so refused
            await write(request, self._deny(type(error).__name__))
            return
        try:
            back = await self._flow.back(push, arrived)
        except Exception:  # noqa: BLE001  see above
            logger.exception("a push could not be answered")
            back = Back()
        try:
            await write(request, self._made(push, back))
        except BaseException:
            if back.lost is not None:
                asyncio.ensure_future(back.lost())
            raise
        if back.settle is not None and time.monotonic() - arrived < PATIENCE_SECONDS:
            asyncio.ensure_future(settled(request, back.settle, *used(request)))

    def _made(self, push: Push, back: Back) -> HTTPResponse:
        if not back.text:
            return HTTPResponse(SUCCESS, content_type=PLAIN)
        body, kind = self._callback.reply(push, back.text)
        return HTTPResponse(body, content_type=kind)

    def _deny(self, reason: str) -> HTTPResponse:
        """One answer for whatever is wrong; the log says what, how often, and nothing of the request."""
        self.refused[reason] += 1
        now = time.monotonic()
        if now - self._told.get(reason, -TOLD_SECONDS) >= TOLD_SECONDS:
            self._told[reason] = now
            logger.warning("refused a request to the WeChat callback: %s, %d so far", reason, self.refused[reason])
        return HTTPResponse("forbidden", status=403, content_type=PLAIN)


def _query(request: Request) -> dict[str, str]:
    """The URL's parameters; one that is there twice is taken as the platform writes it, once: the first."""
    return {k: v[0] for k, v in request.get_args(keep_blank_values=True).items()}
