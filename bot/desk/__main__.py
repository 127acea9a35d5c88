"""The desk process: `python -m bot.desk`. Delivers the outbox until stopped."""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip  (first: no telemetry)

import logging
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta

from bot import bootstrap, logs
from bot.channels.plain_answers import words
from bot.channels.service_messages import ServiceMessages
from bot.desk.notices import Notices
from bot.desk.outbox import Delivery, Worker, to_chat_page
from bot.desk.reminders import Reminders
from bot.desk.retention import Retention
from bot.desk.wechat import WeChatNotices
from bot.desk.wecom import GROUP, MEMBER, MemberNotices, StaffAlerts, Webhooks
from bot.hospital.ports import Hospital
from bot.hospital.sql_cards import SqlCards
from bot.hospital.sql_reports import SqlReports
from bot.hospital.sql_watches import SqlWatches
from bot.store import consents
from bot.store.deliveries import Deliveries
from bot.wechat import menu

PAUSE_SECONDS = 0.3


def wechat() -> dict[str, Delivery]:
    """The Official Account's delivery; nothing where there is none."""
    given, api = bootstrap.settings().wechat, bootstrap.wechat_api()
    if given is None:
        return {}
    service = ServiceMessages(api, bootstrap.addresses(), False, given.service_bytes) if given.service and api is not None else None
    return {"wechat": WeChatNotices(
        bootstrap.database(), api, service, bootstrap.addresses(), Deliveries(bootstrap.database(), "wechat", timedelta()),
        lambda: menu.read(bootstrap.settings().knowledge).notices, lambda: bootstrap.clock().now(), lambda language: words("wechat_numbers", language))}


def wecom() -> dict[str, Delivery]:
    """Alerts to staff, into the log and through WeCom as far as it is set up; notices to members and groups."""
    given, api = bootstrap.settings().wecom, bootstrap.wecom_api()
    agent, to = (given.app.agent, given.app.alert_to) if given.app is not None else (0, "")

    def say(key: str, **values: object) -> str:
        return words(key, "zh", **values)

    return {
        "desk": StaffAlerts(api, agent, to, given.alert_webhook, say), MEMBER: MemberNotices(api, agent, bootstrap.addresses()),
        GROUP: Webhooks(given.api, given.webhooks),
    }


def kept_here(hospital: Hospital) -> Iterator[str]:
    """Purposes of consents for which our own tables know what is kept: a hospital may keep bindings or wishes itself."""
    yield consents.CARD
    if isinstance(hospital, SqlCards):
        yield consents.BINDING
    if isinstance(hospital, SqlWatches) and isinstance(hospital, SqlReports):
        yield consents.WAITS


def main() -> None:
    """Work until SIGTERM or Ctrl-C; what is being delivered is finished first."""
    logs.install()
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    retention = Retention(bootstrap.database(), bootstrap.tracker_database(), bootstrap.vault(), bootstrap.settings().retention_days,
                          kept_here(bootstrap.hospital()))
    notices = Notices(bootstrap.database(), bootstrap.hospital(), bootstrap.conversations(), lambda: bootstrap.clock().now(),
                      lambda: bootstrap.library().current, lambda: bootstrap.guard().texts)
    reminders = Reminders(bootstrap.database(), bootstrap.hospital(), bootstrap.conversations(), notices.turn, lambda: bootstrap.clock().now(),
                          lambda: bootstrap.library().current.hospital.reminder)
    deliveries = {"web": to_chat_page, **wechat(), **wecom()}
    worker = Worker(bootstrap.database(), {channel: reminders.checked(deliver) for channel, deliver in deliveries.items()})
    logging.getLogger("bot.desk").info("desk: delivering")
    while not stop.is_set():
        try:
            busy = worker.work() + notices.work() + reminders.work() > 0
            retention.work()
        except Exception:  # noqa: BLE001  a database that is away for a moment must not end the desk
            logging.getLogger("bot.desk").exception("the outbox could not be read")
            busy = False
        stop.wait(0 if busy else PAUSE_SECONDS)


if __name__ == "__main__":
    main()
