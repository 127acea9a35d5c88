"""What WeCom needs from the environment, part by part. A part of which nothing is set is off; one that is half set is an error that names what is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.environment import address, number, switch
from bot.errors import SettingsError
from bot.wechat.settings import aes_keys

API = "https://qyapi.weixin.qq.com"
SOCKET = "wss://openws.work.weixin.qq.com"
LOGIN = "https://open.weixin.qq.com"
APP = ("WECOM_CORPID", "WECOM_AGENT_ID", "WECOM_SECRET", "WECOM_TOKEN", "WECOM_AES_KEY")
CALLBACK = ("WECOM_BOT_TOKEN", "WECOM_BOT_AES_KEY")
CONNECTION = ("WECOM_BOT_ID", "WECOM_BOT_SECRET")
WEBHOOK = re.compile(r"([A-Za-z0-9_-]{1,20})=([A-Za-z0-9-]{8,64})")


@dataclass(frozen=True)
class BotSettings:
    """One AI bot, in callback mode (`keys`) or over a long connection (`secret`): the platform allows one of them at a time.

    Attributes:
        id: of the bot; pushes for another are refused. None in callback mode: not looked at.
        name: by which it is mentioned in groups; None: a mention is told by its shape.
        token, keys: of the callback, the current key first.
        secret, socket: of the long connection.
    """

    id: str | None = None
    name: str | None = None
    token: str = field(default="", repr=False)
    keys: tuple[str, ...] = field(default=(), repr=False)
    secret: str = field(default="", repr=False)
    socket: str = SOCKET


@dataclass(frozen=True)
class AppSettings:
    """The self-built app, by which staff are written to and the side panel knows who they are.

    Attributes:
        alert_to: who gets alerts: userids joined by `|`, or `@all` for everybody who sees the app.
        public_url: under which address staff reach this server; None: no side panel.
    """

    corpid: str
    agent: int
    secret: str = field(repr=False)
    token: str = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)
    alert_to: str = "@all"
    public_url: str | None = None


@dataclass(frozen=True)
class WecomSettings:
    """All of WeCom. What the platform's documents do not settle is a setting here, not a constant.

    Attributes:
        bot, app: None where that part is off.
        api, login: base addresses of the platform.
        webhooks: keys of group webhooks by the names that notices use.
        alert_webhook: name of the one that gets alerts as well; None for none.
        wait: seconds after which an answer is late.
        stale: seconds by which a push's time may be wrong; 0: not looked at.
        panel_demo: whether the side panel opens without WeCom, on the loopback address only.
    """

    bot: BotSettings | None = None
    app: AppSettings | None = None
    api: str = API
    login: str = LOGIN
    webhooks: Mapping[str, str] = field(default_factory=dict, repr=False)
    alert_webhook: str | None = None
    wait: float = 2.5
    stale: float = 300.0
    panel_demo: bool = False


def read(env: Mapping[str, str]) -> WecomSettings:
    """WeCom's settings.

    Raises:
        SettingsError: a part is half set, or a value cannot be used; the message names the variable.
    """
    given = {k: v for k, v in env.items() if (k.startswith("WECOM_") or k == "PANEL_DEMO") and v}
    webhooks = _webhooks(given)
    alert = given.get("WECOM_ALERT_WEBHOOK")
    if alert is not None and alert not in webhooks:
        raise SettingsError("WECOM_ALERT_WEBHOOK must be one of the names in WECOM_WEBHOOKS")
    return WecomSettings(
        bot=_bot(given), app=_app(given), api=address(given, "WECOM_API", API, "https"), login=address(given, "WECOM_LOGIN", LOGIN, "https"),
        webhooks=webhooks, alert_webhook=alert, wait=number(given, "WECOM_WAIT", 2.5, 0, 4.5), stale=number(given, "WECOM_STALE_SECONDS", 300, 0, 86400),
        panel_demo=switch(given, "PANEL_DEMO", False),
    )


def _bot(given: Mapping[str, str]) -> BotSettings | None:
    callback, connection = _part(given, CALLBACK), bool(given.get("WECOM_BOT_SECRET")) and _part(given, CONNECTION)
    if callback and connection:
        raise SettingsError("WECOM_BOT_TOKEN and WECOM_BOT_SECRET are both set: a bot has either a callback or a long connection")
    if not callback and not connection:
        left = sorted(x for x in given if x.startswith("WECOM_BOT_"))
        if left:
            raise SettingsError(f"{', '.join(left)} set, but neither {' and '.join(CALLBACK)} nor {' and '.join(CONNECTION)}")
        return None
    return BotSettings(
        id=given.get("WECOM_BOT_ID"), name=given.get("WECOM_BOT_NAME"), token=given.get("WECOM_BOT_TOKEN", ""),
        keys=aes_keys(given, "WECOM_BOT_AES_KEY"), secret=given.get("WECOM_BOT_SECRET", ""), socket=address(given, "WECOM_BOT_WS", SOCKET, "wss"),
    )


def _app(given: Mapping[str, str]) -> AppSettings | None:
    if not _part(given, APP):
        return None
    if not given["WECOM_AGENT_ID"].isdecimal():
        raise SettingsError("WECOM_AGENT_ID must be a number such as 1000002")
    public = address(given, "WECOM_PUBLIC_URL", "", "https") if "WECOM_PUBLIC_URL" in given else None
    return AppSettings(given["WECOM_CORPID"], int(given["WECOM_AGENT_ID"]), given["WECOM_SECRET"], given["WECOM_TOKEN"],
                       aes_keys(given, "WECOM_AES_KEY"), given.get("WECOM_ALERT_TO", "@all"), public)


def _part(given: Mapping[str, str], names: tuple[str, ...]) -> bool:
    """Whether all of a part is set; an error where only some of it is."""
    there = [x for x in names if x in given]
    missing = [x for x in names if x not in given]
    if there and missing:
        raise SettingsError(f"{', '.join(missing)} not set, but {', '.join(there)} {'are' if len(there) > 1 else 'is'}: set all of them or none")
    return bool(there)


def _webhooks(given: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (x.strip() for x in given.get("WECOM_WEBHOOKS", "").split(","))):
        one = WEBHOOK.fullmatch(part)
        if one is None:
            raise SettingsError("WECOM_WEBHOOKS must be name=key, several with commas between them")
        found[one[1]] = one[2]
    return found
