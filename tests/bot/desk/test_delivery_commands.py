"""What did not arrive on any platform stands in one list until somebody has looked after it, and what nobody knows of raises an alert."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import bootstrap, cli, doctor
from bot.desk.outbox import RETRY_SECONDS, NotNow, Outdated, Undeliverable, Worker
from bot.desk.wecom import alert_text
from bot.store.database import Database
from bot.store.deliveries import UNKNOWN, WAITING, Deliveries
from bot.store.outbox import queue
from bot.store.tables import Outbox, utcnow


def lost(channel: str, question: str, state: str, urgent: bool = False) -> int:
    """An answer that did not arrive."""
    kept = Deliveries(bootstrap.database(), channel, timedelta(seconds=9))
    claim = kept.claim(question, "a-patients-key", {"text": question}, lambda _: None)
    kept.answered(claim.id, {"text": "x", "urgent": urgent}, question)
    kept.settle(claim.id, state, "timeout")
    return claim.id


def notice(error: Exception, channel: str = "wechat") -> int:
    """A notice whose delivery ends like this."""
    raised(bootstrap.database(), error, channel)
    with bootstrap.database().transaction() as session:
        return int(session.execute(select(Outbox.id).where(Outbox.channel == channel).order_by(Outbox.id.desc())).scalars().first())


def raised(database: Database, error: Exception, channel: str) -> None:
    def deliver(_session: Any, _row: Outbox) -> None:
        raise error

    with database.transaction() as session:
        queue(session, channel, "a-patients-key", {"text": "x"})
        session.commit()
    Worker(database, {channel: deliver}).work(utcnow() + timedelta(seconds=1))


def alerts(database: Database) -> list[dict[str, Any]]:
    with database.transaction() as session:
        return [dict(x.payload) for x in session.execute(select(Outbox).where(Outbox.channel == "desk")).scalars() if x.payload.get("what") == "unknown"]


@pytest.fixture
def listed(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """The command's lines."""
    def run(*arguments: str, name: str = "deliveries") -> list[str]:
        capsys.readouterr()
        cli.main([name, *arguments])
        return capsys.readouterr().out.splitlines()

    return run


def test_one_list_for_all_platforms(listed: Callable[..., list[str]]) -> None:
    lost("wechat", "医保能报销吗", UNKNOWN, urgent=True)
    lost("wecom-bot", "在哪看报告", UNKNOWN)
    lost("wecom", "几点上班", WAITING)
    given_up = notice(Undeliverable("she does not follow the account"))
    lines = listed()
    assert [[x for x in ("wechat", "wecom-bot", "wecom") if f" {x} " in line] for line in lines] == [["wechat"], ["wecom-bot"], ["wecom"], ["wechat"]]
    assert "医保能报销吗" in lines[0] and "EMERGENCY TEXT" in lines[0] and "EMERGENCY TEXT" not in lines[1]
    assert lines[3].split()[:2] == [f"n{given_up}", "notice"] and "does not follow" in lines[3]
    assert all("a-patien" in x and "a-patients-key" not in x for x in lines) and listed(name="wecom-deliveries") == lines


def test_a_line_goes_when_somebody_has_looked(listed: Callable[..., list[str]]) -> None:
    numbers = [str(lost("wechat", "一", UNKNOWN)), str(lost("wecom", "二", UNKNOWN)), f"n{notice(Undeliverable('no address'), 'wecom')}"]
    assert [x.split()[0] for x in listed()] == numbers
    for n, number in enumerate(numbers, 1):
        assert listed("--seen", number) == ["noted"] and len(listed()) == 3 - n
        assert listed("--seen", number) == ["no such number, or it was noted before"]


@pytest.mark.parametrize("number", ["999", "n999", "n", "x1", "", "-1", "１x"])
def test_a_number_that_is_none(listed: Callable[..., list[str]], number: str) -> None:
    lost("wechat", "一", UNKNOWN)
    assert listed(f"--seen={number}") == ["no such number, or it was noted before"] and len(listed()) == 1


def test_what_is_outdated_or_only_put_off_is_nobodys_business(listed: Callable[..., list[str]]) -> None:
    notice(Outdated("cancelled"))
    notice(NotNow("busy"))
    assert listed() == [] and alerts(bootstrap.database()) == []


@pytest.mark.parametrize("channel", ["wechat", "wecom"])
def test_a_notice_of_which_nobody_knows_raises_one_alert(database: Database, channel: str) -> None:
    raised(database, Undeliverable("unknown outcome"), channel)
    alert, = alerts(database)
    text = alert_text(alert, lambda key, **values: f"{key} {values['number']}")
    assert text == f"alert_unknown n{alert['notice']}" and "a-patients-key" not in str(alert)


@pytest.mark.parametrize("error", [Undeliverable("she does not follow the account"), Outdated("past"), NotNow("unknown")])
def test_what_is_known_raises_none(database: Database, error: Exception) -> None:
    raised(database, error, "wechat")
    assert alerts(database) == []


@pytest.mark.parametrize("channel", ["desk", "wecom-webhook"])
def test_an_alert_that_is_lost_raises_no_other(database: Database, channel: str) -> None:
    raised(database, Undeliverable("unknown outcome"), channel)
    assert alerts(database) == []


def test_an_answer_of_which_nobody_knows_raises_one_alert(database: Database) -> None:
    kept = Deliveries(database, "wechat", timedelta(seconds=9))
    claim = kept.claim("d", "a-patients-key", {"text": "支原体阳性"}, lambda _: None)
    kept.unknown(claim.id, "timeout")
    kept.unknown(claim.id, "timeout")
    alert, = alerts(database)
    assert alert["delivery"] == claim.id and "支原体" not in str(alert) and [x.state for x in kept.for_staff()] == ["unknown"]
    assert bootstrap.library().current.words("alert_unknown", "zh", at="08:15", number=claim.id) == alert_text(
        {**alert, "at": "2026-11-25T08:15:00+08:00"}, lambda key, **values: bootstrap.library().current.words(key, "zh", **values))


@pytest.mark.parametrize(("deliveries", "state"), [(1, "sent"), (4, "unknown")])
def test_one_given_back_to_the_platforms_last_retry_raises_one_too(database: Database, deliveries: int, state: str) -> None:
    now = utcnow()
    kept = Deliveries(database, "wechat", timedelta(seconds=9), lambda: now)
    for _ in range(deliveries):
        claim = kept.claim("d", "she", {"text": "x"}, lambda _: None)
    kept.answered(claim.id, {"text": "y"}, "x")
    assert kept.passing(claim.id, deliveries)
    now += timedelta(minutes=1)
    kept.due()
    look = kept.look(claim.id)
    assert look is not None and look.state == state and [x["delivery"] for x in alerts(database)] == ([claim.id] if state == "unknown" else [])


def test_a_message_that_is_given_up_after_all_its_tries_is_listed(listed: Callable[..., list[str]]) -> None:
    def fails(_session: Any, _row: Outbox) -> None:
        raise NotNow("unreachable")

    with bootstrap.database().transaction() as session:
        queue(session, "wechat", "she", {"text": "x"})
        session.commit()
    worker, now = Worker(bootstrap.database(), {"wechat": fails}), utcnow() + timedelta(seconds=1)
    for seconds in (0, *RETRY_SECONDS):
        now += timedelta(seconds=seconds)
        worker.work(now)
    assert len(listed()) == 1


def test_the_doctor_counts_them_and_knows_whom_reminders_reach(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said() -> str:
        bootstrap.settings.cache_clear()
        return "\n".join(x.words for look in (doctor._wechat, doctor._deliveries) for x in look(bootstrap.settings()))

    assert "nobody knows: 0" in said() and "reminders" not in said()
    lost("wechat", "一", UNKNOWN)
    lost("wecom", "二", UNKNOWN)
    notice(Undeliverable("unknown outcome"))
    assert "nobody knows: 3 (ivf-guide deliveries)" in said()
    for name, value in {"WECHAT_TOKEN": "t", "WECHAT_APPID": "wx1", "WECHAT_SECRET": "s", "WECHAT_AES_KEY": "A" * 43}.items():
        monkeypatch.setenv(name, value)
    assert "reminders of appointments reach only patients who wrote within two days" in said()
    menu = home / "knowledge"
    menu.mkdir()
    (menu / "_menu.yml").write_text("notices: {reminder: {template: T, data: {time1: '{time}'}}}", encoding="utf-8")
    monkeypatch.setenv("IVF_GUIDE_KNOWLEDGE", str(menu))
    assert "reminders" not in said()
