"""The action server's address with connections that stay open: Rasa makes a client, and with it a connection, for each call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from rasa.utils.endpoints import DEFAULT_REQUEST_TIMEOUT, EndpointConfig

IDLE_SECONDS = 3.0      # less than the five after which the action server closes: a call must not meet a closing connection


class ActionEndpoint(EndpointConfig):
    """One client for each event loop that calls; it lives as long as the process.

    Args:
        url: of the action server's webhook.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._clients: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """The client, open before and after."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS)
            self._clients[loop] = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=DEFAULT_REQUEST_TIMEOUT))
        yield self._clients[loop]
