"""The live guard: a save is served soon, a broken one changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.guard import Alarm, LiveGuard
from bot.knowledge.library import Library
from bot.knowledge.model import Hospital, UnfilledName, UnknownWords

SIGNS = """\
complaints:
  bleed: [出血]
scopes:
  denies: [没有]
signs:
  bleeding:
    group: bleeding
    source: {title: A guideline, year: 2020}
    when: [bleed]
    yes: [出血了]
    no: [没有出血]
"""
TEXTS = """\
texts:
  other: {zh: "打120或{emergency_phone}", en: "Call {emergency_phone}"}
  bleeding: {zh: 去急诊, en: "Go to {nowhere}"}
words:
  check_question: {zh: 现在吗, en: Now?}
replies:
  examined:
    terms: [检查过, "they examined me"]
    not: [明天]
    yes: [检查过了]
    no: [明天检查过再说, 没有检查过]
  on_the_way: [在路上]
"""
LIBRARY = Library(hospital=Hospital(names={"emergency_phone": {"zh": "010", "en": "011"}}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "_signs_zh.yml").write_text(SIGNS, encoding="utf-8")
    (tmp_path / "_emergency.yml").write_text(TEXTS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def live(folder: Path) -> Iterator[LiveGuard]:
    found = LiveGuard(folder)
    yield found
    found.stop()


def save(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_a_save_is_live_within_two_seconds(live: LiveGuard, folder: Path) -> None:
    assert live.problems == ()
    assert live.current.look("流血") is None
    live.start()
    live.start()
    save(folder / "_signs_zh.yml", lambda text: text.replace("[出血]", "[出血, 流血]"))
    until = time.monotonic() + 2
    while live.current.look("流血") is None and time.monotonic() < until:
        time.sleep(0.05)
    assert live.current.look("流血") == Alarm("bleeding", "bleeding", True)


@pytest.mark.parametrize(
    ("old", "new"), [("when: [bleed]", "when: [blood]"), ("[出血]", "[出(血]"), ("yes: [出血了]", "yes: [流血了]"), ("no: [没有出血]", "no: [大出血]"), ("[出血]", "[出血")]
)
def test_a_broken_save_of_the_signs_changes_nothing(live: LiveGuard, folder: Path, old: str, new: str) -> None:
    before = live.current
    save(folder / "_signs_zh.yml", lambda text: text.replace(old, new))
    assert live.refresh() is False
    assert live.current is before and live.current.look("出血")
    assert any(problem.severity == "error" for problem in live.problems)
    save(folder / "_signs_zh.yml", lambda _: SIGNS + "  # mended\n")
    assert live.refresh() is True and live.problems == ()


def test_a_broken_save_of_the_texts_changes_nothing_and_does_not_keep_the_signs(live: LiveGuard, folder: Path) -> None:
    save(folder / "_emergency.yml", lambda text: text.replace("zh: 去急诊", "zh:"))
    save(folder / "_signs_zh.yml", lambda text: text.replace("[出血]", "[出血, 流血]"))
    assert live.refresh() is True
    assert live.current.look("流血") and live.texts.text("bleeding", "zh", LIBRARY) == "去急诊"


def test_a_vanished_file_changes_nothing(live: LiveGuard, folder: Path) -> None:
    (folder / "_signs_zh.yml").unlink()
    (folder / "_emergency.yml").unlink()
    assert live.refresh() is False
    assert live.current.look("出血") and live.texts.text("other", "en", LIBRARY) == "Call 011"
    assert len(live.problems) == 2


def test_texts_are_filled_and_fall_back(live: LiveGuard) -> None:
    assert live.texts.text("pain", "zh", LIBRARY) == "打120或010"
    assert live.texts.words("check_question", "en", LIBRARY) == "Now?"
    with pytest.raises(UnfilledName):
        live.texts.text("bleeding", "en", LIBRARY)
    with pytest.raises(UnknownWords):
        live.texts.words("nothing", "en", LIBRARY)
    assert set(live.texts.unreviewed) == {"other", "bleeding"}


@pytest.mark.parametrize(
    ("text", "kind"), [("我检查过了", "examined"), ("没有检查过", None), ("明天检查过再说", None), ("在路上，检查过", "examined"), ("在路上", "on_the_way"), ("你好", None)]
)
def test_replies_in_an_episode(live: LiveGuard, text: str, kind: str | None) -> None:
    assert live.texts.episode_reply(text) == kind
