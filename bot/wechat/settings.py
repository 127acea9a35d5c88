"""What an Official Account needs from the environment. Nothing set: the channel is off; half of it set: an error that names what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.environment import address, number, switch, whole
from bot.errors import SettingsError
from bot.wechat.crypto import decode_key

API = "https://api.weixin.qq.com"
MODES = ("secure", "compatible", "plain")
NEEDED = ("WECHAT_TOKEN", "WECHAT_APPID", "WECHAT_SECRET", "WECHAT_AES_KEY")


@dataclass(frozen=True)
class OfficialAccountSettings:
    """One Official Account. What the platform's documents do not settle is a setting here, not a constant.

    Attributes:
        token, appid, secret: of the account.
        keys: EncodingAESKeys, the current one first; none in plain mode.
        api: base address of the platform.
        mode: `secure`, `compatible` or `plain`; what comes otherwise is refused.
        account: the account's original id (`gh_…`); pushes to another are refused. None: not looked at.
        service: whether the account has the customer-service API; without it late answers wait for "1".
        menus: whether options go out as msgmenu where they may.
        typing: whether she is shown that a late answer is being written.
        wait: seconds after which an answer is late.
        stale: seconds by which a push's time may be wrong; 0: not looked at.
        passive_bytes, service_bytes: the longest text of a passive answer and of a service message.
    """

    token: str = field(repr=False)
    appid: str
    secret: str = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)
    api: str = API
    mode: str = "secure"
    account: str | None = None
    service: bool = True
    menus: bool = True
    wait: float = 2.5
    stale: float = 300.0
    passive_bytes: int = 2000
    service_bytes: int = 2000
    typing: bool = True


def read(env: Mapping[str, str]) -> OfficialAccountSettings | None:
    """The account's settings; None where none is set.

    Raises:
        SettingsError: some are missing, or a value cannot be used; the message names the variable.
    """
    given = {k: v for k, v in env.items() if k.startswith("WECHAT_") and v}
    if not given:
        return None
    mode = given.get("WECHAT_MODE", "secure").lower()
    if mode not in MODES:
        raise SettingsError(f"WECHAT_MODE must be one of {', '.join(MODES)}")
    service = switch(given, "WECHAT_SERVICE", True)
    needed = [x for x in NEEDED if not (x == "WECHAT_AES_KEY" and mode == "plain") and not (x == "WECHAT_SECRET" and not service)]
    missing = [x for x in needed if x not in given]
    if missing:
        raise SettingsError(f"{', '.join(missing)} not set, but {', '.join(sorted(given))} {'are' if len(given) > 1 else 'is'}: set all of them or none")
    return OfficialAccountSettings(
        token=given["WECHAT_TOKEN"], appid=given["WECHAT_APPID"], secret=given.get("WECHAT_SECRET", ""), keys=aes_keys(given, "WECHAT_AES_KEY"),
        api=address(given, "WECHAT_API", API, "https"), mode=mode, account=given.get("WECHAT_ACCOUNT"), service=service, menus=switch(given, "WECHAT_MSGMENU", True),
        wait=number(given, "WECHAT_WAIT", 2.5, 0, 4), stale=number(given, "WECHAT_STALE_SECONDS", 300, 0, 86400),
        passive_bytes=whole(given, "WECHAT_PASSIVE_BYTES", 2000, 200, 2048), service_bytes=whole(given, "WECHAT_SERVICE_BYTES", 2000, 200, 20000),
        typing=switch(given, "WECHAT_TYPING", True),
    )


def aes_keys(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The current EncodingAESKey, and under `…_PREVIOUS` the one before it, which the platform goes on using for a while.

    Raises:
        SettingsError: one of them is no key.
    """
    names = [x for x in (name, name + "_PREVIOUS") if x in given]
    for one in names:
        try:
            decode_key(given[one])
        except SettingsError as error:
            raise SettingsError(f"{one}: {error}") from None
    return tuple(given[x] for x in names)
