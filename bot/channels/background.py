"""Work of a channel beside its requests: it begins with the server and ends with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from sanic import Sanic

logger = logging.getLogger(__name__)


def while_serving(app: Sanic, work: Callable[[], Coroutine[Any, Any, None]], begins: str = "before_server_start") -> None:
    """Run a coroutine as long as the server runs.

    Args:
        begins: the server's event that it begins with.
    """

    async def start(running: Sanic, _loop: Any) -> None:
        running.add_task(work())

    app.register_listener(start, begins)


async def repeatedly(look: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Look for late answers again and again, for ever, with a pause before each look."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await look()
        except Exception:  # noqa: BLE001  a database that is away for a moment must not end this
            logger.exception("late answers could not be looked for")
