"""One turn at a time among processes that share a Redis: here a real one, on a free port."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from rasa.core.lock_store import LockError

from bot.rasa_parts import lock_store
from bot.rasa_parts.lock_store import RedisConversationLockStore

NAME = "ivf-guide:lock:a"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    """A redis-server of the tests' own."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    folder: Path = tmp_path_factory.mktemp("redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    for _ in range(100):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    yield client
    client.close()
    process.terminate()
    process.wait(10)


@pytest.fixture
def url(server: redis.Redis) -> str:
    server.flushall()
    return f"redis://127.0.0.1:{server.connection_pool.connection_kwargs['port']}/0"


async def test_never_two_holders_in_300_tries(url: str) -> None:
    """Two processes' stores want the same conversation at the same moment, for 300 conversations."""
    stores, inside, tried, twice = [RedisConversationLockStore(url=url) for _ in range(2)], Counter(), Counter(), []

    async def turn(store: RedisConversationLockStore, name: str) -> None:
        async with store.lock(name):
            inside[name] += 1
            if inside[name] > 1:
                twice.append(name)
            await asyncio.sleep(0.002)
            inside[name] -= 1
            tried[name] += 1

    for start in range(0, 300, 50):
        await asyncio.gather(*(turn(store, str(n)) for n in range(start, start + 50) for store in stores))
    assert twice == [] and set(tried.values()) == {2} and len(tried) == 300


async def test_a_turn_longer_than_the_lifetime_keeps_its_lock(url: str, server: redis.Redis) -> None:
    holder = RedisConversationLockStore(url=url, lifetime=0.3)
    async with holder.lock("a"):
        mine = server.get(NAME)
        await asyncio.sleep(0.8)
        assert server.get(NAME) == mine
        assert not server.set(NAME, "another", nx=True)
    assert server.get(NAME) is None


async def test_the_lock_of_a_dead_process_expires(url: str) -> None:
    """An event loop that never runs again is a process that was killed: nothing is renewed, nothing released."""
    dead, held = asyncio.new_event_loop(), RedisConversationLockStore(url=url, lifetime=0.5).lock("a")
    await asyncio.to_thread(dead.run_until_complete, held.__aenter__())
    started = time.monotonic()
    async with RedisConversationLockStore(url=url).lock("a"):
        assert 0.3 < time.monotonic() - started < 1.5
    held.gen = None     # type: ignore[attr-defined]


async def test_only_the_owner_releases_and_renews(url: str, server: redis.Redis) -> None:
    async with RedisConversationLockStore(url=url, lifetime=0.15).lock("a"):
        server.set(NAME, "another's", px=60_000)     # this one's had expired
        await asyncio.sleep(0.1)
        assert server.pttl(NAME) > 50_000
    assert server.get(NAME) == b"another's"


async def test_waiting_ends_with_rasas_own_error(url: str, server: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_store, "WAIT_SECONDS", 0.1)
    server.set(NAME, "another's")
    with pytest.raises(LockError):
        async with RedisConversationLockStore(url=url).lock("a"):
            pytest.fail("two turns at once")
    assert server.get(NAME) == b"another's"


async def test_a_failing_turn_frees_the_conversation(url: str, server: redis.Redis) -> None:
    with pytest.raises(ZeroDivisionError):
        async with RedisConversationLockStore(url=url).lock("a"):
            raise ZeroDivisionError
    assert server.get(NAME) is None


async def test_a_turn_is_not_lost_when_redis_hiccups_at_its_end(url: str, server: redis.Redis) -> None:
    async with RedisConversationLockStore(url=url, lifetime=0.15).lock("a"):
        server.execute_command("CONFIG", "SET", "maxclients", "1")
        server.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await asyncio.sleep(0.15)
    server.execute_command("CONFIG", "SET", "maxclients", "10000")
