"""Notices on WeChat: by service message while one is allowed, else by template or subscription message, else kept for her next message and for staff."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any

from bot.channels.plain_answers import Answer
from bot.channels.service_messages import Outcome, ServiceMessages
from bot.desk.outbox import NotNow, Undeliverable
from bot.store.addresses import Addresses
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.tables import Outbox, utcnow
from bot.text.language import language
from bot.wechat.api import Api, ApiError, UnknownOutcome, Unreachable
from bot.wechat.codes import Handling
from bot.wechat.menu import Notice
from bot.wechat.official_account import SUBSCRIBE_SEND, TEMPLATE_SEND

logger = logging.getLogger(__name__)

SENDING = "sending"
#: Which notice of the staff's file stands for a message of this kind.
NOTICES = {"booking": "slot", "report": "report", "reminder": "reminder"}
SAFE_TRIES = 3          # of a template message whose outcome is unknown: for ten minutes the platform drops a second one with the same number


class WeChatNotices:
    """Delivers rows of the outbox to patients of the Official Account.

    Args:
        api, service: None for an account that has not such calls or messages: then all waits for her next message.
        notices: the staff's templates, as they stand.
        now: the centre's time, for a template's {time}; in a reminder that is the appointment's.
        hint: the line that says that a number will do, by language.
    """

    def __init__(
        self, database: Database, api: Api | None, service: ServiceMessages | None, addresses: Addresses, deliveries: Deliveries,
        notices: Callable[[], Mapping[str, Notice]], now: Callable[[], datetime], hint: Callable[[str], str],
    ) -> None:
        self._database, self._api, self._service, self._addresses, self._deliveries = database, api, service, addresses, deliveries
        self._notices, self._now, self._hint = notices, now, hint
        self._loop = asyncio.new_event_loop()       # its connections stay here, from row to row

    def __call__(self, _session: Any, row: Outbox) -> None:
        """Deliver a row.

        Raises:
            NotNow: it was not sent, and may be later.
            Undeliverable: it was not sent, or nobody knows; staff see it.
        """
        if row.error == SENDING:
            raise Undeliverable("unknown: the desk died while it was sent")
        user = self._addresses.user(row.conversation)
        if user is None:
            raise Undeliverable("she does not follow the account")
        self._mark(row.id)
        self._run(self._deliver(row, user))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._loop.run_until_complete(work)

    def _mark(self, row: int) -> None:
        """From here on a second attempt could be a second message."""
        with self._database.transaction() as session:
            session.query(Outbox).filter(Outbox.id == row).update({"error": SENDING})
            session.commit()

    async def _deliver(self, row: Outbox, user: str) -> None:
        answer, outcome = self._answer(row.payload), Outcome.CLOSED
        if self._service is not None:
            made = await self._service.send(row.conversation, user, answer.plain)
            outcome = made.outcome
            if outcome is Outcome.LATER:
                raise NotNow(made.code)
        if outcome is Outcome.SENT:
            return
        if outcome is Outcome.UNKNOWN:
            raise Undeliverable("unknown outcome")
        if outcome is Outcome.GONE:
            raise Undeliverable("she does not follow the account")
        self._deliveries.keep(f"outbox:{row.id}", row.conversation, answer.to_json(), self._over(row.payload))
        notice = self._notices().get(NOTICES.get(str(row.payload.get("kind")), ""))
        told = notice is not None and self._api is not None and (
            await self._template(self._api, row, user, notice) or await self._subscription(self._api, row, user, notice))
        if not told:
            raise Undeliverable("too late for a service message; she reads it when she writes")

    def _answer(self, payload: Mapping[str, Any]) -> Answer:
        options = tuple((x["id"], x["title"]) for x in payload.get("buttons") or ())
        spoken = "en" if language(payload["text"]) == "en" else "zh"
        return Answer(payload["text"], options, hint=self._hint(spoken) if options else "", language=spoken)

    def _over(self, payload: Mapping[str, Any]) -> datetime | None:
        """When its words are of no use any more (UTC): the appointment has begun."""
        when = _when(payload)
        return None if when is None else utcnow() + (when - self._now())

    def _filled(self, payload: Mapping[str, Any], notice: Notice) -> dict[str, dict[str, str]]:
        time = f"{_when(payload) or self._now():%Y-%m-%d %H:%M}"
        return {name: {"value": value.replace("{time}", time)} for name, value in notice.data.items()}

    async def _template(self, api: Api, row: Outbox, user: str, notice: Notice) -> bool:
        if notice.template is None:
            return False
        link = {"url": notice.url} if notice.url else {}
        body = {"touser": user, "template_id": notice.template, **link, "client_msg_id": f"outbox-{row.id}", "data": self._filled(row.payload, notice)}
        try:
            await api.call(TEMPLATE_SEND, body)
            return True
        except UnknownOutcome:
            if row.attempts >= SAFE_TRIES:
                raise Undeliverable("unknown outcome") from None
            raise NotNow("unknown") from None       # the same number again: the platform sends it once
        except Unreachable:
            raise NotNow("unreachable") from None
        except ApiError as error:
            return self._refused(row, error)

    async def _subscription(self, api: Api, row: Outbox, user: str, notice: Notice) -> bool:
        if notice.subscribe is None or self._addresses.consents(row.conversation, notice.subscribe) < 1:
            return False
        link = {"page": notice.url} if notice.url else {}
        body = {"touser": user, "template_id": notice.subscribe, **link, "data": self._filled(row.payload, notice)}
        self._addresses.consent(row.conversation, notice.subscribe, -1)
        try:
            await api.call(SUBSCRIBE_SEND, body)
            return True
        except UnknownOutcome:
            raise Undeliverable("unknown outcome") from None
        except Unreachable:
            self._addresses.consent(row.conversation, notice.subscribe, 1)
            raise NotNow("unreachable") from None
        except ApiError as error:
            self._addresses.consent(row.conversation, notice.subscribe, 0 if error.handling is Handling.CONSENT else 1)
            return self._refused(row, error)

    def _refused(self, row: Outbox, error: ApiError) -> bool:
        """False: another way is tried."""
        if error.handling in (Handling.AGAIN, Handling.SLOWLY):
            raise NotNow(str(error.code)) from None
        if error.handling is Handling.GONE:
            self._addresses.unfollow(row.conversation)
            raise Undeliverable("she does not follow the account") from None
        return False


def _when(payload: Mapping[str, Any]) -> datetime | None:
    """The time of the appointment that a reminder is of."""
    return datetime.fromisoformat(str(payload["when"])) if payload.get("when") else None
