"""Two real bot processes behind one address, one killed in the middle: every patient reads exactly one answer. The full runs are `python -m bench.wechat` and `bench.wecom`."""

from __future__ import annotations

from pathlib import Path

from bench import wechat, wecom
from tests.platform.official_account import OfficialAccount
from tests.platform.processes import bots
from tests.platform.wecom import WeCom


def test_every_message_is_answered_once_although_a_process_is_killed(tmp_path: Path) -> None:
    """Without a model: what is answered is then the apology with the telephone numbers, and just as surely once."""
    platform = OfficialAccount()
    (tmp_path / "models").mkdir()
    try:
        with bots(tmp_path, platform, 2, actions=False, IVF_GUIDE_MODELS=str(tmp_path / "models")) as running:
            assert wechat.under_load(running, 40, 10.0, kill=True)
            assert wechat.fuzzed(running, 100)
    finally:
        platform.close()


def test_every_message_in_wecom_is_answered_once_although_a_process_is_killed(tmp_path: Path) -> None:
    """The AI bot and the app, in the same way."""
    platform = WeCom(poll=0.5)
    (tmp_path / "models").mkdir()
    try:
        with bots(tmp_path, platform, 2, actions=False, IVF_GUIDE_MODELS=str(tmp_path / "models")) as running:
            assert wecom.under_load(running, 40, 10.0, kill=True)
            assert wecom.fuzzed(running, 200)
    finally:
        platform.close()
