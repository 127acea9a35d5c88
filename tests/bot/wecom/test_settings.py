"""WeCom's settings: absent is off, half set is an error that names the variable, and no value of a secret is ever shown."""

from __future__ import annotations

import pytest

from bot.errors import SettingsError
from bot.wecom.settings import API, WecomSettings, read

KEY = "Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWo"
CALLBACK = {"WECOM_BOT_TOKEN": "t", "WECOM_BOT_AES_KEY": KEY}
CONNECTION = {"WECOM_BOT_ID": "b", "WECOM_BOT_SECRET": "hidden-secret"}
APP = {"WECOM_CORPID": "ww1", "WECOM_AGENT_ID": "1000002", "WECOM_SECRET": "hidden-secret", "WECOM_TOKEN": "t", "WECOM_AES_KEY": KEY}


def test_nothing_set_is_everything_off() -> None:
    assert read({}) == read({"WECOM_BOT_TOKEN": "", "WECOM_CORPID": ""}) == WecomSettings()


def test_each_part_by_itself() -> None:
    callback, connection, app = read(CALLBACK), read(CONNECTION), read(APP)
    assert callback.bot is not None and callback.bot.keys == (KEY,) and callback.bot.id is None and callback.app is None
    assert connection.bot is not None and connection.bot.keys == () and connection.bot.socket.startswith("wss://")
    assert app.app is not None and app.app.agent == 1000002 and app.bot is None and app.api == API and app.app.public_url is None
    assert "hidden-secret" not in f"{connection}{app}" and KEY not in f"{callback}{app}"


def test_webhooks_have_names() -> None:
    made = read({"WECOM_WEBHOOKS": "ward=6f1c2f6e-0000-4000-8000-1234567890ab, lab=0a1b2c3d4e5f", "WECOM_ALERT_WEBHOOK": "ward"})
    assert set(made.webhooks) == {"ward", "lab"} and made.alert_webhook == "ward" and "6f1c2f6e" not in str(made)


def test_the_key_before_is_kept_for_a_while() -> None:
    made = read({**CALLBACK, "WECOM_BOT_AES_KEY_PREVIOUS": KEY[::-1]})
    assert made.bot is not None and made.bot.keys == (KEY, KEY[::-1])


@pytest.mark.parametrize(("env", "named"), [
    ({"WECOM_BOT_TOKEN": "t"}, "WECOM_BOT_AES_KEY"), ({"WECOM_BOT_AES_KEY": KEY}, "WECOM_BOT_TOKEN"), ({"WECOM_BOT_SECRET": "s"}, "WECOM_BOT_ID"),
    ({"WECOM_BOT_ID": "b"}, "WECOM_BOT_ID"), ({"WECOM_BOT_NAME": "n"}, "WECOM_BOT_NAME"), ({**CALLBACK, **CONNECTION}, "either"),
    *(({k: v for k, v in APP.items() if k != name}, name) for name in APP),
    ({**CALLBACK, "WECOM_BOT_AES_KEY": "short"}, "WECOM_BOT_AES_KEY"), ({**APP, "WECOM_AGENT_ID": "many"}, "WECOM_AGENT_ID"),
    ({"WECOM_API": "http://qyapi.example.invalid"}, "WECOM_API"), ({"WECOM_API": "ftp://127.0.0.1"}, "WECOM_API"),
    ({**CONNECTION, "WECOM_BOT_WS": "ws://example.invalid"}, "WECOM_BOT_WS"), ({**APP, "WECOM_PUBLIC_URL": "guide"}, "WECOM_PUBLIC_URL"),
    ({"WECOM_WAIT": "9"}, "WECOM_WAIT"), ({"WECOM_STALE_SECONDS": "soon"}, "WECOM_STALE_SECONDS"), ({"PANEL_DEMO": "perhaps"}, "PANEL_DEMO"),
    ({"WECOM_WEBHOOKS": "ward"}, "WECOM_WEBHOOKS"), ({"WECOM_ALERT_WEBHOOK": "ward"}, "WECOM_ALERT_WEBHOOK"),
])
def test_half_set_or_unusable_is_named(env: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read(env)


def test_a_simulator_on_this_machine_needs_no_encryption() -> None:
    made = read({**CONNECTION, "WECOM_API": "http://127.0.0.1:9", "WECOM_BOT_WS": "ws://127.0.0.1:9/ws"})
    assert made.api == "http://127.0.0.1:9" and made.bot is not None and made.bot.socket == "ws://127.0.0.1:9/ws"
