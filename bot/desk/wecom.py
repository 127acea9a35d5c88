"""What the desk delivers through WeCom: alerts to staff, notices to members, and what is announced to internal groups by webhook."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.desk.outbox import NotNow, Undeliverable, to_desk
from bot.store.addresses import Addresses
from bot.store.outbox import queue
from bot.store.tables import Outbox, utcnow
from bot.store.wecom_tables import GroupNoticeTarget
from bot.wechat.api import Api, ApiError, UnknownOutcome, Unreachable
from bot.wechat.codes import Handling
from bot.wecom.app_messages import send_text
from bot.wecom.webhooks import post_text

logger = logging.getLogger(__name__)

MEMBER, GROUP = "wecom", "wecom-webhook"       # channels of the outbox
SAFE_TRIES = 4          # of a message whose outcome is unknown: up to here the platform still drops the second of two
A_MINUTE = 20           # texts to one webhook
#: What staff are told about; everything else stands in the log only.
TOLD = ("emergency", "scam", "unknown", "wecom_bot")


class StaffAlerts:
    """Alerts: into the log as ever, and to staff by the app and by a group's webhook where these are set.

    Args:
        say: a text of `_words.yml` in Chinese, the staff's language.
        alert_webhook: the webhook that gets alerts as well.
    """

    def __init__(self, api: Api | None, agent: int, to: str, alert_webhook: str | None, say: Callable[..., str]) -> None:
        self._api, self._agent, self._to, self._webhook, self._say = api, agent, to, alert_webhook, say

    def __call__(self, session: Any, row: Outbox) -> None:
        """Deliver a row.

        Raises:
            NotNow, Undeliverable: it did not arrive at the app.
        """
        if not row.attempts:
            to_desk(session, row)
        text = alert_text(row.payload, self._say)
        if text is None:
            return
        if self._webhook is not None:
            queue(session, GROUP, "", {"webhook": self._webhook, "text": text}, dedup=f"alert:{row.id}")
            session.commit()        # the group hears of it even where the app fails
        if self._api is not None:
            _run(self._api, send_text(self._api, self._agent, self._to, text), row, urgent=row.payload.get("what") == "emergency")


def alert_text(payload: Mapping[str, Any], say: Callable[..., str]) -> str | None:
    """What staff read: what, when, under which number, never whose and in which words. None for what is no alert."""
    what, at = str(payload.get("what")), str(payload.get("at") or "")[11:16]
    if what not in TOLD:
        return None
    if what == "emergency":
        return say("alert_emergency", number=payload.get("episode"), sign=say(f"alert_sign_{payload.get('signs')}"), at=at)
    number = payload.get("delivery") or f"n{payload.get('notice')}"       # as `ivf-guide deliveries` lists it
    return say(f"alert_{what}", at=at, number=number)


class MemberNotices:
    """A notice (a slot, a report) to somebody who talks with the bot inside WeCom: by the app, to her alone."""

    def __init__(self, api: Api | None, agent: int, addresses: Addresses) -> None:
        self._api, self._agent, self._addresses = api, agent, addresses

    def __call__(self, _session: Any, row: Outbox) -> None:
        """Deliver a row.

        Raises:
            NotNow, Undeliverable: it did not arrive, or nobody knows.
        """
        user = self._addresses.user(row.conversation)
        if self._api is None or user is None:
            raise Undeliverable("no app to send it by" if self._api is None else "no address")
        titles = [str(x["title"]) for x in row.payload.get("buttons") or ()]
        lines = "\n".join(f"{n}. {title}" for n, title in enumerate(titles, 1))
        _run(self._api, send_text(self._api, self._agent, user, "\n\n".join(x for x in (str(row.payload["text"]), lines) if x)), row)


class Webhooks:
    """Texts to internal groups, at most twenty a minute for each.

    Args:
        keys: of the webhooks, by name.
    """

    def __init__(self, api: str, keys: Mapping[str, str]) -> None:
        self._api, self._keys = api, keys

    def __call__(self, session: Any, row: Outbox) -> None:
        """Deliver a row.

        Raises:
            NotNow: too many this minute, or the platform is busy.
            Undeliverable: it was refused, or nobody knows.
        """
        name, target = str(row.payload.get("webhook")), row.payload.get("target")
        if _lately(session, name) >= A_MINUTE:
            raise NotNow("twenty a minute")
        error = asyncio.run(post_text(self._api, self._keys[name], str(row.payload["text"]))) if name in self._keys else "no such webhook"
        if error in ("unreachable", "45009", "130101", "-1"):
            raise NotNow(error)
        if target is not None:
            status = "sent" if error is None else "unknown" if error == "unknown" else "failed"
            session.query(GroupNoticeTarget).filter(GroupNoticeTarget.id == target).update({"status": status, "error": error})
        elif error is not None:
            raise Undeliverable(error)


def _lately(session: Any, name: str) -> int:
    """How many texts a webhook got within a minute, whichever desk sent them, before a restart too."""
    recent = select(Outbox.payload).where(Outbox.channel == GROUP, Outbox.delivered_at > utcnow() - timedelta(seconds=60))
    return sum(payload.get("webhook") == name for payload in session.execute(recent).scalars())


def _run(api: Api, work: Coroutine[Any, Any, None], row: Outbox, urgent: bool = False) -> None:
    """Send, and say in the worker's words what became of it. A second try within half an hour is delivered once."""

    async def sent() -> None:
        try:
            await work
        finally:
            await api.close()

    try:
        asyncio.run(sent())
    except UnknownOutcome:
        if row.attempts >= SAFE_TRIES and not urgent:
            raise Undeliverable("unknown outcome") from None
        raise NotNow("unknown") from None
    except Unreachable:
        raise NotNow("unreachable") from None
    except ApiError as error:
        if urgent or error.handling in (Handling.AGAIN, Handling.SLOWLY, Handling.TOKEN, Handling.OPERATOR, Handling.BLOCKED):
            raise NotNow(str(error.code)) from None
        raise Undeliverable(str(error.code)) from None
