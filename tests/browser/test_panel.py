"""The side panel in a real browser, against a running bot with its trained model; WeCom's side is the platform, its client's script a double."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect, sync_playwright
from sqlalchemy import select

from bot import training
from bot.settings import read
from bot.store.database import Database, engine, migrate
from bot.store.tables import Shown, Unanswered
from tests.browser.test_chat_page import ARGUMENTS, CHROMIUM, colour, lightness
from tests.conftest import free_port
from tests.platform.wecom import WeCom
from tests.safety.conftest import environment, running, until

CLIENT = "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 wxwork/4.1.30 MicroMessenger/7.0.1"
#: What WeCom's client gives a page: it records what it is asked, and sends.
SCRIPT = """window.calls = window.calls || {agentConfig: [], sent: []};
window.wx = {config() {}, agentConfig(given) { window.calls.agentConfig.push(given); window.refuse ? given.fail({}) : given.success({}); },
  invoke(name, body, done) { window.calls.sent.push([name, body]); done({err_msg: `sendChatMessage:${window.answer || "ok"}`}); }};"""
SHOTS = os.environ.get("PANEL_SHOTS")       # a folder that gets pictures, to be looked at
SECONDS = 20_000

pytestmark = pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed")


class Running:
    """A bot with the panel on, and the platform that logs members in."""

    def __init__(self, url: str, platform: WeCom, database: Database) -> None:
        self.url, self.platform, self.database = url, platform, database


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if training.newest(read().models) is None:
        pytest.skip("no trained model: run `make train`")
    import sys

    folder, platform, port = tmp_path_factory.mktemp("panel"), WeCom(), free_port()
    url = f"http://127.0.0.1:{port}"
    given = {
        "WECOM_CORPID": platform.corpid, "WECOM_AGENT_ID": str(platform.agent), "WECOM_SECRET": platform.secret, "WECOM_TOKEN": platform.token,
        "WECOM_AES_KEY": platform.aes_key, "WECOM_API": platform.url, "WECOM_LOGIN": platform.url, "WECOM_PUBLIC_URL": url,
    }
    env = environment(folder, PORT=str(port), **given)
    database = f"sqlite:///{folder / 'var' / 'guide.db'}"
    migrate(database)
    log = folder / "bot.log"
    with running([sys.executable, "-m", "bot"], log, env) as process:
        until(lambda: process.poll() is not None or _get(f"{url}/panel/static/panel.js") != b"", "the bot did not start", log=log)
        assert process.poll() is None, log.read_text(errors="replace")[-3000:]
        yield Running(url, platform, Database(engine(database)))
    platform.close()


def _get(url: str) -> bytes:
    import urllib.request

    with urllib.request.urlopen(url, timeout=5) as answer:
        return bytes(answer.read())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield made
        made.close()


OpenPanel = Callable[..., Page]


@pytest.fixture
def open_panel(browser: Browser, site: Running) -> Iterator[OpenPanel]:
    """Opens the panel as a member; what the browser complains about fails the test, unless it makes the trouble itself."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(*, client: bool = False, script: str = SCRIPT, trouble: bool = False, **options: Any) -> Page:
        agent = {"user_agent": CLIENT} if client else {}
        context = browser.new_context(**{"locale": "zh-CN", "viewport": {"width": 375, "height": 720}, "reduced_motion": "reduce", **agent, **options})
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if not trouble:
            page.on("console", lambda message: complaints.append(f"{message.text} {message.location}") if message.type == "error" else None)

        def sdk(route: Route) -> None:
            route.fulfill(body=script, content_type="text/javascript")

        context.route("https://res.wx.qq.com/**", sdk)
        context.route("https://open.work.weixin.qq.com/**", sdk)
        page.goto(f"{site.url}/panel")
        expect(page.locator("html")).to_have_attribute("data-ready", "true")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def find(page: Page, text: str) -> Locator:
    """Type, search, and the cards that come."""
    page.locator("#text").fill(text)
    with page.expect_response("**/panel/search"):
        page.keyboard.press("Enter")
    expect(page.locator("#results")).to_have_attribute("aria-busy", "false")
    return page.locator(".answer")


def picture(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"panel-{name}.png"), full_page=True)


QUESTION = "检查报告在哪里看"


def test_the_best_answer_stands_first_and_is_copied_outside_wecom(open_panel: OpenPanel) -> None:
    page = open_panel()
    expect(page.locator("#outside")).to_be_visible()
    cards = find(page, QUESTION)
    expect(cards.first.locator(".answer__head")).to_have_attribute("aria-expanded", "true")
    expect(cards.first.locator(".answer__text")).to_contain_text("报告")
    expect(cards.first.locator(".answer__line")).to_contain_text("%")
    assert cards.first.get_by_role("button", name="发到群里").count() == 0
    cards.first.get_by_role("button", name="复制").click()
    expect(page.locator("#toast")).to_have_text("已复制，可以粘贴到聊天里")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("【") and cards.first.locator(".answer__text").inner_text()[:20] in copied
    assert cards.first.locator(".answer__footer").inner_text() in copied
    picture(page, "zh")


def test_an_answer_is_sent_into_the_group(open_panel: OpenPanel, site: Running) -> None:
    page = open_panel(client=True)
    expect(page.locator("#outside")).to_be_hidden()
    (signed,) = page.evaluate("window.calls.agentConfig.map(({success, fail, ...rest}) => rest)")
    assert signed["corpid"] == site.platform.corpid and signed["jsApiList"][0] == "sendChatMessage" and len(signed["signature"]) == 40
    card = find(page, QUESTION).first
    card.get_by_role("button", name="发到群里").click()
    expect(page.locator("#toast")).to_have_text("已发出")
    ((name, body),) = page.evaluate("window.calls.sent")
    assert name == "sendChatMessage" and body["msgtype"] == "text" and body["text"]["content"].startswith("【")

    def audited() -> bool:
        with site.database.transaction() as session:
            return any(x.kind == "panel" for x in session.execute(select(Shown)).scalars())

    until(audited, "no line of the audit", 10)
    picture(page, "wecom")


def test_what_cannot_be_sent_is_copied(open_panel: OpenPanel) -> None:
    page = open_panel(client=True, script=SCRIPT + "window.answer = 'fail no permission';")
    find(page, QUESTION).first.get_by_role("button", name="发到群里").click()
    expect(page.locator("#toast")).to_have_text("没能发出，已经改为复制")
    assert page.evaluate("navigator.clipboard.readText()").startswith("【")


def test_a_client_that_refuses_the_app_leaves_copying(open_panel: OpenPanel) -> None:
    page = open_panel(client=True, script=SCRIPT + "window.refuse = true;")
    expect(page.locator("#outside")).to_be_visible()
    assert find(page, QUESTION).first.get_by_role("button").all_inner_texts()[1:] == ["复制"]


def test_another_answer_is_expanded_by_keyboard_alone(open_panel: OpenPanel) -> None:
    page = open_panel()
    expect(page.locator("#text")).to_be_focused()
    cards = find(page, "怎么预约")
    assert cards.count() >= 2
    second = cards.nth(1).locator(".answer__head")
    for _ in range(20):
        page.keyboard.press("Tab")
        if second.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-expanded", "true")
    expect(cards.nth(1).locator(".answer__body")).to_be_visible()
    assert second.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(cards.nth(1).locator(".answer__body")).to_be_hidden()


def test_stage_and_language_fit_the_answer(open_panel: OpenPanel) -> None:
    page = open_panel(locale="en-GB")
    expect(page.locator("h1")).to_have_text("Official answers")
    find(page, "where can I see my test reports")
    expect(page.locator(".answer__text").first).to_contain_text("report")
    with page.expect_response("**/panel/search") as answer:
        page.locator("#stage").select_option("post-transfer")
    assert json.loads(answer.value.request.post_data or "")["stage"] == "post-transfer"
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("官方答案")
    page.locator("#language").click()
    picture(page, "en")


def test_an_emergency_stands_above_everything(open_panel: OpenPanel) -> None:
    page = open_panel()
    find(page, "取卵后第二天肚子疼得直不起腰")
    expect(page.locator("#urgent")).to_be_visible()
    expect(page.locator("#urgent")).to_contain_text("120")
    picture(page, "urgent")
    find(page, QUESTION)
    expect(page.locator("#urgent")).to_be_hidden()


def test_a_question_without_an_answer_is_noted_masked(open_panel: OpenPanel, site: Running) -> None:
    page = open_panel()
    find(page, "我电话13800000001，冷冻胚胎续费在哪个窗口交")
    expect(page.locator("#masked")).to_be_visible()
    page.locator("#missing").click()
    expect(page.locator("#toast")).to_have_text("记下了，会出现在待补充的问题里")
    expect(page.locator("#missing")).to_be_disabled()
    with site.database.transaction() as session:
        (one,) = session.execute(select(Unanswered).where(Unanswered.reason == "panel")).scalars().all()
        assert "续费" in one.text and "13800000001" not in one.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 420])
def test_light_and_dark_at_the_widths_of_the_toolbar(open_panel: OpenPanel, scheme: str, width: int) -> None:
    page = open_panel(client=True, color_scheme=scheme, viewport={"width": width, "height": 700})
    find(page, QUESTION)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (lightness(colour(page.locator("body"))) < 0.3) == (scheme == "dark")
    text, card = colour(page.locator(".answer__text").first, "color"), colour(page.locator(".answer").first)
    assert abs(lightness(text) - lightness(card)) > 0.5
    for button in page.locator("button:visible").all():
        box = button.bounding_box()
        assert box is not None and box["height"] >= 44 and box["x"] >= 0 and box["x"] + box["width"] <= width - 8
    picture(page, f"{scheme}-{width}")


def test_an_old_session_says_what_to_do(open_panel: OpenPanel) -> None:
    page = open_panel(trouble=True)
    page.context.clear_cookies()
    page.locator("#text").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator("#error")).to_have_text("页面打开太久了，请重新打开。")
