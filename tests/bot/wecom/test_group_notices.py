"""Announcements of staff to groups: the file, the group-send task, webhooks, what became of each; against the platform over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import bootstrap, cli
from bot.desk.group_notices import GroupNotices, NoticeError, read
from bot.desk.outbox import Worker
from bot.desk.wecom import GROUP, Webhooks
from bot.store.database import Database
from bot.wechat.api import Api, wecom
from bot.wechat.tokens import InProcess
from tests.platform.wecom import WeCom

WARD, LAB = "6f1c2f6e-0000-4000-8000-1234567890ab", "7f1c2f6e-0000-4000-8000-1234567890ab"
KEY = "Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWo"
NOTICE = """
title: 明日取卵集合时间
text: |
  【官方】明日取卵集合时间 7:00，请在三楼护士站集合。
sender: nurse.lin
groups: [wrCUSTOMERGROUP01, wrCUSTOMERGROUP02, wrGONE03]
webhooks: [ward, lab]
link: {title: 取卵须知, url: "https://guide.example.invalid/a", desc: 第3版}
"""
ADD = "/cgi-bin/externalcontact/add_msg_template"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "notice.yml"
    made.write_text(NOTICE, encoding="utf-8")
    return made


def api_of(platform: WeCom) -> Api:
    return wecom(platform.url, platform.corpid, platform.secret, InProcess(), back_off=(0.0, 0.0, 0.0), seconds=20.0)


class Staff:
    """Somebody who announces things."""

    def __init__(self, platform: WeCom, database: Database) -> None:
        self.platform, self.database = platform, database

    def _do(self, work: Any) -> Any:
        async def whole() -> Any:
            api = api_of(self.platform)
            try:
                return await work(GroupNotices(self.database, api, ("ward", "lab")))
            finally:
                await api.close()

        return asyncio.run(whole())

    def hand_over(self, file: Path) -> int:
        return int(self._do(lambda x: x.hand_over(read(file))))

    def statuses(self) -> dict[str, str]:
        (one,) = self._do(lambda x: x.refreshed(5))
        return {name: status for _, name, status, _ in one.targets}


@pytest.fixture
def staff(platform: WeCom, database: Database) -> Staff:
    return Staff(platform, database)


def test_a_notice_goes_to_groups_as_a_task_and_to_webhooks(staff: Staff, platform: WeCom, file: Path) -> None:
    staff.hand_over(file)
    (task,) = platform.tasks.values()
    assert task["sender"] == "nurse.lin" and task["chat_type"] == "group" and task["text"]["content"].startswith("【官方】")
    assert task["attachments"] == [{"msgtype": "link", "link": {"title": "取卵须知", "url": "https://guide.example.invalid/a", "desc": "第3版"}}]
    assert staff.statuses() == {"wrCUSTOMERGROUP01": "task", "wrCUSTOMERGROUP02": "task", "wrGONE03": "left", "ward": "queued", "lab": "queued"}
    worker = Worker(staff.database, {GROUP: Webhooks(platform.url, {"ward": WARD})})      # the other was taken out of the settings meanwhile
    assert worker.work() == 2
    assert [x["text"]["content"].splitlines()[-1] for x in platform.posts[WARD]] == ["取卵须知 https://guide.example.invalid/a"]
    platform.confirm(next(iter(platform.tasks)), "wrCUSTOMERGROUP01")
    platform.confirm(next(iter(platform.tasks)), "wrCUSTOMERGROUP02", 3)
    found = staff.statuses()
    assert (found["wrCUSTOMERGROUP01"], found["wrCUSTOMERGROUP02"], found["ward"], found["lab"]) == ("sent", "failed", "sent", "failed")


def test_the_same_notice_is_not_handed_over_twice(staff: Staff, platform: WeCom, file: Path) -> None:
    number = staff.hand_over(file)
    with pytest.raises(NoticeError, match=f"number {number}"):
        staff.hand_over(file)
    assert platform.calls[ADD] == 1
    file.write_text(NOTICE.replace("7:00", "6:45"), encoding="utf-8")
    assert staff.hand_over(file) == number + 1


def test_an_unknown_outcome_is_said_and_not_repeated(staff: Staff, platform: WeCom, file: Path) -> None:
    platform.lost[ADD] = 1
    with pytest.raises(NoticeError, match="nobody knows"):
        staff.hand_over(file)
    with pytest.raises(NoticeError, match="handed over before"):
        staff.hand_over(file)
    assert platform.calls[ADD] == 1 and staff.statuses()["wrCUSTOMERGROUP01"] == "unknown"


def test_what_could_not_be_reached_is_handed_over_later(staff: Staff, platform: WeCom, file: Path) -> None:
    good, platform.url = platform.url, "http://127.0.0.1:9"
    with pytest.raises(NoticeError, match="could not be reached"):
        staff.hand_over(file)
    platform.url = good
    staff.hand_over(file)
    assert len(platform.tasks) == 1 and staff.statuses()["wrCUSTOMERGROUP02"] == "task"


@pytest.mark.parametrize("code", [60020, 48002, 84061])
def test_a_refusal_names_its_code(staff: Staff, platform: WeCom, file: Path, code: int) -> None:
    platform.errors[ADD].append(code)
    with pytest.raises(NoticeError, match=str(code)):
        staff.hand_over(file)
    assert staff.statuses()["wrCUSTOMERGROUP01"] == "failed"


@pytest.mark.parametrize(("change", "named"), [
    (("title: 明日取卵集合时间", ""), "title"), (("sender: nurse.lin", ""), "sender"), (("sender: nurse.lin", "sender: 林护士"), "sender"),
    (("groups:", "group:"), "unknown field: group"), (("[ward, lab]", "ward"), "webhooks"), (("https://", "http://"), "link"),
    (("  【官方】", "  " + "长" * 1500), "text"), (("title: 明日取卵集合时间", "title: [1]"), "title"), (("title:", "title: {"), "cannot be read"),
    (("webhooks: [ward, lab]", "webhooks: [roof]"), "roof"), (("groups: [wrCUSTOMERGROUP01, wrCUSTOMERGROUP02, wrGONE03]\nwebhooks: [ward, lab]", ""), "at least one"),
])
def test_what_is_wrong_with_a_file_is_named(staff: Staff, platform: WeCom, file: Path, change: tuple[str, str], named: str) -> None:
    file.write_text(NOTICE.replace(*change), encoding="utf-8")
    with pytest.raises(NoticeError, match=named):
        staff.hand_over(file)
    assert platform.calls[ADD] == 0


@pytest.fixture
def command(home: Path, platform: WeCom, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command line with WeCom's settings."""
    given = {"WECOM_CORPID": platform.corpid, "WECOM_AGENT_ID": str(platform.agent), "WECOM_SECRET": platform.secret, "WECOM_TOKEN": "t",
             "WECOM_AES_KEY": KEY, "WECOM_API": platform.url, "WECOM_WEBHOOKS": f"ward={WARD},lab={LAB}"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    bootstrap.settings.cache_clear()
    bootstrap.wecom_api.cache_clear()
    yield
    bootstrap.settings.cache_clear()
    bootstrap.wecom_api.cache_clear()


def test_the_command_line(command: None, platform: WeCom, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["notice", str(file)]) == 0 and "nurse.lin confirms" in capsys.readouterr().out
    platform.confirm(next(iter(platform.tasks)), "wrCUSTOMERGROUP01")
    assert cli.main(["notices"]) == 0
    told = capsys.readouterr().out
    assert "明日取卵集合时间" in told and "waits for nurse.lin" in told and "waits for the desk" in told
    assert [line.split()[-1] for line in told.splitlines() if "wrCUSTOMERGROUP01" in line] == ["sent"]
    assert cli.main(["notice", str(file)]) == 1 and "handed over before" in capsys.readouterr().out
    platform.errors["/cgi-bin/externalcontact/get_groupmsg_send_result"].append(60020)
    assert cli.main(["notices"]) == 1 and "明日取卵集合时间" in capsys.readouterr().out


def test_nothing_personal_goes_to_a_group_unasked(command: None, platform: WeCom, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(NOTICE.replace("请在三楼", "王小丽13800000001请在三楼"), encoding="utf-8")
    assert cli.main(["notice", str(file)]) == 1 and "phone" in capsys.readouterr().out and platform.calls[ADD] == 0
    assert cli.main(["notice", str(file), "--anyway"]) == 0


def test_the_groups_there_are(command: None, platform: WeCom, capsys: pytest.CaptureFixture[str]) -> None:
    platform.groups = {"wrB": "十二月周期群", "wrA": "十一月周期群", "wrC": "一月周期群"}
    assert cli.main(["groups"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["wrA", "wrB", "wrC"]
