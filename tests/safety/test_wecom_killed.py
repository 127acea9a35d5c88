"""A bot process is killed while it answers in WeCom: another one takes the message up, and the member reads one answer."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.database import Database, engine
from bot.store.wechat_tables import Delivery
from tests.conftest import free_port
from tests.platform.wecom import WeCom
from tests.safety.conftest import Door, actions_process, end, environment, prepared, request, running, until, until_actions


@pytest.fixture
def platform() -> Iterator[WeCom]:
    made = WeCom(poll=0.5, patience=60.0)
    yield made
    made.close()
    assert made.violations == []


def test_what_a_killed_process_had_begun_is_answered_by_another(platform: WeCom, model: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="ivf-guide-"))
    (folder / "var").mkdir()
    url = f"sqlite:///{folder / 'var' / 'guide.db'}"
    prepared(url)
    database = Database(engine(url))
    more = {"WECOM_BOT_TOKEN": platform.bot_token, "WECOM_BOT_AES_KEY": platform.bot_key, "WECOM_API": platform.url, "WECOM_WAIT": "0.2"}
    with actions_process(folder) as actions:
        door = Door(actions)
        ports = free_port(), free_port()
        try:
            first = environment(folder, PORT=str(ports[0]), ACTIONS_PORT=str(door.port), **more)
            with running([sys.executable, "-m", "bot"], folder / "first.log", first) as process, \
                    running([sys.executable, "-m", "bot"], folder / "second.log", {**first, "PORT": str(ports[1])}):
                for port, name in zip(ports, ("first", "second")):
                    until(lambda port=port: request(f"http://127.0.0.1:{port}", "GET", "/webhooks/rest/")[1] == 200, name, log=folder / f"{name}.log")
                until_actions(folder, actions)
                door.hang()
                platform.callback = f"http://127.0.0.1:{ports[0]}/webhooks/wecom-bot/callback"
                body = platform.text("u1", "检查报告在哪里看？")
                began = platform.push(body, 0.0)
                until(lambda: door.waiting > 0, "the turn did not begin", 30)
                end(process, signal.SIGKILL)
                door.open()
                platform.callback = f"http://127.0.0.1:{ports[1]}/webhooks/wecom-bot/callback"
                assert not began.frames[-1][1] and began.body is not None
                made = platform.push({**platform.message("u1", "stream"), "stream": {"id": began.body["stream"]["id"]}}, 60.0)
                assert made.frames[-1][1] and "报告查询" in made.seen
                assert platform.push(body).seen == made.seen        # the platform's own retry reads the same
                with database.transaction() as session:
                    assert [x.state for x in session.query(Delivery)] == ["passing"] and platform.late == []
        finally:
            door.close()
            database.engine.dispose()
