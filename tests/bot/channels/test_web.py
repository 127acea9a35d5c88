"""The chat page's routes on a real server: cookies, retries, the rate limit. Only the turn behind them is the tests' own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from rasa.core.channels.channel import UserMessage, register
from sanic import Sanic

from bot import bootstrap
from bot.channels.turns import Turns
from bot.channels.web import COOKIE, PER_MINUTE, WebChannel
from bot.store.messages import WebMessages
from tests.conftest import free_port

SECRET = b"0123456789abcdef"


class Agent:
    """Answers every message with its own words."""

    def __init__(self) -> None:
        self.seen: list[UserMessage] = []

    async def handle_message(self, message: UserMessage) -> None:
        self.seen.append(message)
        await message.output_channel.send_response(message.sender_id, {"text": f"re: {message.text}", "custom": {"reply": {"kind": "answer"}}})


class Site:
    """A server on a free port and what a browser does with it."""

    def __init__(self, url: str, agent: Agent, turns: Turns) -> None:
        self.url, self.agent, self.turns = url, agent, turns

    def browser(self, cookie: str | None = None) -> aiohttp.ClientSession:
        headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie is not None else {}
        return aiohttp.ClientSession(self.url, headers=headers, cookie_jar=aiohttp.CookieJar(unsafe=True))

    @staticmethod
    async def open(browser: aiohttp.ClientSession, view: str = "private") -> dict[str, Any]:
        async with browser.get("/webhooks/web/session", params={"view": view}) as answer:
            assert answer.status == 200
            return await answer.json()

    @staticmethod
    async def send(browser: aiohttp.ClientSession, **fields: Any) -> tuple[int, Any]:
        async with browser.post("/webhooks/web/messages", json=fields) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def site(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(Sanic, "test_mode", True)       # lets a process start more than one server
    agent, app = Agent(), Sanic(f"site_{home.name}".replace("-", "_")[:60], configure_logging=False)
    app.ctx.agent = agent
    bootstrap.embedder().vector("你好")
    turns = Turns(app, 5.0)
    web = WebChannel(turns, SECRET, WebMessages(bootstrap.database()))
    register([web], app, route="/webhooks/")
    web.page(app)
    server = await app.create_server(port=free_port(), host="127.0.0.1", return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.start_serving()
    yield Site(f"http://127.0.0.1:{server.server.sockets[0].getsockname()[1]}", agent, turns)
    server.close()
    await server.wait_closed()
    Sanic._app_registry.pop(app.name, None)


async def test_a_visitor_keeps_her_conversation_and_nobody_else_sees_it(site: Site) -> None:
    async with site.browser() as hers, site.browser() as other:
        assert (await site.open(hers))["messages"] == []
        await site.open(other)
        status, made = await site.send(hers, text="你好", id="1")
        assert status == 200 and [x["text"] for x in made["messages"]] == ["你好", "re: 你好"]
        assert (await site.open(hers))["messages"] == made["messages"]
        assert (await site.open(hers, "group"))["messages"] == (await site.open(other))["messages"] == []


async def test_the_cookie_is_out_of_reach_of_scripts(site: Site) -> None:
    async with site.browser() as browser, browser.get("/webhooks/web/session") as answer:
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    async with site.browser() as browser, browser.get("/", headers={"X-Forwarded-Proto": "https"}) as answer:
        assert "Secure" in answer.headers["Set-Cookie"] and "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("cookie", [None, "", ".", "visitor", "visitor.", "visitor." + "0" * 64, "." + "0" * 64, '"\xff\xfe.x"', "访客.签名"])
async def test_without_our_signature_nobody_is_anybody(site: Site, cookie: str | None) -> None:
    async with site.browser(cookie) as browser:
        assert (await site.send(browser, text="你好"))[0] == 401
        async with browser.get("/webhooks/web/events") as answer:
            assert answer.status == 401
    assert site.agent.seen == []


async def test_a_signature_is_for_one_visitor(site: Site) -> None:
    async with site.browser() as browser:
        await site.open(browser)
        visitor, _, signature = next(x.value for x in browser.cookie_jar if x.key == COOKIE).partition(".")
    for forged in (f"{visitor}x.{signature}", f"{visitor}.{signature[:-1]}", f"{visitor[:-1]}.{signature}"):
        async with site.browser(forged) as browser:
            assert (await site.send(browser, text="你好"))[0] == 401


async def test_a_retry_is_not_answered_twice(site: Site) -> None:
    async with site.browser() as browser, site.browser() as other:
        await site.open(browser)
        await site.open(other)
        first = await site.send(browser, text="你好", id="1")
        assert await site.send(browser, text="你好", id="1") == first
        assert len(site.agent.seen) == 1
        await site.send(browser, text="你好", id="2")
        await site.send(other, text="你好", id="1")
        await site.send(browser, text="没有号码")
        await site.send(browser, text="没有号码")
    assert len(site.agent.seen) == 5


async def test_who_sends_too_fast_is_asked_to_slow_down(site: Site) -> None:
    async with site.browser() as fast, site.browser() as other:
        await site.open(fast)
        await site.open(other)
        found = [(await site.send(fast, text="1", tap="b"))[0] for _ in range(PER_MINUTE + 2)]
        assert found == [200] * PER_MINUTE + [429] * 2
        assert (await site.send(other, text="你好"))[0] == 200
    assert len(site.agent.seen) == PER_MINUTE + 1


@pytest.mark.parametrize(("fields", "status", "error"), [
    ({"text": ""}, 400, "empty"), ({"text": 5}, 400, "error_request"), ({"text": "长" * 4001}, 413, "too_long")])
async def test_wrong_messages_are_named(site: Site, fields: dict[str, Any], status: int, error: str) -> None:
    async with site.browser() as browser:
        await site.open(browser)
        assert await site.send(browser, **fields) == (status, {"error": error})


async def test_half_an_emoji_leaves_the_history_readable(site: Site) -> None:
    async with site.browser() as browser:
        await site.open(browser)
        async with browser.post("/webhooks/web/messages", data=b'{"text": "a\\ud83d"}') as answer:
            assert answer.status == 200
        assert len((await site.open(browser))["messages"]) == 2


async def _pushed(answer: aiohttp.ClientResponse) -> str:
    async for line in answer.content:
        if line.startswith(b"data:"):
            return line.decode()
    return ""


@pytest.mark.parametrize("after", ["0", "²", "x", "-1", "9" * 30])
async def test_pushed_messages_reach_the_open_page(site: Site, after: str) -> None:
    async with site.browser() as browser:
        await site.open(browser)
        await site.send(browser, text="你好")
        async with browser.get("/webhooks/web/events", params={"after": after}) as answer:
            assert answer.status == 200
            assert "你好" in await asyncio.wait_for(_pushed(answer), 3)


EMERGENCY = "取卵后第二天肚子疼得直不起腰"


async def test_an_emergency_is_answered_however_fast_she_writes(site: Site) -> None:
    async with site.browser() as browser:
        await site.open(browser)
        for _ in range(PER_MINUTE + 1):
            await site.send(browser, text="1", tap="b")
        status, made = await site.send(browser, text=EMERGENCY, id="9")
        assert status == 200 and [x["kind"] for x in made["messages"]] == ["", "emergency"]
        assert [x["kind"] for x in (await site.open(browser))["messages"][-2:]] == ["", "emergency"]


async def test_an_emergency_is_answered_without_a_database(site: Site, home: Path) -> None:
    async with site.browser() as browser:
        await site.open(browser)
        bootstrap.database().engine.dispose()
        for file in home.glob("guide.db*"):
            file.unlink()
        status, made = await site.send(browser, text=EMERGENCY, id="9")
        assert status == 200 and [(x["id"], x["kind"]) for x in made["messages"]] == [(None, ""), (None, "emergency")]


async def test_personal_numbers_are_masked_before_the_history_keeps_them(site: Site) -> None:
    async with site.browser() as browser:
        await site.open(browser)
        _, made = await site.send(browser, text="我电话13800000001，在哪看报告")
        assert "13800000001" not in str(made) + str(await site.open(browser))


async def test_her_data_is_a_file_for_her_alone(site: Site) -> None:
    async with site.browser() as hers, site.browser() as other:
        await site.open(hers)
        await site.open(other)
        await site.send(hers, text="在哪看报告")
        async with hers.get("/webhooks/web/export") as answer:
            found = await answer.json()
            assert answer.status == 200 and "attachment" in answer.headers["Content-Disposition"]
        assert [x["payload"]["text"] for x in found["private"]["web_message"]][0] == "在哪看报告" and found["group"] == {}
        async with other.get("/webhooks/web/export") as answer:
            assert await answer.json() == {"private": {}, "group": {}}
    async with site.browser() as nobody, nobody.get("/webhooks/web/export") as answer:
        assert answer.status == 401


@pytest.mark.parametrize("breaks", ["hangs", "raises"])
async def test_with_tables_that_do_not_answer_she_gets_the_apology_in_time(site: Site, monkeypatch: pytest.MonkeyPatch, breaks: str) -> None:
    monkeypatch.setattr("bot.channels.web.TABLES_SECONDS", 0.1)
    monkeypatch.setattr(site.turns, "deadline", 0.2)
    gone_on = threading.Event()

    def broken(*_: Any) -> Any:
        if breaks == "raises":
            raise OSError("no database")
        gone_on.wait(20)
        return []

    async with site.browser() as hers:
        await site.open(hers)
        with monkeypatch.context() as during:
            during.setattr(WebMessages, "add", broken)
            try:
                status, made = await site.send(hers, text="报告在哪看", id="1")
            finally:
                gone_on.set()
        assert status == 200 and [(x["author"], x["kind"]) for x in made["messages"]] == [("patient", ""), ("bot", "failed")]
        assert "010-5555-0101" in made["messages"][1]["text"]
