"""`ivf-guide deliveries`: answers and notices that did not arrive, or of which nobody knows whether they did, on every platform."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import Any

from sqlalchemy import or_, select, update

from bot import bootstrap
from bot.desk.outbox import OUTDATED, SEEN
from bot.store.deliveries import Claim, Deliveries
from bot.store.tables import Outbox

CHANNELS = ("wechat", "wecom-bot", "wecom")
NOTICE = "n"                # before the number of a notice
SHOWN = 50                  # notices, the newest first


def lost_answers() -> list[tuple[str, Claim]]:
    """By channel, those that staff have not looked after yet."""
    return [(channel, row) for channel in CHANNELS for row in Deliveries(bootstrap.database(), channel, timedelta()).for_staff()]


def lost_notices(last: int = SHOWN) -> list[Any]:
    """The newest notices that were given up and that staff have not looked after yet; what was outdated is none of these."""
    with bootstrap.database().transaction() as session:
        rows = session.execute(select(Outbox).where(*_open()).order_by(Outbox.id.desc()).limit(last)).scalars().all()
        session.expunge_all()
        return list(rows)


def _open() -> tuple[Any, ...]:
    settled = [Outbox.error.notlike(f"{x}%") for x in (OUTDATED, SEEN)]
    return Outbox.gave_up_at.isnot(None), *(or_(Outbox.error.is_(None), x) for x in settled)


def deliveries(given: argparse.Namespace) -> int:
    """Print what did not arrive or of which nobody knows; note that somebody has looked after one."""
    if given.seen is not None:
        done = _seen(given.seen.strip().lower())
        print("noted" if done else "no such number, or it was noted before")
        return 0 if done else 1
    for channel, row in lost_answers():
        urgent = "  EMERGENCY TEXT" if (row.answer or {}).get("urgent") else ""
        what = row.question or row.asked.get("text") or ""
        print(f"{row.id:6}  {row.state:8} {channel:10} {row.error or '-':12} patient {row.conversation[:8]}  {what}{urgent}")
    for lost in lost_notices():
        print(f"{NOTICE + str(lost.id):>6}  notice   {lost.channel:10} {lost.gave_up_at:%m-%d %H:%M}  patient {lost.conversation[:8]}  {lost.error}")
    return 0


def _seen(number: str) -> bool:
    notice, digits = number.startswith(NOTICE), number.removeprefix(NOTICE)
    if not digits.isdecimal():
        return False
    if not notice:
        return any(Deliveries(bootstrap.database(), x, timedelta()).seen(int(digits)) for x in CHANNELS)
    with bootstrap.database().transaction() as session:
        row = session.execute(select(Outbox.id, Outbox.error).where(Outbox.id == int(digits), *_open())).first()
        if row is None:
            return False
        session.execute(update(Outbox).where(Outbox.id == row.id).values(error=f"{SEEN}{row.error or ''}"[:200]))
        session.commit()
        return True


def add_to(commands: Any) -> None:
    """The command's arguments."""
    listing = commands.add_parser("deliveries", aliases=["wecom-deliveries"],
                                  help="answers and notices that did not arrive, or nobody knows whether they did, in WeChat and WeCom")
    listing.add_argument("--seen", metavar="NUMBER", help="somebody has looked after it; a notice's number begins with n")
    listing.set_defaults(run=deliveries)
