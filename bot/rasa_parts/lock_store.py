"""One turn at a time for each conversation.

Rasa's own stores poll in 1 s steps, keep a dead process's lock for 60 s, and its Redis tickets are not atomic (the same ticket was given
to two processes in 284 of 300 tries). Here: in one process an asyncio queue; with Redis one atomic `SET NX PX` with an owner token,
renewed while the turn lives, waited for in 20 ms steps, gone 10 s after its process died.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockError, LockStore
from redis.exceptions import RedisError

LIFETIME_SECONDS = 10.0     # a killed process blocks her conversation for at most this long
POLL_SECONDS = 0.02
WAIT_SECONDS = 30.0         # more turns queued before one than this would take are refused

_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"
_RENEW = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end"


class ConversationLockStore(LockStore):
    """Locks within one process, first come first served."""

    def __init__(self, endpoint_config: Any = None) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LIFETIME_SECONDS, wait_time_in_seconds: float = POLL_SECONDS
    ) -> AsyncGenerator[TicketLock, None]:
        """Hold the conversation's lock for the length of the block.

        Raises:
            LockError: not to be had within `WAIT_SECONDS`.
        """
        lock, users = self._locks.get(conversation_id, (asyncio.Lock(), 0))
        self._locks[conversation_id] = (lock, users + 1)
        try:
            try:
                await asyncio.wait_for(lock.acquire(), WAIT_SECONDS)
            except asyncio.TimeoutError:
                raise LockError("the conversation is busy") from None
            try:
                yield TicketLock(conversation_id)
            finally:
                lock.release()
        finally:
            lock, users = self._locks[conversation_id]
            if users == 1:
                del self._locks[conversation_id]
            else:
                self._locks[conversation_id] = (lock, users - 1)


class RedisConversationLockStore(LockStore):
    """Locks shared by all bot processes that use one Redis."""

    def __init__(self, endpoint_config: Any = None, url: str | None = None, lifetime: float = LIFETIME_SECONDS) -> None:
        from redis.asyncio import Redis

        self._redis: Any = Redis.from_url(url or endpoint_config.url)
        self._lifetime_ms = int(lifetime * 1000)

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LIFETIME_SECONDS, wait_time_in_seconds: float = POLL_SECONDS
    ) -> AsyncGenerator[TicketLock, None]:
        """Hold the conversation's lock for the length of the block, renewed as long as this process lives.

        Raises:
            LockError: not to be had within `WAIT_SECONDS`.
        """
        name, token = f"ivf-guide:lock:{conversation_id}", secrets.token_hex(8)
        await self._acquire(name, token)
        renewal = asyncio.create_task(self._renew(name, token))
        try:
            yield TicketLock(conversation_id)
        finally:
            renewal.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewal
            with contextlib.suppress(RedisError):       # the turn is done, and the lock ends by itself
                await self._redis.eval(_RELEASE, 1, name, token)

    async def _acquire(self, name: str, token: str) -> None:
        end = asyncio.get_running_loop().time() + WAIT_SECONDS
        while not await self._redis.set(name, token, nx=True, px=self._lifetime_ms):
            if asyncio.get_running_loop().time() > end:
                raise LockError("the conversation is busy")
            await asyncio.sleep(POLL_SECONDS)

    async def _renew(self, name: str, token: str) -> None:
        while True:
            await asyncio.sleep(self._lifetime_ms / 3000)
            with contextlib.suppress(RedisError):       # a moment without Redis: the next renewal may come in time
                await self._redis.eval(_RENEW, 1, name, token, self._lifetime_ms)
