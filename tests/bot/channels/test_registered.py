"""`credentials.yml` says which channels may be open, and holds no secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from sanic import Sanic

from bot import bootstrap
from bot.__main__ import make_app
from bot.channels.registered import registered
from bot.errors import SettingsError
from bot.settings import ROOT
from tests.platform.official_account import OfficialAccount


def paths(app: Sanic) -> set[str]:
    return {f"/{route.path}".split("/webhooks/")[1].split("/")[0] for route in app.router.routes if "webhooks/" in route.path}


@pytest.fixture
def account(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = OfficialAccount()
    platform.close()
    for name, value in {**platform.environment(), "CHANNEL_REST": "on"}.items():
        monkeypatch.setenv(name, value)
    for part in (bootstrap.settings, bootstrap.wechat_api, bootstrap.addresses):
        part.cache_clear()
    monkeypatch.setattr(Sanic, "test_mode", True)
    Sanic._app_registry.pop("ivf_guide", None)


@pytest.mark.usefixtures("account")
def test_what_is_registered_and_set_is_open(tmp_path: Path) -> None:
    assert paths(make_app(bootstrap.settings())) == {"web", "rest", "wechat"}
    Sanic._app_registry.pop("ivf_guide", None)
    file = tmp_path / "credentials.yml"
    file.write_text("bot.channels.web.WebChannel:\n")
    assert paths(make_app(bootstrap.settings(), file)) == {"web"}
    Sanic._app_registry.pop("ivf_guide", None)


def test_the_projects_own_file_names_every_channel() -> None:
    assert {x.__name__ for x in registered(ROOT / "credentials.yml")} == {
        "WebChannel", "RestChannel", "WeChatChannel", "WecomBotChannel", "WecomAppChannel"}


@pytest.mark.parametrize(("text", "why"), [
    ("bot.channels.nothing.There:\n", "no channel class"), ("bot.channels.turns.Turns:\n", "no channel class"), ("nonsense:\n", "no channel class"),
    ("bot.channels.wechat.WeChatChannel: {token: abc}\n", "secrets come from the environment"), ("- a\n- b\n", "one channel class a line"), ("a: [", "cannot be read"),
])
def test_what_is_wrong_with_it_is_named(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "credentials.yml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=why) as error:
        registered(file)
    assert "abc" not in str(error.value)


def test_without_the_file_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        registered(tmp_path / "none.yml")
