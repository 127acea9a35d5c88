"""Notices reach a patient of the Official Account by the way that is open, once, and what does not reach her is seen by staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.service_messages import ServiceMessages
from bot.clock import ZONE
from bot.desk.outbox import Worker
from bot.desk.wechat import SENDING, WeChatNotices
from bot.store.addresses import CLICK, MESSAGE, Addresses
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.outbox import channel_of, queue
from bot.store.tables import Outbox, utcnow
from bot.wechat.api import official_account
from bot.wechat.menu import Notice
from bot.wechat.tokens import InProcess
from tests.platform.official_account import Follower, OfficialAccount, Quota

KEY = b"dGhpcy1pcy1hLWtleS1mb3ItdGVzdHMtb25seS0wMDA="
SEND, TEMPLATE, BIZSEND = "/cgi-bin/message/custom/send", "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"
REPORT = {"text": "您的激素报告已经可以看了。", "kind": "report", "buttons": [], "at": "x"}
SLOT = {"text": "放出一个号源。", "kind": "booking", "buttons": [{"id": "a", "title": "确认"}, {"id": "b", "title": "不要了"}], "at": "x"}
NOTICE = Notice("TPL", None, "https://example.invalid/", {"thing1": "您有新的消息", "time2": "{time}"})
CONSENTED = Notice(None, "SUB", None, {"thing1": "您有新的消息"})


class Desk:
    """The desk with one account, and one patient who wrote to it."""

    def __init__(self, database: Database) -> None:
        self.database, self.platform = database, OfficialAccount()
        self.now, self.notices = utcnow(), dict[str, Notice]()
        self.who: Follower = self.platform.follower()
        self.addresses = Addresses(database, KEY, clock=lambda: self.now)
        self.deliveries = Deliveries(database, "wechat", timedelta(seconds=9))
        api = official_account(self.platform.url, self.platform.appid, self.platform.secret, InProcess(), seconds=1.0, back_off=(0.0,))
        service = ServiceMessages(api, self.addresses, False, 2000)
        self.deliver = WeChatNotices(database, api, service, self.addresses, self.deliveries, lambda: self.notices,
                                     lambda: datetime(2026, 11, 23, 9, 10, tzinfo=ZONE), lambda _: "回复数字")
        self.worker = Worker(database, {"wechat": self.deliver})

    def wrote(self, kind: str = MESSAGE) -> None:
        """She did something: messages may be sent."""
        with self.database.transaction() as session:
            self.addresses.remember(session, "she", "wechat", self.who.openid, kind)
            session.commit()
        self.who.quota = Quota(5, 1e12)

    def tell(self, payload: dict[str, Any]) -> Any:
        """Queue a notice, deliver it, and return its row."""
        with self.database.transaction() as session:
            queue(session, channel_of(session, "she"), "she", payload)
            session.commit()
        self.worker.work()
        with self.database.transaction() as session:
            row = session.execute(select(Outbox).where(Outbox.channel == "wechat").order_by(Outbox.id.desc())).scalars().first()
            session.expunge_all()
            return row

    def close(self) -> None:
        self.deliver._run(self.deliver._api.close())
        self.platform.close()


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    made = Desk(database)
    made.wrote()
    yield made
    made.close()


def test_within_two_days_it_is_a_service_message_with_numbers(desk: Desk) -> None:
    assert desk.tell(REPORT).delivered_at and desk.tell(SLOT).delivered_at
    assert desk.who.reads == [REPORT["text"], "放出一个号源。\n\n回复数字\n1. 确认\n2. 不要了"]


def test_later_it_is_a_template_and_the_words_wait_for_her(desk: Desk) -> None:
    desk.notices["report"] = NOTICE
    desk.now += timedelta(days=3)
    row = desk.tell(REPORT)
    assert row.delivered_at and desk.platform.calls[SEND] == 0
    assert desk.who.reads == ["[template] 您有新的消息 2026-11-23 09:10"] and desk.platform.notified[0]["client_msg_id"] == f"outbox-{row.id}"
    assert [x.answer and x.answer["text"] for x in desk.deliveries.waiting("she")] == [REPORT["text"]]


def test_a_click_allows_messages_for_a_minute_only(desk: Desk) -> None:
    desk.notices["report"] = NOTICE
    desk.wrote(CLICK)
    desk.now += timedelta(seconds=56)
    assert desk.tell(REPORT).delivered_at and desk.who.reads[0].startswith("[template]")


@pytest.mark.parametrize("code", [45015, 45047])
def test_a_window_that_is_closed_after_all_is_not_tried_twice(desk: Desk, code: int) -> None:
    desk.notices["report"] = NOTICE
    desk.platform.errors[SEND].append(code)
    assert desk.tell(REPORT).delivered_at and desk.platform.calls[SEND] == 1 and desk.who.reads[0].startswith("[template]")
    assert desk.tell(REPORT).delivered_at and desk.platform.calls[SEND] == 1


def test_without_a_template_staff_see_it_and_she_reads_it_when_she_writes(desk: Desk) -> None:
    desk.now += timedelta(days=3)
    row = desk.tell(REPORT)
    assert row.gave_up_at and "when she writes" in row.error and desk.who.reads == [] and len(desk.deliveries.waiting("she")) == 1
    assert desk.worker.work() == 0


def test_a_subscription_message_needs_her_consent_each_time(desk: Desk) -> None:
    desk.notices["report"] = CONSENTED
    desk.now += timedelta(days=3)
    assert desk.tell(REPORT).gave_up_at and desk.platform.calls[BIZSEND] == 0
    desk.addresses.consent("she", "SUB", 1)
    desk.who.consents["SUB"] = 1
    assert desk.tell(REPORT).delivered_at and desk.who.reads == ["[subscription] 您有新的消息"] and desk.addresses.consents("she", "SUB") == 0
    desk.addresses.consent("she", "SUB", 2)     # we think so; the platform does not
    assert desk.tell(REPORT).gave_up_at and desk.addresses.consents("she", "SUB") == 0


def test_an_unknown_outcome_is_not_repeated(desk: Desk) -> None:
    desk.platform.lost[SEND] = 1
    row = desk.tell(REPORT)
    assert row.gave_up_at and row.error == "unknown outcome" and len(desk.who.reads) == 1
    assert desk.worker.work(utcnow() + timedelta(hours=2)) == 0 and len(desk.who.reads) == 1


def test_a_template_whose_outcome_is_unknown_is_repeated_under_its_number(desk: Desk) -> None:
    desk.notices["report"] = NOTICE
    desk.now += timedelta(days=3)
    desk.platform.lost[TEMPLATE] = 1
    assert desk.tell(REPORT).error == "NotNow"
    assert desk.worker.work(utcnow() + timedelta(minutes=1)) == 1 and len(desk.who.reads) == 1 and desk.platform.calls[TEMPLATE] == 2


def test_a_desk_that_died_while_sending_does_not_send_again(desk: Desk, database: Database) -> None:
    with database.transaction() as session:
        session.add(Outbox(channel="wechat", conversation="she", payload=REPORT, error=SENDING))
        session.commit()
    desk.worker.work()
    assert desk.platform.calls == {} and desk.who.reads == []


def test_who_left_is_sent_nothing(desk: Desk) -> None:
    desk.platform.errors[SEND].append(43004)
    assert desk.tell(REPORT).gave_up_at and desk.addresses.user("she") is None
    row = desk.tell(REPORT)
    assert row.channel == "wechat" and "does not follow" in row.error and desk.platform.calls[SEND] == 1


def test_too_frequent_is_put_off(desk: Desk) -> None:
    desk.platform.errors[SEND].append(45011)
    row = desk.tell(REPORT)
    assert row.attempts == 1 and not row.gave_up_at and desk.worker.work(utcnow() + timedelta(minutes=1)) == 1
    assert desk.who.reads == [REPORT["text"]]


def test_a_patient_of_the_chat_page_is_told_there(desk: Desk, database: Database) -> None:
    with database.transaction() as session:
        assert (channel_of(session, "she"), channel_of(session, "another")) == ("wechat", "web")


REMINDER = {"text": "提醒您，您有一个预约。", "kind": "reminder", "buttons": [], "at": "x", "when": "2026-11-24T08:00+08:00"}
OF_REMINDERS = Notice("TPL-R", "SUB-R", None, {"thing1": "您有一个预约", "time2": "{time}"})


def test_a_reminder_goes_the_ways_of_all_notices_and_a_template_has_the_appointments_time(desk: Desk) -> None:
    assert desk.tell(REMINDER).delivered_at and desk.who.reads == [REMINDER["text"]]
    desk.notices["reminder"] = OF_REMINDERS
    desk.now += timedelta(days=3)
    assert desk.tell(REMINDER).delivered_at
    assert desk.who.reads[1:] == ["[template] 您有一个预约 2026-11-24 08:00"]


def test_without_a_right_to_templates_a_consent_to_one_message_carries_it(desk: Desk) -> None:
    desk.notices["reminder"] = OF_REMINDERS
    desk.now += timedelta(days=3)
    desk.platform.errors[TEMPLATE] += [48001, 48001]
    desk.addresses.consent("she", "SUB-R", 1)
    desk.who.consents["SUB-R"] = 1
    assert desk.tell(REMINDER).delivered_at
    assert desk.who.reads == ["[subscription] 您有一个预约 2026-11-24 08:00"]
    assert "too late" in desk.tell(REMINDER).error, "one consent is one message"


def test_the_words_of_a_reminder_wait_until_it_is_over_and_no_longer(desk: Desk) -> None:
    later = utcnow() + timedelta(days=3)
    desk.now += timedelta(days=3)
    assert desk.tell(REMINDER).gave_up_at, "no way is open: staff see it"
    assert [x.answer and x.answer["text"] for x in desk.deliveries.waiting("she")] == [REMINDER["text"]]
    over = Deliveries(desk.database, "wechat", timedelta(), lambda: utcnow() + timedelta(hours=22, minutes=51))
    assert over.waiting("she") == [] and over.purge() == 1 and desk.deliveries.waiting("she") == []
    desk.tell(REPORT)
    assert Deliveries(desk.database, "wechat", timedelta(), lambda: later).purge() == 0, "of a report nothing is over"


def test_an_account_that_can_call_nothing_keeps_it_for_her_next_message(desk: Desk) -> None:
    bare = WeChatNotices(desk.database, None, None, desk.addresses, desk.deliveries, lambda: {"report": NOTICE}, lambda: desk.now, lambda _: "回复数字")
    desk.worker = Worker(desk.database, {"wechat": bare})
    row = desk.tell(REPORT)
    assert "too late" in row.error and dict(desk.platform.calls) == {}
    assert [x.answer and x.answer["text"] for x in desk.deliveries.waiting("she")] == [REPORT["text"]]
