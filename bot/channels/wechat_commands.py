"""`ivf-guide wechat-menu` and `wechat-qr`: what an administrator does for the Official Account on the command line."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bot import bootstrap
from bot.errors import GuideError
from bot.wechat import menu
from bot.wechat.official_account import MENU_CREATE, QRCODE_CREATE, SHOW_QRCODE, qr_code

MOST_SECONDS = 30 * 24 * 3600


def call(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Call the platform once.

    Raises:
        GuideError: the account is not set up, or the platform refused.
    """
    api = bootstrap.wechat_api()
    if api is None:
        raise GuideError("the Official Account is not set up: see docs/wechat.md")

    async def once() -> dict[str, Any]:
        try:
            return await api.call(path, body)
        finally:
            await api.close()

    return asyncio.run(once())


def publish_menu(given: argparse.Namespace) -> int:
    """Check the menu file and, unless only that was asked for, publish it."""
    try:
        found = menu.read(bootstrap.settings().knowledge)
        if not found.buttons:
            raise GuideError(f"{menu.FILE} has no menu")
        if not given.check:
            call(MENU_CREATE, {"button": found.buttons})
    except GuideError as error:
        print(error)
        return 1
    print(json.dumps(found.buttons, ensure_ascii=False, indent=1) if given.check else "published; WeChat shows it within some minutes, at once after following anew")
    return 0


def make_code(given: argparse.Namespace) -> int:
    """Make a code that opens the binding dialogue for whoever scans it first, and print where its picture is."""
    seconds = int(given.minutes * 60)
    if not 60 <= seconds <= MOST_SECONDS:
        print(f"a code lasts between one minute and {MOST_SECONDS // 60} minutes")
        return 1
    try:
        made = call(QRCODE_CREATE, qr_code(bootstrap.scenes().make(seconds), seconds))
    except GuideError as error:
        print(error)
        return 1
    print(SHOW_QRCODE + quote(str(made.get("ticket", "")), safe=""))
    return 0


def add_to(commands: Any) -> None:
    """The commands' arguments."""
    publishing = commands.add_parser("wechat-menu", help="publish the Official Account's menu from _menu.yml")
    publishing.add_argument("--check", action="store_true", help="only look whether it could be published")
    publishing.set_defaults(run=publish_menu)
    coding = commands.add_parser("wechat-qr", help="a code whose first scan opens the binding dialogue")
    coding.add_argument("--minutes", type=float, default=60, help="how long it is good")
    coding.set_defaults(run=make_code)
