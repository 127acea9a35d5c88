"""`ivf-guide wechat-menu`, `wechat-qr` and `deliveries`: what an administrator does for the Official Account on the command line."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy import select

from bot import bootstrap
from bot.errors import GuideError
from bot.store.deliveries import Deliveries
from bot.store.tables import Outbox
from bot.wechat import menu
from bot.wechat.official_account import MENU_CREATE, QRCODE_CREATE, SHOW_QRCODE, qr_code

CHANNEL = "wechat"
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


def deliveries(given: argparse.Namespace) -> int:
    """Print what did not reach a patient or of which nobody knows, answers and notices; note that somebody has looked after one."""
    kept = Deliveries(bootstrap.database(), CHANNEL, timedelta())
    if given.seen is not None:
        done = kept.seen(given.seen)
        print("noted" if done else "no such delivery, or it was noted before")
        return 0 if done else 1
    for row in kept.for_staff():
        urgent = "  EMERGENCY TEXT" if (row.answer or {}).get("urgent") else ""
        print(f"{row.id:6}  {row.state:8} {row.error or '-':12} patient {row.conversation[:8]}  {row.question or row.asked.get('text') or ''}{urgent}")
    for lost in lost_notices():
        print(f"notice {lost.id}  {lost.gave_up_at:%Y-%m-%d %H:%M}  {lost.channel}  patient {lost.conversation[:8]}  {lost.error}")
    return 0


def lost_notices(last: int = 50) -> list[Any]:
    """Notices that were given up, the newest first."""
    with bootstrap.database().transaction() as session:
        rows = session.execute(select(Outbox).where(Outbox.gave_up_at.isnot(None)).order_by(Outbox.id.desc()).limit(last)).scalars().all()
        session.expunge_all()
        return list(rows)


def add_to(commands: Any) -> None:
    """The commands' arguments."""
    publishing = commands.add_parser("wechat-menu", help="publish the Official Account's menu from _menu.yml")
    publishing.add_argument("--check", action="store_true", help="only look whether it could be published")
    publishing.set_defaults(run=publish_menu)
    coding = commands.add_parser("wechat-qr", help="a code whose first scan opens the binding dialogue")
    coding.add_argument("--minutes", type=float, default=60, help="how long it is good")
    coding.set_defaults(run=make_code)
    listing = commands.add_parser("deliveries", help="answers and notices that did not arrive, or nobody knows whether they did")
    listing.add_argument("--seen", type=int, metavar="NUMBER", help="somebody has looked after it")
    listing.set_defaults(run=deliveries)
