"""Two real bot processes behind one address, one killed in the middle: every patient reads exactly one answer. The full run is `python -m bench.wechat`."""

from __future__ import annotations

from pathlib import Path

from bench.wechat import fuzzed, under_load
from tests.platform.official_account import OfficialAccount
from tests.platform.processes import bots


def test_every_message_is_answered_once_although_a_process_is_killed(tmp_path: Path) -> None:
    """Without a model: what is answered is then the apology with the telephone numbers, and just as surely once."""
    platform = OfficialAccount()
    (tmp_path / "models").mkdir()
    try:
        with bots(tmp_path, platform, 2, actions=False, IVF_GUIDE_MODELS=str(tmp_path / "models")) as running:
            assert under_load(running, 40, 10.0, kill=True)
            assert fuzzed(running, 100)
    finally:
        platform.close()
