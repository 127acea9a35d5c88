"""The side panel's routes on a real server against the platform: who gets in, what is signed, what is kept. The search itself is in tests/browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from sanic import Sanic
from sqlalchemy import select

from bot import bootstrap
from bot.channels.panel import COOKIE, PER_MINUTE, SESSION_SECONDS, Panel
from bot.store.tables import Shown, Unanswered
from bot.wechat.api import wecom
from bot.wechat.tokens import InProcess
from bot.wecom.jssdk import AGENT_TICKET, CORP_TICKET, WHO, JsSdk
from bot.wecom.settings import AppSettings
from tests.bot.wecom.conftest import SECRET, Agent, Server
from tests.conftest import free_port
from tests.platform.wecom import WeCom, ticket_signature

Opened = Callable[..., aiohttp.ClientSession]


class Site:
    """A server with the panel."""

    def __init__(self, url: str, panel: Panel) -> None:
        self.url, self.panel = url, panel

    def browser(self, cookie: str | None = None, **headers: str) -> aiohttp.ClientSession:
        given = {"Cookie": f"{COOKIE}={cookie}"} if cookie is not None else {}
        return aiohttp.ClientSession(self.url, headers={**given, **headers}, cookie_jar=aiohttp.CookieJar(unsafe=True))


async def post(browser: aiohttp.ClientSession, path: str, **fields: Any) -> tuple[int, Any]:
    async with browser.post(f"/panel/{path}", json=fields) as answer:
        return answer.status, await answer.json()


@pytest.fixture
async def site(home: Path, monkeypatch: pytest.MonkeyPatch, platform: WeCom, agent: Agent) -> AsyncIterator[Site]:
    """With WeCom: the platform logs members in."""
    monkeypatch.setattr(Sanic, "test_mode", True)
    server = Server(f"panel_{home.name}", agent)
    port = free_port()
    monkeypatch.setattr("tests.bot.wecom.conftest.free_port", lambda: port)
    url = f"http://127.0.0.1:{port}"
    api = wecom(platform.url, platform.corpid, platform.secret, InProcess())
    app = AppSettings(platform.corpid, platform.agent, platform.secret, "t", (), public_url=url)
    panel = Panel(server.turns, SECRET, JsSdk(api, app, InProcess(), platform.url), url, demo=True)
    panel.serve(server.app)
    assert await server.start() == url
    yield Site(url, panel)
    await api.close()
    await server.stop()


@pytest.fixture
async def demo(home: Path, monkeypatch: pytest.MonkeyPatch, agent: Agent) -> AsyncIterator[Site]:
    """Without WeCom: the demonstration."""
    monkeypatch.setattr(Sanic, "test_mode", True)
    server = Server(f"demo_{home.name}", agent)
    panel = Panel(server.turns, SECRET, None, None, demo=True)
    panel.serve(server.app)
    yield Site(await server.start(), panel)
    await server.stop()


async def test_a_member_comes_in_through_wecom(site: Site, platform: WeCom) -> None:
    async with site.browser() as browser:
        async with browser.get("/panel") as answer:
            assert answer.status == 200 and "<title>" in await answer.text() and str(answer.url).endswith("/panel/")
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        cookie = next(x for x in browser.cookie_jar if x.key == COOKIE)
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/panel" and cookie.value.startswith("nurse.lin|")
        async with browser.get("/panel/words") as answer:
            found = await answer.json()
        assert found["sdk"] and found["words"]["en"]["title"] and found["words"]["zh"]["stage_testing"] == "检查期"
    assert platform.calls[WHO] == 1


async def test_the_way_to_the_login_says_what_is_asked(site: Site, platform: WeCom) -> None:
    async with site.browser() as browser, browser.get("/panel", allow_redirects=False) as answer:
        target = urlsplit(answer.headers["Location"])
        given = {k: v[0] for k, v in parse_qs(target.query).items()}
    assert target.path == "/connect/oauth2/authorize" and target.fragment == "wechat_redirect"
    assert given["appid"] == platform.corpid and given["scope"] == "snsapi_base" and given["redirect_uri"] == f"{site.url}/panel/login"
    assert given["agentid"] == str(platform.agent) and given["state"].isalnum()


@pytest.mark.parametrize("who", [{"openid": "o1", "external_userid": "wm1"}, {"userid": "other-corp/nurse"}, {}, {"userid": "a|9999999999|x"}])
async def test_who_is_no_member_stays_outside(site: Site, platform: WeCom, who: dict[str, Any]) -> None:
    async with site.browser() as browser:
        async with browser.get("/panel", allow_redirects=False) as answer:
            state = parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]
        platform.codes["c"] = who
        async with browser.get("/panel/login", params={"code": "c", "state": state}) as answer:
            assert answer.status == 403 and COOKIE not in {x.key for x in browser.cookie_jar}


async def test_a_login_belongs_to_the_browser_that_began_it(site: Site, platform: WeCom) -> None:
    platform.codes["c"] = {"userid": "nurse.lin"}
    async with site.browser() as first, first.get("/panel", allow_redirects=False) as answer:
        state = parse_qs(urlsplit(answer.headers["Location"]).query)["state"][0]
    async with site.browser() as other:
        for given in ({"code": "c", "state": state}, {"code": "c"}, {"state": state}, {"code": "c", "state": ""}):
            async with other.get("/panel/login", params=given) as answer:
                assert answer.status == 403
    assert platform.calls[WHO] == 0


def session(site: Site, user: str = "nurse.lin", seconds: int = SESSION_SECONDS) -> str:
    import time

    until = str(int(time.time()) + seconds)
    return f"{user}|{until}|{site.panel._sign(user, until)}"


async def test_without_our_signature_nobody_is_anybody(site: Site) -> None:
    good = session(site)
    wrong = ["", "|", "||", "nurse.lin", good[:-1], good.replace("lin", "wu"), session(site, seconds=-1), "nurse.lin|99999999999|" + "0" * 64, "é|1|é"]
    for cookie in (None, *wrong):
        async with site.browser(cookie) as browser:
            for path in ("words", "signature?url=x"):
                async with browser.get(f"/panel/{path}") as answer:
                    assert answer.status == 401
            for path in ("search", "missing", "sent"):
                assert (await post(browser, path, text="在哪看报告"))[0] == 401
    async with site.browser(good) as browser, browser.get("/panel/words") as answer:
        assert answer.status == 200


async def test_the_page_gets_signatures_by_both_tickets_that_are_kept(site: Site, platform: WeCom) -> None:
    url = f"{site.url}/panel/?code=1"
    async with site.browser(session(site)) as browser:
        for _ in range(3):
            async with browser.get("/panel/signature", params={"url": url + "#hash"}) as answer:
                found = await answer.json()
        for foreign in ("https://evil.invalid/panel", f"{site.url}.evil.invalid/panel", "", f"{site.url}/"):
            async with browser.get("/panel/signature", params={"url": foreign}) as answer:
                assert answer.status == 400
    assert found["corpid"] == platform.corpid and found["agentid"] == str(platform.agent)
    for part, kind in (("config", "corp"), ("agentConfig", "agent_config")):
        one = found[part]
        assert one["signature"] == ticket_signature(platform.tickets[kind], one["nonceStr"], one["timestamp"], url)
    assert platform.calls[CORP_TICKET] == platform.calls[AGENT_TICKET] == 1


async def test_wecom_that_does_not_answer_is_named(site: Site, platform: WeCom) -> None:
    platform.errors[CORP_TICKET].append(60020)
    async with site.browser(session(site)) as browser, browser.get("/panel/signature", params={"url": f"{site.url}/panel"}) as answer:
        assert (answer.status, await answer.json()) == (502, {"error": "error_wecom"})


async def test_a_missing_answer_is_noted_without_what_is_personal(site: Site) -> None:
    async with site.browser(session(site)) as browser:
        fields = {"text": "王小丽13800000001想知道冷冻费怎么交", "stage": "testing", "region": "x", "shown": ["howto.view-reports", "no.such", 5]}
        assert await post(browser, "missing", **fields) == (200, {"ok": True})
    with bootstrap.database().transaction() as database:
        (one,) = database.execute(select(Unanswered)).scalars().all()
        assert one.reason == "panel" and one.stage == "testing" and one.region is None and one.candidates == ["howto.view-reports"]
        assert "冷冻费怎么交" in one.text and "13800000001" not in one.text and "nurse" not in one.conversation


async def test_what_is_sent_is_a_line_of_the_audit(site: Site) -> None:
    async with site.browser(session(site)) as browser:
        assert (await post(browser, "sent", entry="howto.view-reports", language="en"))[0] == 200
        assert (await post(browser, "sent", entry="no.such"))[0] == 400
    with bootstrap.database().transaction() as database:
        assert [(x.entry, x.kind, x.language, x.conversation) for x in database.execute(select(Shown)).scalars()] == [
            ("howto.view-reports", "panel", "en", None)]


@pytest.mark.parametrize(("body", "kind", "status"), [
    (b"{}", "application/json", 400), (b'{"text": "  "}', "application/json", 400), (b'{"text": 5}', "application/json", 400),
    (b'{"text": "a"}', "text/plain", 400), (b"{", "application/json", 400), (b'{"text": "' + b"a" * 2001 + b'"}', "application/json", 413),
    (b'{"text": "' + b"a" * 40_000 + b'"}', "application/json", 400),
])
async def test_wrong_questions_are_named(site: Site, body: bytes, kind: str, status: int) -> None:
    async with site.browser(session(site), **{"Content-Type": kind}) as browser, browser.post("/panel/search", data=body) as answer:
        assert answer.status == status and (await answer.json())["error"].startswith("error_")


async def test_without_a_model_the_search_says_so_and_too_many_are_slowed(site: Site) -> None:
    async with site.browser(session(site)) as browser:
        assert await post(browser, "search", text="在哪看报告") == (503, {"error": "error_search"})     # this server's agent cannot read
        found = [(await post(browser, "missing", text="a"))[0] for _ in range(PER_MINUTE)]
    assert found.count(429) == 1


async def test_the_demonstration_opens_on_this_machine_only(demo: Site) -> None:
    async with demo.browser() as browser, browser.get("/panel") as answer:
        assert answer.status == 200
    for headers in ({"Host": "guide.example.invalid"}, {"X-Forwarded-For": "10.1.2.3"}, {"Forwarded": "for=10.1.2.3"}):
        async with demo.browser(None, **headers) as browser:
            async with browser.get("/panel") as answer:
                assert answer.status == 403 and "企业微信" in await answer.text()
            assert (await post(browser, "search", text="a"))[0] == 401
