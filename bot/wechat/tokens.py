"""The access token: fetched by one process, used by all, renewed five minutes before it ends.

Within a process one task fetches and the others wait for it; between processes a lock in Redis does the same. Without Redis each process has its own
copy, which costs nothing with `stable_token` and `gettoken`: both give the same token to whoever asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

logger = logging.getLogger(__name__)

EARLY_SECONDS = 300.0           # before the end, when both the old and the new token are good
FORCE_SECONDS = 600             # between two forced renewals: the platform allows 20 a day
LOCK_SECONDS = 15
WAIT_SECONDS = 0.05


@dataclass(frozen=True)
class Token:
    """An access token and when it is to be renewed, in seconds since 1970."""

    value: str
    until: float

    @classmethod
    def lasting(cls, value: str, expires_in: float, now: float) -> Token:
        """One that the platform has just given. One that ends within five minutes is used for half of its time."""
        return cls(value, now + (expires_in - EARLY_SECONDS if expires_in > EARLY_SECONDS else expires_in / 2))


class Shared(Protocol):
    """What processes share: texts that last for some seconds."""

    async def get(self, key: str) -> str | None:
        """A text; None where there is none any more."""

    async def put(self, key: str, value: str, seconds: float) -> None:
        """Keep a text."""

    async def claim(self, key: str, seconds: int) -> bool:
        """Whether this key was nobody's; then it is ours for some seconds."""

    async def release(self, key: str) -> None:
        """Give a claimed key back."""


class InProcess:
    """What tasks of one process share."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._kept: dict[str, tuple[str, float]] = {}
        self._clock = clock

    async def get(self, key: str) -> str | None:
        """See `Shared`."""
        value, until = self._kept.get(key, ("", 0.0))
        return value if until > self._clock() else None

    async def put(self, key: str, value: str, seconds: float) -> None:
        """See `Shared`."""
        self._kept[key] = value, self._clock() + seconds

    async def claim(self, key: str, seconds: int) -> bool:
        """See `Shared`."""
        free = await self.get(key) is None
        if free:
            await self.put(key, "1", seconds)
        return free

    async def release(self, key: str) -> None:
        """See `Shared`."""
        self._kept.pop(key, None)


class InRedis:
    """What processes share through Redis. Where it is away each goes on alone: a token more is fetched, nothing fails.

    Args:
        url: of the server.
    """

    def __init__(self, url: str) -> None:
        self._url, self._alone = url, InProcess()
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()

    def _client(self) -> Any:
        """One for each event loop: its connections belong there."""
        from redis import asyncio as redis

        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = redis.from_url(self._url, decode_responses=True, socket_timeout=1.0, socket_connect_timeout=1.0)
        return self._clients[loop]

    async def _do(self, work: Callable[[Any], Awaitable[Any]], otherwise: Awaitable[Any]) -> Any:
        from redis.exceptions import RedisError

        try:
            made = await work(self._client())
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            logger.warning("Redis is away: %s", type(error).__name__)
            return await otherwise
        if asyncio.iscoroutine(otherwise):
            otherwise.close()
        return made

    async def get(self, key: str) -> str | None:
        """See `Shared`."""
        found: str | None = await self._do(lambda x: x.get(key), self._alone.get(key))
        return found

    async def put(self, key: str, value: str, seconds: float) -> None:
        """See `Shared`."""
        await self._alone.put(key, value, seconds)
        await self._do(lambda x: x.set(key, value, px=max(1, int(seconds * 1000))), asyncio.sleep(0))

    async def claim(self, key: str, seconds: int) -> bool:
        """See `Shared`."""
        return bool(await self._do(lambda x: x.set(key, "1", nx=True, ex=seconds), self._alone.claim(key, seconds)))

    async def release(self, key: str) -> None:
        """See `Shared`."""
        await self._alone.release(key)
        await self._do(lambda x: x.delete(key), asyncio.sleep(0))


class Tokens:
    """The tokens of one account.

    Args:
        account: what they belong to: AppID, or CorpID and app.
        fetch: asks the platform; its argument says whether a new one is forced.
        shared: between tasks, or between processes.
        clock: seconds since 1970.
    """

    def __init__(
        self, account: str, fetch: Callable[[bool], Awaitable[Token]], shared: Shared, clock: Callable[[], float] = time.time
    ) -> None:
        self._fetch, self._shared, self._clock = fetch, shared, clock
        self._key = "ivf-guide:token:" + hashlib.sha256(account.encode()).hexdigest()[:24]
        self._mine: Token | None = None
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    async def token(self) -> str:
        """The token as of now.

        Raises:
            whatever fetching it raises.
        """
        mine = self._mine
        return mine.value if mine is not None and self._clock() < mine.until else await self._get(None)

    async def renewed(self, refused: str) -> str:
        """Another one than that which was refused, where the platform gives one: others may have fetched it already.

        Returns:
            The same as `refused` where the platform still thinks it good.
        """
        return await self._get(refused)

    async def forced(self, refused: str) -> str | None:
        """A new one by force, at most once in ten minutes between all processes; None where that was done lately."""
        if not await self._shared.claim(self._key + ":forced", FORCE_SECONDS):
            found = await self._kept(refused)
            return None if found is None else found.value
        logger.error("ALERT  the platform refuses access tokens it has just given: a new one is forced; is another program fetching them?")
        return await self._keep(await self._fetch(True))

    async def _get(self, refused: str | None) -> str:
        async with self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            found = await self._kept(refused)
            if found is not None:
                return found.value
            claimed = await self._shared.claim(self._key + ":lock", LOCK_SECONDS)
            if not claimed and (found := await self._others(refused)) is not None:
                return found.value
            try:
                return await self._keep(await self._fetch(False))
            finally:
                if claimed:
                    await self._shared.release(self._key + ":lock")

    async def _others(self, refused: str | None) -> Token | None:
        """What another process is fetching just now; None where it does not come."""
        for _ in range(int(5.0 / WAIT_SECONDS)):
            await asyncio.sleep(WAIT_SECONDS)
            found = await self._kept(refused)
            if found is not None:
                return found
        return None

    async def _kept(self, refused: str | None) -> Token | None:
        text = await self._shared.get(self._key)
        with contextlib.suppress(ValueError, TypeError):
            found = Token(*json.loads(text or "[]"))
            if found.value != refused and self._clock() < found.until:
                self._mine = found
                return found
        return None

    async def _keep(self, token: Token) -> str:
        self._mine = token
        await self._shared.put(self._key, json.dumps([token.value, token.until]), max(1.0, token.until - self._clock()))
        return token.value
