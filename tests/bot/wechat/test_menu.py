"""The staff's menu file: what is shipped can be published, and what WeChat would cut or refuse is named first."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import ROOT
from bot.wechat.menu import FILE, Menu, MenuError, read
from tests.platform.official_account import OfficialAccount


def said(folder: Path, text: str) -> Menu:
    (folder / FILE).write_text(text, encoding="utf-8")
    return read(folder)


def test_the_menu_that_is_shipped() -> None:
    made = read(ROOT / "knowledge")
    assert len(made.buttons) == 3 and made.says["REPORTS_V1"] and made.notices == {}


def test_every_kind_of_entry(tmp_path: Path) -> None:
    made = said(tmp_path, """
menu:
- {name: 网页, url: "https://example.invalid/"}
- {name: 小程序, url: "https://example.invalid/", appid: wxmini, page: pages/x}
- {name: 服务, entries: [{name: 看报告, key: A, say: 在哪里看报告}]}
notices:
  report: {template: T, url: "https://example.invalid/", data: {thing1: 您有新的消息, time2: "{time}"}}
  slot: {subscribe: S, data: {thing1: 您有新的消息}}
""")
    assert made.buttons == [
        {"type": "view", "name": "网页", "url": "https://example.invalid/"},
        {"type": "miniprogram", "name": "小程序", "url": "https://example.invalid/", "appid": "wxmini", "pagepath": "pages/x"},
        {"name": "服务", "sub_button": [{"type": "click", "name": "看报告", "key": "A"}]}]
    assert made.says == {"A": "在哪里看报告"} and made.notices["report"].template == "T" and made.notices["slot"].subscribe == "S"
    assert read(tmp_path / "nowhere") == Menu()


@pytest.mark.parametrize(("text", "why"), [
    ("menu: [{name: a}]", "needs `key` and `say`"), ("menu: [{key: A, say: b}]", "a name of 1 to"), ("menu: x", "a list"), ("- x", "expected"),
    ("menu: [{name: 一二三四五六, key: A, say: b}]", "a name of 1 to 16 bytes"), ("menu: [{name: a, url: 'javascript:x'}]", "no web address"),
    ("menu: [{name: a, key: A, say: b}, {name: b, key: A, say: c}]", "twice"), (f"menu: [{{name: a, key: {'K' * 129}, say: b}}]", "needs `key`"),
    ("menu: [" + "{name: a, url: 'https://x.invalid'}, " * 4 + "]", "WeChat shows 3"), ("menu: [{name: a, entries: [{name: b, entries: []}]}]", "inside"),
    ("menu: [{name: a, entries: [" + "{name: b, url: 'https://x.invalid'}, " * 6 + "]}]", "WeChat shows 5"), ("menu: [", "cannot be read"),
    ("notices: {birthday: {}}", "notices are for"), ("notices: {report: {data: {a: b}}}", "needs `data`"), ("notices: {report: {template: T}}", "needs `data`"),
    (f"notices: {{report: {{template: T, data: {{thing1: {'长' * 21}}}}}}}", "more than 20")])
def test_what_cannot_be_published_is_named(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(MenuError, match=why):
        said(tmp_path, text)


@pytest.fixture
def account(home: Path, monkeypatch: pytest.MonkeyPatch) -> OfficialAccount:
    from bot import bootstrap

    platform = OfficialAccount()
    for name, value in platform.environment().items():
        monkeypatch.setenv(name, value)
    for part in (bootstrap.settings, bootstrap.wechat_api):
        part.cache_clear()
    return platform


def test_the_commands_publish_and_make_codes(account: OfficialAccount, capsys: pytest.CaptureFixture[str]) -> None:
    from bot import bootstrap
    from bot.cli import main

    assert main(["wechat-menu", "--check"]) == 0 and account.menu is None
    assert main(["wechat-menu"]) == 0 and account.menu is not None and len(account.menu["button"]) == 3
    capsys.readouterr()
    assert main(["wechat-qr", "--minutes", "10"]) == 0
    address = capsys.readouterr().out.strip()
    assert address.startswith("https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQb1.")
    assert bootstrap.scenes().use(address.split("ticket=gQ")[1]) and not bootstrap.scenes().use(address.split("ticket=gQ")[1])
    assert main(["wechat-qr", "--minutes", "0.1"]) == 1 and main(["deliveries"]) == 0 and main(["deliveries", "--seen", "7"]) == 1
    account.errors["/cgi-bin/menu/create"].append(48001)
    assert main(["wechat-menu"]) == 1 and "48001" in capsys.readouterr().out
    account.close()


def test_without_an_account_the_commands_say_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from bot.cli import main

    assert main(["wechat-menu"]) == 1 and "docs/wechat.md" in capsys.readouterr().out
