"""The staff's file with the account's menu and its notices, read and checked against the platform's limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.errors import GuideError

FILE = "_menu.yml"
TOP, BELOW = 3, 5
KEY_BYTES = 128
NAME_BYTES = {"top": 16, "below": 60}       # the platform's documents disagree; longer names are certainly cut
WEB = re.compile(r"https?://\S+")
KINDS = ("report", "slot", "reminder")


class MenuError(GuideError):
    """The file cannot be published; the message says which entry and why."""


@dataclass(frozen=True)
class Notice:
    """How one kind of notice goes out.

    Attributes:
        template: of a template message; None for none.
        subscribe: of a subscription message; None for none.
        url: what a tap opens.
        data: values by the template's field names.
    """

    template: str | None
    subscribe: str | None
    url: str | None
    data: Mapping[str, str]


@dataclass(frozen=True)
class Menu:
    """What the file says.

    Attributes:
        buttons: as the platform wants them.
        says: what a key stands for, as if it had been typed.
        notices: by kind.
    """

    buttons: list[dict[str, Any]] = field(default_factory=list)
    says: Mapping[str, str] = field(default_factory=dict)
    notices: Mapping[str, Notice] = field(default_factory=dict)


def read(folder: Path) -> Menu:
    """Read the file of a knowledge folder; an empty menu where there is none.

    Raises:
        MenuError: something in it is not right.
    """
    path = folder / FILE
    if not path.exists():
        return Menu()
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MenuError(f"{FILE} cannot be read: {type(error).__name__}") from None
    if not isinstance(found, dict):
        raise MenuError(f"{FILE}: `menu:` and `notices:` are expected")
    says: dict[str, str] = {}
    entries = _list(found.get("menu") or [], TOP, "the menu")
    return Menu([_button(x, says, "top") for x in entries], says, _notices(found.get("notices") or {}))


def _list(found: Any, most: int, what: str) -> list[Any]:
    if not isinstance(found, list) or not all(isinstance(x, dict) for x in found):
        raise MenuError(f"{FILE}: {what} is a list of entries")
    if len(found) > most:
        raise MenuError(f"{FILE}: {what} has {len(found)} entries; WeChat shows {most}")
    return found


def _button(entry: Mapping[str, Any], says: dict[str, str], where: str) -> dict[str, Any]:
    name = str(entry.get("name") or "")
    if not name or len(name.encode()) > NAME_BYTES[where]:
        raise MenuError(f"{FILE}: a name of 1 to {NAME_BYTES[where]} bytes is needed: “{name}”")
    if "entries" in entry:
        if where != "top":
            raise MenuError(f"{FILE}: “{name}” is inside an entry and has entries itself")
        return {"name": name, "sub_button": [_button(x, says, "below") for x in _list(entry["entries"], BELOW, f"“{name}”")]}
    if "url" in entry:
        if not WEB.fullmatch(str(entry["url"])):
            raise MenuError(f"{FILE}: “{name}”: url is no web address")
        if "appid" in entry:
            return {"type": "miniprogram", "name": name, "url": str(entry["url"]), "appid": str(entry["appid"]), "pagepath": str(entry.get("page") or "")}
        return {"type": "view", "name": name, "url": str(entry["url"])}
    key, say = str(entry.get("key") or ""), str(entry.get("say") or "")
    if not key or not say or len(key.encode()) > KEY_BYTES:
        raise MenuError(f"{FILE}: “{name}” needs `key` and `say`, or `url`, or `entries`")
    if key in says:
        raise MenuError(f"{FILE}: the key {key} is there twice")
    says[key] = say
    return {"type": "click", "name": name, "key": key}


def _notices(found: Any) -> dict[str, Notice]:
    if not isinstance(found, dict) or not set(found) <= set(KINDS):
        raise MenuError(f"{FILE}: notices are for {', '.join(KINDS)}")
    return {kind: _notice(kind, x) for kind, x in found.items()}


def _notice(kind: str, found: Any) -> Notice:
    data = found.get("data") if isinstance(found, dict) else None
    if not isinstance(data, dict) or not data or not (found.get("template") or found.get("subscribe")):
        raise MenuError(f"{FILE}: the notice “{kind}” needs `data`, and `template` or `subscribe`")
    for name, value in data.items():
        if str(name).startswith("thing") and len(str(value)) > 20:
            raise MenuError(f"{FILE}: the notice “{kind}”: {name} has more than 20 characters")
    optional = {k: str(found[k]) if found.get(k) else None for k in ("template", "subscribe", "url")}
    return Notice(**optional, data={str(k): str(v) for k, v in data.items()})
