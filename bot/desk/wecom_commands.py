"""`ivf-guide notice FILE`, `notices` and `groups`: announcements of staff to groups in WeCom."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from bot import bootstrap
from bot.desk.group_notices import GroupNotices, NoticeError, Written, read
from bot.errors import GuideError
from bot.privacy import mask
from bot.store.tables import utcnow
from bot.wecom import contacts

T = TypeVar("T")
#: How a status is said.
SAID = {"new": "not handed over yet", "task": "waits for {sender} to confirm it", "queued": "waits for the desk", "sent": "sent",
        "left": "could not be reached", "unknown": "nobody knows", "failed": "failed"}


def add_to(commands: Any) -> None:
    """Add the commands to the command line."""
    one = commands.add_parser("notice", help="announce something to groups in WeCom, from a YAML file (docs/wecom.md)")
    one.add_argument("file", type=Path)
    one.add_argument("--anyway", action="store_true", help="although something in it looks personal")
    one.set_defaults(run=notice)
    all_ = commands.add_parser("notices", help="what became of announcements, in each group")
    all_.add_argument("--last", type=int, default=5, help="how many")
    all_.set_defaults(run=notices)
    groups = commands.add_parser("groups", help="customer groups in WeCom: id, owner, name")
    groups.set_defaults(run=list_groups)


def notice(given: argparse.Namespace) -> int:
    """Hand a notice over; 1 where it was not."""
    try:
        written = read(given.file)
        if not given.anyway:
            _look_for_names(written)
        number = _done(_notices().hand_over(written))
    except NoticeError as error:
        print(error)
        return 1
    print(f"number {number}: {len(written.groups)} groups, {len(written.webhooks)} webhooks")
    if written.groups:
        print(f"nothing is sent until {written.sender} confirms it in WeCom; `ivf-guide notices` shows what became of it")
    return 0


def _look_for_names(written: Written) -> None:
    """Everybody in a group reads a notice: nothing that looks personal goes there unasked."""
    kinds = mask(f"{written.title}\n{written.text}", bootstrap.library().current.hospital.public_contacts).kinds
    if kinds:
        raise NoticeError(f"this looks personal: {', '.join(kinds)}. Everybody in the groups will read it; with --anyway it goes all the same")


def notices(given: argparse.Namespace) -> int:
    """Print the newest notices with what became of them; 1 where WeCom could not be asked."""
    kept, failed = _notices(), False
    try:
        found = _done(kept.refreshed(given.last))
    except GuideError as error:
        print(f"WeCom could not be asked, this is what is known here: {error}")
        found, failed = kept.listed(given.last), True
    for one in found:
        counted = Counter(status for _, _, status, _ in one.targets)
        print(f"{one.id:5}  {one.created_at:%Y-%m-%d %H:%M}  {one.title}   {', '.join(f'{x} {n}' for x, n in counted.items())}")
        for kind, name, status, code in one.targets:
            print(f"       {kind:8} {name:34} {SAID[status].format(sender=one.sender or '-')}{f' ({code})' if code else ''}")
    if any(status == "queued" and (utcnow() - one.created_at).total_seconds() > 300 for one in found for _, _, status, _ in one.targets):
        print("queued for more than five minutes: is the desk running?")
    return 1 if failed else 0


def list_groups(_given: argparse.Namespace) -> int:
    """Print the customer groups; 1 where they could not be asked for."""
    api = bootstrap.wecom_api()
    if api is None:
        print("WECOM_CORPID and the others are not set")
        return 1
    try:
        for group, name, owner in _done(contacts.groups(api)):
            print(f"{group:34} {owner:20} {name}")
    except GuideError as error:
        print(error)
        return 1
    return 0


def _notices() -> GroupNotices:
    return GroupNotices(bootstrap.database(), bootstrap.wecom_api(), tuple(bootstrap.settings().wecom.webhooks))


def _done(work: Coroutine[Any, Any, T]) -> T:
    async def whole() -> T:
        api = bootstrap.wecom_api()
        try:
            return await work
        finally:
            if api is not None:
                await api.close()

    return asyncio.run(whole())
