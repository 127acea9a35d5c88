"""When a model has to be trained."""

from __future__ import annotations

import os
from pathlib import Path

from bot import training
from bot.settings import ROOT

KNOWLEDGE = ROOT / "knowledge"


def test_a_model_is_stale_unless_the_one_that_is_loaded_is_of_the_present_state(tmp_path: Path) -> None:
    assert training.stale(tmp_path, KNOWLEDGE)
    now = tmp_path / training.NAME.format(training.state(KNOWLEDGE))
    now.touch()
    assert not training.stale(tmp_path, KNOWLEDGE)
    (tmp_path / f"part-{now.name}").touch()         # one that is being trained
    assert not training.stale(tmp_path, KNOWLEDGE)
    other = tmp_path / training.NAME.format("0" * 16)
    other.touch()
    os.utime(now, (1, 1))                           # the phrasings were taken back to what they were
    assert training.newest(tmp_path) == other and training.stale(tmp_path, KNOWLEDGE)
