"""The staff's rules for offers are followed: a save that holds is served at once, one that does not leaves the last."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from bot.guard.live_touts import LiveTouts
from bot.guard.scam import FILE, FOLDER

NEW = "月光礼包"
SAVED = (FOLDER / FILE).read_text(encoding="utf-8")


@pytest.fixture
def live(tmp_path: Path) -> LiveTouts:
    (tmp_path / FILE).write_text(SAVED, encoding="utf-8")
    return LiveTouts(tmp_path)


def save(live: LiveTouts, before: str, after: str) -> None:
    assert before in SAVED
    (live.folder / FILE).write_text(SAVED.replace(before, after, 1), encoding="utf-8")


def test_a_save_is_served(live: LiveTouts) -> None:
    version = live.version
    assert not live.refresh() and live.current.look(NEW) is None
    save(live, "    - 卵妹\n", f"    - 卵妹\n    - {NEW}\n")
    assert live.refresh() and live.problems == () and live.version != version
    offer = live.current.look(NEW)
    assert offer is not None and offer.kind == "eggs"
    assert not live.refresh()


def test_a_save_is_read_in_a_second(live: LiveTouts) -> None:
    save(live, "    - 卵妹\n", f"    - 卵妹\n    - {NEW}\n")
    started = time.process_time()
    assert live.refresh()
    assert time.process_time() - started < 1.5      # three times as long, where words that did not change are compiled again


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("  harmless:\n", f"  harmless:\n  - {NEW}\n", "is taken for an offer"),
        ("    - 卵妹\n", "    - (卵妹\n", "every '(' needs a ')'"),
        ("least: 3.5", "leest: 3.5", "Did you mean 'least'?"),
    ],
)
def test_a_save_that_does_not_hold_leaves_the_last(live: LiveTouts, before: str, after: str, told: str) -> None:
    save(live, "    - 卵妹\n", f"    - 卵妹\n    - {NEW}\n")
    assert live.refresh()
    served, version = live.current, live.version
    text = (live.folder / FILE).read_text(encoding="utf-8")
    (live.folder / FILE).write_text(text.replace(before, after, 1), encoding="utf-8")
    assert not live.refresh()
    assert live.current is served and live.version == version
    assert any(told in problem.sentence for problem in live.problems)
    save(live, "    - 卵妹\n", "    - 卵妹 \n")
    assert live.refresh() and live.problems == ()
