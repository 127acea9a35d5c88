"""What has to be answered when something happens on WeChat, as plain data that can be kept and taken up again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.channels.turns import storable
from bot.store.addresses import CLICK, MESSAGE
from bot.wechat.menu import Menu
from bot.wechat.official_account import Push

TAP = re.compile(r"[A-Za-z0-9_-]{1,64}")
QRSCENE = "qrscene_"
#: What is said to messages that are no words, by their type.
INSTEAD = {
    "image": "wechat_image", "voice": "wechat_voice", "location": "wechat_location", "link": "wechat_link", "miniprogrampage": "wechat_link",
    "video": "wechat_media", "shortvideo": "wechat_media", "file": "wechat_media",
}
SCANNED = ("scancode_push", "scancode_waitmsg")      # a menu entry that scans: nothing to say, but three messages may be sent


@dataclass(frozen=True)
class Asked:
    """What a push asks for.

    Attributes:
        what: `{"what": "text", "text": …}`, `tap`, `words`, `scan` or `welcome`; None for nothing.
        grant: what it allows to be sent (`bot.store.addresses`).
        consents: changes of consents, by template.
        leaves: whether she follows the account no more.
    """

    what: dict[str, Any] | None
    grant: str | None = None
    consents: tuple[tuple[str, int], ...] = field(default=())
    leaves: bool = False


def asked_of(push: Push, menu: Menu) -> Asked:
    """Read a push; one of an unknown type asks for nothing."""
    return _event(push, menu) if push.kind == "event" else _message(push)


def _message(push: Push) -> Asked:
    tap = push.text("bizmsgmenuid")
    if push.kind == "text" and TAP.fullmatch(tap):
        return Asked({"what": "tap", "tap": tap}, CLICK)
    if push.kind == "text":
        return Asked({"what": "text", "text": storable(push.text("Content"))}, MESSAGE)
    heard = storable(push.text("Recognition")).strip() if push.kind == "voice" else ""
    if heard:
        return Asked({"what": "text", "text": heard}, MESSAGE)
    return Asked({"what": "words", "words": INSTEAD[push.kind]}, MESSAGE) if push.kind in INSTEAD else Asked(None, MESSAGE)


def _event(push: Push, menu: Menu) -> Asked:
    key = storable(push.text("EventKey"))[:64]
    if push.event == "unsubscribe":
        return Asked(None, leaves=True)
    if push.event == "subscribe":
        scanned = key.startswith(QRSCENE)
        return Asked({"what": "scan", "scene": key[len(QRSCENE):]} if scanned else {"what": "welcome"}, CLICK)
    if push.event == "scan":
        return Asked({"what": "scan", "scene": key}, CLICK)
    if push.event == "click":
        said = menu.says.get(key)
        return Asked({"what": "welcome"} if said is None else {"what": "text", "text": said}, CLICK)
    return Asked(None, CLICK if push.event in SCANNED else None, tuple(_consents(push)))


def _consents(push: Push) -> Iterator[tuple[str, int]]:
    """What she agreed to in a pop-up, or withdrew; a message that could not be sent has used up nothing."""
    for name, changes in (("SubscribeMsgPopupEvent", {"accept": 1, "reject": 0}), ("SubscribeMsgChangeEvent", {"reject": 0})):
        for one in _listed(push.fields.get(name)):
            template, status = one.get("TemplateId"), one.get("SubscribeStatusString")
            if isinstance(template, str) and 0 < len(template) <= 64 and status in changes:
                yield template, changes[status]


def _listed(found: Any) -> list[dict[str, Any]]:
    """The elements of `<…><List>…</List></…>`: one, or several; in JSON a list may stand there by itself."""
    inner = found.get("List") if isinstance(found, dict) else found
    return [x for x in (inner if isinstance(inner, list) else [inner]) if isinstance(x, dict)]
