"""The outbox: delivered once, put off when it fails, given up at the end, taken over from the dead."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from bot.desk.outbox import BATCH, CLAIM, RETRY_SECONDS, Worker, to_chat_page
from bot.store.database import Database
from bot.store.messages import WebMessages
from bot.store.outbox import queue
from bot.store.tables import Outbox, utcnow


def put(database: Database, *texts: str, channel: str = "web", dedup: str | None = None) -> None:
    with database.transaction() as session:
        for text in texts:
            queue(session, channel, "a", {"text": text}, dedup)
        session.commit()


def rows(database: Database) -> list[Any]:
    with database.transaction() as session:
        found = session.execute(select(Outbox).order_by(Outbox.id)).scalars().all()
        session.expunge_all()
        return found


def shown(database: Database) -> list[str]:
    return [x["text"] for x in WebMessages(database).after("a")]


def broken(_session: Any, _row: Outbox) -> None:
    raise ConnectionError("支原体阳性")


def test_what_is_due_is_delivered_once_and_in_order(database: Database) -> None:
    worker = Worker(database, {"web": to_chat_page})
    put(database, "1", "2")
    assert [worker.work(), worker.work()] == [2, 0]
    assert shown(database) == ["1", "2"]
    assert all(x.delivered_at and x.attempts == 0 for x in rows(database))


def test_nothing_is_delivered_before_its_time_or_without_its_cause(database: Database) -> None:
    worker = Worker(database, {"web": to_chat_page})
    put(database, "1")
    assert worker.work(utcnow() - timedelta(hours=1)) == 0
    with database.transaction() as session:
        queue(session, "web", "a", {"text": "its cause was rolled back"})
    worker.work()
    assert shown(database) == ["1"]


def test_two_workers_never_deliver_twice(database: Database) -> None:
    wanted = [str(n) for n in range(3 * BATCH)]
    put(database, *wanted)
    start, done = threading.Barrier(2), [0, 0]

    def slowly(session: Any, row: Outbox) -> None:
        time.sleep(0.001)
        to_chat_page(session, row)

    def run(n: int) -> None:
        worker = Worker(database, {"web": slowly})
        start.wait()
        while made := worker.work():
            done[n] += made

    threads = [threading.Thread(target=run, args=(n,)) for n in range(2)]
    [x.start() for x in threads]
    [x.join(30) for x in threads]
    assert sorted(shown(database), key=int) == wanted and sum(done) == len(wanted)


def test_a_failing_delivery_is_put_off_then_given_up(database: Database) -> None:
    worker, now = Worker(database, {"web": broken}), utcnow() + timedelta(seconds=1)
    put(database, "1")
    for attempt, seconds in enumerate(RETRY_SECONDS, 1):
        assert worker.work(now) == 0
        row = rows(database)[0]
        assert (row.attempts, row.due_at, row.error, row.gave_up_at) == (attempt, now + timedelta(seconds=seconds), "ConnectionError", None)
        worker.work(now + timedelta(seconds=seconds - 1))
        assert rows(database)[0].attempts == attempt
        now += timedelta(seconds=seconds)
    worker.work(now)
    assert rows(database)[0].gave_up_at == now
    assert Worker(database, {"web": to_chat_page}).work(now + timedelta(days=9)) == 0
    assert shown(database) == []


def test_a_failure_leaves_nothing_half_done_and_stops_nobody_else(database: Database) -> None:
    def half(session: Any, row: Outbox) -> None:
        to_chat_page(session, row)
        session.flush()
        if row.payload["text"] == "1":
            raise TimeoutError

    put(database, "1", "2")
    put(database, "3", channel="no_such_channel")
    assert Worker(database, {"web": half}).work() == 1
    assert shown(database) == ["2"]
    assert [x.error for x in rows(database)] == ["TimeoutError", None, "KeyError"]
    assert Worker(database, {"web": to_chat_page}).work(utcnow() + timedelta(seconds=RETRY_SECONDS[0])) == 1


def test_a_dead_workers_claim_expires(database: Database) -> None:
    def dies(_session: Any, _row: Outbox) -> None:
        raise SystemExit        # no exception that the worker handles: the claim stays, as after a kill

    now, heir = utcnow() + timedelta(seconds=1), Worker(database, {"web": to_chat_page})
    put(database, "1")
    with pytest.raises(SystemExit):
        Worker(database, {"web": dies}).work(now)
    assert heir.work(now + CLAIM) == 0
    assert heir.work(now + CLAIM + timedelta(seconds=1)) == 1
    assert shown(database) == ["1"]


def test_the_same_key_is_queued_once_even_after_delivery(database: Database) -> None:
    worker = Worker(database, {"web": to_chat_page})
    put(database, "1", "1", dedup="reminder 7")
    worker.work()
    put(database, "1", dedup="reminder 7")
    put(database, "2", dedup="reminder 8")
    put(database, "3", "3")
    worker.work()
    assert shown(database) == ["1", "2", "3", "3"]


def test_a_message_of_a_forgotten_patient_is_dropped_and_the_others_go_on(database: Database) -> None:
    def forgets(session: Any, row: Outbox) -> None:
        to_chat_page(session, row)
        if row.payload["text"] == "1":
            session.execute(delete(Outbox).where(Outbox.id.in_([row.id + 1, row.id + 2])))

    put(database, "1", "2", "3", "4")
    assert Worker(database, {"web": forgets}).work() == 2
    assert shown(database) == ["1", "4"]
