"""What the callbacks of WeCom's AI bot and of its app share: parameters, the verification of the address, refusals."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.wechat.crypto import Denied
from bot.wecom.callbacks import Callback

logger = logging.getLogger(__name__)


class Refusals:
    """Counts what is refused: a line in the log without anything of it."""

    def __init__(self, channel: str) -> None:
        self._channel, self._counts = channel, Counter[str]()

    def refused(self, reason: str) -> HTTPResponse:
        """The one answer to everything that is not accepted."""
        self._counts[reason] += 1
        logger.warning("%s: refused (%s), %d so far", self._channel, reason, self._counts[reason])
        return response.text("refused", status=403)


def query(request: Request) -> dict[str, str]:
    """The first value of each parameter of the URL."""
    return {key: values[0] for key, values in request.args.items() if values}


def verification(callback: Callback, refusals: Refusals) -> Callable[[Request], Awaitable[HTTPResponse]]:
    """The handler of the GET with which the platform tries an address."""

    async def verify(request: Request) -> HTTPResponse:
        try:
            return response.text(callback.verify(query(request)))
        except Denied as denied:
            return refusals.refused(denied.reason)

    return verify
