"""One turn at a time within one process."""

from __future__ import annotations

import asyncio

import pytest
from rasa.core.lock_store import LockError, LockStore
from rasa.utils.endpoints import EndpointConfig

from bot.rasa_parts import lock_store
from bot.rasa_parts.lock_store import ConversationLockStore


async def test_fifty_turns_keep_their_order_and_never_overlap() -> None:
    store, inside, order = ConversationLockStore(), 0, []

    async def turn(n: int) -> None:
        nonlocal inside
        async with store.lock("a"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0.001)
            order.append(n)
            inside -= 1

    await asyncio.gather(*(turn(n) for n in range(50)))
    assert order == list(range(50))
    assert not store._locks, "a conversation that nobody uses is kept in memory"


async def test_conversations_do_not_wait_for_each_other() -> None:
    store = ConversationLockStore()
    async with store.lock("a"):
        other = store.lock("b")
        await asyncio.wait_for(other.__aenter__(), 1)
        await other.__aexit__(None, None, None)


async def test_a_turn_that_fails_or_is_cancelled_frees_the_conversation() -> None:
    store = ConversationLockStore()
    with pytest.raises(ZeroDivisionError):
        async with store.lock("a"):
            raise ZeroDivisionError
    async with store.lock("a"):
        waiting = asyncio.create_task(store.lock("a").__aenter__())
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with store.lock("a"):
        pass
    assert not store._locks


async def test_waiting_ends_with_rasas_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_store, "WAIT_SECONDS", 0.05)
    store = ConversationLockStore()
    async with store.lock("a"):
        with pytest.raises(LockError):
            async with store.lock("a"):
                pytest.fail("two turns at once")
    assert not store._locks


@pytest.mark.parametrize("name", ["ConversationLockStore", "RedisConversationLockStore"])
def test_rasa_finds_it_by_its_name(name: str) -> None:
    made = LockStore.create(EndpointConfig("redis://127.0.0.1:1/0", type=f"bot.rasa_parts.lock_store.{name}"))
    assert type(made) is getattr(lock_store, name)
