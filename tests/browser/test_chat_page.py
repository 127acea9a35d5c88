"""The chat page in a real browser, against a running bot (`live_bot`)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
WORDS: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "knowledge" / "_page.yml").read_text(encoding="utf-8")
)
PHONE = {"width": 390, "height": 844}
SCREENS = {"small phone": (320, 568), "phone": (390, 844), "phone on its side": (844, 390), "tablet": (820, 1180), "desktop": (1440, 900)}
ANSWER_MS = 15_000

pytestmark = pytest.mark.skipif(shutil.which(CHROMIUM) is None, reason=f"{CHROMIUM} is not installed")

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser, live_bot: str) -> Iterator[OpenPage]:
    """Opens the page as a new patient. What the browser complains about fails the test, unless it took the network away itself."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(*, trouble: bool = False, prepare: Callable[[Page], None] | None = None, path: str = "/", **options: Any) -> Page:
        context = browser.new_context(**{"locale": "zh-CN", "viewport": PHONE, "reduced_motion": "reduce", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(ANSWER_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if not trouble:
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        if prepare is not None:
            prepare(page)
        page.goto(live_bot + path)
        ready(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints


def ready(page: Page) -> None:
    expect(page.locator("#log")).to_have_attribute("aria-busy", "false", timeout=ANSWER_MS)


def rows(page: Page, author: str) -> Locator:
    return page.locator(f'#rows [data-author="{author}"]')


def said(page: Page, author: str) -> Locator:
    """The texts of bubbles, without what is said to screen readers only."""
    return page.locator(f'#rows [data-author="{author}"] .bubble__text')


def ask(page: Page, text: str) -> None:
    """Write, send, and wait until the bot has answered."""
    before = rows(page, "bot").count()
    page.locator("#text").fill(text)
    page.keyboard.press("Enter")
    expect(rows(page, "bot").nth(before)).to_be_visible(timeout=ANSWER_MS)
    settled(page)


def settled(page: Page) -> None:
    expect(page.locator(".is-sending")).to_have_count(0, timeout=ANSWER_MS)


def menu(page: Page) -> Locator:
    """The live choices after a greeting."""
    ask(page, "你好")
    choices = page.locator("#rows .choice:enabled")
    expect(choices.first).to_be_visible()
    return choices


def colour(element: Locator, which: str = "backgroundColor") -> str:
    return str(element.evaluate("(element, which) => getComputedStyle(element)[which]", which))


def lightness(css: str) -> float:
    red, green, blue = (int(x) for x in re.findall(r"\d+", css)[:3])
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


# --- the conversation


def test_a_question_is_answered(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "检查报告在哪里看？")
    expect(said(page, "patient")).to_have_text(["检查报告在哪里看？"])
    expect(rows(page, "bot").first.locator(".bubble")).to_contain_text("报告")
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#text")).to_have_value("")


def test_the_first_questions_can_be_tapped(open_page: OpenPage) -> None:
    page = open_page()
    first = page.locator("#starters .choice").first
    expect(first).to_have_text(WORDS["start_1"]["zh"])
    first.click()
    expect(said(page, "patient")).to_have_text([WORDS["start_1"]["zh"]])
    expect(rows(page, "bot").first).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator("#start")).to_be_hidden()


def test_a_tapped_choice_is_said_and_the_choices_close(open_page: OpenPage) -> None:
    page = open_page()
    choice = menu(page).first
    title = choice.inner_text()
    offered = page.locator("#rows .choices").first
    answers = rows(page, "bot").count()
    choice.click()
    expect(said(page, "patient").last).to_have_text(title)
    expect(rows(page, "bot").nth(answers)).to_be_visible(timeout=ANSWER_MS)
    expect(offered.locator(".choice:enabled")).to_have_count(0)
    expect(offered.locator(".is-chosen .choice__title")).to_have_text([title])


def test_choices_close_when_something_else_is_said(open_page: OpenPage) -> None:
    page = open_page()
    menu(page)
    offered = page.locator("#rows .choices").first
    ask(page, "检查报告在哪里看？")
    expect(offered.locator(".choice:enabled")).to_have_count(0)
    expect(offered.locator(".is-chosen")).to_have_count(0)


def test_history_stands_after_a_reload(open_page: OpenPage) -> None:
    page = open_page()
    choice, answers = menu(page).first, rows(page, "bot").count()
    with page.expect_response(lambda x: x.url.endswith("/messages")):       # server push may show what she said before it is answered
        choice.click()
    expect(said(page, "patient")).to_have_count(2)
    expect(rows(page, "bot").nth(answers)).to_be_visible(timeout=ANSWER_MS)
    settled(page)
    before = page.locator("#rows .bubble__text").all_text_contents()
    page.reload()
    ready(page)
    expect(page.locator("#rows .bubble__text")).to_have_text(before, use_inner_text=False)
    expect(page.locator("#rows .is-chosen")).to_have_count(1)


def test_a_pushed_message_appears_once(open_page: OpenPage, push: Callable[[Any, str], None]) -> None:
    page = open_page()
    ask(page, "你好")
    push(page.context.cookies(), "护士站的提醒：请看一下公众号通知。")
    expect(said(page, "bot").last).to_have_text("护士站的提醒：请看一下公众号通知。", timeout=ANSWER_MS)
    page.reload()
    ready(page)
    expect(said(page, "bot").filter(has_text="护士站的提醒")).to_have_count(1)


def test_a_pushed_message_does_not_pull_the_reader_away(open_page: OpenPage, push: Callable[[Any, str], None]) -> None:
    page = open_page(viewport={"width": 390, "height": 480})
    menu(page)
    page.locator("#log").evaluate("log => { log.scrollTop = 0; }")
    push(page.context.cookies(), "护士站的提醒。")
    jump = page.get_by_role("button", name=WORDS["new_messages"]["zh"])
    expect(jump).to_be_visible(timeout=ANSWER_MS)
    assert page.locator("#log").evaluate("log => log.scrollTop") == 0
    jump.click()
    expect(said(page, "bot").last).to_be_in_viewport()
    expect(jump).to_be_hidden()


def test_two_open_pages_show_the_same_conversation(open_page: OpenPage, live_bot: str) -> None:
    page = open_page()
    other = page.context.new_page()
    other.goto(live_bot)
    ready(other)
    ask(page, "检查报告在哪里看？")
    expect(other.locator("#rows .bubble__text")).to_have_text(
        page.locator("#rows .bubble__text").all_text_contents(), use_inner_text=False, timeout=ANSWER_MS
    )


def test_the_other_is_typing_while_the_answer_is_made(open_page: OpenPage) -> None:
    held: list[Route] = []
    page = open_page(prepare=lambda page: page.route("**/webhooks/web/messages", lambda route: held.append(route)))
    page.locator("#text").fill("你好")
    page.keyboard.press("Enter")
    expect(page.locator("#typing")).to_be_visible()
    expect(page.locator("#spoken")).to_have_text(WORDS["typing"]["zh"])
    held.pop().continue_()
    expect(rows(page, "bot").first).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator("#typing")).to_be_hidden()


def test_deleted_data_leave_the_page_too(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "你好")
    ask(page, "删除我的数据")
    page.locator("#rows .choice:enabled").first.click()
    expect(rows(page, "patient")).to_have_count(0, timeout=ANSWER_MS)
    expect(rows(page, "bot")).to_have_count(1)


# --- texts


def test_her_own_bubble_shows_what_is_kept_and_no_number(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "我电话13800000001，在哪看报告")
    expect(rows(page, "patient").first).to_contain_text("在哪看报告")
    assert "13800000001" not in page.locator("#log").inner_text()


def test_her_data_can_be_downloaded(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "导出我的数据")
    with page.expect_download() as started:
        page.get_by_role("link", name=WORDS["download"]["zh"]).click()
    assert started.value.suggested_filename == "ivf-guide-data.json" and "导出我的数据" in Path(started.value.path()).read_text(encoding="utf-8")


def test_a_pasted_picture_is_refused_with_the_way_to_go(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("""() => {
      const data = new DataTransfer();
      data.items.add(new File(["x"], "report.png", {type: "image/png"}));
      document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
    }""")
    expect(page.locator("#toast")).to_have_text(WORDS["no_photos"]["zh"])


def test_markup_in_a_message_is_text(open_page: OpenPage) -> None:
    page = open_page()
    text = "<img src=x onerror=\"document.title='x'\"> <b>粗体</b> &amp; <script>1</script>"
    ask(page, text)
    expect(said(page, "patient").first).to_have_text(text)
    expect(said(page, "patient").locator("img, b, script")).to_have_count(0)


def test_lines_are_kept_and_only_enter_alone_sends(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#text").press_sequentially("你好")
    page.keyboard.press("Shift+Enter")
    page.keyboard.insert_text("第二行")
    expect(rows(page, "patient")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(said(page, "patient").first).to_have_text(re.compile("^你好\n第二行$"), use_inner_text=True)


def test_enter_of_an_input_method_does_not_send(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#text").fill("ni")
    page.locator("#text").dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True})
    expect(page.locator("#text")).to_have_value("ni")
    expect(rows(page, "patient")).to_have_count(0)


def test_steps_are_a_list_and_the_answer_stays_verbatim(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "从关注公众号到看报告，完整流程是什么？")
    text = said(page, "bot").first
    sent = page.request.get(page.url.split("#")[0] + "webhooks/web/session?view=private").json()["messages"]
    assert text.text_content() == next(x["text"] for x in sent if x["author"] == "bot")
    expect(text.get_by_role("list").first.get_by_role("listitem").nth(1)).to_contain_text("2.")


def test_emergencies_and_scams_stand_out(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "代孕包成功，不成功全额退款，名额有限，加微信了解")
    ask(page, "移植后大出血")       # behind it: in an emergency nothing else comes first
    alarm, scam = page.locator(".bubble_emergency").first, page.locator(".bubble_scam").first
    expect(alarm).to_contain_text(WORDS["label_emergency"]["zh"])
    expect(scam).to_contain_text(WORDS["label_scam"]["zh"])
    expect(alarm.locator('a[href="tel:120"]').first).to_be_visible()
    assert len({colour(alarm), colour(scam), colour(page.locator(".row_patient .bubble").first)}) == 3


def test_emergency_advice_is_always_visible(open_page: OpenPage) -> None:
    page = open_page()
    for view in ("private", "group"):
        page.locator(f"#tab-{view}").click()
        expect(page.locator("#emergency")).to_be_in_viewport(ratio=1)
        expect(page.locator("#emergency")).to_have_text(WORDS["emergency"]["zh"])
        expect(page.locator('#emergency a[href="tel:120"]')).to_be_visible()


def test_the_demonstration_says_so(open_page: OpenPage) -> None:
    expect(open_page().locator("#demo")).to_have_text(WORDS["demo"]["zh"])


# --- languages and colours


def test_the_language_can_be_switched_and_is_remembered(open_page: OpenPage) -> None:
    page = open_page(locale="en-GB")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#send")).to_have_text(WORDS["send"]["en"])
    ask(page, "hello")
    page.get_by_role("button", name=WORDS["switch_language"]["en"]).click()
    for _ in range(2):
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        expect(page.locator("#send")).to_have_text(WORDS["send"]["zh"])
        expect(page.locator("#emergency")).to_have_text(WORDS["emergency"]["zh"])
        expect(rows(page, "patient").locator(".unseen").first).to_have_text(WORDS["you_say"]["zh"])
        page.reload()
        ready(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_word_is_missing(open_page: OpenPage, language: str) -> None:
    page = open_page(locale={"zh": "zh-CN", "en": "en-GB"}[language])
    ask(page, {"zh": "你好", "en": "hello"}[language])
    for element in page.locator("[data-word]").all():
        assert element.text_content() == WORDS[str(element.get_attribute("data-word"))][language]
    for element in page.locator("[data-label]").all():
        assert element.get_attribute("aria-label") == WORDS[str(element.get_attribute("data-label"))][language]


def test_dark_follows_the_device(open_page: OpenPage) -> None:
    light, dark = open_page(color_scheme="light"), open_page(color_scheme="dark")
    for page in (light, dark):
        ask(page, "你好")
    for part in (".app", ".row_bot .bubble", ".bottom", ".compose__text"):
        assert lightness(colour(light.locator(part).first)) > 0.8
        assert lightness(colour(dark.locator(part).first)) < 0.25
    assert lightness(colour(dark.locator(".row_bot .bubble").first, "color")) > 0.7
    light.emulate_media(color_scheme="dark")
    expect(light.locator("body")).to_have_attribute("data-weui-theme", "dark")


def test_dark_can_be_chosen_and_is_remembered(open_page: OpenPage) -> None:
    page = open_page(color_scheme="light")
    page.get_by_role("button", name=WORDS["go_dark"]["zh"]).click()
    assert lightness(colour(page.locator(".app"))) < 0.25
    page.reload()
    ready(page)
    assert lightness(colour(page.locator(".app"))) < 0.25
    expect(page.get_by_role("button", name=WORDS["go_light"]["zh"])).to_be_visible()


CONTRAST = """() => {
  const shown = (css) => { const [r, g, b, a = 1] = css.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
  const light = (c) => c.map((x) => (x /= 255) <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4).reduce((s, x, i) => s + x * [.2126, .7152, .0722][i], 0);
  const behind = (e) => { const stack = []; for (; e; e = e.parentElement) stack.push(shown(getComputedStyle(e).backgroundColor));
    return stack.reverse().reduce((below, c) => over(c, below), [255, 255, 255]); };
  const poor = [];
  for (const e of document.querySelectorAll(".app *")) {
    if (!e.checkVisibility() || e.closest(".unseen, button:disabled") || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const back = behind(e), [a, b] = [light(over(shown(getComputedStyle(e).color), back)), light(back)].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) poor.push(`${e.className || e.id || e.tagName}: ${((a + .05) / (b + .05)).toFixed(2)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    assert page.evaluate(CONTRAST) == []
    ask(page, "移植后大出血")
    ask(page, "交钱包成功，加我微信13800000000")
    ask(page, "从关注公众号到看报告，完整流程是什么？")
    ask(page, "你好")
    page.locator("#text").fill("好")
    assert page.evaluate(CONTRAST) == []


# --- keyboard and screen readers


def test_everything_can_be_done_with_the_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.insert_text("你好")
    page.keyboard.press("Enter")
    last = page.locator("#rows .choice:enabled").last
    expect(last).to_be_visible(timeout=ANSWER_MS)
    settled(page)
    title = last.inner_text()
    for _ in range(6):
        page.keyboard.press("Shift+Tab")
        if last.evaluate("choice => choice === document.activeElement"):
            break
    expect(last).to_be_focused()
    assert colour(last, "outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(said(page, "patient").last).to_have_text(title)
    expect(page.locator("#text")).to_be_focused()
    settled(page)
    page.locator("#tab-private").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-group")).to_be_focused()
    expect(page.locator("#tab-group")).to_have_attribute("aria-selected", "true")
    ready(page)
    visited = []
    for _ in range(8):
        page.keyboard.press("Tab")
        visited.append(page.evaluate("document.activeElement.id"))
    assert {"log", "mention", "text"} <= set(visited)


def test_screen_readers_are_told_what_is_what(open_page: OpenPage) -> None:
    page = open_page()
    menu(page)
    log = page.get_by_role("log", name=WORDS["history"]["zh"])
    expect(log).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("textbox", name=WORDS["message"]["zh"])).to_be_visible()
    expect(page.get_by_role("tab", name=WORDS["private"]["zh"])).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel", name=WORDS["private"]["zh"])).to_be_visible()
    expect(page.get_by_role("group", name=WORDS["choices"]["zh"])).to_be_visible()
    expect(page.get_by_role("heading", level=1)).not_to_be_empty()
    expect(rows(page, "patient").first.locator(".bubble")).to_have_text(WORDS["you_say"]["zh"] + "你好")
    expect(rows(page, "bot").first.locator(".bubble")).to_contain_text(WORDS["assistant_says"]["zh"])
    expect(said(page, "bot").first).to_have_attribute("lang", "zh-CN")
    assert not page.locator("button").evaluate_all("all => all.filter(x => !(x.getAttribute('aria-label') || x.textContent.trim())).length")
    assert page.title()


# --- private and group


def test_in_the_group_the_assistant_answers_when_mentioned(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("tab", name=WORDS["group"]["zh"]).click()
    ready(page)
    expect(page.locator("#group-hint")).to_have_text(WORDS["group_hint"]["zh"])
    page.locator("#text").fill("大家早")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_have_text(WORDS["not_mentioned"]["zh"], timeout=ANSWER_MS)
    expect(rows(page, "bot")).to_have_count(0)
    page.get_by_role("button", name=WORDS["mention"]["zh"]).click()
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.insert_text("检查报告在哪里看？")
    page.keyboard.press("Enter")
    expect(said(page, "patient").last).to_have_text(f"@{WORDS['assistant']['zh']} 检查报告在哪里看？")
    expect(rows(page, "bot").first.locator(".row__name")).to_have_text(WORDS["assistant"]["zh"], timeout=ANSWER_MS)


def test_private_and_group_are_two_conversations(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "检查报告在哪里看？")
    page.locator("#text").fill("还没写完")
    page.locator("#tab-group").click()
    ready(page)
    expect(page.locator("#rows > *")).to_have_count(0)
    expect(page.locator("#text")).to_have_value("")
    page.reload()
    ready(page)
    expect(page.locator("#tab-group")).to_have_attribute("aria-selected", "true")
    page.locator("#tab-private").click()
    ready(page)
    expect(said(page, "patient")).to_have_text(["检查报告在哪里看？"])


def test_other_members_have_names(open_page: OpenPage) -> None:
    def with_members(route: Route) -> None:
        reply = route.fetch()
        session = reply.json()
        session["messages"] = [
            {"id": 1, "author": "member", "name": "小雨", "text": "有人知道吗？", "kind": "", "buttons": [], "at": "2026-11-20T09:00:00+08:00"},
            {"id": 2, "author": "member", "name": None, "text": "<i>我也想问</i>", "kind": "", "buttons": [], "at": "2026-11-20T09:30:00+08:00"},
        ]
        route.fulfill(response=reply, json=session)

    page = open_page(path="/#group", prepare=lambda page: page.route("**/webhooks/web/session?*", with_members))
    expect(page.locator(".row_member .row__name")).to_have_text(["小雨", WORDS["member"]["zh"]])
    expect(said(page, "member").last).to_have_text("<i>我也想问</i>")
    expect(page.locator("#rows .time:visible")).to_have_count(2)
    assert colour(page.locator(".row_member .bubble").first) == "rgb(255, 255, 255)"


# --- when something goes wrong


def test_a_message_that_failed_is_sent_again_by_a_tap(open_page: OpenPage) -> None:
    page = open_page(trouble=True)
    page.route("**/webhooks/web/messages", lambda route: route.abort(), times=1)
    page.locator("#text").fill("你好")
    page.keyboard.press("Enter")
    retry = page.get_by_role("button", name=WORDS["retry"]["zh"])
    expect(retry).to_be_visible()
    retry.click()
    expect(rows(page, "bot").first).to_be_visible(timeout=ANSWER_MS)
    expect(said(page, "patient")).to_have_text(["你好"])
    expect(page.locator(".is-failed")).to_have_count(0)


def test_a_retry_of_what_had_arrived_is_not_said_twice(open_page: OpenPage) -> None:
    def lose_the_reply(route: Route) -> None:
        route.fetch()
        route.abort()

    page = open_page(trouble=True)
    page.route("**/webhooks/web/messages", lose_the_reply, times=1)
    page.locator("#text").fill("你好")
    page.keyboard.press("Enter")
    expect(rows(page, "bot").first).to_be_visible(timeout=ANSWER_MS)     # by server push
    expect(said(page, "patient")).to_have_text(["你好"])
    page.reload()
    ready(page)
    expect(said(page, "patient")).to_have_text(["你好"])


@pytest.mark.parametrize(("status", "key"), [(429, "error_slow_down"), (400, "error_request")])
def test_a_refusal_says_why(open_page: OpenPage, status: int, key: str) -> None:
    page = open_page(trouble=True)
    page.route("**/webhooks/web/messages", lambda route: route.fulfill(status=status, json={"error": key}))
    page.locator("#text").fill("你好")
    page.keyboard.press("Enter")
    expect(page.locator(".failure__reason")).to_have_text(WORDS[key]["zh"])
    expect(page.locator(".failure__retry")).to_have_count(1 if status == 429 else 0)


def test_a_lost_cookie_is_replaced(open_page: OpenPage) -> None:
    page = open_page(trouble=True)
    page.context.clear_cookies()
    ask(page, "你好")
    expect(said(page, "patient")).to_have_text(["你好"])


def test_a_lost_connection_is_shown_and_taken_up_again(open_page: OpenPage, push: Callable[[Any, str], None]) -> None:
    page = open_page(trouble=True)
    ask(page, "你好")
    page.context.set_offline(True)
    expect(page.locator("#notice")).to_have_text(WORDS["offline"]["zh"])
    push(page.context.cookies(), "断网时来的消息。")
    page.context.set_offline(False)
    expect(said(page, "bot").last).to_have_text("断网时来的消息。", timeout=ANSWER_MS)
    expect(page.locator("#notice")).to_be_hidden(timeout=ANSWER_MS)


def test_long_texts_are_warned_about_and_too_long_ones_not_sent(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#text").fill("长" * 400)
    expect(page.locator("#toast")).to_have_text(WORDS["almost_too_long"]["zh"])
    expect(page.locator("#send")).to_be_enabled()
    page.locator("#text").fill("长" * 4001)
    expect(page.locator("#toast")).to_be_visible()
    expect(page.locator("#send")).to_be_disabled()
    page.keyboard.press("Enter")
    expect(rows(page, "patient")).to_have_count(0)
    page.locator("#text").fill("")
    expect(page.locator("#toast")).to_be_hidden()


# --- layout


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_nothing_is_wider_than_the_screen(open_page: OpenPage, screen: str, locale: str) -> None:
    width, height = SCREENS[screen]
    page = open_page(locale=locale, viewport={"width": width, "height": height})
    ask(page, "很长的词" + "wwwwwwwwww" * 12)
    ask(page, "你好")
    for element in ("html", "#log", ".app"):
        assert page.locator(element).evaluate("e => e.scrollWidth <= e.clientWidth"), element
    column = page.locator(".app").bounding_box()
    assert column is not None
    assert column["width"] <= 480
    assert abs(column["x"] * 2 + column["width"] - width) <= 1
    assert column["y"] + column["height"] <= height + 1
    expect(page.locator("#send")).to_be_in_viewport(ratio=1)


def test_the_input_grows_with_its_text_and_shrinks_again(open_page: OpenPage) -> None:
    page = open_page()
    height = "e => e.getBoundingClientRect().height"
    one = page.locator("#text").evaluate(height)
    page.locator("#text").fill("一\n二\n三")
    three = page.locator("#text").evaluate(height)
    page.locator("#text").fill("\n".join("一二三四五六七八九十"))
    assert one < three < page.locator("#text").evaluate(height) <= 140
    page.keyboard.press("Enter")
    assert page.locator("#text").evaluate(height) == one


def test_a_tap_on_a_phone_is_large_enough(open_page: OpenPage) -> None:
    page = open_page(has_touch=True, is_mobile=True)
    menu(page)
    for button in page.locator("button:visible:not([role=tab])").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 32, button.inner_text()
