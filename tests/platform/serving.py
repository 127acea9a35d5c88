"""A loopback HTTP server in a thread of its own, so that tests of either kind, and other processes, can talk to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import aiohttp
from aiohttp import web

T = TypeVar("T")


class Serving:
    """An aiohttp application on a free port.

    Attributes:
        url: its address.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name=type(self).__name__, daemon=True)
        self._thread.start()
        self.url = self.do(self._up())

    def routes(self, app: web.Application) -> None:
        """Add what it serves."""
        raise NotImplementedError

    def do(self, work: Coroutine[Any, Any, T], seconds: float = 120.0) -> T:
        """Run something in its thread and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def close(self) -> None:
        """The end."""
        self.do(self._down())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    async def _up(self) -> str:
        app = web.Application()
        self.routes(app)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _down(self) -> None:
        await self.client.close()
        await self._runner.cleanup()
