"""What staff announce to groups: written once in a file, handed over once, and what became of it in each group.

To customer groups it goes as a group-send task, which a staff member confirms in her client; to internal groups by webhook, through the desk's outbox.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select, update

from bot.desk.wecom import GROUP as WEBHOOK_CHANNEL
from bot.errors import GuideError
from bot.store.database import Database, changed
from bot.store.outbox import queue
from bot.store.wecom_tables import GroupNotice, GroupNoticeTarget
from bot.wechat.api import Api, ApiError, UnknownOutcome, Unreachable
from bot.wechat.cut import size
from bot.wecom import contacts, webhooks

NEW, TASK, QUEUED, LEFT, UNKNOWN, FAILED = "new", "task", "queued", "left", "unknown", "failed"      # what they mean: `GroupNoticeTarget`
GROUP, WEBHOOK = "group", "webhook"
FIELDS = ("title", "text", "sender", "groups", "webhooks", "link")
LINK = ("title", "url", "desc", "picurl")
NAME = re.compile(r"[A-Za-z0-9_@.-]{1,64}")


class NoticeError(GuideError):
    """The file is no notice, or this notice cannot be handed over; the message says what to change."""


@dataclass(frozen=True)
class Written:
    """A notice as staff wrote it.

    Attributes:
        sender: who confirms it, by userid; needed where there are groups.
        groups: ids of customer groups.
        webhooks: names of internal groups' webhooks.
    """

    title: str
    text: str
    sender: str | None = None
    groups: tuple[str, ...] = ()
    webhooks: tuple[str, ...] = ()
    link: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The same for the same notice."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Told:
    """A notice and where it has got.

    Attributes:
        targets: kind, name, status, error of each group.
    """

    id: int
    title: str
    sender: str | None
    created_at: datetime
    targets: tuple[tuple[str, str, str, str | None], ...]


def read(path: Path) -> Written:
    """A notice from its YAML file.

    Raises:
        NoticeError: something in it is missing, unknown or too long.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise NoticeError(f"{path.name} cannot be read: {type(error).__name__}") from None
    if not isinstance(data, dict):
        raise NoticeError(f"{path.name} must have the fields {', '.join(FIELDS)}")
    unknown = sorted(str(x) for x in data if x not in FIELDS)
    if unknown:
        raise NoticeError(f"unknown field: {', '.join(unknown)}; known are {', '.join(FIELDS)}")
    made = Written(_line(data, "title"), _text(data), _optional(data, "sender"), _names(data, "groups"), _names(data, "webhooks"), _link(data))
    if not made.groups and not made.webhooks:
        raise NoticeError("groups or webhooks: name at least one")
    if made.groups and made.sender is None:
        raise NoticeError("sender: the userid of the staff member who confirms it in her client")
    if len(made.groups) > contacts.MOST_GROUPS:
        raise NoticeError(f"groups: at most {contacts.MOST_GROUPS}")
    if made.webhooks and size(made.text) > webhooks.TEXT_BYTES:
        raise NoticeError(f"text: at most {webhooks.TEXT_BYTES} bytes for a webhook, about {webhooks.TEXT_BYTES // 3} Chinese characters")
    return made


def _line(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip() or len(value.strip()) > 80:
        raise NoticeError(f"{name}: a line of at most 80 characters")
    return value.strip()


def _text(data: Mapping[str, Any]) -> str:
    value = data.get("text")
    if not isinstance(value, str) or not value.strip() or size(value.strip()) > contacts.TEXT_BYTES:
        raise NoticeError(f"text: between 1 and {contacts.TEXT_BYTES} bytes")
    return value.strip()


def _optional(data: Mapping[str, Any], name: str) -> str | None:
    value = data.get(name)
    if value is not None and (not isinstance(value, str) or not NAME.fullmatch(value)):
        raise NoticeError(f"{name}: a userid such as nurse.lin")
    return value


def _names(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = data.get(name) or []
    if not isinstance(value, list) or not all(isinstance(x, str) and NAME.fullmatch(x) for x in value):
        raise NoticeError(f"{name}: a list of ids or names")
    return tuple(dict.fromkeys(value))


def _link(data: Mapping[str, Any]) -> dict[str, str]:
    value = data.get("link")
    if value is None:
        return {}
    good = isinstance(value, dict) and {"title", "url"} <= set(value) <= set(LINK) and all(isinstance(x, str) for x in value.values())
    if not good or not value["url"].startswith("https://"):
        raise NoticeError("link: title and url (https), and if you like desc and picurl")
    return dict(value)


class GroupNotices:
    """Hands notices over and knows where they have got.

    Args:
        api: the app's; None where there is none.
        keys: names of the webhooks that are set up.
    """

    def __init__(self, database: Database, api: Api | None, keys: Sequence[str]) -> None:
        self._database, self._api, self._keys = database, api, keys

    async def hand_over(self, notice: Written) -> int:
        """Hand a notice over; one that was handed over before only where that failed for want of a connection.

        Returns:
            Its number.

        Raises:
            NoticeError: it was handed over before, or something for it is not set up, or it was refused.
        """
        if notice.groups and self._api is None:
            raise NoticeError("groups need WECOM_CORPID and the others")
        missing = [x for x in notice.webhooks if x not in self._keys]
        if missing:
            raise NoticeError(f"webhooks: {', '.join(missing)} not in WECOM_WEBHOOKS")
        number, fresh = self._recorded(notice)
        if self._api is not None and self._claimed(number):
            await self._task(self._api, number, notice)
        elif not fresh:
            raise NoticeError(f"this notice was handed over before, as number {number}")
        return number

    def _recorded(self, notice: Written) -> tuple[int, bool]:
        """Write a notice down, with its webhooks queued, unless it was written down before; its number, and whether it is new."""
        with self._database.transaction() as session:
            known = session.execute(select(GroupNotice.id).where(GroupNotice.digest == notice.digest)).scalar()
            if known is not None:
                return int(known), False
            row = GroupNotice(digest=notice.digest, title=notice.title, text=notice.text, sender=notice.sender)
            session.add(row)
            session.flush()
            session.add_all(GroupNoticeTarget(notice=row.id, kind=GROUP, name=x, status=NEW) for x in notice.groups)
            for name in notice.webhooks:
                target = GroupNoticeTarget(notice=row.id, kind=WEBHOOK, name=name, status=QUEUED)
                session.add(target)
                session.flush()
                text = notice.text if not notice.link else f"{notice.text}\n{notice.link['title']} {notice.link['url']}"
                queue(session, WEBHOOK_CHANNEL, "", {"webhook": name, "text": text, "target": target.id}, dedup=f"notice:{target.id}")
            session.commit()
            return int(row.id), True

    def _claimed(self, number: int) -> bool:
        """Mark groups that were not handed over yet: until the platform answers nobody knows what became of them."""
        return bool(self._set(GroupNoticeTarget.notice == number, GroupNoticeTarget.kind == GROUP, GroupNoticeTarget.status == NEW, status=UNKNOWN))

    async def _task(self, api: Api, number: int, notice: Written) -> None:
        these = (GroupNoticeTarget.notice == number, GroupNoticeTarget.kind == GROUP, GroupNoticeTarget.status == UNKNOWN)
        try:
            answer = await api.call(contacts.ADD, contacts.task(notice.sender or "", list(notice.groups), notice.text, notice.link))
        except Unreachable:
            self._set(*these, status=NEW, error="unreachable")
            raise NoticeError(f"WeCom could not be reached; nothing was handed over. Run it again, it is number {number}") from None
        except UnknownOutcome:
            raise NoticeError(f"nobody knows whether WeCom took number {number}: let {notice.sender} look into her client before it is written anew") from None
        except ApiError as error:
            self._set(*these, status=FAILED, error=str(error.code))
            raise NoticeError(f"WeCom refused number {number}: error {error.code}, see docs/wecom.md") from None
        left = [str(x) for x in answer.get("fail_list") or ()]
        with self._database.transaction() as session:
            session.execute(update(GroupNotice).where(GroupNotice.id == number).values(task=str(answer.get("msgid") or "")))
            session.commit()
        self._set(*these, GroupNoticeTarget.name.in_(left), status=LEFT)
        self._set(*these, status=TASK)

    async def refreshed(self, last: int) -> list[Told]:
        """The newest notices, the latest first; those that wait for somebody are asked for anew.

        Raises:
            ApiError, Unreachable, UnknownOutcome: WeCom could not be asked.
        """
        with self._database.transaction() as session:
            waits = select(GroupNoticeTarget.notice).where(GroupNoticeTarget.status == TASK)
            open_ = session.execute(select(GroupNotice.id, GroupNotice.task, GroupNotice.sender).where(GroupNotice.id.in_(waits))
                                    .order_by(GroupNotice.id.desc()).limit(last)).all()
        for number, task, sender in open_:
            if self._api is not None and task:
                for group, status in (await contacts.results(self._api, task, sender)).items():
                    self._set(GroupNoticeTarget.notice == number, GroupNoticeTarget.kind == GROUP, GroupNoticeTarget.name == group, status=status)
        return self.listed(last)

    def listed(self, last: int) -> list[Told]:
        """The newest notices as they are known here, the latest first."""
        with self._database.transaction() as session:
            rows = session.execute(select(GroupNotice).order_by(GroupNotice.id.desc()).limit(last)).scalars().all()
            found = []
            for row in rows:
                targets = session.execute(select(GroupNoticeTarget).where(GroupNoticeTarget.notice == row.id).order_by(GroupNoticeTarget.id)).scalars()
                found.append(Told(row.id, row.title, row.sender, row.created_at, tuple((x.kind, x.name, x.status, x.error) for x in targets)))
            return found

    def _set(self, *which: Any, **values: Any) -> int:
        with self._database.transaction() as session:
            done = changed(session, update(GroupNoticeTarget).where(*which).values(**values))
            session.commit()
            return done
