"""The account's settings: none, all, or an error that names what is missing."""

from __future__ import annotations

import pytest

from bot.errors import SettingsError
from bot.wechat.settings import API, NEEDED, OfficialAccountSettings, read

ALL = {"WECHAT_TOKEN": "token", "WECHAT_APPID": "wx1", "WECHAT_SECRET": "secret", "WECHAT_AES_KEY": "A" * 43}


def test_nothing_set_is_off_and_everything_set_is_on() -> None:
    assert read({}) is None and read({"WECHAT_TOKEN": "", "PATH": "/bin"}) is None
    assert read(ALL) == OfficialAccountSettings("token", "wx1", "secret", ("A" * 43,), API)


@pytest.mark.parametrize("missing", NEEDED)
def test_half_set_names_what_is_missing(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"^{missing} not set"):
        read({k: v for k, v in ALL.items() if k != missing})


def test_an_address_alone_is_half_set() -> None:
    with pytest.raises(SettingsError, match="WECHAT_TOKEN.*WECHAT_API is: set all of them or none"):
        read({"WECHAT_API": "http://127.0.0.1:9"})


def test_what_is_not_needed_may_be_missing() -> None:
    plain = read({"WECHAT_TOKEN": "t", "WECHAT_APPID": "wx1", "WECHAT_SECRET": "s", "WECHAT_MODE": "plain"})
    passive = read({"WECHAT_TOKEN": "t", "WECHAT_APPID": "wx1", "WECHAT_AES_KEY": "A" * 43, "WECHAT_SERVICE": "off"})
    assert plain is not None and plain.keys == () and passive is not None and not passive.service and passive.secret == ""


def test_everything_that_can_be_said() -> None:
    made = read({**ALL, "WECHAT_AES_KEY_PREVIOUS": "B" * 43, "WECHAT_MODE": "Compatible", "WECHAT_ACCOUNT": "gh_1", "WECHAT_MSGMENU": "off",
                 "WECHAT_WAIT": "1.5", "WECHAT_STALE_SECONDS": "0", "WECHAT_PASSIVE_BYTES": "600", "WECHAT_SERVICE_BYTES": "4000",
                 "WECHAT_API": "https://api2.weixin.qq.com/", "WECHAT_TYPING": "off"})
    assert made == OfficialAccountSettings("token", "wx1", "secret", ("A" * 43, "B" * 43), "https://api2.weixin.qq.com", "compatible", "gh_1", True, False,
                                           1.5, 0.0, 600, 4000, False)


@pytest.mark.parametrize(("name", "value"), [
    ("WECHAT_MODE", "open"), ("WECHAT_AES_KEY", "short"), ("WECHAT_AES_KEY_PREVIOUS", "short"), ("WECHAT_API", "http://api.weixin.qq.com"),
    ("WECHAT_API", "api.weixin.qq.com"), ("WECHAT_SERVICE", "maybe"), ("WECHAT_TYPING", "sometimes"), ("WECHAT_WAIT", "5"), ("WECHAT_WAIT", "soon"), ("WECHAT_WAIT", "-1"),
    ("WECHAT_STALE_SECONDS", "nan"), ("WECHAT_PASSIVE_BYTES", "4096"), ("WECHAT_PASSIVE_BYTES", "10"), ("WECHAT_SERVICE_BYTES", "0")])
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read({**ALL, name: value})


def test_no_secret_is_shown() -> None:
    assert not any(x in repr(read({**ALL, "WECHAT_SECRET": "s3cr3t", "WECHAT_TOKEN": "t0k3n"})) for x in ("s3cr3t", "t0k3n", "AAAA"))
