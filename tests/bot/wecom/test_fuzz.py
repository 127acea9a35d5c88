"""Mutated bodies and queries at both callbacks: nothing but an answer or a refusal, and nothing of them in a log."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.wecom_app import WecomAppChannel
from bot.channels.wecom_bot import WecomBotChannel
from tests.bot.wecom.conftest import Agent
from tests.bot.wecom.test_app import app  # noqa: F401  the app's server
from tests.platform.wecom import WeCom

ROUNDS = 400
Mutate = Callable[[random.Random, bytes], bytes]


def flipped(chance: random.Random, body: bytes) -> bytes:
    made = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)


MUTATIONS: tuple[Mutate, ...] = (
    flipped, lambda chance, body: body[:chance.randrange(len(body))], lambda chance, body: body * chance.randint(2, 4),
    lambda chance, body: b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + body, lambda chance, body: bytes(chance.randrange(256) for _ in range(chance.randint(0, 300))),
    lambda chance, body: body.decode("utf-8", "replace").encode("gb18030"), lambda chance, body: b"[" * chance.randint(1, 3000), lambda _, body: b"\0" + body,
)


async def outside(platform: WeCom, body: bytes, given: dict[str, str]) -> int:
    return (await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(platform.post(body, given), platform.loop)))[0]


async def test_broken_envelopes(bot: WecomBotChannel, platform: WeCom, agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    chance, found = random.Random(20261122), Counter[int]()
    encrypted, given = platform.sealed(json.dumps(platform.text("u1", "秘密的话"), ensure_ascii=False))
    body = json.dumps({"encrypt": encrypted}).encode()
    with caplog.at_level(logging.INFO):
        for _ in range(ROUNDS):
            query = dict(given)
            if chance.random() < 0.3:
                query[chance.choice(list(query))] = chance.choice(["", "x", "9" * 40, "\udcff".encode("utf-8", "replace").decode(), "💉", "-1", "1e5"])
            found[await outside(platform, chance.choice(MUTATIONS)(chance, body), query)] += 1
    assert set(found) <= {403, 200, 413} and found[403] > ROUNDS / 2 and len(agent.seen) <= 1       # some leave the body as it was
    assert "秘密" not in caplog.text and encrypted[:40] not in caplog.text


def broken(chance: random.Random, body: dict[str, Any]) -> str:
    """A message that is signed well and makes no sense."""
    values: list[Any] = [None, "", 5, -1.5, True, [], {}, [{}], {"a": {"b": []}}, "长" * 500, "\u0000", "\ud83d", "st-1", "group", "event", "stream", "mixed"]
    made = json.loads(json.dumps(body))
    for _ in range(chance.randint(1, 4)):
        place = made
        while chance.random() < 0.4 and (deeper := [x for x in place.values() if isinstance(x, dict) and x]):
            place = chance.choice(deeper)
        place[chance.choice([*place, "event", "mixed", "stream"])] = json.loads(json.dumps(chance.choice(values)))
    text = json.dumps(made, ensure_ascii=chance.random() < 0.5)
    return text if chance.random() < 0.9 else text[:chance.randrange(len(text))]


async def test_signed_nonsense(bot: WecomBotChannel, platform: WeCom, agent: Agent, caplog: pytest.LogCaptureFixture) -> None:
    chance, found = random.Random(7), Counter[int]()
    bodies = [platform.text("u1", "秘密的话", "wrG"), platform.message("u1", "mixed", mixed={"msg_item": [{"msgtype": "text", "text": {"content": "秘密的话"}}]}),
              platform.event("u1", "feedback_event", id="g1-1-0", type=2), {**platform.message("u1", "stream"), "stream": {"id": "x"}},
              platform.message("u1", "voice", voice={"content": "秘密的话"})]
    with caplog.at_level(logging.INFO):
        for _ in range(ROUNDS):
            text = broken(chance, chance.choice(bodies)).encode("utf-8", "replace").decode()
            encrypted, given = platform.sealed(text)
            found[await outside(platform, json.dumps({"encrypt": encrypted}).encode(), given)] += 1
    assert set(found) == {200, 403} and found[200] > 50
    assert "秘密" not in caplog.text and "could not be answered" not in caplog.text


async def test_the_apps_envelopes(app: WecomAppChannel, platform: WeCom, agent: Agent) -> None:  # noqa: F811
    chance, found = random.Random(3), Counter[int]()
    body = b"<xml><ToUserName><![CDATA[ww1]]></ToUserName><Encrypt><![CDATA[AAAA]]></Encrypt></xml>"
    for _ in range(ROUNDS // 2):
        found[await outside(platform, chance.choice(MUTATIONS)(chance, body), {"msg_signature": "0" * 40, "timestamp": "1", "nonce": "n"})] += 1
    assert set(found) <= {403, 413} and agent.seen == []
