"""Writing a callback's answer, and finding out whether it arrived: only then is it known that nobody asks for it again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from sanic.request import Request
from sanic.response import HTTPResponse

logger = logging.getLogger(__name__)

GIVEN_UP_SECONDS = 0.1      # until a connection that was given up before an answer was written is known to be
LOOKS = 5


async def write(request: Request, made: HTTPResponse) -> None:
    """Write the whole answer, here and not after the handler: what comes next is done only when it has gone out."""
    answer = await request.respond(made)
    await answer.send(end_stream=True)


def used(request: Request) -> tuple[Any, float]:
    """The request's connection, and when it was last read from or written to, by Sanic's clock."""
    connection = request.transport.get_protocol()
    return connection, getattr(connection, "_time", 0.0)


async def settled(request: Request, settle: Callable[[bool], Awaitable[None]], connection: Any, written: float) -> None:
    """Note that an answer arrived. A connection that is closed as soon as it was written to may have been given up before: then it is not certain,
    unless something came on it meanwhile, for the next request is sent when the answer has been read.

    Args:
        settle: its argument says whether it certainly arrived.
        written: when the answer was.
    """
    closes = request.version == "1.0" or request.headers.get("connection", "").lower() == "close"
    try:
        for _ in range(LOOKS):      # several times: a loop that was busy runs its timers before it learns of closed connections
            await asyncio.sleep(GIVEN_UP_SECONDS / LOOKS)
        await settle(closes or not request.transport.is_closing() or getattr(connection, "_time", 0.0) > written)
    except Exception as error:  # noqa: BLE001  what was given back and could not be noted settles itself
        logger.warning("a delivery could not be settled: %s", type(error).__name__)
